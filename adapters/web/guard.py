"""Who is asking, and whether a form is theirs: cookies, tokens and the headers of every answer."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from aiohttp import web

from bot.errors import NotAllowed
from bot.model import Reader, Role

STAYS = timedelta(days=30)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}; frame-src {frames}"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person in one browser. The token is the cookie's; only its hash is stored."""

    reader: Reader
    role: Role
    token: str = field(repr=False)

    @property
    def csrf(self) -> str:
        """What every form of this browser carries."""
        return _mac(self.token, "form")

    def check(self, request: web.Request, fields: Mapping[str, str]) -> None:
        """Make sure that a form was sent from one of our own pages by this browser.

        Raises:
            NotAllowed: it was not. With `no-referrer` browsers send "Origin: null" on form posts, so the token
                and Sec-Fetch-Site decide.
        """
        if from_elsewhere(request):
            raise NotAllowed("That form was sent from somewhere else.")
        if not hmac.compare_digest(encoded(fields.get("csrf", "")), encoded(self.csrf)):
            raise NotAllowed("That form belongs to an earlier visit.")

    def key(self, fields: Mapping[str, str]) -> str:
        """The name of one delivery: the same form with the same content twice is one event.

        The nonce changes with every page, the content with what was written, so a second tab that sends
        something else is something else. Keyed with the token: nobody can guess words from a stored key.
        """
        content = "\x1e".join(
            f"{name}\x1f{value}" for name, value in sorted(fields.items()) if name != "csrf"
        )
        return _mac(self.token, content)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is stored of a token."""
    return sha256(encoded(token)).hexdigest()


def from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another site made this request."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def guard(response: web.StreamResponse, *, framed: bool, frames: bool = False) -> None:
    """Set the headers that every answer carries; `framed` lets our own stage show it."""
    for name, value in HEADERS.items():
        ancestors, inner = "'self'" if framed else "'none'", "'self'" if frames else "'none'"
        response.headers.setdefault(name, value.format(ancestors=ancestors, frames=inner))
    # An open stream comes with a weaker word of its own.
    response.headers["Cache-Control"] = HEADERS["Cache-Control"]


def encoded(text: str) -> bytes:
    """The bytes of whatever came in: a cookie or a form can hold what no text should, and that is no fault of ours."""
    return text.encode("utf-8", "surrogatepass")


def _mac(token: str, text: str) -> str:
    return hmac.new(encoded(token), encoded(text), sha256).hexdigest()[:40]
