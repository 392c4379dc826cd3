"""Setting up with a file, as `alongside programme apply` and `alongside people import` do it, in two steps.

Step one says what would change, and does it and undoes it to know. Step two does exactly what was shown, or shows
what has changed meanwhile. In between the file stands in the page itself, which no browser keeps, and nowhere else:
the server would have to keep people's addresses for somebody who may never come back.
"""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web

from adapters.setup.faults import Faulty
from adapters.setup.noted import apply_noted, import_noted
from adapters.setup.people_file import WantedPeople, read_people
from adapters.setup.programme import Outcome
from adapters.setup.programme_file import WantedProgramme, read_programme
from adapters.setup.values import plain
from adapters.web import render
from adapters.web.door import Place
from adapters.web.edge import Upload, form_upload, html
from adapters.web.guard import Visitor
from bot.errors import Refused, Unknown
from bot.model import Role
from bot.ports import Tx

LARGEST = 128 * 1024
"""Bytes of a file: some thousand people. With what is around it, it fits twice into a form of ours."""
SHOWN = 100
"""How many mistakes stand on one page."""

_NONE = "Choose a file first."
_TOO_LARGE = f"That is larger than any such file: at most {LARGEST // 1024} KB. Nothing was changed."
_CHANGED = "Something has changed since this was shown, so nothing was done. This is how it is now."
_SAID = {"done": "Done. Whoever is new can be invited from the programme at a glance."}


@dataclass(frozen=True, slots=True)
class Files:
    place: Place

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/programme/files", self.show), web.post("/programme/files", self.act)]

    async def show(self, request: web.Request) -> web.Response:
        who = await self._facilitator(request)
        return self._page(who, done=_SAID.get(request.query.get("said", ""), ""))

    async def act(self, request: web.Request) -> web.Response:
        who = await self._facilitator(request)
        try:
            fields = await self.place.form(request, who)
        except web.HTTPRequestEntityTooLarge:
            return self._page(who, notice=_TOO_LARGE, status=413)
        match fields.get("action"):
            case "see":
                upload, shown = await form_upload(request, "file"), ""
            case "apply":
                upload, shown = _kept(fields), fields.get("shown", "")
            case _:
                raise Unknown("There is nothing here.")
        if upload is None:
            return self._page(who, notice=_NONE, status=422)
        if len(upload.content) > LARGEST:
            return self._page(who, notice=_TOO_LARGE, status=413)
        return await self._answer(who, Upload(_called(upload.name), upload.content), shown)

    async def _answer(self, who: Visitor, upload: Upload, shown: str) -> web.Response:
        try:
            # Apart: nobody else's page waits while a long file is read.
            wanted = await asyncio.to_thread(_read, upload)
            outcome, done = await self._do(who, wanted, shown)
        except Faulty as fault:
            found = render.FileView(upload.name, faults=fault.said[:SHOWN], all=len(fault.said))
            return self._page(who, found, notice=fault.sum, status=422)
        if done:
            raise web.HTTPSeeOther(f"{self.place.base}/programme/files?said=done#said")
        found = render.FileView(
            upload.name,
            changes=outcome.changes,
            notes=[[line.strip() for line in note.split("\n")] for note in outcome.notes],
            kept=urlsafe_b64encode(upload.content).decode(),
            shown=seal(outcome),
        )
        return self._page(who, found, notice=_CHANGED if shown else "", status=409 if shown else 200)

    async def _do(
        self, who: Visitor, wanted: WantedProgramme | WantedPeople, shown: str
    ) -> tuple[Outcome, bool]:
        """What the file changes, and whether it has: only if that is what was shown."""
        found: list[Outcome] = []
        with suppress(_OnlyTried):
            async with self.place.house.store.write() as tx:
                found.append(await self._carry_out(tx, who, wanted))
                if seal(found[0]) != shown:
                    raise _OnlyTried
            return found[0], True
        return found[0], False

    async def _carry_out(self, tx: Tx, who: Visitor, wanted: WantedProgramme | WantedPeople) -> Outcome:
        """About the visitor's own programme alone, whatever the file names."""
        me, now = await tx.people.get(who.reader), self.place.house.now()
        own = await tx.setup.programme_now(me.tenant, me.programme)
        if me.role is not Role.FACILITATOR or own is None:
            raise Unknown("There is nothing here.")
        if isinstance(wanted, WantedProgramme):
            return await apply_noted(tx, wanted, now, me.id, own.programme)
        return await import_noted(tx, own.programme, wanted, now, me.id, fixed=True)

    async def _facilitator(self, request: web.Request) -> Visitor:
        return await self.place.visitor(request, Role.FACILITATOR)

    def _page(
        self,
        who: Visitor,
        found: render.FileView | None = None,
        *,
        notice: str = "",
        done: str = "",
        status: int = 200,
    ) -> web.Response:
        form = render.FormKeys(f"{self.place.base}/programme/files", who.csrf, "")
        largest = LARGEST // 1024
        return html(
            render.files_page(found, form, self.place.base, largest=largest, notice=notice, done=done), status
        )


def seal(outcome: Outcome) -> str:
    """Tells one outcome from any other."""
    return sha256(repr((outcome.changes, outcome.notes)).encode("utf-8", "surrogatepass")).hexdigest()


class _OnlyTried(Exception):
    """Rolls back what was done to see what it would do."""


def _read(upload: Upload) -> WantedProgramme | WantedPeople:
    """Which of the two it is shows by its name, or else by what only a programme's file has."""
    marked = any(mark in upload.content for mark in (b"[organisation]", b"[[module]]"))
    if marked or ".toml" in upload.name.lower():
        return read_programme(upload.content, upload.name)
    return read_people(upload.content, upload.name)


def _kept(fields: dict[str, str]) -> Upload:
    try:
        return Upload(fields.get("name", ""), urlsafe_b64decode(fields.get("kept", "").encode("ascii")))
    except ValueError:
        raise Refused("That form could not be read.") from None


def _called(name: str) -> str:
    """A file's name as a message repeats it: without the way to it, short, and on one line."""
    return plain(name.replace("\\", "/").rpartition("/")[2])[:60] or "The file"
