"""Answers: parts, the messages they are made of, and who may see each part.

The newest event of a message wins, in whichever order its original, edits and deletion arrive. Sharing and
taking back hold the round's lock, so each falls on exactly one side of the opening.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, Update, and_, bindparam, case, func, null, or_, select

from bot.conversation.events import Amend, BeginPart, Choice, Keep
from bot.ids import derive
from bot.model import Facilitators, Reader
from bot.ports import Draft
from storage import tables as t
from storage.session import Session, words_of

_p, _m = t.parts.c, t.messages.c

_TEXTS = (
    select(_m.part_id, _m.sent_at, *words_of())
    .select_from(
        t.messages.join(t.words, and_(t.words.c.tenant_id == _m.tenant_id, t.words.c.id == _m.id)).join(
            t.parts, and_(_p.tenant_id == _m.tenant_id, _p.id == _m.part_id)
        )
    )
    .where(
        _m.tenant_id == bindparam("tenant"),
        _m.part_id.in_(bindparam("parts", expanding=True)),
        _m.deleted.is_(False),
        _p.removed_at.is_(None),
    )
    .order_by(_m.sent_at, _m.id)
)

_RECENT = (
    select(_p.prompt, _p.quote_start)
    .where(_p.tenant_id == bindparam("tenant"), _p.person_id == bindparam("person"), _p.ordinal == 1)
    .order_by(_p.begun_at.desc())
    .limit(6)
)

_NAMES = (
    select(t.people.c.name)
    .select_from(t.people)
    .where(
        t.people.c.tenant_id == bindparam("tenant"),
        t.people.c.programme_id.in_(
            select(t.people.c.programme_id).where(
                t.people.c.tenant_id == bindparam("tenant"), t.people.c.id == bindparam("person")
            )
        ),
    )
)


async def texts_of(session: Session, tenant: str, parts: Sequence[str]) -> dict[str, str]:
    """The words of parts that the caller has already filtered by reader and consent, by part id."""
    if not parts:
        return {}
    found: dict[str, list[str]] = {}
    for row in await session.all(_TEXTS, tenant=tenant, parts=list(parts)):
        text = session.text(tenant, row)
        if text is not None:
            found.setdefault(row.part_id, []).append(text)
    return {part: "\n\n".join(texts) for part, texts in found.items()}


class SqlAnswers:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def begin(self, reader: Reader, part: BeginPart, now: datetime) -> None:
        start, end = part.quote or (None, None)
        row = self._session.insert(t.parts).values(
            tenant_id=reader.tenant,
            id=part.part,
            round_id=part.round,
            person_id=reader.person,
            ordinal=part.ordinal,
            prompt=part.prompt,
            quote_start=start,
            quote_end=end,
            begun_at=now,
            facilitators=Facilitators.NO.value,
            opened=False,
        )
        await self._session.run(row.on_conflict_do_nothing())

    async def keep(self, reader: Reader, message: Keep) -> None:
        await self._insert(reader, message.source, message.part, message.at)
        await self._session.keep_words(reader.tenant, message.source, reader.person, message.text, message.at)

    async def amend(self, reader: Reader, message: Amend, now: datetime) -> None:
        mine = t.messages.update().where(
            _m.tenant_id == reader.tenant,
            _m.person_id == reader.person,
            _m.id == message.source,
            _m.at <= message.at,
            _m.deleted.is_(False),
        )
        if not await self._session.count(mine.values(at=message.at, deleted=message.text is None)):
            return
        if message.text is None:
            await self._session.forget_words(reader.tenant, [message.source])
        else:
            await self._session.keep_words(
                reader.tenant, message.source, reader.person, message.text, message.at
            )
        await self._session.run(self._mine(reader, message.part).values(changed_at=now))
        await self._unquote(reader, message.part)

    async def bury(self, reader: Reader, source: str, at: datetime) -> None:
        await self._insert(reader, source, None, at, deleted=True)

    async def close(self, reader: Reader, part: str, now: datetime) -> None:
        await self._session.run(self._mine(reader, part).where(_p.closed_at.is_(None)).values(closed_at=now))

    async def rewrite(self, reader: Reader, part: str, text: str | None, now: datetime) -> bool:
        gone = {"removed_at": now, "partner_at": None, "facilitators": "no", "facilitators_at": None}
        change = {"changed_at": now} | (gone if text is None else {})
        if not await self._session.count(self._mine(reader, part).values(change)):
            return False
        here = and_(_m.tenant_id == reader.tenant, _m.person_id == reader.person, _m.part_id == part)
        rows = await self._session.all(select(_m.id).where(here))
        await self._session.run(t.messages.update().where(here).values(deleted=True))
        await self._session.forget_words(reader.tenant, [row.id for row in rows])
        await self._unquote(reader, part)
        if text is not None:
            source = derive(part, "rewritten", now.isoformat())
            await self.keep(reader, Keep(part, source, text, now))
        return True

    async def draft(self, reader: Reader, part: str) -> Draft:
        recent = await self._session.all(_RECENT, tenant=reader.tenant, person=reader.person)
        names = await self._session.all(_NAMES, tenant=reader.tenant, person=reader.person)
        own = await self._session.one(
            select(_p.id).where(_p.tenant_id == reader.tenant, _p.person_id == reader.person, _p.id == part)
        )
        texts = await texts_of(self._session, reader.tenant, [part]) if own else {}
        quoted = 0
        for row in recent:
            if row.quote_start is None:
                break
            quoted += 1
        pieces = {piece for row in names for piece in (row.name, *row.name.split()) if len(piece) > 1}
        prompts = tuple(row.prompt for row in reversed(recent))
        return Draft(texts.get(part, ""), prompts, quoted, frozenset(pieces))

    # ---- below: how it is done

    def _mine(self, reader: Reader, part: str) -> Update:
        return t.parts.update().where(
            _p.tenant_id == reader.tenant,
            _p.person_id == reader.person,
            _p.id == part,
            _p.removed_at.is_(None),
        )

    async def _insert(
        self, reader: Reader, source: str, part: str | None, at: datetime, *, deleted: bool = False
    ) -> None:
        values = {
            "tenant_id": reader.tenant,
            "id": source,
            "person_id": reader.person,
            "part_id": part,
            "sent_at": at,
            "at": at,
            "deleted": deleted,
        }
        await self._session.run(t.messages.insert(), values)

    async def _unquote(self, reader: Reader, part: str) -> None:
        # The follow-up quoted words that may be gone: from now on it asks without its quotation.
        other = t.parts.alias()
        same_round = select(other.c.round_id).where(
            other.c.tenant_id == reader.tenant, other.c.id == part, other.c.ordinal == 0
        )
        follow_up = t.parts.update().where(
            _p.tenant_id == reader.tenant,
            _p.person_id == reader.person,
            _p.ordinal == 1,
            _p.round_id.in_(same_round),
        )
        await self._session.run(follow_up.values(quote_start=None, quote_end=None))


class SqlShares:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, reader: Reader, part: str) -> None:
        theirs = select(_p.round_id).where(
            _p.tenant_id == reader.tenant, _p.person_id == reader.person, _p.id == part
        )
        await self._lock(reader, theirs)

    async def share(self, reader: Reader, part: str, choice: Choice, now: datetime) -> None:
        # The moment of a choice is kept while it stands: saying it again does not make it later.
        change: dict[str, object] = {}
        if choice.partner is not None:
            since = func.coalesce(_p.partner_at, bindparam("now", type_=t.Utc()))
            change["partner_at"] = since if choice.partner else null()
        if choice.facilitators is not None:
            stands = and_(_p.facilitators == choice.facilitators.value, _p.facilitators_at.is_not(None))
            at = case((stands, _p.facilitators_at), else_=bindparam("now", type_=t.Utc()))
            change["facilitators"] = choice.facilitators.value
            change["facilitators_at"] = null() if choice.facilitators is Facilitators.NO else at
        mine = t.parts.update().where(
            _p.tenant_id == reader.tenant,
            _p.person_id == reader.person,
            _p.id == part,
            _p.removed_at.is_(None),
        )
        await self._session.run(mine.values(change), {"now": now})

    async def withdraw_all(self, reader: Reader, now: datetime) -> None:
        shared = or_(_p.partner_at.is_not(None), _p.facilitators != Facilitators.NO.value)
        mine = and_(_p.tenant_id == reader.tenant, _p.person_id == reader.person, shared)
        await self._lock(reader, select(_p.round_id).where(mine))
        change = t.parts.update().where(mine)
        await self._session.run(
            change.values(partner_at=None, facilitators=Facilitators.NO.value, facilitators_at=None)
        )

    async def _lock(self, reader: Reader, rounds: Select[tuple[str]]) -> None:
        row = t.rounds.update().where(t.rounds.c.tenant_id == reader.tenant, t.rounds.c.id.in_(rounds))
        await self._session.run(row.values(revision=t.rounds.c.revision + 1))
