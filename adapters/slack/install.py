"""A workspace lets the app in by itself: a page with one link, and what Slack sends back to us (OAuth 2.0).

Nothing is stored before Slack has vouched for both the workspace and the token. It says nothing about people: who is
whose is asked of the accounts, and whoever installs the app anywhere reads nobody's words by that.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator

from adapters.house import House
from adapters.slack.manifest import INSTALL, REDIRECT, SCOPES
from adapters.slack.refusals import reason_of
from adapters.slack.workspaces import Line
from adapters.web import render
from adapters.web.cookies import SLACK, held, keep
from adapters.web.edge import html
from adapters.web.guard import hashed, new_token
from adapters.web.render import SlackView
from bot.ids import derive
from bot.rows import Installed

log = logging.getLogger(__name__)

LASTS = timedelta(minutes=10)
"""How long somebody may take at Slack."""

MOST = 100
"""How often an hour somebody may set out from one place."""

OURS = frozenset(
    {"bad_client_secret", "bad_redirect_uri", "invalid_client_id", "invalid_arguments", "no_scopes"}
)
"""Slack's words for what whoever runs the service has to mend."""

AGAIN = "Start again"
NOTHING = "Nothing was stored."


class Refusal(Exception):
    """Why nothing was installed; the page that says so, and its status."""

    def __init__(self, status: int, title: str, *happened: str, again: bool = True) -> None:
        super().__init__(title)
        self.status = status
        self.page = SlackView(title, (*happened, NOTHING), go=AGAIN if again else "", href=INSTALL)


