"""Withdrawing the agreement by itself: what follows at once, what stays, who can tell, and how to agree again."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from adapters.glance import view_of
from adapters.web.copy import copy_of
from bot.conversation.state import Standing, State
from bot.messages import Action, CardKind
from bot.model import Consent, Facilitators
from bot.rows import Prompts
from storage import tables as t
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, DAN, FAY, Character, bring_in
from tests.conftest import only_sqlite
from tests.databases import everything
from tests.house import House
from tests.test_round import THURSDAY_17, TUESDAY_10, begin

WEEK = timedelta(days=7)
FRIDAY_16 = THURSDAY_17 + timedelta(hours=23)
SAID = "They had decided before I came in."
NAMED = Facilitators.NAMED.value


async def asked(store: SqlStore, prompts: Prompts) -> House:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    return house


async def consents(house: House, who: Character = ADA) -> list[Consent]:
    async with house.store.read() as tx:
        return list(await tx.people.consents(who.reader))


async def lines(house: House) -> list[list[str]]:
    """What stands on each weekly page now, the newest first."""
    async with house.store.read() as tx:
        found = [
            await tx.digests.view(FAY.reader, each.id) for each in await tx.digests.summaries(FAY.reader)
        ]
    return [[line.text for line in each.lines] for each in found]


async def words(house: House, who: Character = ADA) -> int:
    async with everything(house.store.database) as connection:
        rows = await connection.execute(t.words.select().where(t.words.c.person_id == who.id))
        return len(rows.all())


async def test_what_was_shared_for_an_opening_to_come_is_taken_back_and_the_partner_reads_what_they_always_read(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True, facilitators=NAMED)
    before = await house.page(BEN)
    await house.press(ADA, Action.WITHDRAW)
    assert await house.page(BEN) == before
    await house.wait_until(FRIDAY_16)
    assert house.ledger.to(BEN)[-1].fallback() == "Not opened this time."
    assert await lines(house) == [[SAID]], "Ben’s stands, and Ada’s does not"
    (written,) = [
        part for each in (await house.view(ADA)).rounds.values() for part in each.written if part.text
    ]
    assert written.text == SAID, "what somebody wrote stays theirs"


async def test_what_has_opened_or_stood_in_a_weekly_page_stands_until_it_is_taken_back(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True, facilitators=NAMED)
    await house.wait_until(TUESDAY_10 + WEEK)
    await house.answer(ADA, "For the page to come.", facilitators=NAMED)
    await house.press(ADA, Action.WITHDRAW)
    await house.wait_until(FRIDAY_16 + WEEK)
    assert await lines(house) == [[], [SAID, SAID]]
    first = next(each for each in (await house.view(BEN)).rounds.values() if each.heard)
    assert first.heard[0].text == SAID
    await house.press(ADA, Action.TAKE_BACK_ALL)
    assert await lines(house) == [[], [SAID]]
    assert (await house.view(BEN)).rounds[first.id].heard[0].text is None
    assert "Everything you had shared is taken back." in house.ledger.to(ADA)[-1].fallback()


async def test_nothing_new_is_kept_and_nothing_is_sent_that_was_not_asked_for(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    await house.say(ADA, SAID)
    await house.press(ADA, Action.WITHDRAW)
    part = (await house.view(ADA)).rounds[(await house.view(ADA)).conversation.round or ""].written[0]
    assert part.closed, "what was being written is complete, and theirs"
    kept = await words(house)
    await house.say(ADA, "Is this kept?")
    assert house.ledger.kinds(ADA)[-1] is CardKind.BEFORE_CONSENT
    await house.press(ADA, Action.EDIT, part.id, {f"text:{part.id}": "Nor is this."})
    await house.press(ADA, Action.CHOOSE_WORDS, fields={"words": "Nor this."})
    await house.press(ADA, Action.PROPOSE, fields={"challenge": "Nor this."})
    await house.press(ADA, Action.ASK_CALL, fields={"to": FAY.id, "how": "Nor this."})
    async with store.write() as tx:
        await tx.people.keep_draft(ADA.reader, "words", "Nor this.", house.now)
    assert await words(house) == kept
    house.ledger.posted.clear()
    await house.wait_until(THURSDAY_17 + 2 * WEEK)
    assert house.ledger.kinds(ADA) == []
    assert CardKind.QUESTION in house.ledger.kinds(BEN)
    await house.press(ADA, Action.HELP)
    assert house.ledger.kinds(ADA) == [CardKind.HELP], "what somebody asks for is answered"
    await house.press(ADA, Action.REMOVE, part.id)
    assert await words(house) == kept - 1


@only_sqlite
async def test_what_waits_to_go_out_when_somebody_withdraws_does_not(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.press(ADA, Action.HOURS, fields={"zone": "Europe/London", "from": "19:00", "to": "20:00"})
    await house.wait_until(TUESDAY_10)
    for who in (ADA, BEN):
        await house.say(who, SAID)
    await house.wait_until(TUESDAY_10 + timedelta(hours=9))
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True)
    await house.wait_until(THURSDAY_17 + timedelta(hours=1))
    assert CardKind.OPENED not in house.ledger.kinds(ADA), "it waits for her hours"
    await house.press(ADA, Action.WITHDRAW)
    await house.wait(hours=4)
    assert CardKind.OPENED not in house.ledger.kinds(ADA)
    await house.press(ADA, Action.AGREE)
    assert CardKind.OPENED in house.ledger.kinds(ADA), "and is not lost"


@only_sqlite
@pytest.mark.parametrize(
    ("action", "standing"), [(Action.STOP, Standing.STOPPED), (Action.LEAVE, Standing.LEFT)]
)
async def test_whoever_has_stopped_or_left_can_withdraw_and_stays_so(
    store: SqlStore, prompts: Prompts, action: Action, standing: Standing
) -> None:
    house = await asked(store, prompts)
    await house.press(ADA, action)
    await house.press(ADA, Action.WITHDRAW)
    c = (await house.view(ADA)).conversation
    assert (c.standing, c.state) == (standing, State.WITHDRAWN)
    assert {CardKind.STOPPED, CardKind.LEFT} & {card.kind for card in await house.page(ADA)}, (
        "the way back stays"
    )
    await house.press(ADA, Action.START)
    c = (await house.view(ADA)).conversation
    assert (c.standing, c.state) == (Standing.ACTIVE, State.WITHDRAWN)
    assert "The next question comes" not in next(
        card.fallback() for card in house.ledger.to(ADA) if card.kind is CardKind.STARTED
    )


async def test_agreeing_again_goes_on_with_this_weeks_question(store: SqlStore, prompts: Prompts) -> None:
    house = await asked(store, prompts)
    await house.press(ADA, Action.WITHDRAW)
    await house.press(ADA, Action.AGREE)
    assert "You have agreed again." in [card.fallback().split("\n")[0] for card in house.ledger.to(ADA)]
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True)
    await house.wait_until(THURSDAY_17)
    for who in (ADA, BEN):
        assert house.ledger.kinds(who)[-1] is CardKind.OPENED
    await house.wait_until(TUESDAY_10 + WEEK)
    assert house.ledger.kinds(ADA)[-1] is CardKind.QUESTION


async def test_withdrawing_before_the_partner_joins_does_not_join_twice(
    store: SqlStore, prompts: Prompts
) -> None:
    await bring_in(store)
    house = House(store, prompts)
    await house.join(CLEO)
    for _ in range(2):
        await house.press(CLEO, Action.WITHDRAW)
        await house.press(CLEO, Action.AGREE)
    await house.wait_until(TUESDAY_10)
    c = (await house.view(CLEO)).conversation
    assert (c.pair_state, c.state) == ("one joined", State.ASKED)
    await house.press(CLEO, Action.WITHDRAW)
    await house.join(DAN)
    assert (await house.view(DAN)).partner_joined, "to Dan she is here"


async def test_giving_and_withdrawing_are_kept_with_wording_and_time_and_stand_in_the_copy_and_the_log(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    await house.press(ADA, Action.WITHDRAW)
    withdrawn_at = house.now
    await house.wait(hours=1)
    await house.press(ADA, Action.AGREE)
    first, second = await consents(house)
    assert (first.withdrawn_at, second.withdrawn_at) == (withdrawn_at, None)
    assert (second.given_at, second.wording) == (house.now, first.wording)
    body = copy_of(await house.view(ADA), [first, second], "", prompts, house.now)
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        agreed = json.loads(packed.read("what-you-wrote.json"))["agreed"]
    assert [each["withdrawn at"] for each in agreed] == [withdrawn_at.isoformat(), ""]
    async with everything(store.database) as connection:
        noted = await connection.execute(
            t.audit.select().where(t.audit.c.who == ADA.id).order_by(t.audit.c.seq)
        )
        assert [row.did for row in noted] == ["agreed to", "withdrew agreement to", "agreed to"]


@only_sqlite
async def test_facilitators_cannot_tell(store: SqlStore, prompts: Prompts) -> None:
    house = await asked(store, prompts)

    async def seen() -> object:
        async with house.store.read() as tx:
            return view_of(await tx.glances.glance(FAY.reader), house.now, FAY.id)

    before = await seen()
    await house.press(ADA, Action.WITHDRAW)
    assert await seen() == before
    await house.wait_until(FRIDAY_16)
    async with house.store.read() as tx:
        (digest,) = await tx.digests.summaries(FAY.reader)
        assert (await tx.digests.view(FAY.reader, digest.id)).counts.people == 6
