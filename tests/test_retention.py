"""Words are kept as long as was agreed and no longer: said a month and a week ahead, and then gone from every byte."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.messages import Action, CardKind
from bot.rows import Prompts
from bot.when import AUDITED_AFTER, deletion_after, kept_since, months_on
from storage import tables as t
from storage.chain import chains
from storage.store import SqlStore
from tests.cast import ADA, BEN, CLEO, FAY, LONDON, Character, programme
from tests.conftest import only_sqlite
from tests.databases import everything
from tests.house import House
from tests.test_round import THURSDAY_17, TUESDAY_10, just_two

KINDS = {CardKind.DELETION_AHEAD, CardKind.DELETED}
SAID = "They had decided before I came in."


async def written(store: SqlStore, prompts: Prompts, months: int = 2) -> House:
    """One round in November that opened, with a turn and an answer, a digest, and words kept for so many months."""
    house = await just_two(store, prompts)
    async with everything(store.database) as connection:
        await connection.execute(t.programmes.update().values(retention_months=months))
        await connection.commit()
    await house.press(ADA, Action.PROPOSE, fields={"challenge": "Letters that people can read."})
    await house.press(BEN, Action.CONFIRM, "1")
    await house.wait_until(TUESDAY_10)
    for who in (ADA, BEN):
        await house.answer(who, SAID, partner=True, facilitators="named")
    await house.wait_until(THURSDAY_17)
    round_id = (await house.view(ADA)).conversation.round or ""
    await house.press(ADA, Action.SAY_BACK, round_id, {"text": "Who decided?"})
    await house.wait(days=1)
    await house.press(BEN, Action.READ, round_id)
    await house.press(BEN, Action.ANSWER_BACK, round_id, {"text": "Two of us, on the train."})
    return house


async def count(store: SqlStore, *tables: object) -> dict[str, int]:
    async with everything(store.database) as connection:
        return {
            str(table): int((await connection.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]
            for table in tables
        }


async def told(house: House, who: Character, until: datetime) -> list[tuple[str, CardKind]]:
    """On which days somebody was told something about deleting, and what."""
    found: list[tuple[str, CardKind]] = []
    while house.now < until:
        house.ledger.posted.clear()
        await house.wait_until(min(until, house.now + timedelta(days=1)))
        found += [(f"{house.now:%d %b}", kind) for kind in house.ledger.kinds(who) if kind in KINDS]
    return found


async def test_it_is_said_a_month_and_a_week_ahead_and_then_it_happens(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await written(store, prompts)
    house.now = house.now.replace(hour=20, minute=0)
    said = await told(house, ADA, datetime(2027, 1, 2, 20, tzinfo=UTC))
    assert said == [
        ("02 Dec", CardKind.DELETION_AHEAD),
        ("25 Dec", CardKind.DELETION_AHEAD),
        ("01 Jan", CardKind.DELETED),
    ]
    assert await count(store, t.parts, t.messages, t.turns, t.lines, t.challenges) == {
        each: 0 for each in ("parts", "messages", "turns", "lines", "challenges")
    }
    for who in (ADA, BEN):
        assert not any(round_.written or round_.heard for round_ in (await house.view(who)).rounds.values())
    async with store.read() as tx:
        for each in await tx.digests.summaries(FAY.reader):
            assert (await tx.digests.view(FAY.reader, each.id)).lines == ()
        last = await tx.retention.last(ADA.tenant, programme("northbank", "Leading together").id)
        assert last is not None
        assert (last.people, last.texts > 4) == (2, True)


@only_sqlite
async def test_what_is_younger_stays_and_nobody_else_is_told(store: SqlStore, prompts: Prompts) -> None:
    house = await written(store, prompts)
    await house.wait_until(TUESDAY_10 + timedelta(days=21))
    await house.answer(ADA, "This was said in December.")
    house.ledger.posted.clear()
    await house.wait_until(datetime(2027, 1, 2, 20, tzinfo=UTC))
    assert not KINDS & set(house.ledger.kinds(CLEO)), "who has written nothing is told nothing"
    rounds = (await house.view(ADA)).rounds.values()
    kept = [part.text for round_ in rounds for part in round_.written if part.text]
    assert kept == ["This was said in December."]


@only_sqlite
async def test_after_an_outage_a_week_still_lies_between_saying_and_doing(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await written(store, prompts)
    house.now = datetime(2026, 12, 30, 20, tzinfo=UTC)
    said = await told(house, ADA, datetime(2027, 1, 10, 20, tzinfo=UTC))
    assert [kind for _, kind in said] == [CardKind.DELETION_AHEAD, CardKind.DELETED]
    assert [day for day, _ in said] == ["31 Dec", "07 Jan"]


@only_sqlite
async def test_what_was_not_announced_is_not_deleted(store: SqlStore, prompts: Prompts) -> None:
    house = await written(store, prompts, months=12)
    await house.wait_until(datetime(2026, 12, 20, 20, tzinfo=UTC))
    async with everything(store.database) as connection:
        await connection.execute(t.programmes.update().values(retention_months=1))
        await connection.commit()
    await house.wait_until(datetime(2027, 1, 2, 20, tzinfo=UTC))
    assert (await count(store, t.turns))["turns"] == 1
    await house.wait_until(datetime(2027, 2, 2, 20, tzinfo=UTC))
    assert (await count(store, t.turns))["turns"] == 0


@pytest.mark.parametrize(
    ("at", "deletes", "since"),
    [
        ("2026-12-01T10:00", "2027-01-01T10:00", "2026-02-01T10:00"),
        # February is too short to say it in time.
        ("2027-02-01T10:00", "2027-03-03T10:00", "2026-04-03T09:00"),
        # In London's summer ten o'clock comes an hour earlier by the world's clock.
        ("2027-05-02T09:00", "2027-06-01T09:00", "2026-07-01T09:00"),
        ("2027-05-02T09:01", "2027-06-02T09:00", "2026-07-02T09:00"),
    ],
)
def test_there_are_always_thirty_days_to_say_it_in(at: str, deletes: str, since: str) -> None:
    found = deletion_after(LONDON, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(deletes).replace(tzinfo=UTC)
    assert kept_since(programme("northbank", "Any"), found) == datetime.fromisoformat(since).replace(
        tzinfo=UTC
    )


@pytest.mark.parametrize("months", [2, 3, 12, 24])
def test_nothing_is_ever_older_than_was_agreed(months: int) -> None:
    found = replace(programme("northbank", "Any"), retention_months=months)
    at = datetime(2026, 1, 1, 10, tzinfo=UTC)
    since = at
    while at.year < 2031:
        following = deletion_after(LONDON, at)
        assert following - at >= timedelta(days=30)
        # Until the next deletion, the oldest words that are left grow no older than was agreed.
        assert months_on(since.date(), months) >= at.date()
        at, since = following, kept_since(found, following)


# ---- what was noted of it


async def entries(store: SqlStore) -> list[tuple[str, str]]:
    """The day and the verb of each entry of Ada's organisation."""
    async with everything(store.database) as connection:
        rows = await connection.execute(
            select(t.audit).where(t.audit.c.tenant_id == ADA.tenant).order_by(t.audit.c.seq)
        )
        return [(f"{row.at:%Y-%m-%d}", row.did) for row in rows]


