"""A team's round as it is kept and sent: what nobody can tell before its close, races, tenants, and its deletion."""

import asyncio
import io
import random
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select

from adapters.web.copy import copy_of
from bench.record import recording
from bot.cards import team as cards
from bot.group.reflect import ENOUGH, TeamAnswer, TeamRound, TeamState, TeamView
from bot.messages import Card, TeamAction
from bot.model import Account, Platform
from bot.rows import Prompts
from bot.team import Acted, Began, answer_id, take_in
from storage import tables as t
from storage.database import Database
from storage.store import SqlStore
from tests.cast import BEN, MONDAY, ZOE, bring_in
from tests.conftest import only_sqlite
from tests.databases import everything
from tests.house import House
from tests.test_chats import FakeChat, reach

STARTER, PLACE = Account(Platform.SLACK, "T1:UBEN"), Account(Platform.SLACK, "T1:C1")
AT_MOST = 8


def kit(number: int) -> Account:
    return Account(Platform.SLACK, f"T1:UKIT{number}")


@pytest.fixture
async def chat() -> FakeChat:
    return FakeChat()


@pytest.fixture
async def house(store: SqlStore, prompts: Prompts, chat: FakeChat) -> House:
    await bring_in(store)
    await reach(store, BEN, STARTER)
    return House(store, prompts, others={Platform.SLACK: chat})


async def act(house: House, account: Account, action: TeamAction, subject: str, **fields: str) -> Card:
    done = Acted(account, action, subject, fields)
    outcome = await take_in(done, store=house.store, prompts=house.prompts, now=house.now)
    return outcome.card


async def asked(house: House, text: str = "", account: Account = STARTER) -> str:
    """A round that stands in the channel; what its buttons carry."""
    began = Began(f"{house.now}{account}{text}", account, PLACE, text)
    subject = (await take_in(began, store=house.store, prompts=house.prompts, now=house.now)).card.subject
    await act(house, account, TeamAction.USE, subject)
    await house.settle()
    return subject


async def send(house: House, number: int, subject: str, text: str, name: str = cards.UNNAMED) -> Card:
    return await act(house, kit(number), TeamAction.SEND, subject, text=text, name=name)


async def count(database: Database, table: object) -> int:
    async with everything(database) as connection:
        found = await connection.execute(select(func.count()).select_from(table))  # type: ignore[arg-type]
        return int(found.scalar_one())


async def test_what_a_round_shows_goes_out_in_the_lane_of_its_workspace(house: House) -> None:
    began = Began("cause", STARTER, PLACE, "")
    subject = (await take_in(began, store=house.store, prompts=house.prompts, now=house.now)).card.subject
    await house.settle()
    await act(house, STARTER, TeamAction.USE, subject)
    async with house.store.read() as tx:
        assert list(await tx.outbox.lanes(house.now)) == ["slack:T1:"]


# ---- until the close


@only_sqlite
async def test_whatever_is_answered_changed_and_taken_back_the_same_stands_until_the_close(
    house: House, chat: FakeChat
) -> None:
    """Runs that differ only in what was answered show and send the same, to the letter and to the minute."""
    subject = await asked(house)
    lots = random.Random(5)
    before = (
        dict(chat.standing),
        len(chat.sent),
        list(chat.changes),
        await count(house.store.database, t.outbox),
    )
    starters: set[Card] = set()
    for _ in range(120):
        number, text = lots.randrange(8), f"secret {lots.randrange(5)}"
        if lots.random() < 0.3:
            await act(house, kit(number), TeamAction.TAKE_BACK, subject)
        else:
            await send(house, number, subject, text, lots.choice((cards.NAMED, cards.UNNAMED)))
        await house.wait(minutes=lots.randrange(8))
        outbox = await count(house.store.database, t.outbox)
        assert (dict(chat.standing), len(chat.sent), list(chat.changes), outbox) == before
        # Whoever started it asks again, and is shown the same, answers or none.
        again = Began("again", STARTER, PLACE, "")
        shown = await take_in(again, store=house.store, prompts=house.prompts, now=MONDAY)
        starters.add(shown.card)
    assert len(starters) == 1
    assert await count(house.store.database, t.team_answers) > 0


