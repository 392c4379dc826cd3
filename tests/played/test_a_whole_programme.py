"""A programme of three pairs from its two files to the last deletion, in minutes instead of months.

Through the real commands, real HTTP, a real mail server and a real browser. What is asked of all of it at the end:
nothing went out twice, outside anybody's hours, on a holiday, or to somebody after they had stopped.
"""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import CookieJar
from playwright.async_api import async_playwright, expect
from sqlalchemy import func, select

from bot.messages import CardKind
from storage import tables as t
from storage.database import Database
from storage.migrate import upgrade
from tests import browser as chromium
from tests.databases import everything
from tests.played.conftest import WAY_IN, Clock, Person, Service, service_at

pytestmark = pytest.mark.slow

LONDON = ZoneInfo("Europe/London")
HOLIDAYS = {"12-25", "12-26", "12-28", "01-01"}
START = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
PROGRAMME = """
key = "winter"
title = "Leading side by side"
zone = "Europe/London"
hours = "09:00-20:00"
holidays = "England"
contact = "Jo Okafor at the patient network, 01632 960 001"
retention_months = 2

[organisation]
key = "northbank"
name = "Northbank Leadership Trust"

[question]
day = "Friday"
at = "10:00"

[opening]
days_after = 3
at = "17:00"

[digest]
day = "Wednesday"
at = "16:00"

[[module]]
title = "Who decides"
theme = "power and decisions"
starts = 2026-12-01

[[module]]
title = "Holding trust"
theme = "trust"
starts = 2026-12-29

[[module]]
title = "What we carry on"
theme = "what next"
starts = 2027-01-19
"""
PEOPLE = """name,email,pair,role,zone,hours
Ruth Adeyemi,ruth@example.org,1,,,
Tom Whitlock,tom@example.org,1,,,09:00-17:30
Margaret Price,margaret@example.org,2,,,10:00-16:00
Imran Shah,imran@example.org,2,,,
Delroy Francis,delroy@example.org,3,,,
Siân Cole,sian@example.org,3,,Europe/Dublin,
Anna Lindqvist,anna@example.org,,facilitator,,
Jo Okafor,jo@example.org,,outside,,
"""
NAMES = dict(line.split(",")[:2] for line in PEOPLE.splitlines()[1:])
ONCE = {
    CardKind.QUESTION, CardKind.NUDGE, CardKind.OPENED, CardKind.NOT_OPENED, CardKind.DIGEST, CardKind.TURN,
    CardKind.FATE, CardKind.HELD_BACK, CardKind.DELETED, CardKind.PARTNER_LEFT,
}  # fmt: skip
ANSWER = "They had decided it before I came in, and I felt small."


async def command(service: Service, *arguments: str, exits: int = 0) -> str:
    """One of the service's own commands, beside it, as somebody who runs it would give it."""
    from tests.adapters.test_commands import KEY, runner

    url = str(service.built.store.database.url)
    invoke = runner(url)
    environment = {"ALONGSIDE_ADDRESS": service.address, "ALONGSIDE_KEYS": KEY}
    # As somebody has it at a terminal: with a loop of its own.
    result = await asyncio.to_thread(lambda: invoke(*arguments, **environment))
    assert result.exit_code == exits, result.output
    return str(result.output)


