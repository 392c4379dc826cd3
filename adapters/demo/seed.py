"""Setting the demo up: a programme of three modules, three pairs and a facilitator, and a week already lived.

Everything after the set-up is played through the doors of the house: people join, agree, word their
challenge, answer and choose; the clock asks, opens and writes the digest.
"""

from datetime import datetime, time, timedelta
from itertools import count

from adapters.demo.clock import DemoClock, step_until
from adapters.demo.people import (
    CHALLENGES,
    FACILITATOR,
    HOURS,
    LINES,
    OUTSIDE,
    PAIRS,
    PROGRAMME,
    ROOT,
    RUTH,
    SAMPLE,
    TENANT,
    TOM,
    ZONE,
    DemoPerson,
    Line,
)
from adapters.house import House
from bot.conversation.engine import part_id
from bot.conversation.state import PairState, State
from bot.ids import derive
from bot.messages import Action, Joined, Pressed, Said
from bot.model import Module, Pair, Person, Programme, Tenant, Weekly
from bot.ports import Setup
from bot.questions.bank import Theme
from bot.rows import DueKind
from bot.when import DAY, next_weekly

MODULES = (
    ("Who decides", Theme.POWER, -13),
    ("Holding trust", Theme.TRUST, 29),
    ("What we carry on", Theme.NEXT, 71),
)
_numbers = count()


def programme() -> Programme:
    return Programme(
        tenant=TENANT,
        id=PROGRAMME,
        title="Leading side by side",
        zone=ZONE,
        ask=Weekly(1, time(10), ZONE),
        open_days=2,
        open_at=time(17),
        digest=Weekly(4, time(16), ZONE),
        retention_months=12,
        contact="Jo Okafor at the patient network, 01632 960 001",
    )


async def set_up(setup: Setup, start: datetime) -> None:
    """The programme as a lead would have set it up, on the morning of `start`, a Monday."""
    found = programme()
    await setup.tenant(Tenant(TENANT, "Northbank Leadership Trust"))
    await setup.programme(found, start - DAY, next_weekly(found.digest, start))
    for number, (title, theme, days) in enumerate(MODULES, 1):
        starts_on = (start + timedelta(days=days + 7)).date()
        module = derive(PROGRAMME, "module", str(number))
        await setup.module(Module(TENANT, module, PROGRAMME, number, title, theme.value, starts_on))
    for person in (FACILITATOR, OUTSIDE, *(each for pair in PAIRS for each in pair)):
        row = Person(TENANT, person.id, PROGRAMME, person.role, person.name, HOURS)
        await setup.person(row, person.account, person.email)
    for one, two in PAIRS:
        pair = Pair(TENANT, derive(ROOT, "pair", one.name), PROGRAMME, one.id, two.id, PairState.NOBODY)
        # Planned an hour on, when everybody has joined: a clock that ticks meanwhile would plan for nobody.
        await setup.pair(pair, start + timedelta(hours=1))


async def live_a_week(house: House, clock: DemoClock, *, invited: bool) -> None:
    """Join, live the past week, and stop where the next question has just been asked.

    With `invited`, the shown pair has only been invited, and the stage begins with their first page.
    """
    for (one, two), challenge in zip(PAIRS, CHALLENGES, strict=True):
        if invited and one is RUTH:
            continue
        for person in (one, two):
            await join(house, person)
        await press(house, one, Action.PROPOSE, fields={"challenge": challenge})
        await press(house, two, Action.CONFIRM, "1")
    shown = () if invited else (RUTH, TOM)
    await step_until(house, clock, DueKind.ASK, people=frozenset(each.id for each in SAMPLE))
    await house.settle()
    for person in shown:
        await answer(house, person, LINES[person][0])
    await act_for_samples(house, week=0)
    await step_until(house, clock, DueKind.DIGEST)
    if not invited:
        await step_until(house, clock, DueKind.ASK, people=frozenset((RUTH.id, TOM.id)))


async def join(house: House, person: DemoPerson) -> None:
    await house.take_in(Joined("first visit", person.account, house.now()))
    await press(house, person, Action.READ_ON)
    await press(house, person, Action.AGREE)
    await press(house, person, Action.CHOOSE_WORDS, fields={"words": person.words})


async def act_for_samples(house: House, week: int) -> None:
    """Whoever of the sample people has been asked answers now."""
    for person in SAMPLE:
        async with house.store.read() as tx:
            conversation = await tx.conversations.of(person.reader)
        if conversation.state is State.ASKED and not conversation.over:
            lines = LINES[person]
            await answer(house, person, lines[week % len(lines)])


async def answer(house: House, person: DemoPerson, line: Line) -> None:
    """Answer, answer the follow-up or decline it, and choose who sees it."""
    await say(house, person, line.text)
    await press(house, person, Action.DONE)
    if line.more:
        await say(house, person, line.more)
        await press(house, person, Action.DONE)
    else:
        await press(house, person, Action.DECLINE)
    async with house.store.read() as tx:
        conversation = await tx.conversations.of(person.reader)
    first, second = part_id(conversation, 0), part_id(conversation, 1)
    fields = {f"partner:{first}": "yes" if line.partner else "no", f"facilitators:{first}": line.facilitators}
    if line.more:
        fields[f"facilitators:{second}"] = line.more_facilitators
    await press(house, person, Action.CHOOSE, conversation.round or "", fields)


async def say(house: House, person: DemoPerson, text: str) -> None:
    key = f"sample-{next(_numbers)}-{house.now().isoformat()}"
    await house.take_in(Said(key, person.account, house.now(), key, text))


async def press(
    house: House, person: DemoPerson, action: Action, subject: str = "", fields: dict[str, str] | None = None
) -> None:
    key = f"sample-{next(_numbers)}-{house.now().isoformat()}"
    await house.take_in(Pressed(key, person.account, house.now(), action, subject, fields or {}))
