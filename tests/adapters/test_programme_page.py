"""The programme at a glance: numbers and names, ways in that go to people alone, and a new pair."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from bot.messages import Action, CardKind, Pressed
from bot.model import Account, Platform
from bot.rows import Unfit
from storage import tables as t
from tests.adapters.service import CANARIES, NOW, Service, only_sqlite, owned_ids
from tests.adapters.test_matrix import PROGRAMME, csrf
from tests.cast import ADA, BEN, CLEO, DAN, FAY, IVY, ONE, Character, programme
from tests.databases import everything

pytestmark = only_sqlite


async def page(service: Service) -> str:
    return re.sub(r"\s+", " ", (await service.ask("GET", PROGRAMME, FAY)).text())


async def press(service: Service, action: str, **fields: str) -> tuple[int, str]:
    form = {"csrf": csrf(FAY), "action": action, **fields}
    answer = await service.ask("POST", PROGRAMME, FAY, form)
    return answer.status, answer.text()


async def mails(service: Service) -> Sequence[tuple[str, str]]:
    async with everything(service.store.database) as connection:
        rows = await connection.execute(select(t.outbox).where(t.outbox.c.by_mail.is_(True)))
        return [(row.person_id, row.kind) for row in rows]


async def left(service: Service, *people: Character) -> None:
    """They have left, and the day in which they could undo it is over."""
    for who in people:
        now = service.house.now()
        await service.house.take_in(Pressed(f"left {who.id}", who.account, now, Action.LEAVE))
    async with everything(service.store.database) as connection:
        for who in people:
            mine = t.conversations.update().where(t.conversations.c.person_id == who.id)
            await connection.execute(mine.values(resume_at=None))
        await connection.commit()


async def test_it_holds_names_and_numbers_and_nobodys_words(service: Service) -> None:
    shown = await page(service)
    assert '<th scope="row">Ada and Ben</th><td>both</td>' in shown
    assert not [each.word for each in CANARIES if each.word in shown]
    assert "Questions come on Tuesday at 10:00." in shown


async def test_it_and_the_weekly_page_say_where_pages_are_announced_and_why_no_longer(
    service: Service,
) -> None:
    ours, place = programme(ONE, "Leading together"), Account(Platform.SLACK, "T1:C1")

    async def shown(who: Character) -> list[str]:
        answers = [await service.ask("GET", path, who) for path in ("/me/", PROGRAMME)]
        return [re.sub(r"\s+", " ", answer.text()) for answer in answers]

    assert not [each for each in await shown(FAY) if "channel" in each]
    async with service.store.write() as tx:
        await tx.announcements.choose(ours.tenant, ours.id, place)
    assert all("each page is announced in a private channel" in each for each in await shown(FAY))
    async with service.store.write() as tx:
        assert await tx.announcements.end(ours.tenant, ours.id, place, Unfit.ARCHIVED, NOW)
    assert all("the channel was archived. Nothing is posted there." in each for each in await shown(FAY))
    assert not [each for each in await shown(IVY) if "channel" in each], "it is another programme's"


async def test_a_way_in_goes_to_the_person_and_three_an_hour_are_enough(service: Service) -> None:
    for _ in range(4):
        status, _ = await press(service, "way-in", subject=ADA.id)
        assert status == 303
    assert await mails(service) == [(ADA.id, CardKind.WAY_IN.value)] * 3
    for person in (BEN.id, FAY.id, "nobody"):
        # Ben has no address, and a facilitator asks for a way in by themselves.
        assert (await press(service, "way-in", subject=person))[0] == 404


async def test_two_who_are_left_are_made_a_pair_and_a_slip_is_said(service: Service) -> None:
    assert "A new pair" not in await page(service)
    await left(service, BEN, DAN)
    shown = await page(service)
    assert f'<option value="{CLEO.id}">Cleo</option>' in shown
    assert "Ada and somebody who is no longer here" in shown
    status, said = await press(service, "pair-up", one=ADA.id, two=ADA.id)
    assert (status, "Nobody was paired." in said) == (422, True)
    assert (await press(service, "pair-up", one=ADA.id, two=CLEO.id))[0] == 303
    assert "Ada and Cleo" in await page(service)
    assert "You have a new partner: Cleo." in (await service.ask("GET", "/me/", ADA)).text()


async def test_before_a_weekly_page_is_read_it_says_to_whom_every_message_is_stopped(
    service: Service,
) -> None:
    async def weekly() -> str:
        return (await service.ask("GET", "/me/", FAY)).text()

    before = await weekly()
    assert "Every message to them is stopped." not in before
    await press(service, "hold", pair=(await owned_ids(service.store))["pairs 0"])
    held = await weekly()
    told = held.index("<b>Ada and Ben.</b> Every message to them is stopped.")
    lines = [place for name in ("Ada", "Ben") if (place := held.find(f'<p class="by">{name}</p>')) > 0]
    assert lines, "the control: a line of theirs is there"
    assert told < min(lines)
    # Nothing else differs: a line that went, or was marked, would tell whose a line without a name is.
    assert held.count("<blockquote") == before.count("<blockquote")


async def test_a_pair_can_be_held_and_one_of_them_go_on_alone(service: Service) -> None:
    pair = (await owned_ids(service.store))["pairs 0"]
    assert (await press(service, "hold", pair=pair))[0] == 303
    assert "Nothing is sent to either of them." in await page(service)
    assert (await press(service, "lift", subject=pair))[0] == 303
    assert "Nothing is sent to either of them." not in await page(service)
    assert (await press(service, f"alone:{ADA.id}", subject=pair))[0] == 404, "only of a pair that is held"
    await press(service, "hold", pair=pair)
    assert (await press(service, f"alone:{ADA.id}", subject=pair))[0] == 303
    shown = await page(service)
    assert "Ada and somebody who is no longer here" in shown
    assert (await press(service, "hold", pair="nothing"))[0] == 404
