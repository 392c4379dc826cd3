"""Removing a facilitator or somebody outside: nothing lets them in or reaches them any more, and words stay."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot import call
from bot.audit import COMMAND_LINE
from bot.errors import Refused, Unknown
from bot.ids import derive
from bot.messages import Action, CardKind
from bot.model import Person, Platform, Role
from bot.remove import remove, remove_colleague
from bot.rows import Prompts
from storage import tables as t
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, DAYTIME, FAY, IVY, JO, ONE, XAN, Character
from tests.conftest import only_sqlite
from tests.databases import everything
from tests.house import House
from tests.test_call import asked, wanted
from tests.test_round import THURSDAY_17, begin

PROGRAMME = derive(ONE, "Leading together")
KIT = Character(derive(ONE), derive(ONE, "person", "Kit"), Role.FACILITATOR)
"""Facilitates beside Fay, so that she can be removed."""


async def two_facilitate(store: SqlStore, prompts: Prompts) -> House:
    house = await begin(store, prompts)
    async with store.write() as tx:
        kit = Person(KIT.tenant, KIT.id, PROGRAMME, KIT.role, "Kit Moss", DAYTIME)
        await tx.setup.person(kit, KIT.account, "kit@example.org")
        await tx.setup.change_person(await tx.people.get(FAY.reader), "fay@example.org")
    return house


async def gone(house: House, who: Character = FAY) -> None:
    async with house.store.write() as tx:
        await remove(tx, who.reader, PROGRAMME, house.now, COMMAND_LINE)
    await house.settle()


async def test_no_browser_link_or_address_of_theirs_leads_in_any_more(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await two_facilitate(store, prompts)
    until = house.now + timedelta(days=30)
    async with store.write() as tx:
        for who in (FAY, KIT):
            await tx.sessions.add(who.reader, f"browser of {who.id}", house.now, until)
            await tx.links.make(who.reader, f"link of {who.id}", house.now, until, once=False)
    await gone(house)
    async with store.write() as tx:
        assert await tx.links.use(f"link of {FAY.id}", house.now) is None
        assert await tx.links.use(f"link of {KIT.id}", house.now) is not None
        assert await tx.people.known_by("fay@example.org") == []
        assert await tx.people.find("Fay") == []
        assert await tx.people.address(FAY.reader, notices=False) is None
        assert await tx.people.account(FAY.reader, [Platform.WEB]) is None
        # Made at that very moment, by somebody who had not seen it yet.
        await tx.sessions.add(FAY.reader, "late", house.now, until)
    for token, known in ((f"browser of {FAY.id}", False), ("late", False), (f"browser of {KIT.id}", True)):
        async with store.read() as tx:
            assert (await tx.sessions.find(token, house.now) is not None) is known, token
    async with store.read() as tx:
        with pytest.raises(Unknown):
            await tx.glances.glance(FAY.reader)
        with pytest.raises(Unknown):
            await tx.digests.view(FAY.reader, "any")


async def test_nothing_more_goes_to_them_and_the_next_page_goes_to_who_is_left(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await two_facilitate(store, prompts)
    await gone(house)
    house.ledger.posted.clear()
    await house.wait_until(THURSDAY_17 + timedelta(days=2))
    assert CardKind.DIGEST in house.ledger.kinds(KIT)
    assert house.ledger.to(FAY) == []


async def test_what_members_wrote_and_what_was_answered_stays(store: SqlStore, prompts: Prompts) -> None:
    house = await two_facilitate(store, prompts)
    await house.wait_until(THURSDAY_17 - timedelta(days=2))
    await house.answer(ADA, "I went quiet.", partner=True, facilitators="named")
    await house.wait_until(THURSDAY_17 + timedelta(days=2))
    async with store.write() as tx:
        (page,) = await tx.digests.summaries(FAY.reader)
        line = (await tx.digests.view(FAY.reader, page.id)).lines[0]
        await tx.digests.reply(FAY.reader, line.id, "We heard it.", house.now)
    before = await words(store)
    await gone(house)
    assert await words(store) == before
    async with store.read() as tx:
        (kept,) = (await tx.digests.view(KIT.reader, page.id)).lines
        fates = (await tx.views.member(ADA.reader)).fates
    assert (kept.text, kept.reply) == ("I went quiet.", "We heard it.")
    assert [each.reply for each in fates.values()] == ["We heard it."]


async def words(store: SqlStore) -> int:
    async with everything(store.database) as connection:
        return int((await connection.execute(select(func.count()).select_from(t.words))).scalar_one())


async def test_whoever_waits_for_a_call_is_told_at_once_and_can_ask_somebody_else(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await two_facilitate(store, prompts)
    await asked(house)
    await asked(house, BEN)
    await asked(house, CLEO, of=JO)
    kept = await words(store)
    (first, _) = await wanted(house)
    assert await call.will_call(store, FAY.reader, first.id, house.now)
    await house.settle()
    house.ledger.posted.clear()
    await gone(house)
    for who in (ADA, BEN):
        said = house.ledger.to(who)[-1].fallback()
        assert "Fay is no longer here, and does not call you." in said
        assert "Somebody else can call you." in said
        assert {each.name for each in (await house.view(who)).callers if not each.asked_at} == {
            "Kit Moss",
            "Jo",
        }
    assert house.ledger.to(CLEO) == []
    assert await words(store) == kept - 2, "how they can be reached is forgotten"
    assert [each.how for each in await wanted(house)] == ["", ""]
    await house.wait(hours=30)
    async with everything(store.database) as connection:
        rows = await connection.execute(select(t.outbox).where(t.outbox.c.person_id == FAY.id))
        assert rows.all() == [], "nobody is reminded any more"
    await asked(house, of=KIT)
    assert "You have asked Kit Moss to call you." in house.ledger.to(ADA)[-1].fallback()
    gone_call = next(each.call for each in (await house.view(ADA)).callers if each.gone)
    await house.press(ADA, Action.NO_CALL, gone_call)
    assert "no longer here" not in house.ledger.to(ADA)[-1].fallback()
    await asked(house)
    assert [each.name for each in (await house.view(ADA)).callers if each.asked_at] == ["Kit Moss"]


@only_sqlite
async def test_the_last_facilitator_a_member_and_a_stranger_are_not_removed(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    with pytest.raises(Refused, match="Only Fay facilitates"):
        await gone(house)
    with pytest.raises(Refused, match="leaves, or has everything removed"):
        await gone(house, ADA)
    with pytest.raises(Unknown):
        await gone(house, IVY)
    await gone(house, JO)
    with pytest.raises(Unknown):
        await gone(house, JO)


@only_sqlite
async def test_a_facilitator_removes_nobody_elsewhere_and_not_themselves(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await two_facilitate(store, prompts)
    for me, person, error in (
        (IVY, JO, Unknown),
        (XAN, JO, Unknown),
        (ADA, JO, Unknown),
        (JO, FAY, Unknown),
        (FAY, IVY, Unknown),
        (FAY, FAY, Refused),
    ):
        with pytest.raises(error):
            await remove_colleague(store, me.reader, person.id, house.now)
    await remove_colleague(store, FAY.reader, KIT.id, house.now)
    with pytest.raises(Unknown):
        await remove_colleague(store, KIT.reader, FAY.id, house.now)
    with pytest.raises(Refused, match="Another facilitator, or whoever runs the service"):
        await remove_colleague(store, FAY.reader, FAY.id, house.now)