@dataclass(frozen=True, slots=True)
class Installing:
    """`address` is where we are reached, `base` where the pages are, `secure` whether they are reached by https."""

    house: House
    line: Line
    address: str
    base: str
    secure: bool

    def routes(self) -> list[web.RouteDef]:
        return [web.get(INSTALL, self.show), web.get(REDIRECT, self.come_back)]

    async def show(self, request: web.Request) -> web.Response:
        """What the app is and may do. Opening it does nothing; only its link sets out."""
        if request.query.get("to") == "slack":
            return await self._set_out(request)
        return self._page(
            SlackView(
                "Add Alongside to your Slack",
                (
                    "This is for whoever administers a workspace. Slack asks you which one, and whether Alongside may "
                    "come in.",
                    "Adding it shows nobody’s words to anybody. People who take part come to Slack by a code from "
                    "their own page, or because their programme has named them.",
                ),
                [f"{name}: {why}" for name, why in SCOPES.items()],
                "Add to Slack",
                f"{INSTALL}?to=slack",
            )
        )

    async def come_back(self, request: web.Request) -> web.Response:
        """What Slack sends back: a code that stands for what a workspace allowed, or why it did not."""
        try:
            await self._check_state(request)
            code = _code(request.query)
            installed = await self._vouched_for(await self._exchanged(code))
        except Refusal as refusal:
            return self._page(refusal.page, refusal.status)
        async with self.house.store.write() as tx:
            await tx.installations.keep(installed)
        log.info("workspace %s has let the app in", installed.team)
        return self._page(
            SlackView(
                f"Alongside is in {installed.name}",
                (
                    "It writes there to people who take part, and to nobody else. They come by a code from their own "
                    "page, “Where I write to you”, or because their programme has named them.",
                    "Whoever administers the workspace can remove the app at any time. People are then written to on "
                    "their pages again.",
                ),
            )
        )

    async def _set_out(self, request: web.Request) -> web.Response:
        now, state = self.house.now(), new_token()
        browser = held(request, SLACK, secure=self.secure) or new_token()
        async with self.house.store.write() as tx:
            tried = await tx.links.tried(derive("to slack", request.remote or ""), _hour(now))
            if tried <= MOST:
                await tx.installations.begin(hashed(state), hashed(browser), now + LASTS)
        if tried > MOST:
            refusal = Refusal(429, "Too many have set out from here", "Try again in an hour.", again=False)
            return self._page(refusal.page, refusal.status)
        to_slack = AuthorizeUrlGenerator(
            client_id=self.line.slack.client_id,
            scopes=list(SCOPES),
            redirect_uri=self._redirect,
            authorization_url=urljoin(self.line.slack.api, "/oauth/v2/authorize"),
        )
        response = web.Response(status=302, headers={"Location": to_slack.generate(state)})
        keep(response, SLACK, browser, LASTS, secure=self.secure)
        return response

    async def _check_state(self, request: web.Request) -> None:
        """Make sure that this browser set out from here, lately, and comes back for the first time."""
        state, browser = request.query.get("state", ""), held(request, SLACK, secure=self.secure)
        async with self.house.store.write() as tx:
            ours = await tx.installations.finish(hashed(state), hashed(browser), self.house.now())
        if not ours:
            raise Refusal(
                400,
                "That did not begin here just now",
                "This page belongs to somebody who set out from here within the last ten minutes, in this very "
                "browser, and it works once. A link that somebody else sent leads no further.",
            )

    async def _exchanged(self, code: str) -> Mapping[str, Any]:
        """What Slack gives for a code."""
        slack = self.line.slack
        try:
            answer = await self.line.client().oauth_v2_access(
                client_id=slack.client_id,
                client_secret=slack.client_secret,
                code=code,
                redirect_uri=self._redirect,
            )
        except SlackApiError as error:
            raise _refused(reason_of(error)) from None
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise _away() from None
        return answer.data if isinstance(answer.data, Mapping) else {}

    async def _vouched_for(self, given: Mapping[str, Any]) -> Installed:
        """The workspace and its token, if Slack says by the token itself that they belong together."""
        if given.get("is_enterprise_install"):
            raise Refusal(
                400,
                "It is added to one workspace at a time",
                "Somebody chose a whole organisation. Alongside knows people by their workspace, so each one that "
                "is to have it adds it by itself. Remove it from the organisation, and choose a workspace.",
            )
        team, token = given.get("team") or {}, str(given.get("access_token") or "")
        if given.get("token_type") != "bot" or not token or not team.get("id"):
            log.error("what Slack gave for a code is no token of a bot in a workspace")
            raise _away()
        try:
            known = await self.line.client(token).auth_test()
        except (SlackApiError, TimeoutError, aiohttp.ClientError, OSError):
            raise _away() from None
        if known.get("team_id") != team["id"]:
            log.error("what Slack gave for workspace %s is of %s", team["id"], known.get("team_id"))
            raise _away()
        now, lasts = self.house.now(), given.get("expires_in")
        return Installed(
            str(team["id"]),
            str(known.get("team") or team.get("name") or team["id"]),
            str(given.get("bot_user_id") or ""),
            frozenset(str(given.get("scope") or "").split(",")),
            now,
            token,
            str(given.get("refresh_token") or ""),
            now + timedelta(seconds=int(lasts)) if lasts else None,
        )

    @property
    def _redirect(self) -> str:
        return f"{self.address}{REDIRECT}"

    def _page(self, said: SlackView, status: int = 200) -> web.Response:
        return html(render.slack_page(said, self.base, self.house.prompts.signposts), status)


def _code(query: Mapping[str, str]) -> str:
    """The code that came back."""
    if query.get("code"):
        return query["code"]
    if query.get("error") == "access_denied":
        raise Refusal(200, "Alongside was not added", "Somebody chose not to, at Slack.")
    log.warning("Slack sent a browser back without a code")
    raise _away()


def _refused(reason: str) -> Refusal:
    if reason in OURS:
        # Slack's own word, which holds no secret.
        log.error("Slack does not take what the app is known by: %s", reason)
        return Refusal(
            502,
            "This service is not set up for that yet",
            "Slack does not know it by what it says of itself. Whoever runs it finds the reason in its log.",
        )
    if reason in ("invalid_code", "code_already_used"):
        return Refusal(400, "That took too long", "What Slack gave you works once, and for ten minutes.")
    log.warning("Slack did not give a token: %s", reason or "no answer that can be read")
    return _away()


def _away() -> Refusal:
    return Refusal(502, "Slack did not answer as it should", "That may pass. Try again in a minute.")


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
