"""The edge of each web application of ours: every answer is guarded, and whatever goes wrong becomes a page.

Such a page says what happened, what was kept and what to do. It holds the words that were sent, if any were, and
help is in reach on it. Nothing on it needs the database, which may be what is away.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from adapters.web import render
from adapters.web.guard import from_elsewhere, guard
from adapters.web.render import Fault
from adapters.web.unsent import Unsent, to_copy, to_send_again
from bot.errors import Conflict, NotAllowed, Refused, Unavailable, Unknown
from bot.fields import LIMITS
from bot.safety.signpost import Signpost

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_LIMIT = 512 * 1024
"""Bytes of one form. Far above any limit of a field, so that too much text is refused kindly, not cut off."""

_FIELDS = web.RequestKey("fields", dict[str, str])
_UPLOADS = web.RequestKey("uploads", dict[str, "Upload"])
"""What a request held, once it has been read: it can be read only once."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody chose: what it is called on their machine, and what stands in it."""

    name: str
    content: bytes = field(repr=False)


async def form_fields(request: web.Request) -> dict[str, str]:
    """A form's text fields; the last of two with one name counts.

    Raises:
        Refused: it is not a form.
    """
    if _FIELDS not in request:
        try:
            # The limit of an application that is mounted in another counts for nothing unless it is asked for.
            posted = await request.clone(client_max_size=BODY_LIMIT).post()
        except (ValueError, LookupError):
            raise Refused("That form could not be read.") from None
        request[_FIELDS] = {name: value for name, value in posted.items() if isinstance(value, str)}
        request[_UPLOADS] = {}
        for name, value in posted.items():
            if isinstance(value, web.FileField):
                with value.file as file:
                    request[_UPLOADS][name] = Upload(value.filename, file.read())
    return request[_FIELDS]


async def form_upload(request: web.Request, name: str) -> Upload | None:
    """A file of a form; None if none was chosen."""
    await form_fields(request)
    return request[_UPLOADS].get(name)


def html(page: str, status: int = 200) -> web.Response:
    return web.Response(text=page, content_type="text/html", status=status)


class Edge:
    """The edge of one application: `base` is where its pages are, `framed` whether our own stage may show it."""

    def __init__(self, signposts: Sequence[Signpost], *, base: str = "", framed: bool = False) -> None:
        self._signposts = signposts
        self._base = base
        self._framed = framed

    def install(self, app: web.Application) -> None:
        logging.getLogger("aiohttp.server").addFilter(_without_content)
        app.middlewares.append(self._answer)
        # At this moment an answer of any kind passes: redirects, files, errors and open streams too.
        app.on_response_prepare.append(self._guarded)
        self._app = app

    async def _guarded(self, request: web.Request, response: web.StreamResponse) -> None:
        # An application that is mounted in this one has an edge of its own, and knows whether it may be framed.
        if request.match_info.apps[-1] is self._app:
            guard(response, framed=self._framed)

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if any("\x00" in each for each in request.match_info.values()):
                # No id holds it, and not every database can be asked for it.
                raise Unknown("There is nothing here.")
            return await handler(request)
        except (web.HTTPRedirection, ConnectionResetError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - a stranger is owed a sentence, not a stack trace
            # A file that is only looked at is nothing that could be sent again from here: it is chosen afresh.
            posted = request.method == "POST" and not request.content_type.startswith("multipart/")
            fault = _fault(error, posted=posted)
            if fault.status == _UNFORESEEN:
                # The kind of error only, and which page: its text could hold somebody's words, and a link is a key.
                log.error("%s %s: %s", request.method, _route(request), type(error).__name__)
            unsent = await self._unsent(request, again=fault.again)
            return self._page(fault, unsent)

    def _page(self, fault: Fault, unsent: Unsent) -> web.Response:
        if fault.status == web.HTTPUnauthorized.status_code:
            page = render.signin_page(self._base, self._signposts, unsent)
        else:
            page = render.error_page(fault, unsent, self._signposts, self._base)
        return html(page, fault.status)

    async def _unsent(self, request: web.Request, *, again: bool) -> Unsent:
        """The words of a form of ours. What another site put into one is not shown as if somebody had written it."""
        fields: dict[str, str] = {}
        if request.method == "POST" and not from_elsewhere(request):
            with suppress(Refused, web.HTTPException):
                fields = await form_fields(request)
        return to_send_again(fields, request.path) if again else to_copy(fields)


def _without_content(record: logging.LogRecord) -> bool:
    """Keep out of a log what the server could not read of a request: it may hold words, or a link."""
    if record.exc_info and record.exc_info[0]:
        kind = record.exc_info[0].__name__
        record.msg, record.args, record.exc_info = f"{record.getMessage()}: {kind}", (), None
    return True


def _route(request: web.Request) -> str:
    """The address without what is particular about this one."""
    resource = request.match_info.route.resource
    return "no page of ours" if resource is None else resource.canonical


_UNFORESEEN = 500
_NOT_SENT, _NOT_SHOWN = "That did not send", "This page cannot be shown just now"
_NOTHING_CHANGED = "Nothing was changed."


def _fault(error: Exception, *, posted: bool) -> Fault:
    """What went wrong, in words."""
    title = _NOT_SENT if posted else _NOT_SHOWN
    match error:
        case web.HTTPUnauthorized():
            return Fault(401, title, "")
        case Unknown() | web.HTTPNotFound() | web.HTTPMethodNotAllowed() | web.HTTPForbidden():
            return Fault(404, "There is nothing here", "This address leads nowhere.")
        case NotAllowed():
            # Not to be sent again from here: the page may be an earlier visitor's, and the browser another's now.
            to_do = "Open your page afresh and send it from there."
            return Fault(403, title, str(error), _NOTHING_CHANGED, to_do)
        case Refused():
            return Fault(422, title, str(error), _NOTHING_CHANGED)
        case web.HTTPRequestEntityTooLarge():
            happened = (
                f"That is more text than can be taken in: at most {LIMITS['text']:,} characters fit in a box."
            )
            kept = "None of it was kept. If “Draft kept” stood under the box, that much is in it again."
            to_do = "It can be sent in shorter pieces."
            return Fault(413, title, happened, kept, to_do)
        case Unavailable() | Conflict():
            happened = "The place where words are kept cannot be reached just now."
            if not posted:
                to_do = "Open it again in a minute."
                return Fault(503, title, happened, "What was kept before is still kept.", to_do)
            kept = "Nothing of it was stored, so nothing is half done."
            return Fault(
                503, title, happened, kept, "It can be sent again from here, in a minute.", again=True
            )
        case web.HTTPException():
            return Fault(error.status_code, title, "This cannot be answered.", _NOTHING_CHANGED)
        case _:
            happened = "Something went wrong on our side."
            if not posted:
                return Fault(_UNFORESEEN, title, happened, "", "Open it again in a minute.")
            kept = "It may have been kept all the same. If you send it again, it still counts once."
            return Fault(_UNFORESEEN, title, happened, kept, again=True)