async def test_no_answer_can_be_read_from_a_round_that_is_open_but_ones_own(house: House) -> None:
    subject = await asked(house)
    tenant, round_id = subject.split()
    for number in range(6):
        await send(house, number, subject, f"secret {number}", cards.NAMED)
    async with house.store.read() as tx:
        view = await tx.teams.view(tenant, round_id)
        mine = await tx.teams.mine(tenant, round_id, answer_id(round_id, kit(2)))
    assert view is not None
    assert view.answers == ()
    assert mine is not None
    assert mine.text == "secret 2"
    assert "secret" not in repr(mine)
    assert "secret" not in repr(view)


async def test_whatever_is_done_to_a_round_is_one_commit_and_at_most_eight_statements(house: House) -> None:
    with recording(house.store.database) as found:
        began = Began("once", STARTER, PLACE, "What did we leave out of the plan?")
        subject = (await take_in(began, store=house.store, prompts=house.prompts, now=house.now)).card.subject
        costs = [(found.begun, found.committed, len(found.statements))]
        for account, action, fields in (
            (STARTER, TeamAction.ANOTHER, {}),
            (STARTER, TeamAction.USE, {}),
            (kit(0), TeamAction.SEND, {"text": "One.", "name": cards.NAMED}),
            (kit(1), TeamAction.SEND, {"text": "Two.", "name": cards.NAMED}),
            (kit(1), TeamAction.TAKE_BACK, {}),
            (STARTER, TeamAction.CLOSE, {}),
            (kit(0), TeamAction.TAKE_BACK, {}),
        ):
            found.clear()
            await act(house, account, action, subject, **fields)
            costs.append((found.begun, found.committed, len(found.statements)))
    assert [cost for cost in costs if cost[:2] != (1, 1) or cost[2] > AT_MOST] == []


async def test_an_answer_and_the_close_at_one_moment_fall_on_one_side_of_each_other(
    house: House, chat: FakeChat
) -> None:
    subject = await asked(house)
    results = await asyncio.gather(
        *(send(house, number, subject, f"said {number}", cards.NAMED) for number in range(4)),
        act(house, STARTER, TeamAction.CLOSE, subject),
        *(send(house, number, subject, f"said {number}", cards.NAMED) for number in range(4, 8)),
    )
    await house.settle()
    kept = {number for number, card in enumerate([*results[:4], *results[5:]]) if "Kept." in card.fallback()}
    shown = {number for number in range(8) if f"said {number}" in str([*_channel(chat)])}
    assert shown == kept


def _channel(chat: FakeChat) -> Sequence[str]:
    sent = zip(chat.sent, chat.standing.items(), strict=True)
    return [card.fallback() for outgoing, (_, card) in sent if outgoing.account == PLACE]


# ---- at the close


def view(*answers: TeamAnswer) -> TeamView:
    round_ = TeamRound("t" * 32, "r" * 32, "g", STARTER, PLACE, "", TeamState.CLOSED, MONDAY, None)
    return TeamView(round_, "What?", True, "Europe/London", 12, answers)


def test_the_order_of_answers_follows_from_their_texts_alone() -> None:
    texts = ("one", "two", "three", "four")
    found = set()
    for order in permutations(range(4)):
        answers = [TeamAnswer(f"id{n}", kit(n), False, texts[who]) for n, who in enumerate(order)]
        found.add(tuple(each.text for page in cards.pages_of(view(*answers)) for each in page))
    assert len(found) == 1, "whoever wrote what, and in whatever order it came"


def test_many_and_long_answers_stand_in_as_many_messages_as_they_need() -> None:
    answers = [TeamAnswer(f"id{n}", kit(n), n % 3 == 0, f"{n} " + "x" * 1_400) for n in range(50)]
    pages = cards.pages_of(view(*answers))
    assert sorted(each.id for page in pages for each in page) == sorted(each.id for each in answers)
    assert max(sum(len(each.text) for each in page) for page in pages) <= cards.LONG
    short = [TeamAnswer(f"id{n}", kit(n), False, f"{n}") for n in range(50)]
    assert max(len(page) for page in cards.pages_of(view(*short))) <= cards.MANY


