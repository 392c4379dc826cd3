"""The pages of whoever was asked for a call: first of all who waits for one, and nothing that was not for them."""

import re

from bot.messages import Action, Pressed
from tests.adapters.service import HOW, PAGE, Service, filled, only_sqlite, owned_ids
from tests.adapters.test_matrix import CALLS, csrf
from tests.cast import ADA, FAY, JO, Character

pytestmark = only_sqlite


async def page_of(service: Service, who: Character) -> str:
    return re.sub(r"\s+", " ", (await service.ask("GET", PAGE, who)).text())


async def press(service: Service, who: Character, action: str, call: str) -> int:
    form = {"csrf": csrf(who), "action": action, "subject": call}
    return (await service.ask("POST", CALLS, who, form)).status


async def test_a_facilitator_reads_first_who_waits_for_a_call_and_says_that_they_will(
    service: Service,
) -> None:
    call = (await owned_ids(service.store))["calls 0"]
    page = await page_of(service, FAY)
    assert page.index(HOW.word) < page.index("<h1>What pairs chose to tell you")
    assert "nobody has answered yet" in page
    assert await press(service, FAY, "will-call", call) == 303
    assert "You said on" in await page_of(service, FAY)
    assert "Fay will call you." in await page_of(service, ADA)
    assert await press(service, FAY, "have-spoken", call) == 303
    for who in (FAY, ADA):
        assert HOW.word not in await page_of(service, who)


async def test_somebody_outside_reads_who_asked_for_them_and_nothing_else(service: Service) -> None:
    ids = await owned_ids(service.store)
    assert "Nobody waits for a call from you." in await page_of(service, JO)
    now = service.house.now()
    fields = {"to": JO.id, "how": "By the side door."}
    await service.house.take_in(Pressed("once", ADA.account, now, Action.ASK_CALL, "", fields))
    page = await page_of(service, JO)
    assert "By the side door." in page
    assert HOW.word not in page
    for path in ("/me/digests/{digest}", "/me/reflections", "/me/leaving", "/me/copy"):
        answer = await service.ask("GET", filled(path, [ids["digests 0"]])[0], JO)
        assert answer.status == 404, path


async def test_a_button_of_a_call_that_is_wanted_no_more_does_nothing_and_leads_back(
    service: Service,
) -> None:
    call = (await owned_ids(service.store))["calls 0"]
    await service.house.take_in(Pressed("once", ADA.account, service.house.now(), Action.NO_CALL, call))
    assert await press(service, FAY, "will-call", call) == 303
    assert "will call you" not in await page_of(service, ADA)
