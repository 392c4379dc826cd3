"""Where people are reached: their own page of it, and what facilitators see; over real HTTP."""

import re

from bot.model import Account, Lost, Platform
from tests.adapters.service import Service, only_sqlite
from tests.adapters.test_matrix import csrf
from tests.adapters.test_programme_page import page
from tests.cast import ADA, BEN, CLEO, FAY, JO, Character

pytestmark = only_sqlite

WHERE = "/me/where"


async def shown(service: Service, who: Character) -> str:
    answer = await service.ask("GET", WHERE, who)
    assert answer.status == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.body.decode()).split())


async def reach(service: Service, who: Character, external: str) -> None:
    async with service.store.write() as tx:
        await tx.setup.reach(who.reader, Account(Platform.SLACK, external))


async def lose(service: Service, external: str, *, everybody: bool) -> None:
    await service.house.lose(Lost(Platform.SLACK, external, everybody=everybody))


async def test_each_reads_where_they_are_written_to_and_what_that_means(service: Service) -> None:
    await reach(service, BEN, "T1:UBEN")
    assert "I write to you in Slack. Everything stands on your page as well." in await shown(service, BEN)
    assert "I write to you on your page, and tell you by mail" in await shown(service, ADA)
    assert "Your organisation may be able to read what is written in Slack" in await shown(service, ADA)
    assert "I tell you there that a weekly page is ready." in await shown(service, FAY)
    assert (await service.ask("GET", WHERE, JO)).status == 404
    assert "UBEN" not in (await service.ask("GET", WHERE, BEN)).text()


async def test_facilitators_see_where_each_is_reached_once_somebody_is_in_slack(service: Service) -> None:
    assert "I write to them" not in await page(service)
    await reach(service, BEN, "T1:UBEN")
    seen = await page(service)
    assert re.search(r"<b>Ben</b>.{0,60}I write to them in Slack\.", seen)
    assert re.search(r"<b>Ada</b>.{0,60}I write to them on their page and by mail\.", seen)
    assert "UBEN" not in seen
    assert "a code" not in seen, "facilitators never see one"


async def test_facilitators_see_that_somebody_or_a_workspace_is_lost_and_that_they_are_back(
    service: Service,
) -> None:
    await reach(service, ADA, "T1:UADA")
    await lose(service, "T1:UADA", everybody=False)
    assert re.search(
        r"<b>Ada</b>.{0,60}I write to them on their page and by mail\. Since Tuesday 24 November they are not reached",
        await page(service),
    )
    for who in (BEN, CLEO):
        await reach(service, who, f"T1:U{who.id[:8].upper()}")
    assert "workspace" not in await page(service)
    await lose(service, "T1:", everybody=True)
    seen = await page(service)
    assert "A workspace is gone" in seen
    assert "On Tuesday 24 November a workspace stopped letting me in." in seen
    assert "Ben on their page alone and Cleo on their page alone" in seen
    for who in (ADA, BEN, CLEO):
        await reach(service, who, f"T2:U{who.id[:8].upper()}")
    assert "workspace" not in await page(service)


async def test_a_code_that_is_shown_is_nobody_elses_to_ask_for(service: Service) -> None:
    before = await service.snapshot()
    for who in (BEN, JO):
        assert (await service.ask("POST", WHERE, who, {"csrf": csrf(ADA), "action": "code"})).status in (
            403,
            404,
        )
    assert await service.snapshot() == before