async def over(store: SqlStore, prompts: Prompts) -> House:
    """The same, with nothing left to come but deleting: years pass in a moment."""
    house = await written(store, prompts)
    async with everything(store.database) as connection:
        await connection.execute(t.pairs.update().values(plan_at=None))
        await connection.execute(t.asks.update().values(due_at=None))
        await connection.execute(t.programmes.update().values(digest_at=None))
        await connection.commit()
    return house


async def faults(store: SqlStore) -> list[str]:
    async with store.read() as tx:
        return [each.fault for each in await chains(tx.session)]


async def test_the_audit_is_shortened_a_year_after_the_words_and_its_chain_holds(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await over(store, prompts)
    await house.wait_until(datetime(2027, 1, 2, 20, tzinfo=UTC))
    before = await entries(store)
    agreed = [each for each in before if each[1] == "agreed to"]
    assert agreed, "the control"
    assert ("2027-01-01", "deleted old words of") in before
    # Two months that words were kept, and twelve: in the run of that month the entries of November go.
    await house.wait_until(datetime(2028, 1, 2, 20, tzinfo=UTC))
    assert await entries(store) == before, "not yet"
    await house.wait_until(datetime(2028, 2, 2, 20, tzinfo=UTC))
    after = await entries(store)
    assert [each for each in after if each[0] < "2026-12-01"] == []
    assert ("2027-01-01", "deleted old words of") in after
    assert after[-1] == ("2028-02-01", "removed for their age")
    assert set(await faults(store)) == {""}
    # Without what says so it would be a chain that somebody has cut.
    async with everything(store.database) as connection:
        await connection.execute(t.audit.delete().where(t.audit.c.did == "removed for their age"))
    assert [fault for fault in await faults(store) if "What came before entry" in fault]


@only_sqlite
async def test_the_programme_that_keeps_words_the_longest_decides_for_its_organisation(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await over(store, prompts)
    other = replace(programme("northbank", "Second programme"), retention_months=24)
    async with store.write() as tx:
        await tx.setup.programme(other, house.now, house.now + timedelta(days=1))
    before = await entries(store)
    await house.wait_until(datetime(2028, 6, 2, 20, tzinfo=UTC))
    assert (await entries(store))[: len(before)] == before


@only_sqlite
async def test_years_later_a_month_adds_no_more_than_it_takes_away(store: SqlStore, prompts: Prompts) -> None:
    house = await over(store, prompts)
    await house.wait_until(datetime(2030, 3, 2, 20, tzinfo=UTC))
    found = await entries(store)
    assert len(found) <= 1 + AUDITED_AFTER + 2
    assert {did for _, did in found} == {"removed for their age"}
    assert set(await faults(store)) == {""}
