"""The demo's people and what the sample ones say. They come in by the same door as everybody.

The shown pair is Ruth and Tom; the other four answer for themselves, so that a week has enough voices for
words without names to appear. All of them, and all they say, are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from bot.ids import derive
from bot.model import Account, Hours, Platform, Reader, Role

ROOT = derive("the demo of alongside")
TENANT = derive(ROOT, "tenant")
PROGRAMME = derive(ROOT, "programme")
ZONE = "Europe/London"
HOURS = Hours(ZONE, time(9), time(20))


@dataclass(frozen=True, slots=True)
class DemoPerson:
    name: str
    words: str = ""
    role: Role = Role.MEMBER
    email: str = ""

    @property
    def id(self) -> str:
        return derive(ROOT, "person", self.name)

    @property
    def reader(self) -> Reader:
        return Reader(TENANT, self.id)

    @property
    def account(self) -> Account:
        return Account(Platform.WEB, self.id)


RUTH = DemoPerson(
    "Ruth Adeyemi", "someone who has been on the other side of the desk", email="ruth@example.org"
)
TOM = DemoPerson("Tom Whitlock", "the one who signs things off", email="tom@example.org")
MARGARET = DemoPerson("Margaret Price", "a mother who kept asking")
IMRAN = DemoPerson("Imran Shah", "ward manager, still learning")
DELROY = DemoPerson("Delroy Francis", "")
JENNY = DemoPerson("Jenny Cole", "commissioner by day")
FACILITATOR = DemoPerson("Anna Lindqvist", role=Role.FACILITATOR, email="anna@example.org")

OUTSIDE = DemoPerson("Jo Okafor", role=Role.OUTSIDE, email="jo@example.org")

PAIRS = ((RUTH, TOM), (MARGARET, IMRAN), (DELROY, JENNY))
SAMPLE = (MARGARET, IMRAN, DELROY, JENNY)

CHALLENGES = (
    "Nobody leaves the ward without knowing who to ring.",
    "Appointment letters that people can read and answer.",
    "A complaint that ends in a change, and the person hears of it.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody says in one week, and who may see it. `more` answers the follow-up, if anything does;
    who may see that is chosen by itself."""

    text: str
    more: str = ""
    partner: bool = True
    facilitators: str = "unnamed"
    more_facilitators: str = "no"


# Week 0 is the past week; the weeks after it come round again.
LINES: Mapping[DemoPerson, tuple[Line, ...]] = {
    RUTH: (
        Line(
            "The date for the pilot. It was in the papers as agreed, and I had never seen it. I was annoyed for days.",
            "That my summer was planned by a spreadsheet.",
            facilitators="named",
            more_facilitators="unnamed",
        ),
    ),
    TOM: (
        Line(
            "The pilot date. I sent it to three people to approve and Ruth was not one of them. I did not notice.",
            facilitators="named",
        ),
    ),
    MARGARET: (
        Line("The letter went out with the old wording. I had said yes in the room and no in the car park."),
        Line("They thanked me for my story and moved to the budget. I was tired of being the story."),
        Line("I asked who signs the letters now. Nobody looked up. I have to be the one who asks."),
    ),
    IMRAN: (
        Line("I chose the two options before the meeting, so the choice was mine whatever we picked."),
        Line(
            "I have to answer for the waiting list every Friday. I am nervous when anybody talks about time."
        ),
        Line(
            "She asked why it takes six weeks. I gave the reason that I was given, and I heard how it sounded."
        ),
    ),
    DELROY: (
        Line("We spoke for an hour and then the form was opened and it had no box for any of it."),
        Line(
            "I think they want my name on it more than my view. I was angry, and I went home and said nothing."
        ),
        Line("This time the agenda had my point first. I did not know what to do with that."),
    ),
    JENNY: (
        Line(
            "It was decided in an email between two of us at eleven at night. The others read about it later."
        ),
        Line("I am responsible for the money, so I speak last. I used to think that was polite."),
        Line(
            "I handed over the chair. I was relieved for about four minutes, then I kept finishing the sentences."
        ),
    ),
}
