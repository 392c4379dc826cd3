"""Forms that somebody else made: with script and without, from another site and from nowhere. None has an effect.

Every route that takes a form is tried; they are read from the application's own table.
"""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from json import dumps
from urllib.parse import urlencode

from aiohttp import web

from adapters.web.cookies import COOKIE
from adapters.web.door import button_of
from adapters.web.guard import Visitor, hashed
from bot.model import Role
from tests.adapters.service import (
    DIGEST,
    LINK,
    NOW,
    SEEN_BEFORE,
    Service,
    differing,
    filled,
    owned_ids,
    routes,
    token,
)
from tests.adapters.test_matrix import ACTS, MAX, SHOWN, csrf
from tests.cast import ADA, BEN, FAY, Character
from tests.server import Server
from tests.window import Window, chrome

ONE_PRESS = "/out/{token}"
"""Pressed by a mail app for its reader, who is signed in nowhere: the link is the only key. It can only silence."""

SIGNED = "/slack/events"
"""No form at all: what Slack sends, and signs. tests/slack/test_bad_input.py sends it unsigned."""

LAST = ("/me/sign-ins", "/me/leaving")

Form = Mapping[str, str]


UPLOADED = {"name": "people.csv", "kept": urlsafe_b64encode(MAX).decode(), "shown": SHOWN}
"""A file that has been looked at, as the page that would apply it carries it."""


async def forms(service: Service) -> list[tuple[str, Character, Form]]:
    """A form for each route that takes one: where it goes, whose it is, and what has an effect when they send it."""
    ids = await owned_ids(service.store)
    part, line, digest = ids["parts 1"], ids["lines 0"], ids["digests 0"]
    held = {
        "/me/": {"action": "help"},
        "/me/reflections": {"action": f"edit:{part}", f"text:{part}": "Put there by somebody else."},
        "/me/draft": {"box": part, "text": "Put there by somebody else."},
        DIGEST: {"action": "take", "subject": line},
        "/me/notices": {"action": "off"},
        "/me/calls": {"action": "will-call", "subject": ids["calls 0"]},
        "/me/programme": {"action": "hold", "pair": ids["pairs 0"]},
        "/me/programme/files": {"action": "apply", **UPLOADED},
        "/me/rhythm": {"action": "hours", "zone": "Europe/Dublin", "from": "10:00", "to": "18:00"},
        "/me/where": {"action": "code"},
        "/me/sign-ins": {"action": "others"},
        "/me/leaving": {"action": "erase", "sure": "yes"},
        "/in": {"email": "ada@northbank.example"},
        "/in/{token}": {},
    }
    taken = {path for path, declared in routes(service.app).items() if "POST" in declared}
    assert taken == held.keys() | {ONE_PRESS, SIGNED}, "each route that takes a form has one here"
    # The last two end much of what the others need.
    return [
        (filled(path, [LINK if path.startswith("/in") else digest])[0], ACTS[path][0], form)
        for path, form in sorted(
            held.items(), key=lambda each: LAST.index(each[0]) if each[0] in LAST else -1
        )
    ]


def key_of(path: str, who: Character) -> str:
    """What the form of a page would carry."""
    return button_of(SEEN_BEFORE) if path.startswith("/in") else csrf(who)


async def changed_by(service: Service, path: str, who: Character, form: Form) -> set[str]:
    before = await service.snapshot()
    own = {"csrf": key_of(path, who), "nonce": path, **form}
    asker = None if path.startswith("/in") else who  # whoever comes in anew is signed out of where they were
    answer = await service.ask("POST", path, asker, own, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status in (200, 204, 303), path
    return differing(before, await service.snapshot())


async def test_the_very_same_forms_have_their_effect_from_our_own_pages(service: Service) -> None:
    for path, who, form in await forms(service):
        assert await changed_by(service, path, who, form), path


async def test_a_form_that_is_not_from_our_pages_is_refused_and_does_nothing(service: Service) -> None:
    other = "another browser of Ada's"
    async with service.store.write() as tx:
        await tx.sessions.add(FAY.reader, hashed(other), NOW, NOW.replace(year=NOW.year + 1))
    before = await service.snapshot()
    for path, who, form in await forms(service):
        good = key_of(path, who)
        theirs = csrf(BEN) if who is not BEN else csrf(ADA)
        own = "same-origin"
        tries: list[tuple[str | None, Mapping[str, str]]] = [
            # The right token, from elsewhere: a browser says so itself.
            *((good, {"Sec-Fetch-Site": site}) for site in ("cross-site", "same-site", "nonsense", "")),
            (good, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}),
            (good, {"Sec-Fetch-Site": "cross-site", "Origin": service_origin(service)}),
            # No word of where from, as older browsers send it: the token decides.
            *((bad, {}) for bad in (None, "", "0" * 40, theirs, "é", good[:-1], good.upper() + " ")),
            *((bad, {"Origin": "null"}) for bad in (None, theirs)),
            *((bad, {"Sec-Fetch-Site": own}) for bad in (None, "", theirs)),
            (Visitor(who.reader, Role.MEMBER, other).csrf, {}),
            (hashed(token(who))[:40], {}),
        ]
        for key, headers in tries:
            sent = {**form, "nonce": path} | ({} if key is None else {"csrf": key})
            answer = await service.ask("POST", path, who, sent, headers=headers)
            assert answer.status == 403, (path, key, headers)
        for odd in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
            # The right token where no form is taken, or by another name for the method.
            query = urlencode({**form, "csrf": good, "_method": "POST"})
            told = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
            answer = await service.ask(odd, f"{path}?{query}", who, headers=told)
            assert answer.status in (200, 404), (path, odd)
        in_address = f"{path}?{urlencode({'csrf': good})}"
        assert (await service.ask("POST", in_address, who, {**form})).status == 403, path
        for kind in ("application/json", "text/plain"):
            sent = {**form, "csrf": good}
            body = dumps(sent) if kind.endswith("json") else urlencode(sent)
            held = {"Cookie": f'{COOKIE}="{token(who)}"; alongside-door={SEEN_BEFORE}', "Content-Type": kind}
            async with service.client.post(path, data=body.encode(), headers=held) as refused:
                assert refused.status == 403, (path, kind)
    after = await service.snapshot()
    assert differing(before, after) <= {"audit"}, "a page that was looked at is noted, and nothing else"


