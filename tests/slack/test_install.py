"""A workspace lets the app in by itself: over real HTTP on both sides, and all that can go wrong with it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientTimeout

from adapters.codes import LASTS as AN_HOUR
from adapters.codes import hashed
from adapters.slack.install import LASTS, MOST
from adapters.slack.manifest import SCOPES
from adapters.web.cookies import SLACK
from storage import tables as t
from tests.adapters.test_edge import unguarded
from tests.cast import ADA, BEN, bring_in
from tests.databases import everything
from tests.slack.conftest import Workspace
from tests.slack.stub import CLIENT_ID, CLIENT_SECRET, OTHER, TEAM, TOKEN, Failure, Person
from tests.slack.test_lost import REMOVED, chats, rows
from tests.slack.test_many import many_of, workspaces
from tests.slack.test_story import opened

INSTALL, BACK = "/slack/install", "/slack/oauth_redirect"


class Browser:
    """Somebody who administers a workspace, in a browser that keeps cookies."""

    def __init__(self, many: Workspace) -> None:
        self.many = many
        self.cookies: dict[str, str] = {}
        self.state = ""

    async def get(self, path: str, **query: str) -> tuple[int, str]:
        client = self.many.ben.client
        async with client.get(path, params=query, cookies=self.cookies, allow_redirects=False) as answer:
            self.cookies |= {name: each.value for name, each in answer.cookies.items()}
            self.location = answer.headers.get("Location", "")
            assert not unguarded({name: value for name, value in answer.headers.items()})
            text = await answer.text()
        for secret in (*self.many.api.tokens, *self.many.api.refreshes, CLIENT_SECRET):
            assert secret not in text
        return answer.status, " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())

    async def set_out(self) -> dict[str, list[str]]:
        """Press the one link; what Slack is asked."""
        status, _ = await self.get(INSTALL, to="slack")
        assert status == 302
        asked = parse_qs(urlsplit(self.location).query)
        (self.state,) = asked["state"]
        return asked

    async def comes_back(self, code: str = "allowed", **more: str) -> tuple[int, str]:
        return await self.get(BACK, **{"state": self.state, "code": code, **more})

    def allows(self, team: str = OTHER, /, **more: Any) -> None:
        """At Slack they choose a workspace and say yes."""
        self.many.api.codes["allowed"] = self.many.api.granted(team, **more)


@pytest.fixture
def browser(many: Workspace) -> Browser:
    return Browser(many)


async def states(many: Workspace) -> int:
    return len(await rows(many, t.slack_states.c.state))


async def test_a_workspace_lets_the_app_in_and_it_answers_there_at_once(browser: Browser) -> None:
    many = browser.many
    status, page = await browser.get(INSTALL)
    assert status == 200
    assert "Add to Slack" in page
    assert "im:history: to hear what people write to the app" in page
    assert await states(many) == 0, "looking does nothing"
    asked_for = await browser.set_out()
    assert urlsplit(browser.location).path == "/oauth/v2/authorize"
    assert asked_for["client_id"] == [CLIENT_ID]
    assert asked_for["scope"] == [",".join(SCOPES)]
    assert "user_scope" not in asked_for
    assert asked_for["redirect_uri"] == ["http://127.0.0.1/slack/oauth_redirect"]
    browser.allows()
    status, page = await browser.comes_back()
    assert status == 200
    assert "Alongside is in Southbank <b>& Sons</b>" in page
    assert await workspaces(many) == [TEAM, OTHER]
    stranger = Person("USTRANGER", many.api, many.ben.client, team=OTHER)
    await stranger.says("Is anybody there?")
    await many.settle()
    assert many.api.standing()[-1].team == OTHER


async def test_a_token_that_runs_out_is_kept_with_when_and_with_what_renews_it(browser: Browser) -> None:
    await browser.set_out()
    browser.allows(lasts=43_200)
    await browser.comes_back()
    async with browser.many.built.store.read() as tx:
        found = await tx.installations.get(OTHER)
    assert found is not None
    assert found.expires_at == browser.many.now + timedelta(hours=12)
    assert found.token.startswith("xoxe.xoxb-")
    assert found.refresh.startswith("xoxe-")
    assert found.scopes == set(SCOPES)


@pytest.mark.both
async def test_coming_back_a_second_time_or_from_elsewhere_or_too_late_stores_nothing(
    many: Workspace,
) -> None:
    browser, other = Browser(many), Browser(many)
    await browser.set_out()
    await other.set_out()
    browser.allows()
    forged = [
        await browser.comes_back(state=""),
        await browser.comes_back(state="made-up"),
        await browser.comes_back(state="\udcff\x00"),
        await browser.comes_back(state=other.state),
        await Browser(many).get(BACK, state=browser.state, code="allowed"),
        await Browser(many).get(BACK),
    ]
    many.now += LASTS
    forged.append(await browser.comes_back())
    assert {status for status, _ in forged} == {400}
    assert all("That did not begin here just now Th" in page for _, page in forged)
    assert all("Nothing was stored. Start again" in page for _, page in forged)
    assert [method for method, _ in many.api.calls] == [], "Slack is asked nothing by whoever made it up"
    assert await workspaces(many) == [TEAM]
    await browser.set_out()
    assert (await browser.comes_back())[0] == 200, "the control"
    browser.allows(TEAM)
    assert (await browser.comes_back())[0] == 400, "replayed"
    async with many.built.store.read() as tx:
        found = await tx.installations.get(TEAM)
    assert found is not None
    assert found.token == TOKEN


@pytest.mark.parametrize("cookie", ["", "another", "é"])
async def test_a_state_that_another_browser_holds_is_worth_nothing(browser: Browser, cookie: str) -> None:
    await browser.set_out()
    browser.allows()
    kept = dict(browser.cookies)
    browser.cookies[SLACK] = cookie
    assert (await browser.comes_back())[0] == 400
    browser.cookies = kept
    assert (await browser.comes_back())[0] == 200, "and whoever tried has not used it up"


async def test_neither_the_state_nor_what_the_browser_holds_stands_in_the_database(browser: Browser) -> None:
    await browser.set_out()
    found = repr(await rows(browser.many, *t.slack_states.c))
    assert browser.state not in found
    assert browser.cookies[SLACK] not in found


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (Failure("invalid_code"), 400, "That took too long"),
        (Failure("code_already_used"), 400, "That took too long"),
        (Failure("internal_error", 500), 502, "Slack did not answer as it should"),
        (Failure(status=502, page="<p>Bad gateway</p>"), 502, "Slack did not answer as it should"),
        (Failure("ratelimited", 429, 30), 502, "Slack did not answer as it should"),
        (Failure("bad_client_secret"), 502, "This service is not set up for that yet"),
        (Failure("bad_redirect_uri"), 502, "This service is not set up for that yet"),
        (Failure("", silent=True), 502, "Slack did not answer as it should"),
    ],
    ids=["code", "used", "500", "a proxy", "too often", "secret", "redirect", "silent"],
)
async def test_whatever_slack_answers_becomes_a_plain_page_and_nothing_is_stored(
    browser: Browser, failure: Failure, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.set_out()
    browser.allows()
    browser.many.api.failures["oauth.v2.access"] = [failure]
    if failure.silent:
        session = many_of(browser.many)._line.session
        monkeypatch.setattr(session, "_timeout", ClientTimeout(total=0.2))
    found, page = await browser.comes_back()
    assert (found, said in page) == (status, True), page
    assert "Nothing was stored. Start again" in page
    assert await workspaces(browser.many) == [TEAM]


async def test_whoever_says_no_at_slack_is_told_that_nothing_was_added(browser: Browser) -> None:
    await browser.set_out()
    status, page = await browser.get(BACK, state=browser.state, error="access_denied")
    assert status == 200
    assert "Alongside was not added" in page
    assert await workspaces(browser.many) == [TEAM]
    await browser.set_out()
    assert (await browser.get(BACK, state=browser.state, error="<script>", code=""))[0] == 502


async def test_a_whole_organisation_is_refused_with_what_to_do(browser: Browser) -> None:
    await browser.set_out()
    browser.allows(is_enterprise_install=True, team=None, enterprise={"id": "E1", "name": "Northbank"})
    status, page = await browser.comes_back()
    assert status == 400
    assert "one workspace at a time" in page
    assert await workspaces(browser.many) == [TEAM]


@pytest.mark.parametrize(
    "given", [{"team": {"id": "T9"}}, {"token_type": "user"}, {"access_token": ""}, {"team": None}]
)
async def test_a_token_that_is_not_what_it_is_said_to_be_is_not_kept(
    browser: Browser, given: dict[str, Any]
) -> None:
    await browser.set_out()
    browser.allows(**given)
    assert (await browser.comes_back())[0] == 502
    assert await workspaces(browser.many) == [TEAM]


async def test_setting_out_too_often_is_refused(browser: Browser) -> None:
    for _ in range(MOST):
        await browser.set_out()
    status, page = await browser.get(INSTALL, to="slack")
    assert status == 429
    assert "Try again in an hour." in page
    assert await states(browser.many) == MOST


async def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(browser: Browser) -> None:
    async with browser.many.ben.client.get(INSTALL, params={"to": "slack"}, allow_redirects=False) as answer:
        (cookie,) = answer.headers.getall("Set-Cookie")
    assert cookie.startswith(f"{SLACK}=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"):
        assert part in cookie


# ---- what it means


async def test_letting_it_in_again_brings_the_token_back_and_people_come_back_by_a_code(
    browser: Browser,
) -> None:
    many = browser.many
    await many.ben_joins()
    assert await many.ben.event(REMOVED) == 200
    assert await workspaces(many) == []
    await browser.set_out()
    browser.allows(TEAM)
    await browser.comes_back()
    assert await workspaces(many) == [TEAM]
    assert await chats(many) == set()
    async with many.built.store.write() as tx:
        await tx.links.make(BEN.reader, hashed("BCDFG-HJKMN"), many.now, many.now + AN_HOUR, once=True)
    assert "Done." in await many.ben.commands("join BCDFG-HJKMN")
    await many.settle()
    assert "This is Alongside." in many.api.shown()
    assert await chats(many) == {f"{TEAM}:UBEN"}


async def test_a_workspace_that_a_stranger_brings_in_shows_them_nothing(browser: Browser) -> None:
    many = browser.many
    await opened(many, "chats")
    await bring_in(many.built.store)
    await browser.set_out()
    browser.allows()
    await browser.comes_back()
    before = len(many.api.standing())
    async with everything(many.built.store.database) as connection:
        kept = [len((await connection.execute(table.select())).all()) for table in (t.words, t.accounts)]
    # The same ids as Ben's and Ada's, in the stranger's own workspace.
    for user in ("UBEN", ADA.id, "UROOT"):
        stranger = Person(user, many.api, many.ben.client, clock=many.ben.clock, team=OTHER)
        await stranger.opens_the_app("home")
        await stranger.says("stop")
        for text in ("when", "my words", "join BCDFG-HJKMN", "not in slack", "call"):
            await stranger.commands(text)
        await stranger.reflects()
    await many.settle()
    theirs = [each for each in many.api.standing()[before:] if each.team == OTHER]
    shown = " ".join([str(theirs), str(many.api.homes), str(many.api.said), str(many.api.whispers)])
    for words in ("I went along with the date.", "went along", "Ada", "Ben"):
        assert words not in shown
    assert "I do not know you here yet" in shown
    async with everything(many.built.store.database) as connection:
        after = [len((await connection.execute(table.select())).all()) for table in (t.words, t.accounts)]
    assert after == kept
    assert await chats(many) == {f"{TEAM}:UBEN"}


async def test_where_there_is_one_workspace_nobody_can_add_another(workspace: Workspace) -> None:
    for path in (INSTALL, BACK):
        async with workspace.ben.client.get(path) as answer:
            assert answer.status == 404
