"""The three cookies: who is signed in in a browser, which button was shown in it, and whether it set out for Slack.

No script reads them, no other site sends them, and by https no other host of the same domain can set them: browsers
hold a name that begins with `__Host-` to this host, to https and to the path / (RFC 6265bis, section 4.1.3.2).
"""

from datetime import timedelta

from aiohttp import web

COOKIE = "alongside"
"""Who is signed in."""
DOOR = "alongside-door"
"""Ties the button to the browser that it was shown in: nobody signs somebody else in as themselves."""

SLACK = "alongside-slack"
"""Ties what comes back from Slack to the browser that went there: nobody lets the app in in somebody else's name."""


def held(request: web.Request, name: str, *, secure: bool) -> str:
    """What a browser holds of us by that name; empty if it holds nothing."""
    return request.cookies.get(_called(name, secure), "")


def keep(response: web.StreamResponse, name: str, value: str, stays: timedelta, *, secure: bool) -> None:
    response.set_cookie(
        _called(name, secure),
        value,
        path="/",
        max_age=int(stays.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=secure,
    )


def forget(response: web.StreamResponse, name: str, *, secure: bool) -> None:
    # By https a browser takes it away only if what takes it away says all that what set it said.
    response.del_cookie(_called(name, secure), path="/", secure=secure, httponly=True, samesite="Lax")


def _called(name: str, secure: bool) -> str:
    return f"__Host-{name}" if secure else name
