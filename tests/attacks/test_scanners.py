"""Machines that open every address in a mail before its reader does: nothing is used up, and nothing changes."""

import re
from itertools import product

from bot.messages import CardKind
from tests.adapters.door import asked, link_for, press
from tests.adapters.postbox import ADDRESSES, Postbox, bodies, say
from tests.adapters.service import Answer, Service, differing
from tests.cast import ADA, FAY
from tests.window import chrome

AGENTS = {
    "a mail gateway": {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)"},
    "a prefetching browser": {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"},
    "a preview": {"User-Agent": "facebookexternalhit/1.1", "X-Purpose": "preview", "X-Moz": "prefetch"},
    "a crawler": {"User-Agent": "Googlebot/2.1", "Range": "bytes=0-10", "From": "bot@example.org"},
    "something that says nothing": {"User-Agent": "", "Accept": ""},
    "a proxy that keeps copies": {"If-None-Match": "*", "If-Modified-Since": "Tue, 24 Nov 2026 10:00:00 GMT"},
}
METHODS = ("GET", "HEAD", "OPTIONS", "PROPFIND")


def addresses_in(postbox: Postbox) -> set[str]:
    """Every address that a mail holds: in its text, in its HTML, and in its headers."""
    found = set()
    for mail in postbox.mails:
        for text in (*bodies(mail), *map(str, mail.values())):
            found |= {each for each in re.findall(r"http://127\.0\.0\.1(/[^\s\"<>]*)", text)}
    return found


async def opened(service: Service, paths: set[str], times: int = 2) -> list[Answer]:
    return [
        await service.ask(method, path, None, headers={"Cookie": "", **headers})
        for path, method, headers in product(sorted(paths), METHODS, AGENTS.values())
        for _ in range(times)
    ]


async def test_no_address_in_a_mail_is_used_up_or_does_anything_by_being_opened(
    mailing: Service, postbox: Postbox
) -> None:
    await say(mailing, ADA, CardKind.QUESTION)
    await say(mailing, ADA, CardKind.COPY)
    await say(mailing, FAY, CardKind.DIGEST)
    await say(mailing, FAY, CardKind.CALL_WANTED)
    for address in ADDRESSES.values():
        await asked(mailing, address)
    await mailing.house.settle()
    paths = addresses_in(postbox)
    kinds = {re.sub(r"(/in|/out|digests)/[\w-]+", r"\1/", path) for path in paths}
    assert kinds >= {"/in/", "/out/", "/me/digests/"}
    before = await mailing.snapshot()
    answers = await opened(mailing, paths)
    assert not [answer for answer in answers if "canary" in answer.text()]
    assert not [
        name
        for answer in answers
        for header, name in answer.headers
        if header == "Set-Cookie" and not name.startswith("alongside-door=")
    ]
    async with chrome(mailing) as window:
        for path in sorted(paths):
            await window.open(path)
    assert await mailing.snapshot() == before
    ways_in = sorted(path for path in paths if path.startswith("/in/"))
    assert [(await press(mailing, path)).status for path in ways_in] == [303] * len(ways_in)
    out = next(path for path in paths if path.startswith("/out/"))
    await mailing.ask("POST", out, None, {"List-Unsubscribe": "One-Click"}, headers={"Cookie": ""})
    changed = differing(before, await mailing.snapshot())
    assert "sessions" in changed
    assert {"conversations", "people"} & changed, (
        "the same addresses do something when somebody presses there"
    )


async def test_the_page_of_a_link_is_the_same_for_every_link_and_for_none(service: Service) -> None:
    def shown(answer: Answer) -> str:
        return re.sub(r'value="\w+"|alongside-door=[^;]+', "", answer.text())

    for paths in (
        [await link_for(service.store, ADA), await link_for(service.store, FAY), "/in/nothing-of-ours"],
        ["/out/a-link-of-ada", "/out/nothing-of-ours"],
    ):
        assert len({shown(await service.ask("GET", path, None)) for path in paths}) == 1


async def test_asking_with_head_or_options_does_nothing_and_shows_nothing(service: Service) -> None:
    before = await service.snapshot()
    for method, status in (("HEAD", 200), ("OPTIONS", 404)):
        answer = await service.ask(method, "/me/", ADA)
        assert answer.status == status
        assert b"canary" not in answer.body
    assert await service.snapshot() == before
