"""That somebody was shown whom to ring stands in no row: the page makes it anew from their encrypted words."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.web.letter import compose
from bot.errors import PostFailed
from bot.messages import Action, CardKind
from bot.rows import Prompts
from storage import tables as t
from storage.store import SqlStore
from tests.cast import ADA, BEN, Character
from tests.conftest import only_sqlite
from tests.databases import everything
from tests.house import House
from tests.test_round import TUESDAY_10, begin

HARM, PLAIN = "I want to kill myself.", "I want to change the date."


async def rows(store: SqlStore, who: Character) -> list[tuple[str, ...]]:
    """What stands of somebody in posts and queue, as whoever has the database reads it."""
    async with everything(store.database) as connection:
        posts = await connection.execute(select(t.posts).where(t.posts.c.person_id == who.id))
        queue = await connection.execute(select(t.outbox).where(t.outbox.c.person_id == who.id))
        found = [("post", row.kind) for row in posts]
        return sorted([*found, *(("queue", row.kind, row.state) for row in queue)])


async def letter(house: House, who: Character) -> list[CardKind]:
    async with house.store.read() as tx:
        view = await tx.views.member(who.reader)
        posts = await tx.views.posts(who.reader, 50)
    return [entry.card.kind for entry in compose(view, posts, house.prompts, 40).entries]


async def test_what_stands_of_two_is_the_same_and_only_one_was_shown_whom_to_ring(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    for who, text in ((ADA, HARM), (BEN, PLAIN)):
        await house.say(who, "First of all.")
        await house.say(who, text)
    assert house.ledger.kinds(ADA)[-1] is CardKind.CARE
    assert CardKind.CARE not in house.ledger.kinds(BEN)
    assert await rows(store, ADA) == await rows(store, BEN)
    assert not [row for row in await rows(store, ADA) if "care" in row]
    assert CardKind.CARE in await letter(house, ADA)
    assert CardKind.CARE not in await letter(house, BEN)


@only_sqlite
async def test_it_stays_on_the_page_while_the_words_do(store: SqlStore, prompts: Prompts) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.say(ADA, HARM)
    await house.press(ADA, Action.DONE)
    await house.wait(hours=6)
    assert (await letter(house, ADA)).count(CardKind.CARE) == 1
    (part,) = (await house.view(ADA)).rounds[(await house.view(ADA)).conversation.round or ""].written
    await house.press(ADA, Action.REMOVE, part.id)
    assert CardKind.CARE not in await letter(house, ADA)


@only_sqlite
async def test_what_was_added_is_met_as_well_and_each_message_by_itself(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    for who in (ADA, BEN):
        await house.say(who, PLAIN)
        await house.press(who, Action.DONE)
        await house.say(who, "They said I do not")
    await house.say(ADA, "want to die, and I do.")
    await house.say(BEN, HARM)
    assert house.ledger.kinds(BEN)[-1] is CardKind.CARE
    assert CardKind.CARE in await letter(house, BEN)


@only_sqlite
async def test_while_it_cannot_be_sent_it_waits_and_given_up_on_it_leaves_nothing(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    house.ledger.failures.append(PostFailed("away", permanent=False))
    await house.say(ADA, HARM)
    assert [row for row in await rows(store, ADA) if "care" in row] == [("queue", "care", "queued")]
    house.now += timedelta(minutes=1)
    await house.settle()
    assert CardKind.CARE in house.ledger.kinds(ADA), "the control: it is sent, as soon as it can be"
    house.ledger.failures.append(PostFailed("gone", permanent=True))
    await house.say(BEN, HARM)
    for who in (ADA, BEN):
        assert not [row for row in await rows(store, who) if "care" in row]


@only_sqlite
async def test_a_log_does_not_say_which_card_could_not_be_made(
    store: SqlStore, prompts: Prompts, caplog: pytest.LogCaptureFixture
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    house.ledger.failures.append(RuntimeError("broken"))  # type: ignore[arg-type]
    await house.say(ADA, HARM)
    assert "could not be delivered: RuntimeError" in caplog.text
    assert "care" not in caplog.text
