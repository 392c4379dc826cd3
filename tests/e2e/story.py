"""The whole story of one pair and their facilitator, from the invitation to the line that is taken further.

Each scene ends where the next begins. `look` is told of every state on the way, so that it can be looked at.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.e2e.people import Person

CHALLENGE = "Letters that people can read and answer."
WORDS = "someone who kept asking"
FIRST = "I felt shut out when the date moved."
SECOND = "It was in the minutes, and I was in the room."
ADDED = "That somebody would have asked me first."
THEIRS = "I chose the date on the train. Nobody asked me not to."
ASKS = "Who was on the train with you?"
ANSWERS = "Only me and the spreadsheet."
SAYS = "I would like the minutes to say who was asked."
REPLY = "We will put a line for it in the minutes."
NOT_OPENED = "Not opened this time."


@dataclass(frozen=True, slots=True)
class Cast:
    """The three, the bar that moves their clock, and whoever looks at each state."""

    one: Person
    two: Person
    facilitator: Person
    move: Callable[[str], object]
    look: Callable[[Person, str], None]


def joining(cast: Cast) -> None:
    """Both are invited, told, agree, and choose words for themselves, or none."""
    one, two = cast.one, cast.two
    one.reads("I am Alongside, a bot that asks questions.")
    cast.look(one, "hello")
    one.press("Read on")
    one.faces("What is kept, and who can see it")
    one.sees("A court can ask for what you have written.")
    cast.look(one, "terms")
    one.press("I agree")
    one.faces("What words would you use for yourself here?")
    cast.look(one, "your-words")
    one.write(WORDS, "Your words for yourself")
    one.press("Use these words")
    one.faces("That is all for now.")
    cast.look(one, "joined-first")
    two.press("Read on")
    two.press("I agree")
    two.press("Leave it empty")
    two.reads("That is all for now.")
    two.does_not_see(WORDS)


def challenge(cast: Cast) -> None:
    """One words what they share, the other confirms it, and only then does it stand at the head of the page."""
    one, two = cast.one, cast.two
    one.awaits("What is the one thing that the two of you are working on?")
    one.write(CHALLENGE, "Your challenge")
    one.press("Send it to my partner")
    one.sees("You have put your challenge like this")
    cast.look(one, "challenge-proposed")
    two.awaits("Your partner has put your challenge like this")
    cast.look(two, "challenge-to-confirm")
    two.press("These words are right")
    for person in (one, two):
        person.awaits("Our challenge")
        person.sees(CHALLENGE)
    cast.look(one, "challenge-confirmed")


def answering(cast: Cast) -> None:
    """A question to both; one answers in two messages and says more, the other has said enough."""
    one, two = cast.one, cast.two
    cast.move("Next question")
    one.awaits("Another question")
    two.awaits("Another question")
    asked = question_of(one)
    assert question_of(two) == asked, "Both are asked the same."
    cast.look(one, "question")
    one.say(FIRST)
    one.faces("Kept. Only you can see it.")
    cast.look(one, "kept")
    one.say(SECOND)
    one.sees(SECOND)
    one.press("That’s it")
    one.faces("You wrote “I felt shut out when the date moved”")
    cast.look(one, "follow-up")
    one.say(ADDED)
    one.press("That’s it")
    one.faces("Who may see what you wrote?")
    two.say(THEIRS)
    two.press("That’s it")
    two.press("I have said enough")
    two.reads("Who may see what you wrote?")


def choosing(cast: Cast) -> None:
    """Nothing is chosen beforehand; each part is chosen by itself, partner and facilitators apart."""
    one, two = cast.one, cast.two
    expect(one.place.get_by_role("radio", name=re.compile("^No"), checked=True)).to_have_count(4)
    cast.look(one, "who-sees")
    one.choose("May your partner see your answer?", "Yes, my partner")
    one.choose("May the facilitators see your answer?", "Yes, with my name")
    one.choose("May the facilitators see what you added?", "Yes, without my name")
    one.press("Keep these choices")
    one.sees("your partner sees it on Thursday at 17:00, if they share too")
    cast.look(one, "waiting")
    two.choose("May your partner see your answer?", "Yes, my partner")
    two.choose("May the facilitators see your answer?", "Yes, with my name")
    two.press("Keep these choices")
    two.sees("your partner sees it on Thursday")
    for person, words in ((one, THEIRS), (two, FIRST), (two, ADDED)):
        person.reload()
        person.sees("The opening is on")
        person.does_not_see(words)


def opening(cast: Cast) -> None:
    """Both sets of words at the same moment, and one question about the difference."""
    one, two = cast.one, cast.two
    cast.move("Opening")
    for person in (one, two):
        person.awaits("Opened for both of you on Thursday at 17:00.")
        for words in (FIRST, SECOND, THEIRS):
            person.sees(words)
    assert bridge_of(one) == bridge_of(two), "The question at the opening is the same for both."
    two.does_not_see(ADDED)
    cast.look(one, "opened")


def turns(cast: Cast) -> None:
    """Each has one turn, word for word; one answers, one leaves it unread and nobody is told."""
    one, two = cast.one, cast.two
    one.write(ASKS, "Ask or say one thing back")
    one.press("Send it word for word")
    one.sees("You asked")
    cast.look(one, "asked-back")
    two.awaits("Your partner has asked you something, about what opened.")
    two.does_not_see(ASKS)
    cast.look(two, "turn-unread")
    two.press("Read it")
    two.sees(ASKS)
    cast.look(two, "turn-read")
    two.write(ANSWERS, "Your answer")
    two.press("Send your answer word for word")
    two.sees("You answered")
    one.awaits(ANSWERS)
    cast.look(one, "turn-answered")
    two.write(SAYS, "Ask or say one thing back")
    two.press("Send it word for word")
    two.sees("You said")
    one.awaits("Your partner has said something, about what opened.")
    one.press("Leave it unread")
    one.sees("You left it unread.")
    one.does_not_see(SAYS)
    cast.look(one, "turn-left-unread")
    two.reload()
    two.sees("You said")
    two.does_not_see("unread")


def digest(cast: Cast) -> None:
    """The week ends; a line goes to the module, another is answered, and their authors are told."""
    one, facilitator = cast.one, cast.facilitator
    cast.move("Weekly digest")
    facilitator.reload()
    facilitator.reads("What pairs chose to tell you")
    facilitator.sees("One question, two views")
    facilitator.sees(ADDED)
    cast.look(facilitator, "digest")
    mine = facilitator.line(FIRST)
    expect(mine.get_by_text("Ruth Adeyemi")).to_be_visible()
    facilitator.press(re.compile("^Take to .*Holding trust"), within=mine)
    facilitator.sees(re.compile("You are taking this to .*Holding trust.*Its author knows"))
    unnamed = facilitator.line(ADDED)
    expect(unnamed.get_by_text("without a name")).to_be_visible()
    unnamed.get_by_text("Answer", exact=True).click()
    unnamed.get_by_label("Your answer").fill(REPLY)
    facilitator.press("Send the answer", within=unnamed)
    facilitator.sees(REPLY)
    cast.look(facilitator, "digest-answered")
    one.awaits(re.compile("The facilitators are taking it to .*Holding trust"))
    one.sees(REPLY)
    cast.look(one, "told-what-became-of-it")


def not_opened(cast: Cast) -> None:
    """One shares, the other does not: both read the same five words and no reason."""
    one, two = cast.one, cast.two
    cast.move("Next question")
    for person, shares in ((one, True), (two, False)):
        person.awaits("Another question")
        person.say("It was said on the stairs, afterwards.")
        person.press("That’s it")
        person.press("I have said enough")
        if shares:
            person.choose("May your partner see your answer?", "Yes, my partner")
        person.press("Keep these choices")
        person.sees("The opening is on")
    cast.move("Opening")
    for person in (one, two):
        person.awaits(re.compile(f"^{NOT_OPENED}$"))
    cast.look(one, "not-opened")


SCENES = (joining, challenge, answering, choosing, opening, turns, digest, not_opened)


def question_of(person: Person) -> str:
    """The question that waits for an answer."""
    return person.place.locator("#now .question").inner_text()


def bridge_of(person: Person) -> str:
    return person.place.locator(".k-opened .border + .question").inner_text()
