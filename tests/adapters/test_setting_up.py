"""Setting up for real, on both databases: twice changes nothing, a dry run changes nothing, and what people have
been told stays as it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.commands.plainly import within
from adapters.setup.faults import Faulty
from adapters.setup.people import import_people
from adapters.setup.people_file import read_people
from adapters.setup.programme import Outcome, apply_programme, programme_id, tenant_id
from adapters.setup.programme_file import read_programme
from bot.ids import derive
from bot.leave import erase
from bot.messages import Joined
from bot.model import Platform, Reader
from bot.rows import PairNow, PersonNow, Prompts
from storage import tables as t
from storage.store import SqlStore, SqlTx
from tests.cast import Character
from tests.databases import everything
from tests.house import House

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
PROGRAMME = (EXAMPLES / "programme.toml").read_text(encoding="utf-8")
PEOPLE = (EXAMPLES / "people.csv").read_text(encoding="utf-8")
TENANT, ID = tenant_id("northbank"), programme_id("northbank", "leading-2027")
BEFORE = datetime(2027, 1, 11, 9, tzinfo=UTC)
"""A Monday, a week before the first module."""


async def apply(
    store: SqlStore, content: str = PROGRAMME, now: datetime = BEFORE, *, dry: bool = False
) -> Outcome:
    wanted = read_programme(content.encode(), "programme.toml")
    return await within(store, lambda tx: apply_programme(tx.setup, wanted, now), dry_run=dry)


async def bring(
    store: SqlStore, content: str = PEOPLE, now: datetime = BEFORE, *, dry: bool = False
) -> Outcome:
    wanted = read_people(content.encode(), "people.csv")

    async def run(tx: SqlTx) -> Outcome:
        setup = tx.setup
        found = await setup.programme_now(TENANT, ID)
        assert found is not None
        return await import_people(setup, found.programme, wanted, now)

    return await within(store, run, dry_run=dry)


async def people(store: SqlStore) -> dict[str, PersonNow]:
    async with store.read() as tx:
        return {each.person.name: each for each in await tx.setup.people_now(TENANT, ID)}


async def pairs(store: SqlStore) -> Sequence[PairNow]:
    async with store.read() as tx:
        return await tx.setup.pairs_now(TENANT, ID)


async def contents(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database."""
    async with everything(store.database) as connection:
        tables = t.metadata.sorted_tables
        return {
            table.name: sorted((tuple(row) for row in await connection.execute(select(table))), key=repr)
            for table in tables
        }


def said(outcome: Outcome) -> str:
    return "\n".join((*outcome.changes, *outcome.notes))


async def refused(content: str, store: SqlStore) -> str:
    before = await contents(store)
    with pytest.raises(Faulty) as fault:
        await (bring if "email" in content else apply)(store, content)
    assert await contents(store) == before
    return str(fault.value)


async def begun(store: SqlStore, prompts: Prompts) -> House:
    """The example, set up; Ruth and Tom have joined."""
    await apply(store)
    await bring(store)
    house = House(store, prompts, BEFORE)
    await house.join(*[as_character(each) for name, each in (await people(store)).items() if name in PAIR])
    return house


PAIR = ("Ruth Adeyemi", "Tom Whitlock")


def as_character(now: PersonNow) -> Character:
    return Character(now.person.tenant, now.person.id, now.person.role, now.person.hours)


# ---- twice, and dry


async def test_applying_and_importing_the_examples_twice_changes_nothing(store: SqlStore) -> None:
    assert "A new programme of Northbank" in said(await apply(store))
    assert "New pair: Ruth Adeyemi and Tom Whitlock." in (await bring(store)).changes
    before = await contents(store)
    later = BEFORE + timedelta(days=3)
    assert (await apply(store, now=later)).changes == ()
    assert (await bring(store, now=later)).changes == ()
    assert await contents(store) == before


