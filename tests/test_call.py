"""Getting a person: whoever was asked is told at once and again, and the one who asked sees how it stands."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot import call
from bot.leave import erase
from bot.messages import Action, CardKind, Joined
from bot.model import Platform
from bot.rows import CallWanted, Prompts
from storage import tables as t
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, FAY, GUS, IVY, JO, ZOE, Character
from tests.conftest import only_sqlite
from tests.databases import everything
from tests.house import House, Ledger
from tests.test_round import TUESDAY_10, begin, just_two

NUMBER = "01632 960 555, after six"


async def asked(house: House, who: Character = ADA, of: Character = FAY, how: str = NUMBER) -> None:
    await house.press(who, Action.ASK_CALL, fields={"to": of.id, "how": how})


async def wanted(house: House, of: Character = FAY) -> list[CallWanted]:
    async with house.store.read() as tx:
        return list(await tx.calls.wanted(of.reader))


def said(house: House, who: Character) -> str:
    return house.ledger.to(who)[-1].fallback()


async def words(store: SqlStore) -> int:
    async with everything(store.database) as connection:
        return int((await connection.execute(select(func.count()).select_from(t.words))).scalar_one())


async def test_whoever_is_asked_is_told_at_once_at_night_too_and_again_until_they_answer(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10 + timedelta(hours=16))
    at = house.now
    await asked(house)
    told = []
    for hours in range(36):
        await house.wait_until(at + timedelta(hours=hours))
        told += [hours] * house.ledger.kinds(FAY).count(CardKind.CALL_WANTED)
        house.ledger.posted.clear()
    assert told == [0, 1, 2, 4, 8, 16, 28]
    (call_,) = await wanted(house)
    assert await call.will_call(store, FAY.reader, call_.id, house.now)
    await house.wait(days=3)
    assert CardKind.CALL_WANTED not in house.ledger.kinds(FAY)


@only_sqlite
async def test_the_one_who_asked_sees_that_nobody_has_answered_and_then_that_somebody_has(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    await asked(house)
    assert "Nobody has answered yet" in said(house, ADA)
    assert "Ring 999" in said(house, ADA)
    (call_,) = await wanted(house)
    assert (call_.name, call_.how) == ("Ada", NUMBER)
    assert await call.will_call(store, FAY.reader, call_.id, house.now)
    await house.settle()
    assert "Fay will call you." in said(house, ADA)
    assert not await call.will_call(store, FAY.reader, call_.id, house.now)


async def test_nobody_but_whoever_was_asked_learns_of_it(store: SqlStore, prompts: Prompts) -> None:
    house = await begin(store, prompts)
    before = {who: await house.page(who) for who in (BEN, CLEO)}
    house.ledger.posted.clear()
    await asked(house, of=JO)
    assert {each.account.external for each in house.ledger.posted} == {ADA.id, JO.id}
    assert NUMBER not in "\n".join(card.fallback() for card in house.ledger.to(JO))
    assert {who: await house.page(who) for who in (BEN, CLEO)} == before
    assert await wanted(house, FAY) == []
    (call_,) = await wanted(house, JO)
    for stranger in (FAY, BEN, IVY, ZOE):
        assert not await call.will_call(store, stranger.reader, call_.id, house.now)
        assert not await call.have_spoken(store, stranger.reader, call_.id, house.now)


@only_sqlite
@pytest.mark.parametrize("nobody", [BEN, IVY, ZOE, ADA])
async def test_only_the_programmes_own_can_be_asked(
    store: SqlStore, prompts: Prompts, nobody: Character
) -> None:
    house = await begin(store, prompts)
    kept = await words(store)
    await asked(house, of=nobody)
    assert await words(store) == kept
    assert all(caller.asked_at is None for caller in (await house.view(ADA)).callers)
    assert [caller.name for caller in (await house.view(ADA)).callers] == ["Fay", "Jo"]


async def test_a_call_can_be_asked_for_from_any_state_and_words_are_kept_only_after_agreeing(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.press(ADA, Action.STOP)
    await asked(house)
    assert "Nobody has answered yet" in said(house, ADA)
    (call_,) = await wanted(house)
    await call.will_call(store, FAY.reader, call_.id, house.now)
    await house.settle()
    assert "Fay will call you." in said(house, ADA)
    await house.take_in(Joined("first visit", GUS.account, house.now))
    kept = await words(store)
    await asked(house, GUS, IVY)
    assert await words(store) == kept
    assert [(each.name, each.how) for each in await wanted(house, IVY)] == [("Gus", "")]


async def test_asking_twice_asks_once_and_somebody_else_can_be_asked_as_well(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    await asked(house)
    await asked(house, how="another number")
    assert [each.how for each in await wanted(house)] == [NUMBER]
    await asked(house, of=JO, how="")
    assert len(await wanted(house, JO)) == 1
    assert house.ledger.kinds(JO) == [CardKind.CALL_WANTED]


async def test_a_call_that_is_needed_no_more_is_told_no_more_and_how_is_forgotten(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    kept = await words(store)
    await asked(house)
    (call_,) = await wanted(house)
    await house.press(BEN, Action.NO_CALL, call_.id)
    assert len(await wanted(house)) == 1
    await house.press(ADA, Action.NO_CALL, call_.id)
    assert (await wanted(house), await words(store)) == ([], kept)
    house.ledger.posted.clear()
    await house.wait(hours=6)
    assert CardKind.CALL_WANTED not in house.ledger.kinds(FAY)
    await asked(house)
    assert len(await wanted(house)) == 1


async def test_once_they_have_spoken_how_to_reach_them_is_forgotten(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    kept = await words(store)
    await asked(house)
    (call_,) = await wanted(house)
    assert not await call.have_spoken(store, FAY.reader, call_.id, house.now)
    await call.will_call(store, FAY.reader, call_.id, house.now)
    assert (await wanted(house))[0].how == NUMBER
    assert await call.have_spoken(store, FAY.reader, call_.id, house.now)
    assert (await wanted(house), await words(store)) == ([], kept)


@only_sqlite
async def test_after_an_outage_whoever_was_asked_is_told_once(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    await asked(house)
    house.ledger.posted.clear()
    house.now += timedelta(days=4)
    await house.wait(minutes=1)
    assert house.ledger.kinds(FAY).count(CardKind.CALL_WANTED) == 1


async def test_each_time_is_a_mail_of_its_own_though_notices_are_off(
    store: SqlStore, prompts: Prompts
) -> None:
    mail = Ledger()
    house = await just_two(store, prompts)
    house.others[Platform.MAIL] = mail
    async with everything(store.database) as connection:
        at = f"{FAY.id}@example.org"
        mine = t.people.update().where(t.people.c.id == FAY.id).values(email=at, notices=False)
        await connection.execute(mine)
        await connection.commit()
    await asked(house)
    await house.wait(hours=2, minutes=1)
    async with store.read() as tx:
        assert await tx.people.address(FAY.reader, notices=True) is None
    assert [each.card.kind for each in mail.posted] == [CardKind.CALL_WANTED] * 3
    assert NUMBER not in "".join(each.card.fallback() for each in mail.posted)


async def test_erasing_somebody_erases_that_they_wanted_a_call(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    await asked(house)
    await erase(store, ADA.reader, house.now)
    assert await wanted(house) == []
    house.ledger.posted.clear()
    await house.wait(hours=6)
    assert house.ledger.kinds(FAY) == []
