"""After the end: the two may go on by themselves, if both would like to, and then nothing is for facilitators.

One database is enough for most of it, as for the end itself: what is planned is stored and claimed as every round is.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from adapters.glance import view_of
from adapters.web.render import FormKeys, keepsake_page, member_page
from bot.cards.keepsake import keepsake
from bot.conversation.state import Standing
from bot.hold import hold
from bot.leave import erase
from bot.messages import Action, CardKind, Pressed
from bot.model import Facilitators
from bot.rows import Prompts
from storage import tables as t
from storage.database import Database
from storage.store import SqlStore
from tests.cast import ADA, BEN, FAY, MONDAY, Character, bring_in
from tests.conftest import KEYS, Template
from tests.databases import everything
from tests.house import House
from tests.test_closing import ASKED, FIRST_MODULE, OPENS, WEEK, asked

NEXT = ASKED + WEEK
"""When the first question comes that is asked after the end."""
PLANNED = NEXT - timedelta(days=1)
FRIDAY_16 = OPENS + timedelta(hours=23)
SAID = "We ring each other now."


class Stores:
    """A database of its own for each story that is told."""

    def __init__(self, template: Template, folder: Path) -> None:
        self._template, self._folder = template, folder
        self._opened: list[Database] = []

    async def fresh(self) -> SqlStore:
        database = Database(self._template.fresh(self._folder))
        self._opened.append(database)
        store = SqlStore(database, KEYS)
        await store.check_keys(MONDAY)
        return store

    async def close(self) -> None:
        for each in self._opened:
            await each.close()


@pytest.fixture
async def stores(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Stores]:
    found = Stores(sqlite_template, tmp_path)
    yield found
    await found.close()


async def ended(stores: Stores, prompts: Prompts, months: int = 12) -> House:
    return await ended_in(await stores.fresh(), prompts, months)


async def ended_in(store: SqlStore, prompts: Prompts, months: int = 12) -> House:
    """The last question has opened for Ada and Ben."""
    await bring_in(store, first_module=FIRST_MODULE)
    async with everything(store.database) as connection:
        await connection.execute(t.programmes.update().values(retention_months=months))
        await connection.commit()
    house = House(store, prompts)
    await house.join(ADA, BEN)
    await house.wait_until(ASKED)
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True)
    await house.wait_until(OPENS + timedelta(hours=1))
    return house


async def press(house: House, who: Character, action: Action) -> None:
    """On the card that says that it is the end."""
    async with house.store.read() as tx:
        posts = await tx.views.posts(who.reader, 50)
    ending = next(post for post in posts if post.kind is CardKind.KEEPSAKE)
    # Named after who did it and when: nobody's deliveries show in the names of another's.
    key = f"{who.id} {action} {house.now}"
    await house.take_in(Pressed(key, who.account, house.now, action, ending.subject))


async def both(house: House) -> None:
    for who in (ADA, BEN):
        await press(house, who, Action.GO_ON)


async def page(house: House, who: Character) -> str:
    """All that somebody can see, and when it came."""
    async with house.store.read() as tx:
        view = await tx.views.member(who.reader)
        posts = await tx.views.posts(who.reader, 50)
    form = FormKeys("/", "csrf", str(view.conversation.version))
    drawn = member_page(view, posts, house.prompts, form, None, "")
    drawn += keepsake_page(view, keepsake(view, house.prompts), form, "")
    return drawn + repr([(post.id, post.posted_at) for post in posts])


async def glance(house: House) -> object:
    async with house.store.read() as tx:
        return view_of(await tx.glances.glance(FAY.reader), house.now, FAY.id)


# ---- both would like to


async def test_if_both_say_so_they_are_asked_each_week_and_it_opens_and_the_keepsake_grows(
    stores: Stores, prompts: Prompts
) -> None:
    house = await ended(stores, prompts)
    await both(house)
    await house.wait_until(NEXT)
    for who in (ADA, BEN):
        assert (
            "You both wanted to go on. The facilitators see nothing of this."
            in house.ledger.to(who)[-1].fallback()
        )
        await house.answer(who, "It is Sunday, and we still do.", partner=True)
    await house.wait_until(NEXT + timedelta(days=2, hours=7))
    for who in (ADA, BEN):
        assert house.ledger.kinds(who)[-1] is CardKind.OPENED
        view = await house.view(who)
        kept = "\n".join(card.fallback() for card in keepsake(view, prompts))
        assert SAID in kept
        assert "we still do" in kept
        assert view.next_ask_at == NEXT + WEEK
    await house.wait_until(NEXT + WEEK)
    assert house.ledger.kinds(ADA)[-1] is CardKind.QUESTION
    assert "last question" not in house.ledger.to(ADA)[-1].fallback()


async def test_from_then_on_nothing_is_for_facilitators_whatever_a_form_says(
    stores: Stores, prompts: Prompts
) -> None:
    alone, going = await ended(stores, prompts), await ended(stores, prompts)
    await both(going)
    for house in (alone, going):
        await house.wait_until(NEXT)
    for who in (ADA, BEN):
        await going.answer(who, "For the two of us.", partner=True, facilitators="named")
    old = next(
        part for each in (await going.view(ADA)).rounds.values() for part in each.written if part.text == SAID
    )
    await going.press(ADA, Action.CHOOSE, fields={f"facilitators:{old.id}": "named"})
    for house in (alone, going):
        await house.wait_until(FRIDAY_16 + 2 * WEEK)
    pages = []
    for house in (alone, going):
        async with house.store.read() as tx:
            found = [
                await tx.digests.view(FAY.reader, each.id) for each in await tx.digests.summaries(FAY.reader)
            ]
        pages.append([(each.counts, each.lines, each.beside) for each in found])
    assert pages[0] == pages[1], "they cannot even tell that the two go on"
    assert await glance(alone) == await glance(going)
    rounds = (await going.view(ADA)).rounds.values()
    assert {part.sharing.facilitators for each in rounds for part in each.written} == {Facilitators.NO}


async def test_what_would_be_shared_upward_after_that_is_in_no_digest_even_if_the_database_says_so(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await ended_in(store, prompts)
    await both(house)
    await house.wait_until(NEXT)
    await house.answer(ADA, "For the two of us.")
    async with everything(house.store.database) as connection:
        change = {"facilitators": "named", "facilitators_at": house.now}
        await connection.execute(t.parts.update().where(t.parts.c.person_id == ADA.id).values(change))
        await connection.commit()
    await house.wait_until(FRIDAY_16 + WEEK)
    async with house.store.read() as tx:
        newest = (await tx.digests.summaries(FAY.reader))[0]
        found = await tx.digests.view(FAY.reader, newest.id)
        assert (found.lines, found.counts.answered, found.counts.kept) == ((), 0, 0)
        pair = next(each for each in (await tx.glances.glance(FAY.reader)).pairs if each.weeks)
        assert (pair.ended, pair.weeks[-1].opens_at) == (True, OPENS)


async def test_nobody_is_offered_to_share_with_facilitators_any_more(
    stores: Stores, prompts: Prompts
) -> None:
    house = await ended(stores, prompts)
    await both(house)
    await house.wait_until(NEXT)
    await house.say(ADA, "For the two of us.")
    await house.press(ADA, Action.DONE)
    await house.press(ADA, Action.DECLINE)
    chooses = house.ledger.to(ADA)[-1].fallback()
    assert "May your partner see your answer?" in chooses
    assert "acilitators" not in chooses


# ---- one of them would, or neither


Acts = Mapping[datetime, tuple[Action, ...]]
AT = OPENS + timedelta(hours=2)
THEIRS: Mapping[str, Acts] = {
    "nothing": {},
    "says so": {AT: (Action.GO_ON,)},
    "says so, and then not": {AT: (Action.GO_ON,), PLANNED - timedelta(hours=1): (Action.NOT_ON,)},
    "says not": {AT: (Action.NOT_ON,)},
    "says so, and stops": {AT: (Action.GO_ON, Action.STOP)},
    "says so, and withdraws": {AT: (Action.GO_ON, Action.WITHDRAW)},
}


async def seen(stores: Stores, prompts: Prompts, mine: Acts, theirs: Acts, until: datetime) -> list[str]:
    """What Ada sees, from moment to moment, the hour before `until` the last."""
    house = await ended(stores, prompts)
    notes = []
    for at in (AT, AT + timedelta(days=1), PLANNED - timedelta(hours=1), until - timedelta(hours=1)):
        await house.wait_until(at)
        for who, acts in ((BEN, theirs), (ADA, mine)):
            for action in acts.get(at, ()):
                await press(house, who, action)
        notes.append(await page(house, ADA))
    return notes


@pytest.mark.parametrize("theirs", [name for name in THEIRS if name != "nothing"])
async def test_whoever_did_not_say_so_can_never_tell_what_the_other_one_said(
    stores: Stores, prompts: Prompts, theirs: str
) -> None:
    until = NEXT + 2 * WEEK
    nothing = await seen(stores, prompts, {}, {}, until)
    assert await seen(stores, prompts, {}, THEIRS[theirs], until) == nothing


@pytest.mark.parametrize("theirs", [name for name in THEIRS if name != "nothing"])
async def test_whoever_said_so_can_tell_only_by_the_question_that_comes_and_a_no_looks_like_silence(
    stores: Stores, prompts: Prompts, theirs: str
) -> None:
    mine = {AT: (Action.GO_ON,)}
    until = PLANNED if theirs == "says so" else NEXT + 2 * WEEK
    silence = await seen(stores, prompts, mine, {}, until)
    assert await seen(stores, prompts, mine, THEIRS[theirs], until) == silence


async def test_it_can_be_said_weeks_later_and_taken_back_until_it_has_begun(
    stores: Stores, prompts: Prompts
) -> None:
    house = await ended(stores, prompts)
    await press(house, ADA, Action.GO_ON)
    assert "Rather not, after all" in house.ledger.to(ADA)[-1].fallback()
    await house.wait(days=15)
    await press(house, BEN, Action.GO_ON)
    await press(house, ADA, Action.NOT_ON)
    await house.wait(days=8)
    assert await asked(house, ASKED) == []
    await press(house, ADA, Action.GO_ON)
    await house.wait(days=8)
    assert len(await asked(house, ASKED)) == 1


async def test_before_the_end_nobody_can_say_so(stores: Stores, prompts: Prompts) -> None:
    store = await stores.fresh()
    await bring_in(store, first_module=FIRST_MODULE)
    house = House(store, prompts)
    await house.join(ADA, BEN)
    for at in (ASKED - WEEK, OPENS - timedelta(minutes=1)):
        await house.wait_until(at)
        await house.press(ADA, Action.GO_ON, "nonsense")
        assert not (await house.view(ADA)).conversation.wants_on
        assert house.ledger.kinds(ADA)[-1] is CardKind.NOT_NOW


# ---- how it ends


@pytest.mark.parametrize("erased", [True, False])
async def test_it_ends_for_both_when_one_leaves(stores: Stores, prompts: Prompts, erased: bool) -> None:
    house = await ended(stores, prompts)
    await both(house)
    await house.wait_until(NEXT)
    if erased:
        await erase(house.store, BEN.reader, house.now)
    else:
        await house.press(BEN, Action.LEAVE)
    house.ledger.posted.clear()
    await house.wait(days=28)
    assert CardKind.QUESTION not in house.ledger.kinds(ADA)
    told = next(card for card in house.ledger.to(ADA) if card.kind is CardKind.PARTNER_LEFT)
    assert "My questions end with that: going on was for the two of you." in told.fallback()
    assert (await house.view(ADA)).next_ask_at is None


async def test_a_stop_stays_a_stop_and_the_other_one_cannot_tell(stores: Stores, prompts: Prompts) -> None:
    house = await ended(stores, prompts)
    await both(house)
    await house.wait_until(NEXT)
    await house.press(BEN, Action.STOP)
    await house.answer(ADA, SAID, partner=True)
    await house.wait_until(NEXT + WEEK)
    assert house.ledger.kinds(ADA)[-2:] == [CardKind.NOT_OPENED, CardKind.QUESTION]
    assert (await house.view(BEN)).conversation.standing is Standing.STOPPED


async def test_a_pair_that_is_held_goes_on_in_silence(stores: Stores, prompts: Prompts) -> None:
    house = await ended(stores, prompts)
    await both(house)
    await hold(house.store, FAY.reader, (await house.view(ADA)).conversation.pair or "", house.now)
    house.ledger.posted.clear()
    await house.wait_until(NEXT + WEEK)
    assert not {ADA.id, BEN.id} & {each.account.external for each in house.ledger.posted}


async def test_all_of_it_is_deleted_when_the_programmes_time_is_over_and_nothing_is_asked_after_that(
    stores: Stores, prompts: Prompts
) -> None:
    """The last module is on 24 November, and words are kept for two months: all of it goes on 1 February."""
    house = await ended(stores, prompts, months=2)
    assert "is deleted in February 2027. Going on does not move that." in house.ledger.to(ADA)[-1].fallback()
    await both(house)
    at = NEXT
    while at < datetime(2027, 2, 1, tzinfo=UTC):
        await house.wait_until(at)
        if house.ledger.kinds(ADA)[-1] is CardKind.QUESTION:
            await house.answer(ADA, f"Said on {at:%d %B}.", partner=True)
        at += WEEK
    rounds = sorted((await house.view(ADA)).rounds.values(), key=lambda each: each.opens_at)
    assert rounds[-1].opens_at.date() == date(2027, 1, 21)
    assert CardKind.DELETION_AHEAD in house.ledger.kinds(ADA)
    await house.wait_until(datetime(2027, 2, 1, 11, tzinfo=UTC))
    async with everything(house.store.database) as connection:
        left = await connection.execute(select(func.count()).select_from(t.words))
        assert left.scalar_one() == 0
    house.ledger.posted.clear()
    await house.wait(days=40)
    assert CardKind.QUESTION not in house.ledger.kinds(ADA)


async def test_a_later_last_module_asks_those_who_said_nothing_and_what_was_said_of_the_old_end_counts_no_more(
    stores: Stores, prompts: Prompts
) -> None:
    house = await ended(stores, prompts)
    await press(house, ADA, Action.GO_ON)
    async with everything(house.store.database) as connection:
        later = t.modules.update().where(t.modules.c.number == 3).values(starts_on=date(2026, 12, 22))
        await connection.execute(later)
        await connection.commit()
    await house.wait_until(NEXT)
    assert house.ledger.kinds(ADA)[-1] is CardKind.QUESTION
    assert (await house.view(ADA)).conversation.went_on_at is None
    assert not (await house.view(ADA)).conversation.wants_on