@only_sqlite
async def test_every_message_of_many_answers_goes_out_and_goes_with_what_is_taken_back(
    house: House, chat: FakeChat
) -> None:
    subject = await asked(house)
    for number in range(2 * cards.MANY + 1):
        await send(house, number, subject, f"said {number}.", cards.NAMED)
    await house.wait(hours=24)
    assert len(_channel(chat)) == 1 + 3
    assert all(f"said {number}." in str(_channel(chat)) for number in range(2 * cards.MANY + 1))
    for number in range(2 * cards.MANY + 1):
        if number != 7:
            await act(house, kit(number), TeamAction.TAKE_BACK, subject)
    await house.settle()
    left = [card.fallback() for card in chat.standing.values() if "said " in card.fallback()]
    assert len([text for text in left if "What was answered" in text]) == 1
    assert "said 8." not in str(left)


@only_sqlite
@pytest.mark.parametrize("without", [ENOUGH - 1, ENOUGH])
async def test_those_without_a_name_stand_from_five_on(house: House, chat: FakeChat, without: int) -> None:
    subject = await asked(house)
    for number in range(without):
        await send(house, number, subject, f"said {number}.")
    await send(house, 9, subject, "by name", cards.NAMED)
    await house.wait(hours=24)
    assert ("said 0." in str(_channel(chat))) == (without >= ENOUGH)


# ---- whose it is


async def test_one_workspace_of_two_organisations_keeps_their_rounds_apart(house: House) -> None:
    other = Account(Platform.SLACK, "T1:UZOE")
    await reach(house.store, ZOE, other)
    mine, theirs = await asked(house), await asked(house, account=other)
    assert mine.split()[0] == BEN.tenant
    assert theirs.split()[0] == ZOE.tenant
    crossed = f"{ZOE.tenant} {mine.split()[1]}"
    with pytest.raises(Exception, match="closed"):
        await send(house, 1, crossed, "to whom?")
    assert await count(house.store.database, t.team_answers) == 0


async def test_what_was_answered_is_deleted_with_everything_else_when_its_time_is_over(house: House) -> None:
    subject = await asked(house, "What did we leave out of the plan?")
    for number in range(3):
        await send(house, number, subject, f"said {number}")
    await house.wait(hours=25)
    tenant, _ = subject.split()
    async with house.store.write() as tx:
        programme = (await tx.people.get(BEN.reader)).programme
        await tx.retention.delete(tenant, programme, MONDAY, house.now)
    assert await count(house.store.database, t.team_answers) == 3, "nothing is older"
    async with house.store.write() as tx:
        assert await tx.retention.oldest(tenant, programme) == MONDAY
        await tx.retention.delete(tenant, programme, MONDAY + timedelta(days=1), house.now)
        last = await tx.retention.last(tenant, programme)
        assert last is not None
        assert (last.texts, last.people) == (4, 1), "four texts: three of them are no member’s"
        assert await tx.retention.oldest(tenant, programme) is None
    for table in (t.team_rounds, t.team_answers, t.team_posts, t.words):
        assert await count(house.store.database, table) == 0


async def test_a_copy_holds_what_its_reader_wrote_in_channels_and_nobody_elses(house: House) -> None:
    subject = await asked(house, "What did we leave out of the plan?")
    await act(house, STARTER, TeamAction.SEND, subject, text="The date.", name=cards.UNNAMED)
    await send(house, 1, subject, "The costs.")
    async with house.store.read() as tx:
        mine = await tx.teams.written(BEN.reader)
    async with house.store.read() as tx:
        assert await tx.teams.written(ZOE.reader) == []
    view = await house.view(BEN)
    with zipfile.ZipFile(io.BytesIO(copy_of(view, [], "", house.prompts, house.now, mine))) as files:
        for name in files.namelist():
            text = files.read(name).decode()
            assert "What did we leave out of the plan?" in text
            assert "The date." in text
            assert "The costs." not in text


@only_sqlite
async def test_the_clock_does_each_thing_once_and_an_early_tick_does_nothing(
    house: House, chat: FakeChat
) -> None:
    subject = await asked(house)
    await send(house, 1, subject, "said", cards.NAMED)
    await house.wait(hours=23)
    assert len(chat.sent) == 1
    await house.wait(hours=1)
    sent = len(chat.sent)
    assert sent == 3, "the question, the answers, and what their author is told"
    await house.wait(days=2)
    assert len([each for each in chat.sent if each.account == PLACE]) == 2