async def test_a_dry_run_says_what_the_real_one_says_and_changes_nothing(store: SqlStore) -> None:
    empty = await contents(store)
    tried = await apply(store, dry=True)
    assert await contents(store) == empty
    assert await apply(store) == tried
    before = await contents(store)
    tried = await bring(store, dry=True)
    assert await contents(store) == before
    assert await bring(store) == tried


async def test_what_is_set_up_can_be_lived(store: SqlStore, prompts: Prompts) -> None:
    house = await begun(store, prompts)
    found = await people(store)
    ruth, tom = (as_character(found[name]) for name in PAIR)
    await house.wait_until(datetime(2027, 1, 19, 10, 1, tzinfo=UTC))
    assert (await house.view(ruth)).conversation.round is not None
    assert (await house.view(tom)).conversation.round == (await house.view(ruth)).conversation.round


# ---- a programme that changes


async def test_each_change_of_the_file_is_said_and_done(store: SqlStore) -> None:
    await apply(store)
    changed = (
        PROGRAMME.replace("Leading side by side", "Side by side")
        .replace("Northbank Leadership Trust", "Northbank Trust")
        .replace("retention_months = 12 ", "retention_months = 6 ")
        .replace("01632 960 001", "01632 960 002")
        .replace('"17:00"', '"18:00"')
        .replace('theme = "trust"\nstarts = 2027-03-02', 'theme = "time and pay"\nstarts = 2027-03-09')
    )
    outcome = await apply(store, changed)
    for sentence in (
        "Organisation: Northbank Leadership Trust → Northbank Trust.",
        "Title: Leading side by side → Side by side.",
        "It opens: 2 days later at 17:00 → 2 days later at 18:00.",
        "Words are kept for: 12 months → 6 months.",
        "Module: 2, Holding trust (trust), on 2 March 2027 → 2, Holding trust (time and pay), on 9 March 2027.",
    ):
        assert sentence in outcome.changes
    assert (await apply(store, changed)).changes == ()
    async with store.read() as tx:
        found = await tx.setup.programme_now(TENANT, ID)
    assert found is not None
    assert (found.programme.title, found.programme.retention_months) == ("Side by side", 6)


