"""The page on which people say when they are written to: what it shows, takes and refuses; over real HTTP."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time

import pytest

from bot.conversation.state import Standing
from storage import tables as t
from tests.adapters.service import PAGE, Answer, Service, only_sqlite
from tests.adapters.test_matrix import csrf
from tests.cast import ADA, BEN, FAY, Character
from tests.databases import everything

RHYTHM = "/me/rhythm"
HOURS = {"action": "hours", "zone": "Europe/London", "from": "09:00", "to": "20:00"}


async def send(service: Service, who: Character, form: Mapping[str, str], nonce: str = "1") -> Answer:
    return await service.ask("POST", RHYTHM, who, {"csrf": csrf(who), "nonce": nonce, **form})


async def shown(service: Service, who: Character) -> str:
    answer = await service.ask("GET", RHYTHM, who)
    assert answer.status == 200
    return readable(answer)


def readable(answer: Answer) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.body.decode()).split())


def location(answer: Answer) -> str:
    return dict(answer.headers)["Location"]


async def test_hours_are_shown_changed_and_shown_again(service: Service) -> None:
    before = await shown(service, ADA)
    assert "I write to you from 09:00 until 20:00, London time." in before
    answer = await send(service, ADA, {**HOURS, "zone": "new york", "from": "07:30", "to": "23:59"})
    assert (answer.status, location(answer)) == (303, f"{RHYTHM}?said=hours#now")
    after = await service.ask("GET", f"{RHYTHM}?said=hours", ADA)
    assert "Kept. These are your hours now." in readable(after)
    assert "I write to you from 07:30 until midnight, New York time." in readable(after)
    assert 'value="America/New_York"' in after.body.decode()
    for page in (PAGE, "/me/reflections", RHYTHM):
        assert "New York time" not in readable(await service.ask("GET", page, BEN))


@only_sqlite
async def test_a_facilitator_has_hours_and_nothing_else_there(service: Service) -> None:
    page = await shown(service, FAY)
    assert "when I tell you that a weekly page is ready" in page
    assert "Away" not in page
    assert "How often" not in page
    assert (await send(service, FAY, {**HOURS, "from": "10:00"})).status == 303
    assert "from 10:00 until 20:00" in await shown(service, FAY)
    before = await service.snapshot()
    for action in ("away", "less-often", "every-week", "stop", "start", "no such thing", ""):
        assert (await send(service, FAY, {"action": action, "back": "2026-12-24"})).status == 404
    assert await service.snapshot() == before
    assert f'href="{RHYTHM}"' in (await service.ask("GET", PAGE, FAY)).body.decode()


@only_sqlite
@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"zone": "Lundon"}, "I know no time zone called “Lundon”. Did you mean Europe/London?"),
        ({"zone": "qqqq"}, "I know no time zone called “qqqq”. Give a large city in it, such as London."),
        ({"zone": "Louisville"}, "Did you mean America/Kentucky/Louisville or America/Louisville?"),
        ({"zone": "<b>x</b>"}, "such as London"),
        ({"zone": ""}, "such as London"),
        ({"zone": "x" * 4000}, "such as London"),
        ({"from": "20:00"}, "Leave an hour at least between the two times, the earlier one first."),
        ({"from": "19:30"}, "Leave an hour at least"),
        ({"from": "nine"}, "One of the two times was not clear"),
        ({"to": ""}, "One of the two times was not clear"),
    ],
)
async def test_hours_that_cannot_be_kept_are_refused_with_what_was_typed_still_there(
    service: Service, form: dict[str, str], said: str
) -> None:
    before = await service.snapshot()
    answer = await send(service, ADA, {**HOURS, **form})
    assert answer.status == 422
    assert said in readable(answer)
    assert "Nothing was changed" in readable(answer) or "nothing was changed" in readable(answer)
    assert "<b>x</b>" not in answer.body.decode()
    if form.get("zone") == "Lundon":
        assert 'value="Lundon"' in answer.body.decode()
    assert await service.snapshot() == before


@only_sqlite
async def test_whatever_times_stand_now_can_be_chosen_again(service: Service) -> None:
    async with everything(service.store.database) as connection:
        odd = {"own_zone": "Europe/London", "own_start": time(9, 10), "own_end": time(17, 5)}
        await connection.execute(t.people.update().where(t.people.c.id == ADA.id).values(odd))
    page = (await service.ask("GET", RHYTHM, ADA)).body.decode()
    assert '<option value="09:10" selected>09:10</option>' in page
    assert '<option value="17:05" selected>17:05</option>' in page


@only_sqlite
@pytest.mark.parametrize("written", ["2026-12-24", "24/12/2026", " 24.12.2026 ", "24-12-2026"])
async def test_a_day_can_be_written_as_people_write_it(service: Service, written: str) -> None:
    answer = await send(service, ADA, {"action": "away", "back": written})
    assert (answer.status, location(answer)) == (303, f"{RHYTHM}?said=away#now")
    assert "I am quiet until Thursday 24 December at 09:00." in await shown(service, ADA)
    assert "I will not write to you before Thursday 24 December at 09:00." in readable(
        await service.ask("GET", PAGE, ADA)
    )
    async with service.store.read() as tx:
        c = await tx.conversations.of(ADA.reader)
    assert (c.standing, c.resume_at) == (Standing.PAUSED, datetime(2026, 12, 24, 9, tzinfo=UTC))


@only_sqlite
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "That is not a day that I can read. Write it like 24/12/2026."),
        ("soon", "That is not a day that I can read."),
        ("31/02/2027", "That is not a day that I can read."),
        (
            "2026-11-24",
            "Choose a day from tomorrow, Wednesday 25 November, until Wednesday 24 November 2027.",
        ),
        ("2027-11-25", "Choose a day from tomorrow"),
        ("0001-01-01", "Choose a day from tomorrow"),
        ("9999-12-31", "Choose a day from tomorrow"),
    ],
)
async def test_a_day_that_cannot_be_chosen_is_refused(service: Service, written: str, said: str) -> None:
    before = await service.snapshot()
    answer = await send(service, ADA, {"action": "away", "back": written})
    assert answer.status == 422
    assert said in readable(answer)
    assert await service.snapshot() == before


@only_sqlite
async def test_how_often_is_said_and_can_be_changed_back(service: Service) -> None:
    assert "I ask you every week." in await shown(service, ADA)
    await send(service, ADA, {"action": "less-often"})
    page = await shown(service, ADA)
    assert "I ask you every other week." in page
    assert "Ask every week" in page
    await send(service, ADA, {"action": "every-week"}, "2")
    assert "I ask you every week." in await shown(service, ADA)


@only_sqlite
async def test_pressing_twice_counts_once(service: Service) -> None:
    form = {"action": "away", "back": "2026-12-24"}
    await send(service, ADA, form)
    before = await service.snapshot()
    assert (await send(service, ADA, form)).status == 303
    assert await service.snapshot() == before


@only_sqlite
async def test_whoever_has_stopped_finds_their_hours_and_no_way_to_be_begun_again_by_accident(
    service: Service,
) -> None:
    await service.ask("POST", PAGE, ADA, {"csrf": csrf(ADA), "nonce": "1", "action": "stop"})
    page = await shown(service, ADA)
    assert "You have stopped, and nothing on this page begins it again." in page
    assert "Keep these hours" in page
    assert "Be quiet until then" not in page
    for number, form in enumerate(
        ({"action": "away", "back": "2026-12-24"}, {"action": "less-often"}, HOURS)
    ):
        assert (await send(service, ADA, form, str(number))).status == 303
    async with service.store.read() as tx:
        assert (await tx.conversations.of(ADA.reader)).standing is Standing.STOPPED


@only_sqlite
async def test_a_form_of_another_visit_or_place_changes_nothing(service: Service) -> None:
    before = await service.snapshot()
    assert (await service.ask("POST", RHYTHM, ADA, {**HOURS, "csrf": csrf(BEN)})).status == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    form = {**HOURS, "csrf": csrf(ADA)}
    assert (await service.ask("POST", RHYTHM, ADA, form, headers=elsewhere)).status == 403
    assert (await service.ask("GET", RHYTHM, None)).status == 401
    assert await service.snapshot() == before


@only_sqlite
async def test_holidays_are_named_where_a_programme_keeps_any(service: Service) -> None:
    assert "holidays" not in await shown(service, ADA)
    async with everything(service.store.database) as connection:
        await connection.execute(t.programmes.update().values(holidays="GB-WLS"))
    assert "On public holidays in Wales I do not write at all." in await shown(service, ADA)


@only_sqlite
async def test_with_everything_else_the_hours_that_somebody_chose_are_removed(service: Service) -> None:
    await send(service, ADA, {**HOURS, "zone": "Dublin"})
    form = {"csrf": csrf(ADA), "action": "erase", "sure": "yes"}
    assert (await service.ask("POST", "/me/leaving", ADA, form)).status == 200
    row = (await service.snapshot())["people", ADA.tenant, ADA.id]
    assert [row[name] for name in ("own_zone", "own_start", "own_end")] == [None, None, None]
