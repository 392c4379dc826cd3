"""What follows `/alongside`: a word or two, and what is meant by it. The answer is seen by whoever asked alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from bot.messages import Action

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
    "my words": Asked(None, "The words that you use for yourself are on your page: {address}/me/reflections"),
    "my reflections": Asked(
        None, "Everything you wrote, and who can see it, is on your page: {address}/me/reflections"
    ),
    "when": Asked(None, "When I write to you is on your page, where you can change it: {address}/me/rhythm"),
    "export": Asked(None, "You can take a copy of everything you wrote on your page: {address}/me/copy"),
}

KNOWN = "You can write: " + ", ".join(f"/alongside {word}" for word in WORDS) + "."


def read(text: str) -> Asked:
    """What somebody asked for; a word that is unknown gets the nearest that is not."""
    said = " ".join(text.casefold().split())
    if not said:
        return WORDS["help"]
    if said in WORDS:
        return WORDS[said]
    near = get_close_matches(said, WORDS, n=1)
    guess = f"Did you mean /alongside {near[0]}? " if near else ""
    return Asked(None, f"I do not know that one, so nothing was done. {guess}{KNOWN}")
