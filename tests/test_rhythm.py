"""Other hours, away until a day, less often: each counts at once for whoever chose it, and shows to nobody else."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.conversation.state import Standing
from bot.messages import Action, CardKind, Pressed
from bot.model import Hours
from bot.rows import Prompts
from storage.store import SqlStore
from tests.cast import ADA, BEN, FAY, Character
from tests.conftest import only_sqlite
from tests.house import House
from tests.test_round import FRIDAY_16, THURSDAY_17, TUESDAY_10, just_two

DAY, WEEK = timedelta(days=1), timedelta(days=7)
EVENING = {"zone": "Europe/London", "from": "18:00", "to": "19:00"}
EARLY = {"zone": "Europe/London", "from": "07:00", "to": "08:00"}
DAYTIME = {"zone": "Europe/London", "from": "09:00", "to": "20:00"}


async def posted(house: House, who: Character, kind: CardKind = CardKind.QUESTION) -> list[datetime]:
    async with house.store.read() as tx:
        return [post.posted_at for post in await tx.views.posts(who.reader, 50) if post.kind is kind]


async def planned(house: House) -> House:
    """A round is planned, and asked in an hour."""
    await house.wait_until(TUESDAY_10 - timedelta(hours=1))
    return house


# ---- hours


async def test_a_planned_question_moves_into_new_hours_and_nothing_else_moves(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await planned(await just_two(store, prompts))
    await house.press(ADA, Action.HOURS, fields=EARLY)
    assert (await house.view(ADA)).next_ask_at == TUESDAY_10 + DAY - timedelta(hours=3)
    await house.wait_until(TUESDAY_10 + DAY)
    assert await posted(house, ADA) == [TUESDAY_10 + DAY - timedelta(hours=3)]
    assert await posted(house, BEN) == [TUESDAY_10]
    for who in (ADA, BEN):
        assert (await house.view(who)).conversation.opens_at == THURSDAY_17
    await house.wait_until(FRIDAY_16)
    assert await posted(house, ADA, CardKind.NOT_OPENED) == [FRIDAY_16 - timedelta(hours=9)]
    assert await posted(house, BEN, CardKind.NOT_OPENED) == [THURSDAY_17]


async def test_whoever_changes_back_finds_the_question_where_it_was(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await planned(await just_two(store, prompts))
    for hours in (EVENING, EARLY, DAYTIME):
        await house.press(ADA, Action.HOURS, fields=hours)
    assert (await house.view(ADA)).next_ask_at == TUESDAY_10
    await house.wait_until(TUESDAY_10)
    assert await posted(house, ADA) == [TUESDAY_10]


@only_sqlite
async def test_no_later_opening_follows_what_one_of_the_two_chose(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    await house.press(ADA, Action.HOURS, fields={"zone": "Pacific/Auckland", "from": "08:00", "to": "09:00"})
    for week in range(3):
        await house.wait_until(TUESDAY_10 + week * WEEK + timedelta(hours=12))
        assert (await house.view(BEN)).conversation.opens_at == THURSDAY_17 + week * WEEK
        for who in (ADA, BEN):
            await house.press(who, Action.SKIP)
    asked = await posted(house, ADA)
    assert [at.hour for at in asked] == [19, 19, 19], "eight in the morning in Auckland"
    assert len(await posted(house, BEN)) == 3


@only_sqlite
async def test_a_facilitator_hears_of_the_weekly_page_in_their_own_hours(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    async with store.write() as tx:
        hours = Hours("Europe/London", time(6), time(9))
        await tx.people.keep_hours(FAY.reader, hours)
    await house.wait_until(FRIDAY_16 + DAY)
    assert await posted(house, FAY, CardKind.DIGEST) == [FRIDAY_16 + timedelta(hours=14)]


@only_sqlite
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {**DAYTIME, "zone": "Mars/Base"},
        {**DAYTIME, "zone": "../../etc/passwd"},
        {**DAYTIME, "zone": "Europe"},
        {**DAYTIME, "zone": ""},
        {**DAYTIME, "zone": "x" * 5000},
        {**DAYTIME, "from": "20:00"},
        {**DAYTIME, "from": "19:01"},
        {**DAYTIME, "from": "late"},
        {**DAYTIME, "to": "24:00:00:00"},
    ],
)
async def test_hours_that_are_none_change_nothing(
    store: SqlStore, prompts: Prompts, fields: dict[str, str]
) -> None:
    house = await just_two(store, prompts)
    before = (await house.view(ADA)).hours
    await house.press(ADA, Action.HOURS, fields=fields)
    assert (await house.view(ADA)).hours == before
    assert house.ledger.kinds(ADA)[-1] is CardKind.NOT_NOW


# ---- away


@only_sqlite
async def test_away_is_exactly_until_the_day_longer_or_shorter_and_ends_with_ones_hours(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    await house.press(ADA, Action.HOURS, fields={"zone": "Europe/Paris", "from": "08:00", "to": "20:00"})
    await house.press(ADA, Action.PAUSE)
    for day, hour in (("2027-01-04", 7), ("2026-11-26", 7), ("2027-06-01", 6), ("2026-11-20", 7)):
        await house.press(ADA, Action.AWAY, fields={"back": day})
        c = (await house.view(ADA)).conversation
        assert c.standing is Standing.PAUSED
        assert c.resume_at == datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00"), "eight in Paris"
    sent = len(house.ledger.to(ADA))
    await house.wait_until(datetime(2026, 11, 20, 6, 59, tzinfo=UTC))
    assert len(house.ledger.to(ADA)) == sent
    assert await posted(house, BEN) == [TUESDAY_10]
    await house.wait_until(TUESDAY_10 + WEEK)
    assert (await house.view(ADA)).conversation.standing is Standing.ACTIVE
    assert len(await posted(house, ADA)) == 1


@only_sqlite
@pytest.mark.parametrize("back", ["", "2026-11-16", "2026-11-15", "2027-11-17", "9999-12-31", "tomorrow"])
async def test_a_day_that_cannot_be_chosen_changes_nothing(
    store: SqlStore, prompts: Prompts, back: str
) -> None:
    house = await just_two(store, prompts)
    await house.press(ADA, Action.AWAY, fields={"back": back})
    c = (await house.view(ADA)).conversation
    assert (c.standing, c.resume_at) == (Standing.ACTIVE, None)
    assert house.ledger.kinds(ADA)[-1] is CardKind.NOT_NOW


@only_sqlite
@pytest.mark.parametrize("back", ["2026-11-17", "2027-11-16"])
async def test_tomorrow_and_a_year_ahead_can_be_chosen(store: SqlStore, prompts: Prompts, back: str) -> None:
    house = await just_two(store, prompts)
    await house.press(ADA, Action.AWAY, fields={"back": back})
    assert (await house.view(ADA)).conversation.resume_at == datetime.fromisoformat(f"{back}T09:00+00:00")


# ---- how often


@only_sqlite
async def test_less_often_and_every_week_can_be_chosen_at_any_time_and_the_next_question_comes_as_said(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await just_two(store, prompts)
    expected = []
    for week, action in enumerate((Action.LESS_OFTEN, None, None, Action.EVERY_WEEK, None)):
        if action is not None:
            await house.press(ADA, action)
        said = (await house.view(ADA)).next_ask_at
        assert said is not None
        if said == TUESDAY_10 + week * WEEK:
            expected.append(said)
        await house.wait_until(TUESDAY_10 + week * WEEK + timedelta(hours=1))
        await house.press(ADA, Action.SKIP)
    assert await posted(house, ADA) == expected
    assert expected == [TUESDAY_10 + week * WEEK for week in (1, 3, 4)]
    assert len(await posted(house, BEN)) >= 2, "the other one's questions go on"


# ---- what none of these do

ALL: tuple[tuple[Action, dict[str, str]], ...] = (
    (Action.HOURS, EVENING),
    (Action.AWAY, {"back": "2026-11-25"}),
    (Action.LESS_OFTEN, {}),
    (Action.EVERY_WEEK, {}),
)


@only_sqlite
@pytest.mark.parametrize("action", [Action.STOP, Action.LEAVE])
async def test_none_of_these_starts_somebody_again(store: SqlStore, prompts: Prompts, action: Action) -> None:
    house = await just_two(store, prompts)
    await house.press(ADA, action)
    standing = (await house.view(ADA)).conversation.standing
    for each, fields in ALL:
        await house.press(ADA, each, fields=fields)
    view = await house.view(ADA)
    assert view.conversation.standing is standing
    assert view.conversation.every == 1
    assert f"{view.hours.start:%H:%M}" == "18:00", "their hours are theirs all the same"


async def test_the_same_press_twice_has_one_effect(store: SqlStore, prompts: Prompts) -> None:
    house = await just_two(store, prompts)
    for action, fields in ALL:
        press = Pressed(f"once-{action}", ADA.account, house.now, action, "", fields)
        assert (await house.take_in(press)).new
        before = (await house.view(ADA)).conversation, list(house.ledger.posted)
        assert not (await house.take_in(press)).new
        assert ((await house.view(ADA)).conversation, house.ledger.posted) == before


async def test_the_partner_s_page_is_the_same_whatever_of_these_was_chosen(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await planned(await just_two(store, prompts))
    before = await house.view(BEN), await house.page(BEN), len(house.ledger.posted)
    for action, fields in ALL:
        await house.press(ADA, action, fields=fields)
    assert (await house.view(BEN), await house.page(BEN)) == before[:2]
    assert {each.to.person for each in house.ledger.posted[before[2] :]} == {ADA.id}