async def test_a_programme_is_played_from_its_files_to_its_last_deletion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(START)
    database = Database(f"sqlite:///{tmp_path / 'alongside.db'}")
    await upgrade(database)
    await database.close()
    (tmp_path / "programme.toml").write_text(PROGRAMME, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    async with service_at(tmp_path, clock, monkeypatch) as service:
        await command(service, "programme", "apply", str(tmp_path / "programme.toml"))
        await command(service, "people", "import", str(tmp_path / "people.csv"))
        people = {
            name.partition(" ")[0]: Person(service, name, email, CookieJar(unsafe=True))
            for name, email in NAMES.items()
        }
        jo = people["Jo"]
        await invited(service, people, await command(service, "link", "Anna Lindqvist"))
        await joined_in_a_browser(service, people["Ruth"])
        for name in ("Tom", "Margaret", "Imran", "Delroy", "Siân"):
            await joined(people[name])
        for one, two in (("Ruth", "Tom"), ("Margaret", "Imran"), ("Delroy", "Siân")):
            await service.wait(minutes=1)
            await people[one].press("propose", challenge="Nobody leaves the ward alone.")
            await service.wait(minutes=1)
            await people[two].press("confirm")
        await first_week(service, people)
        stopped_at = clock.now
        await months(service, people)
        for name in ("Ruth", "Tom"):
            assert "They had decided it" not in await people[name].reads("/me/reflections")
        assert await left(service) == {"words": 0, "parts": 0, "messages": 0, "turns": 0}
        checked = await command(service, "check", exits=1)
        assert "texts of" in checked
        # Its clock is not the machine's; nothing else is found wanting.
        assert "One thing to do." in checked
        assert "to do Clock" in checked
        assert "Nobody waits for a call" in await jo.reads()
        await all_was_well(service, stopped_at)


async def invited(service: Service, people: dict[str, Person], printed: str) -> None:
    path = re.search(r"/in/[\w-]{43}", printed.replace("\n", ""))
    assert path is not None
    anna = people["Anna"]
    await anna.come_in(path[0])
    await anna.press("everybody", "/me/programme")
    await service.wait(minutes=1)
    assert {str(each.mail["To"]) for each in service.postbox.mails} == {
        each.email for name, each in people.items() if name not in ("Anna", "Jo")
    }


async def joined(who: Person) -> None:
    await who.come_in()
    for action in ("read-on", "agree", "choose-words"):
        await who.press(action)


async def joined_in_a_browser(service: Service, ruth: Person) -> None:
    """Ruth on her phone; she stays signed in there, and by the same link here as well."""
    link = WAY_IN.search(ruth.mails[-1].mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert link is not None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.find(), args=[*chromium.ARGUMENTS]
        )
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        await page.goto(link[0])
        await page.get_by_role("button", name="Come in").click()
        await page.get_by_role("button", name="Read on").click()
        await page.get_by_role("button", name="I agree").click()
        await page.get_by_label("Your words for yourself").fill("someone who kept asking")
        await page.get_by_role("button", name="Use these words").click()
        await expect(page.get_by_role("heading", name="That is all for now.")).to_be_visible()
        await browser.close()
    await ruth.come_in()


async def answer(who: Person, *, partner: str, facilitators: str = "no", more: str = "") -> None:
    await who.press("send", message=ANSWER)
    await who.press("done")
    if more:
        await who.press("send", message=more)
        await who.press("done")
    else:
        await who.press("decline")
    # Once the opening has passed, only the facilitators are asked about.
    asked = {"partner_": partner} if 'name="partner:' in await who.reads() else {}
    await who.press("choose", **asked, facilitators_=facilitators)


async def first_week(service: Service, people: dict[str, Person]) -> None:
    """The first question comes on a Friday in December; a call, an opening, a turn, a digest and a stop."""
    await service.wait_until(datetime(2026, 12, 4, 10, 5, tzinfo=UTC))
    for name in ("Ruth", "Tom", "Delroy"):
        await answer(people[name], partner="yes", facilitators="named", more="It was in the minutes.")
    delroy, jo, anna = people["Delroy"], people["Jo"], people["Anna"]
    await delroy.press("help")
    await delroy.press("call")
    page = await delroy.reads()
    (jo_id,) = re.findall(r'name="to" value="(\w+)"[^>]*><label[^>]*>Jo Okafor', page)
    await delroy.press("ask-call", to=jo_id, how="After six, on 01632 960 555.")
    await service.wait(hours=2)
    assert [each.mail["Subject"] for each in jo.mails] == ["Somebody would like you to call them"] * 3
    await jo.come_in()
    assert "01632 960 555" in await jo.reads()
    await jo.press("will-call")
    assert "Jo Okafor will call you." in await delroy.reads()
    await jo.press("have-spoken")
    await service.wait_until(datetime(2026, 12, 7, 17, 1, tzinfo=UTC))
    assert ANSWER in await people["Ruth"].reads()
    await people["Ruth"].press("say-back", text="Who decided?")
    await service.wait_until(datetime(2026, 12, 8, 10, 0, tzinfo=UTC))
    await people["Tom"].press("read")
    await people["Tom"].press("answer-back", text="Two of us, on the train.")
    await service.wait_until(datetime(2026, 12, 9, 16, 5, tzinfo=UTC))
    assert ANSWER in await anna.reads()
    digest = (await anna.reads("/me/")).split("/digests/")[1].partition("#")[0].partition('"')[0]
    await anna.press("take", f"/me/digests/{digest}")
    await people["Imran"].press("stop")


async def months(service: Service, people: dict[str, Person]) -> None:
    """Every Friday until the end of February: who still answers does; Siân is away, Delroy leaves in January."""
    ruth, tom, margaret, delroy, sian = (people[n] for n in ("Ruth", "Tom", "Margaret", "Delroy", "Siân"))
    await sian.press("away", "/me/rhythm", back="2027-01-05")
    day = datetime(2026, 12, 11, 12, 5, tzinfo=UTC)
    while day < datetime(2027, 2, 27, tzinfo=UTC):
        await service.wait_until(day)
        for who in (ruth, tom, margaret):
            if 'value="send:' in await who.reads():
                await answer(who, partner="yes" if who is not margaret else "no", facilitators="named")
        if day.date().isoformat() == "2027-01-29":
            # The last question has opened, and what opened over the weeks is theirs to keep.
            assert ANSWER in await ruth.reads("/me/keepsake")
        if day.date().isoformat() == "2027-01-08":
            await delroy.press("leave", "/me/leaving")
        day += (
            timedelta(days=7)
            if day.weekday() == 4 and day.date().isoformat() != "2026-12-25"
            else timedelta(days=4)
        )
        if day.weekday() == 1:
            # The question of Christmas Day comes on the next working day: so does who answers it.
            await service.wait_until(day)
            for who in (ruth, tom):
                if 'value="send:' in await who.reads():
                    await answer(who, partner="yes", facilitators="unnamed")
            day += timedelta(days=3)
    await service.wait_until(datetime(2027, 3, 4, 12, tzinfo=UTC))


async def left(service: Service) -> dict[str, int]:
    async with everything(service.built.store.database) as connection:
        return {
            table.name: int((await connection.execute(select(func.count()).select_from(table))).scalar_one())
            for table in (t.words, t.parts, t.messages, t.turns)
        }


async def all_was_well(service: Service, stopped_at: datetime) -> None:
    """Over all of it: what went out, when, and to whom."""
    async with everything(service.built.store.database) as connection:
        rows = (await connection.execute(select(t.people))).all()
    names = {row.id: row.name for row in rows}
    hours = {row.id: (ZoneInfo(row.zone), row.hours_start, row.hours_end) for row in rows}
    imran = next(id for id, name in names.items() if name.startswith("Imran"))
    posts = list(service.posted.values())
    kinds = Counter(each.kind for each in posts)
    assert kinds[CardKind.OPENED] >= 12
    assert kinds[CardKind.NOT_OPENED] >= 4
    assert kinds[CardKind.DIGEST] >= 8
    assert kinds[CardKind.DELETION_AHEAD] >= 8
    assert kinds[CardKind.PARTNER_LEFT] == 1
    assert kinds[CardKind.KEEPSAKE] >= 4

    ahead = Counter((each.person, each.subject) for each in posts if each.kind == CardKind.DELETION_AHEAD)
    assert max(ahead.values()) == 2, "a month and a week ahead, and less to whoever was away"
    twice = Counter((each.person, each.kind, each.subject) for each in posts if CardKind(each.kind) in ONCE)
    assert [key for key, count in twice.items() if count > 1] == []
    for each in posts:
        zone, start, end = hours[each.person]
        at = each.at.astimezone(zone)
        if each.proactive and each.kind not in (CardKind.OPENED, CardKind.NOT_OPENED):
            assert start <= at.time() < end, f"{each.kind} to {names[each.person]} at {at}"
            assert f"{at:%m-%d}" not in HOLIDAYS, f"{each.kind} to {names[each.person]} on {at:%d %B}"
        if each.person == imran:
            assert each.at <= stopped_at, f"{each.kind} after a stop"

    mails = service.postbox.mails
    ids = Counter(str(mail.mail["Message-ID"]) for mail in mails)
    assert [id for id, count in ids.items() if count > 1] == []
    assert not [mail for mail in mails if mail.mail["To"] == NAMES["Imran Shah"] and mail.at > stopped_at]
    for came in mails:
        said = str(came.mail["Subject"])
        text = came.mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert not [word for word in (ANSWER, "on the train", "01632 960 555") if word in text], said
        if said not in (
            "You are invited",
            "Your way in",
            "Somebody would like you to call them",
            "Something is there for you",
        ):
            at = came.at.astimezone(LONDON)
            assert 9 <= at.hour < 20, f"“{said}” at {at}"
            assert f"{at:%m-%d}" not in HOLIDAYS, f"“{said}” on {at:%d %B}"
