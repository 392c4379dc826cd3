"""One whole round on both databases, through the doors that everybody uses."""

from datetime import UTC, datetime

import pytest

from bot.messages import Action, CardKind, Pressed, Quote, Said
from bot.model import Account, Platform
from bot.rows import Prompts
from storage.store import SqlStore
from storage.tables import accounts, asks
from tests.cast import ADA, BEN, CLEO, DAN, EVE, FAY, FIN, bring_in
from tests.house import House, Ledger
from tests.retold import retold

pytestmark = pytest.mark.both

TUESDAY_10 = datetime(2026, 11, 17, 10, tzinfo=UTC)
THURSDAY_17 = datetime(2026, 11, 19, 17, tzinfo=UTC)
FRIDAY_16 = datetime(2026, 11, 20, 16, tzinfo=UTC)


async def begin(store: SqlStore, prompts: Prompts) -> House:
    """Everybody is set up, and three pairs have joined."""
    return await retold(House(store, prompts), _six_have_joined)


async def just_two(store: SqlStore, prompts: Prompts) -> House:
    """Ada and Ben are set up, with their facilitator and Jo, and have joined; nobody else is there."""
    return await retold(House(store, prompts), _two_have_joined)


async def _two_have_joined(house: House) -> None:
    await bring_in(house.store, everybody=False)
    await house.join(ADA, BEN)


async def _six_have_joined(house: House) -> None:
    await bring_in(house.store)
    await house.join(ADA, BEN, CLEO, DAN, EVE, FIN)


