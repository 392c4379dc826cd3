"""What follows `/alongside`: a word or two, and what is meant by it. The answer is seen by whoever asked alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from bot.messages import Action

JOIN, NOT_HERE = "join", "not in slack"

JOINED = "Done. I write to you in Slack from now on, in our own conversation."
HELLO = (
    "This is Alongside. I write to you here from now on, and everything stands on your page as well: {address}/me/\n"
    "Your organisation may be able to read what is written here, even after deletion. If you would rather not: "
    f"/alongside {NOT_HERE}"
)
NO_SUCH_CODE = (
    "That did not work, and nothing was changed. A code works once, for an hour, and for whoever made it. You find a "
    "new one on your own page, under “Where I write to you”: {address}/me/where"
)
PARTED = (
    "Done. I write to you on your page from now on: {address}/me/\n"
    "What you wrote here stays here until you delete it."
)

IN_OUR_CONVERSATION = "It is in our conversation."


@dataclass(frozen=True, slots=True)
class Asked:
    """What to do, if anything, and what is answered at once; {address} stands for where the web pages are."""

    action: Action | None
    answer: str


WORDS: Mapping[str, Asked] = {
    "help": Asked(Action.HELP, IN_OUR_CONVERSATION),
    "call": Asked(Action.CALL, IN_OUR_CONVERSATION),
    "pause": Asked(Action.PAUSE, IN_OUR_CONVERSATION),
    "resume": Asked(Action.START, IN_OUR_CONVERSATION),
    "later": Asked(Action.PUT_OFF, IN_OUR_CONVERSATION),
    "stop": Asked(Action.STOP, "Stopped. I will not write again unless you do. Nobody has been told."),
    "my words": Asked(None, "The words that you use for yourself are on your page: {address}/me/"),
    "my reflections": Asked(
        None, "Everything you wrote, and who can see it, is on your page: {address}/me/reflections"
    ),
    "when": Asked(None, "When I write to you is on your page, where you can change it: {address}/me/rhythm"),
    "export": Asked(None, "You can take a copy of everything you wrote on your page: {address}/me/copy"),
}

KNOWN = (
    "You can write: " + ", ".join(f"/alongside {word}" for word in (*WORDS, f"{JOIN} CODE", NOT_HERE)) + "."
)


def code_in(text: str) -> str | None:
    """The code that somebody joins with; None if they asked for something else."""
    first, _, code = text.strip().partition(" ")
    return code.strip() if first.casefold() == JOIN else None


def is_parting(text: str) -> bool:
    """Whether somebody wants to be reached on their page instead."""
    return " ".join(text.casefold().split()) == NOT_HERE


def read(text: str) -> Asked:
    """What somebody asked for; a word that is unknown gets the nearest that is not."""
    said = " ".join(text.casefold().split())
    if not said:
        return WORDS["help"]
    if said in WORDS:
        return WORDS[said]
    near = get_close_matches(said, (*WORDS, NOT_HERE), n=1)
    guess = f"Did you mean /alongside {near[0]}? " if near else ""
    return Asked(None, f"I do not know that one, so nothing was done. {guess}{KNOWN}")