def service_origin(service: Service) -> str:
    return f"http://127.0.0.1:{service.client.port}"


# ---- in a browser that is signed in


_SCRIPTED = """async (forms) => {
  const said = [];
  for (const [address, fields] of forms) {
    const body = new URLSearchParams(fields);
    const plain = new Blob([body], { type: "text/plain" });
    for (const [mode, how] of [["no-cors", body], ["cors", body], ["no-cors", plain]]) {
      try {
        const answer = await fetch(address, { method: "POST", credentials: "include", mode, body: how });
        said.push(await answer.text());
      } catch (error) { said.push(""); }
      navigator.sendBeacon(address, how);
    }
    try { said.push(await (await fetch(address, { credentials: "include" })).text()); } catch { said.push(""); }
  }
  return said.join("");
}"""


def without_script(address: str, fields: Form) -> str:
    inside = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="post" action="{escape(address)}">{inside}<button>A prize</button></form>'


@asynccontextmanager
async def another_origin() -> AsyncIterator[tuple[str, dict[str, str]]]:
    """A server of somebody else's on this machine, and what its pages hold, by their names."""
    pages: dict[str, str] = {"": "<!doctype html><title>Elsewhere</title>"}

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=pages[request.query_string], content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    async with Server(app) as server:
        yield str(server.port), pages


async def attack(window: Window, where: str, pages: dict[str, str], who: Character) -> None:
    """Everything that a page of another origin can do with forms, at somebody who is signed in and looks at it."""
    tried = [
        (window.address(path), {"csrf": key_of(path, who), **form})
        for path, owner, form in await forms(window.service)
        if owner is who
    ]
    await window.be(who)
    await window.page.goto(f"http://{where}/")
    read = await window.page.evaluate(_SCRIPTED, tried)
    assert read == "", "nothing of ours can be read there"
    for number, (address, form) in enumerate(tried):
        pages[f"form-{number}"] = without_script(address, form)
        await window.page.goto(f"http://{where}/?form-{number}")
        async with window.page.expect_response(address) as answered:
            await window.page.get_by_role("button", name="A prize").click()
        answer = await answered.value
        # To another site's page a browser lends no session; from another port it does, and we refuse the form.
        lent = where.startswith("127.0.0.1") or "/me/" not in address
        assert (answer.request.method, answer.status) == ("POST", 403 if lent else 401), address


async def test_no_page_of_another_origin_does_anything_in_a_browser_that_is_signed_in(
    service: Service,
) -> None:
    before = await service.snapshot()
    async with chrome(service) as window, another_origin() as (port, pages):
        for place in (
            f"localhost:{port}",
            f"127.0.0.1:{port}",
        ):  # another site; the same site at another port
            for who in (ADA, FAY):
                await attack(window, place, pages, who)
        assert differing(before, await service.snapshot()) <= {"audit"}
        # What stands in a frame of theirs, or is asked for as a script or a picture, is not shown.
        pages["frame"] = (
            f'<iframe src="{window.address("/me/")}"></iframe><img src="{window.address("/me/")}">'
        )
        await window.page.goto(f"http://localhost:{port}/?frame")
        assert "canary" not in str([await frame.content() for frame in window.page.frames])
        # The control: the same script from a page of ours.
        await window.be(ADA)
        await window.open("/me/sign-ins")
        keys = {"csrf": csrf(ADA), "nonce": "control", "action": "help"}
        assert "canaryanswer" in await window.page.evaluate(_SCRIPTED, [(window.address("/me/"), keys)])
    assert differing(before, await service.snapshot()) > {"audit"}