async def test_a_pair_is_asked_answers_is_probed_shares_and_sees_both_words_at_once(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    assert house.ledger.kinds(ADA)[-1] is CardKind.QUESTION
    assert house.ledger.kinds(BEN)[-1] is CardKind.QUESTION

    await house.say(ADA, "The real talk was before I came in. I was furious.")
    await house.wait(minutes=5)
    assert house.ledger.kinds(ADA)[-1] is CardKind.FOLLOW_UP
    assert "“I was furious”" in house.ledger.to(ADA)[-1].fallback()
    await house.say(ADA, "Being asked to nod.")
    await house.press(ADA, Action.DONE)
    assert house.ledger.kinds(ADA)[-1] is CardKind.WHO_SEES
    await house.share(ADA, partner=True, facilitators="named")
    await house.answer(BEN, "Everyone was there, so I thought it went well.", partner=True)

    assert not any("nod" in card.fallback() for card in await house.page(BEN))
    await house.wait_until(THURSDAY_17)
    for who, words in ((ADA, "went well"), (BEN, "asked to nod")):
        assert house.ledger.kinds(who)[-1] is CardKind.OPENED
        quotes = [part.text for part in house.ledger.to(who)[-1].parts if isinstance(part, Quote)]
        assert any(words in quote for quote in quotes)
    for outsider in (CLEO, DAN, FAY):
        assert "nod" not in "".join(card.fallback() for card in house.ledger.to(outsider))


async def test_a_round_does_not_open_unless_both_shared(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "I went along with the date that they had chosen.", partner=True)
    await house.answer(BEN, "I kept the minutes short on purpose this time.")
    await house.wait_until(THURSDAY_17)
    for who in (ADA, BEN):
        assert house.ledger.kinds(who)[-1] is CardKind.NOT_OPENED
        assert house.ledger.to(who)[-1].fallback() == "Not opened this time."


async def test_the_digest_holds_what_was_shared_and_nothing_else(store: SqlStore, prompts: Prompts) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    for number, who in enumerate((ADA, BEN, CLEO, DAN, EVE)):
        await house.answer(who, f"Unnamed words number {number} about how it went.", facilitators="unnamed")
    await house.answer(FIN, "These words of mine are for nobody else at all.")
    await house.wait_until(FRIDAY_16)
    assert house.ledger.kinds(FAY) == [CardKind.DIGEST]
    digest_id = house.ledger.to(FAY)[0].subject
    async with store.read() as tx:
        view = await tx.digests.view(FAY.reader, digest_id)
    assert sorted(line.text for line in view.lines) == [
        f"Unnamed words number {n} about how it went." for n in range(5)
    ]
    assert {line.by for line in view.lines} == {""}
    assert (view.counts.people, view.counts.answered, view.counts.kept) == (6, 6, 1)

    await house.share(EVE)
    async with store.read() as tx:
        view = await tx.digests.view(FAY.reader, digest_id)
    assert view.lines == ()


async def test_a_line_without_a_name_names_its_question_only_if_five_gave_one_to_it(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begin(store, prompts)
    await house.wait_until(TUESDAY_10)
    for who in (ADA, BEN, CLEO, DAN, EVE):
        await house.answer(who, "They had decided before I came in.", facilitators="unnamed")
    await house.answer(FIN, "I had gone along with it.", facilitators="named")
    await house.wait_until(FRIDAY_16)

    async def questions() -> list[tuple[str, str]]:
        async with store.read() as tx:
            view = await tx.digests.view(FAY.reader, house.ledger.to(FAY)[0].subject)
        return sorted({(line.by, line.question) for line in view.lines})

    asked = (await house.view(FIN)).conversation.question or ""
    assert asked != (await house.view(ADA)).conversation.question, "pairs have questions of their own"
    assert await questions() == [("", ""), ("Fin", asked)]
    async with store.write() as tx:
        await tx.session.enter(ADA.tenant)
        same = asks.update().where(asks.c.tenant_id == ADA.tenant).values(question=asked)
        await tx.session.run(same)
    assert await questions() == [("", asked), ("Fin", asked)]


async def test_a_pair_may_span_two_platforms(store: SqlStore, prompts: Prompts) -> None:
    """One half on the web, the other elsewhere: the same opening, in the same commit."""
    house = await just_two(store, prompts)
    elsewhere = Account(Platform.SLACK, "T1/U1")
    async with store.write() as tx:
        moved = accounts.update().where(accounts.c.tenant_id == BEN.tenant, accounts.c.person_id == BEN.id)
        await tx.session.enter(BEN.tenant)
        await tx.session.run(moved.values(platform=elsewhere.platform.value, external=elsewhere.external))
    slack = Ledger()
    house.others[Platform.SLACK] = slack
    await house.wait_until(TUESDAY_10)
    await house.answer(ADA, "I went along with the date that they had chosen.", partner=True)
    for number, text in enumerate(("I kept the minutes short", "and that was on purpose.", "that's it")):
        key = f"1763373600.{number}"
        await house.take_in(Said(key, elsewhere, house.now, key, text))
    await house.take_in(Pressed("trigger-1", elsewhere, house.now, Action.DECLINE))
    part = (await house.view(BEN)).rounds[(await house.view(BEN)).conversation.round or ""].written[0].id
    yes = {f"partner:{part}": "yes"}
    await house.take_in(Pressed("trigger-2", elsewhere, house.now, Action.CHOOSE, "", yes))
    assert not any("chosen" in each.card.fallback() for each in slack.posted)
    await house.wait_until(THURSDAY_17)
    assert "on your page" in slack.posted[-1].card.fallback(), "she did not say that they may stand in there"
    assert "I went along with the date" in (await house.page(BEN))[-1].fallback()
    assert "on purpose" in house.ledger.to(ADA)[-1].fallback()


async def test_an_opening_is_on_the_page_of_somebody_who_has_paused_at_the_same_moment(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10)
    for who in (ADA, BEN):
        await house.answer(who, "They had decided before I came in.", partner=True)
    await house.press(ADA, Action.PAUSE)
    await house.wait_until(THURSDAY_17)
    for who in (ADA, BEN):
        assert house.ledger.kinds(who)[-1] is CardKind.OPENED


async def test_only_whoever_asked_for_another_question_is_told_that_theirs_is_another(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    await house.wait_until(TUESDAY_10)
    await house.press(ADA, Action.ANOTHER)
    for who, apart in ((ADA, True), (BEN, False)):
        await house.press(who, Action.HELP)
        page = "\n".join(card.fallback() for card in await house.page(who))
        assert ("in place of the question for both of you" in page) is apart
        assert ("This time yours is another one" in page) is apart
    await house.wait_until(THURSDAY_17)
    assert "This time yours" not in "\n".join(card.fallback() for card in await house.page(ADA))