async def test_another_rhythm_moves_no_opening_and_leaves_no_week_out(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begun(store, prompts)
    monday = datetime(2027, 1, 18, 12, tzinfo=UTC)
    await house.wait_until(monday)
    (fixed,) = {each.last_opens_at for each in await pairs(store) if each.last_opens_at}
    assert fixed == datetime(2027, 1, 21, 17, tzinfo=UTC)
    outcome = await apply(store, PROGRAMME.replace('"Tuesday"', '"Monday"'), monday)
    assert "The question comes: on Tuesdays at 10:00 → on Mondays at 10:00." in outcome.changes
    assert "What is planned already is asked and opens as planned." in said(outcome)
    assert fixed in {each.last_opens_at for each in await pairs(store)}
    ruth = as_character((await people(store))["Ruth Adeyemi"])
    await house.wait_until(datetime(2027, 1, 19, 10, 1, tzinfo=UTC))
    first = (await house.view(ruth)).conversation
    assert first.opens_at == fixed
    await house.wait_until(datetime(2027, 1, 25, 10, 1, tzinfo=UTC))
    second = (await house.view(ruth)).conversation
    assert second.round != first.round
    assert second.opens_at == datetime(2027, 1, 27, 17, tzinfo=UTC)


async def test_a_rhythm_that_is_changed_and_changed_back_asks_nobody_twice(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begun(store, prompts)
    await house.wait_until(datetime(2027, 1, 18, 12, tzinfo=UTC))
    await apply(store, PROGRAMME.replace('"Tuesday"', '"Monday"'), house.now)
    await apply(store, PROGRAMME, house.now)
    await house.wait_until(datetime(2027, 1, 29, tzinfo=UTC))
    async with everything(store.database) as connection:
        rounds = (
            (await connection.execute(select(t.rounds.c.opens_at).order_by(t.rounds.c.opens_at)))
            .scalars()
            .all()
        )
    assert rounds == [datetime(2027, 1, 21, 17, tzinfo=UTC), datetime(2027, 1, 28, 17, tzinfo=UTC)]


async def test_the_weekly_page_moves_and_still_begins_where_the_last_one_ended(store: SqlStore) -> None:
    await apply(store)
    outcome = await apply(store, PROGRAMME.replace('day = "Friday"', 'day = "Thursday"'))
    assert "The next weekly page comes on Thursday 14 January 2027 at 16:00" in said(outcome)
    async with everything(store.database) as connection:
        row = (await connection.execute(select(t.programmes))).one()
    assert row.digest_at == datetime(2027, 1, 14, 16, tzinfo=UTC)
    assert row.digest_from == BEFORE


async def test_a_programme_that_goes_on_longer_wakes_pairs_for_whom_it_was_over(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await begun(store, prompts)
    await house.wait_until(datetime(2027, 5, 3, 9, tzinfo=UTC))
    assert None in {each.plan_at for each in await pairs(store)}
    assert (await apply(store, PROGRAMME.replace("01632 960 001", "01632 960 002"), house.now)).changes
    assert None in {each.plan_at for each in await pairs(store)}
    more = PROGRAMME + '\n[[module]]\ntitle = "Once more"\ntheme = "what changed"\nstarts = 2027-06-22\n'
    outcome = await apply(store, more, house.now)
    assert "A new module: 4, Once more (what changed), on 22 June 2027." in outcome.changes
    assert {each.plan_at for each in await pairs(store)} == {datetime(2027, 5, 10, 9, tzinfo=UTC)}


async def test_people_with_the_programmes_hours_and_zone_follow_them_and_others_keep_their_own(
    store: SqlStore,
) -> None:
    await apply(store)
    await bring(store)
    moved = PROGRAMME.replace("09:00-20:00", "08:30-19:00").replace("Europe/London", "Europe/Paris")
    assert "8 people had the programme's own hours or zone" in said(await apply(store, moved))
    found = {name: each.person.hours for name, each in (await people(store)).items()}
    assert (found["Ruth Adeyemi"].zone, f"{found['Ruth Adeyemi'].start:%H:%M}") == ("Europe/Paris", "08:30")
    assert (found["Tom Whitlock"].zone, f"{found['Tom Whitlock'].end:%H:%M}") == ("Europe/Paris", "17:30")
    assert (found["Siân Cole"].zone, f"{found['Siân Cole'].start:%H:%M}") == ("Europe/Dublin", "08:30")


async def test_modules_may_change_places_and_keep_what_was_promised_of_them(store: SqlStore) -> None:
    await apply(store)
    async with store.read() as tx:
        before = await tx.setup.programme_now(TENANT, ID)
    assert before is not None
    swapped = (
        PROGRAMME.replace("Who decides", "x")
        .replace("Holding trust", "Who decides")
        .replace('"x"', '"Holding trust"')
    )
    await apply(store, swapped)
    async with store.read() as tx:
        after = await tx.setup.programme_now(TENANT, ID)
    assert after is not None
    ids = {module.title: module.id for module in before.modules}
    assert [(m.number, m.title, m.id) for m in after.modules] == [
        (number, title, ids[title])
        for number, title in enumerate(("Holding trust", "Who decides", "What we carry on"), 1)
    ]


LAST = PROGRAMME[PROGRAMME.rindex("[[module]]") :]
FIRST = PROGRAMME[
    PROGRAMME.index("[[module]]") : PROGRAMME.index("[[module]]", PROGRAMME.index("[[module]]") + 5)
]


async def test_a_module_to_come_can_be_taken_out_and_one_that_has_begun_cannot(store: SqlStore) -> None:
    await apply(store)
    assert "it has begun" in await _refused_at(
        store, PROGRAMME.replace(FIRST, ""), datetime(2027, 2, 1, tzinfo=UTC)
    )
    outcome = await apply(store, PROGRAMME.replace(LAST, ""))
    assert outcome.changes == ("Module removed: 3, What we carry on (what next), on 20 April 2027.",)


async def _refused_at(store: SqlStore, content: str, now: datetime) -> str:
    with pytest.raises(Faulty) as fault:
        await apply(store, content, now)
    return str(fault.value)


async def test_what_contradicts_what_is_there_is_refused_and_nothing_is_changed(store: SqlStore) -> None:
    await apply(store)
    assert "with another key" in await refused(PROGRAMME.replace('"leading-2027"', '"leading-28"'), store)
    assert "with another key" in await refused(PROGRAMME.replace('"northbank"', '"southbank"'), store)
    other = PROGRAMME.replace('"leading-2027"', '"second"').replace("Leading side by side", "Second")
    assert "is called “Northbank" in await refused(other.replace("Northbank Leadership", "Other"), store)
    assert "not in the future" in await refused(other.replace("2027-", "2025-"), store)
    assert "A new programme" in said(await apply(store, other))


# ---- people who change


async def test_words_are_never_kept_for_longer_than_somebody_has_agreed_to(
    store: SqlStore, prompts: Prompts
) -> None:
    def months(number: int) -> str:
        return PROGRAMME.replace("retention_months = 12 ", f"retention_months = {number} ")

    await apply(store)
    assert (await apply(store, months(18))).changes == ("Words are kept for: 12 months → 18 months.",)
    await begun(store, prompts)
    assert "people have agreed to that" in await refused(months(18), store)
    assert (await apply(store, months(6))).changes == ("Words are kept for: 12 months → 6 months.",)


async def test_a_new_name_address_and_zone_are_taken_over_and_nobody_is_doubled(store: SqlStore) -> None:
    await apply(store)
    await bring(store)
    before = await people(store)
    changed = (
        PEOPLE.replace("Ruth Adeyemi", "Ruth Adeyemi-Hall")
        .replace("tom.whitlock@example.org", "tom@elsewhere.example.org")
        .replace(
            "Imran Shah,imran.shah@example.org,2,,,", "Imran Shah,imran.shah@example.org,2,,Asia/Karachi,"
        )
    )
    outcome = await bring(store, changed)
    assert outcome.changes == (
        "Name: Ruth Adeyemi → Ruth Adeyemi-Hall.",
        "Tom Whitlock's address: tom.whitlock@example.org → tom@elsewhere.example.org. "
        "Links sent to the old one stop working, and they are signed out.",
        "Imran Shah's time zone: Europe/London → Asia/Karachi.",
    )
    after = await people(store)
    assert after["Ruth Adeyemi-Hall"].person.id == before["Ruth Adeyemi"].person.id
    assert after["Tom Whitlock"].email == "tom@elsewhere.example.org"
    assert len(after) == len(before)
    assert (await bring(store, changed)).changes == ()


async def test_another_address_ends_every_link_and_session_of_the_old_one(store: SqlStore) -> None:
    await apply(store)
    await bring(store)
    found = await people(store)
    tom, ruth = (Reader(TENANT, found[name].person.id) for name in reversed(PAIR))
    async with store.write() as tx:
        for reader in (tom, ruth):
            await tx.sessions.add(reader, derive(reader.person, "token"), BEFORE, BEFORE + timedelta(days=7))
    await bring(store, PEOPLE.replace("tom.whitlock@", "t.whitlock@"))
    async with store.read() as tx:
        assert await tx.sessions.find(derive(tom.person, "token"), BEFORE) is None
    async with store.read() as tx:
        assert await tx.sessions.find(derive(ruth.person, "token"), BEFORE) is not None


async def test_an_address_that_was_somebody_elses_once_brings_in_somebody_new(store: SqlStore) -> None:
    await apply(store)
    await bring(store)
    before = await people(store)
    moved = PEOPLE.replace("jo.okafor@example.org", "jo@elsewhere.example.org")
    await bring(store, moved)
    given = moved + "Kit Moss,jo.okafor@example.org,,outside,,\n"
    assert "New person outside both organisations: Kit Moss" in said(await bring(store, given))
    after = await people(store)
    assert after["Jo Okafor"].person.id == before["Jo Okafor"].person.id != after["Kit Moss"].person.id
    assert (await bring(store, given)).changes == ()


async def test_whoever_was_erased_and_is_still_in_the_file_is_invited_anew_as_somebody_new(
    store: SqlStore,
) -> None:
    await apply(store)
    await bring(store)
    ruth = (await people(store))["Ruth Adeyemi"].person.id
    await erase(store, Reader(TENANT, ruth), BEFORE)
    alone = "\n".join(line for line in PEOPLE.splitlines() if not line.startswith(("Ruth", "Tom")))
    assert "Not in the file, and left as they are: Tom Whitlock." in said(await bring(store, alone))
    outcome = await bring(
        store, alone + "\nRuth Adeyemi,ruth.adeyemi@example.org,7,,,\nKit Moss,kit@example.org,7\n"
    )
    assert "New member: Ruth Adeyemi" in said(outcome)
    assert (await people(store))["Ruth Adeyemi"].person.id != ruth


async def test_who_is_gone_from_the_file_is_named_and_stays(store: SqlStore) -> None:
    await apply(store)
    await bring(store)
    fewer = "".join(line for line in PEOPLE.splitlines(keepends=True) if "@example.org,3" not in line)
    outcome = await bring(store, fewer)
    assert outcome.changes == ()
    assert "Not in the file, and left as they are: Delroy Francis, Siân Cole." in said(outcome)
    assert len(await people(store)) == 8


async def test_hours_may_be_put_right_until_somebody_has_joined_and_are_theirs_from_then_on(
    store: SqlStore, prompts: Prompts
) -> None:
    await begun(store, prompts)
    changed = PEOPLE.replace("09:00-17:30", "10:00-17:30").replace("10:00-16:00", "11:00-16:00")
    outcome = await bring(store, changed)
    assert outcome.changes == ("Margaret Price is written to from 11:00 until 16:00.",)
    assert "Tom Whitlock has joined: their hours are theirs to change" in said(outcome)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("imran.shah@example.org,2", "imran.shah@example.org,3", "is on 3 lines"),
        ("imran.shah@example.org,2", "imran.shah@example.org,", "on this line alone"),
        ("Anna Lindqvist,anna.lindqvist@example.org,,facilitator", "Anna Lindqvist,anna.lindqvist@example.org,9,",
         "is a facilitator of this programme, not a member"),
        ("Ruth Adeyemi,ruth", "Tom Whitlock,ruth", "The address is Ruth Adeyemi's so far, and the name Tom"),
    ],
)  # fmt: skip
async def test_what_would_part_or_confuse_people_is_refused_and_nothing_is_changed(
    before: str, after: str, message: str, store: SqlStore
) -> None:
    await apply(store)
    await bring(store)
    assert message in await refused(PEOPLE.replace(before, after), store)


async def test_a_file_parts_no_pair_and_says_who_is_in_which(store: SqlStore) -> None:
    await apply(store)
    await bring(store)
    mixed = PEOPLE.replace("tom.whitlock@example.org,1", "tom.whitlock@example.org,2").replace(
        "imran.shah@example.org,2", "imran.shah@example.org,1"
    )
    message = await refused(mixed, store)
    assert "Ruth Adeyemi is in a pair with Tom Whitlock already, not with Imran Shah." in message
    assert "4 mistakes" in message


async def test_labels_of_pairs_may_change_since_a_pair_is_its_two_people(store: SqlStore) -> None:
    await apply(store)
    await bring(store)
    before = await contents(store)
    relabelled = PEOPLE.replace("@example.org,1", "@example.org,Oak").replace(
        "@example.org,2", "@example.org,1"
    )
    assert (await bring(store, relabelled)).changes == ()
    assert (await bring(store, PEOPLE.replace("@example.org,3", "@example.org,"))).changes == ()
    assert await contents(store) == before


async def test_mistakes_in_the_file_and_beside_what_is_there_are_named_together(store: SqlStore) -> None:
    await apply(store)
    await bring(store)
    text = PEOPLE.replace("Europe/Dublin", "Eire").replace("Ruth Adeyemi,ruth", "Tom Whitlock,ruth")
    text += "New One,new.one@example.org,,\n"
    message = await refused(text, store)
    for piece in ("“Eire” is no time zone", "The address is Ruth", "New One is in no pair", "3 mistakes"):
        assert piece in message


async def test_an_id_on_a_platform_is_kept_changed_and_never_taken_from_somebody_else(
    store: SqlStore,
) -> None:
    await apply(store)
    await bring(store)
    with_ids = PEOPLE.replace("zone,hours", "zone,hours,slack").replace(",1,,,\n", ",1,,,,T1:U1\n")
    assert (await bring(store, with_ids)).changes == ("Ruth Adeyemi is known on Slack as T1:U1.",)
    assert (await bring(store, with_ids)).changes == ()
    assert "somebody else's already" in await refused(
        PEOPLE.replace("zone,hours", "zone,hours,slack").replace("09:00-17:30\n", "09:00-17:30,T1:U1\n"),
        store,
    )
    await bring(store, with_ids.replace("T1:U1", "T1:U2"))
    assert (await people(store))["Ruth Adeyemi"].accounts[Platform.SLACK] == "T1:U2"


async def test_somebody_with_an_id_on_a_platform_that_is_not_connected_is_still_reached_on_the_web(
    store: SqlStore, prompts: Prompts
) -> None:
    await apply(store)
    await bring(store, PEOPLE.replace("zone,hours", "zone,hours,slack").replace(",1,,,\n", ",1,,,,T1:U1\n"))
    house = House(store, prompts, BEFORE)
    ruth = as_character((await people(store))["Ruth Adeyemi"])
    await house.take_in(Joined("first", ruth.account, house.now))
    assert house.ledger.to(ruth)


# ---- words by mail


async def test_words_by_mail_are_off_and_turning_them_on_says_what_that_means(store: SqlStore) -> None:
    begun = said(await apply(store))
    assert "By mail the facilitators get: word that the page is there, and nothing of it." in begun
    assert "cannot be taken back" not in begun
    allowed = PROGRAMME.replace("words_by_mail = false", "words_by_mail = true")
    assert allowed != PROGRAMME
    tried = said(await apply(store, allowed, dry=True))
    assert tried == said(await apply(store, allowed))
    assert "nothing of it → what people share with them, in their words." in tried
    assert "A mail cannot be taken back." in tried
    assert "what they shared before they could read it stays out of every mail" in tried
    async with store.read() as tx:
        assert (await tx.people.programme(TENANT, ID)).words_by_mail
    without = PROGRAMME.replace("words_by_mail = false", "# no line, no words")
    assert "cannot be taken back" not in said(await apply(store, without))
    async with store.read() as tx:
        assert not (await tx.people.programme(TENANT, ID)).words_by_mail


# ---- holidays


async def test_holidays_are_said_with_the_next_days_and_a_change_of_them_too(store: SqlStore) -> None:
    begun = said(await apply(store))
    assert "Holidays on which nobody is written to: England." in begun
    assert "The next holidays: 26 March 2027, 29 March 2027, 3 May 2027, 31 May 2027." in begun
    scottish = PROGRAMME.replace('"England"', '"Scotland"')
    tried = said(await apply(store, scottish, dry=True))
    assert tried == said(await apply(store, scottish))
    assert "Holidays on which nobody is written to: England → Scotland." in tried
    none = PROGRAMME.replace("holidays =", "# holidays =")
    assert said(await apply(store, none)) == "Holidays on which nobody is written to: Scotland → none."
    async with store.read() as tx:
        assert (await tx.people.programme(TENANT, ID)).holidays == ""
