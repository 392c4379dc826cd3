"""Answers: parts, the messages they are made of, and who may see each part.

The newest event of a message wins, in whichever order its original, edits and deletion arrive. Sharing and
taking back hold the round's lock, so each falls on exactly one side of the opening.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)

from bot.conversation.events import Amend, BeginPart, Choice, Keep
from bot.ids import derive
from bot.model import Facilitators, Reader
from bot.rows import Draft
from storage import tables as t
from storage.session import Session, insert, words_of

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

_recent = t.parts.alias()
_asked_lately = (
    select(_recent.c.id)
    .where(
        _recent.c.tenant_id == bindparam("tenant"),
        _recent.c.person_id == bindparam("person"),
        _recent.c.ordinal == 1,
    )
    .order_by(_recent.c.begun_at.desc())
    .limit(6)
)

# One part with its words, and without any words the follow-ups that were asked last: the newest first.
_DRAFT = (
    select(_p.id, _p.ordinal, _p.prompt, _p.quote_start, *words_of())
    .select_from(
        t.parts.outerjoin(
            t.messages,
            and_(
                _m.tenant_id == _p.tenant_id,
                _m.part_id == _p.id,
                _p.id == bindparam("part"),
                _p.removed_at.is_(None),
                _m.deleted.is_(False),
            ),
        ).outerjoin(t.words, and_(t.words.c.tenant_id == _m.tenant_id, t.words.c.id == _m.id))
    )
    .where(
        _p.tenant_id == bindparam("tenant"),
        _p.person_id == bindparam("person"),
        or_(_p.id == bindparam("part"), _p.id.in_(_asked_lately)),
    )
    .order_by(_p.begun_at.desc(), _m.sent_at, _m.id)
)

# ---- what changes a part: always its author's, and never one that they took away

# Begun again, a part that was taken away starts afresh: what is written in it now is not taken away.
_begun = insert(t.parts)
_BEGIN = _begun.on_conflict_do_update(
    index_elements=["tenant_id", "id"],
    set_={"removed_at": None, "opened": False, "in_chats": False},
    where=t.parts.c.removed_at.is_not(None),
)

_mine = and_(
    _p.tenant_id == bindparam("tenant"),
    _p.person_id == bindparam("person"),
    _p.id == bindparam("part"),
    _p.removed_at.is_(None),
)

_NOW = bindparam("now", type_=t.Utc())

_CLOSE = t.parts.update().where(_mine, _p.closed_at.is_(None)).values(closed_at=_NOW)

_itself = _p.id == bindparam("part")
_answer = t.parts.alias()
_round_of_answer = select(_answer.c.round_id).where(
    _answer.c.tenant_id == bindparam("tenant"),
    _answer.c.person_id == bindparam("person"),
    _answer.c.id == bindparam("part"),
    _answer.c.ordinal == 0,
    _answer.c.removed_at.is_(None),
)

# A follow-up to an answer that reads differently quoted words that may be gone: it asks without them now.
_CHANGE = (
    t.parts.update()
    .where(
        _p.tenant_id == bindparam("tenant"),
        _p.person_id == bindparam("person"),
        or_(and_(_itself, _p.removed_at.is_(None)), and_(_p.ordinal == 1, _p.round_id.in_(_round_of_answer))),
    )
    .values(
        changed_at=case((_itself, _NOW), else_=_p.changed_at),
        quote_start=case((_itself, _p.quote_start), else_=null()),
        quote_end=case((_itself, _p.quote_end), else_=null()),
    )
)

_REMOVE = (
    t.parts.update()
    .where(_mine)
    # What is still being written is emptied, not ended: what comes next in it must not be swallowed.
    .values(
        removed_at=case((_p.closed_at.is_not(None), _NOW), else_=null()),
        partner_at=None,
        in_chats=False,
        facilitators=Facilitators.NO.value,
        facilitators_at=None,
        by_mail=False,
    )
)

# The moment of a choice is kept while it stands: saying it again does not make it later. Null changes nothing.
# Cast, because PostgreSQL cannot tell what kind of nothing a null by itself is.
_partner = cast(bindparam("partner", type_=Boolean()), Boolean)
_facilitators = cast(bindparam("facilitators_", type_=String()), String)
_chats = cast(bindparam("chats", type_=Boolean()), Boolean)
_by_mail = cast(bindparam("by_mail_", type_=Boolean()), Boolean)
_SHARE = (
    t.parts.update()
    .where(_mine)
    .values(
        partner_at=case(
            (_partner.is_(None), _p.partner_at),
            (_partner.is_(True), func.coalesce(_p.partner_at, _NOW)),
            else_=null(),
        ),
        in_chats=case((_partner.is_(None), _p.in_chats), else_=and_(_partner.is_(True), _chats.is_(True))),
        facilitators=func.coalesce(_facilitators, _p.facilitators),
        facilitators_at=case(
            (_facilitators.is_(None), _p.facilitators_at),
            (_facilitators == Facilitators.NO.value, null()),
            (_p.facilitators == _facilitators, func.coalesce(_p.facilitators_at, _NOW)),
            else_=_NOW,
        ),
        by_mail=case((_facilitators.is_(None), _p.by_mail), else_=_by_mail),
    )
)

_shared = and_(
    _p.tenant_id == bindparam("tenant"),
    _p.person_id == bindparam("person"),
    or_(_p.partner_at.is_not(None), _p.facilitators != Facilitators.NO.value),
)
_WITHDRAW_ALL = (
    t.parts.update()
    .where(_shared)
    .values(
        partner_at=None,
        in_chats=False,
        facilitators=Facilitators.NO.value,
        facilitators_at=None,
        by_mail=False,
    )
)


# A weekly page to come begins where the last one ended; what stood before that has been shown, or never will be.
_ahead = (
    select(t.rounds.c.id)
    .select_from(
        t.rounds.join(
            t.programmes,
            and_(
                t.programmes.c.tenant_id == t.rounds.c.tenant_id, t.programmes.c.id == t.rounds.c.programme_id
            ),
        )
    )
    .where(
        t.rounds.c.tenant_id == _p.tenant_id,
        t.rounds.c.id == _p.round_id,
        or_(
            _p.facilitators_at > t.programmes.c.digest_from, t.rounds.c.opens_at > t.programmes.c.digest_from
        ),
    )
    .exists()
)
_WITHDRAW_AHEAD = (
    t.parts.update()
    .where(
        _p.tenant_id == bindparam("tenant"),
        _p.person_id == bindparam("person"),
        or_(_shared, _p.closed_at.is_(None)),
    )
    .values(
        closed_at=func.coalesce(_p.closed_at, _NOW),
        partner_at=case((_p.opened.is_(True), _p.partner_at), else_=null()),
        facilitators=case((_ahead, Facilitators.NO.value), else_=_p.facilitators),
        facilitators_at=case((_ahead, null()), else_=_p.facilitators_at),
    )
)


def _locks(rounds: Select[tuple[str]]) -> Update:
    mine = t.rounds.update().where(t.rounds.c.tenant_id == bindparam("tenant"), t.rounds.c.id.in_(rounds))
    return mine.values(revision=t.rounds.c.revision + 1)


_LOCK = _locks(
    select(_p.round_id).where(
        _p.tenant_id == bindparam("tenant"),
        _p.person_id == bindparam("person"),
        _p.id.in_(bindparam("parts", expanding=True)),
    )
)
_LOCK_SHARED = _locks(select(_p.round_id).where(_shared))

# ---- the messages that a part is made of

_ADD = t.messages.insert()

_AMEND = (
    t.messages.update()
    .where(
        _m.tenant_id == bindparam("tenant"),
        _m.person_id == bindparam("person"),
        _m.id == bindparam("source"),
        _m.at <= bindparam("newest"),
        _m.deleted.is_(False),
    )
    .values(at=bindparam("newest"), deleted=bindparam("gone"))
)

_here = and_(
    _m.tenant_id == bindparam("tenant"),
    _m.person_id == bindparam("person"),
    _m.part_id == bindparam("part"),
)
_BURY_ALL = t.messages.update().where(_here).values(deleted=True)

# One new message in the place of all that were there; those stay as tombstones, so that a late edit finds them.
_new = select(
    bindparam("tenant", type_=String()).label("tenant_id"),
    bindparam("source", type_=String()).label("id"),
    bindparam("person", type_=String()).label("person_id"),
    bindparam("part", type_=String()).label("part_id"),
    _NOW.label("sent_at"),
    _NOW.label("at"),
    false().label("deleted"),
)
_old = select(_m.tenant_id, _m.id, _m.person_id, _m.part_id, _m.sent_at, _m.at, true().label("deleted"))
_all = union_all(_new, _old.where(_here, _m.id != bindparam("source")))
_replaced = insert(t.messages).from_select(list(_new.selected_columns.keys()), _all)
_REPLACE = _replaced.on_conflict_do_update(
    index_elements=["tenant_id", "id"], set_={"deleted": _replaced.excluded.deleted}
)

_FORGET_ALL = t.words.delete().where(
    t.words.c.tenant_id == bindparam("tenant"), t.words.c.id.in_(select(_m.id).where(_here))
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
        values = {
            "tenant_id": reader.tenant,
            "id": part.part,
            "round_id": part.round,
            "person_id": reader.person,
            "ordinal": part.ordinal,
            "prompt": part.prompt,
            "quote_start": start,
            "quote_end": end,
            "begun_at": now,
            "facilitators": Facilitators.NO.value,
            "by_mail": False,
            "opened": False,
            "in_chats": False,
        }
        await self._session.run(_BEGIN, values)

    async def keep(self, reader: Reader, message: Keep) -> None:
        await self._add(reader, message.source, message.part, message.at)
        await self._session.keep_words(reader.tenant, message.source, reader.person, message.text, message.at)

    async def amend(self, reader: Reader, message: Amend, now: datetime) -> None:
        change = {"source": message.source, "newest": message.at, "gone": message.text is None}
        if not await self._session.count(_AMEND, **_of(reader), **change):
            return
        if message.text is None:
            await self._session.forget_words(reader.tenant, [message.source])
        else:
            await self._session.keep_words(
                reader.tenant, message.source, reader.person, message.text, message.at
            )
        await self._session.run(_CHANGE, {**_of(reader), "part": message.part, "now": now})

    async def bury(self, reader: Reader, source: str, at: datetime) -> None:
        await self._add(reader, source, None, at, deleted=True)

    async def close(self, reader: Reader, part: str, now: datetime) -> None:
        await self._session.run(_CLOSE, {**_of(reader), "part": part, "now": now})

    async def rewrite(self, reader: Reader, part: str, text: str | None, now: datetime) -> bool:
        here = {**_of(reader), "part": part}
        if not await self._session.count(_CHANGE, **here, now=now):
            return False
        await self._session.run(_FORGET_ALL, here)
        if text is None:
            await self._session.run(_BURY_ALL, here)
            await self._session.run(_REMOVE, {**here, "now": now})
        else:
            source = derive(part, "rewritten", now.isoformat())
            await self._session.run(_REPLACE, {**here, "source": source, "now": now})
            await self._session.keep_words(reader.tenant, source, reader.person, text, now)
        return True

    async def draft(self, reader: Reader, part: str) -> Draft:
        rows = await self._session.all(_DRAFT, **_of(reader), part=part)
        texts = [self._session.text(reader.tenant, row) for row in rows if row.id == part]
        recent = [row for row in rows if row.id != part]
        quoted = 0
        for row in recent:
            if row.quote_start is None:
                break
            quoted += 1
        prompts = tuple(row.prompt for row in reversed(recent))
        return Draft("\n\n".join(text for text in texts if text is not None), prompts, quoted)

    async def _add(
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
        await self._session.run(_ADD, values)


class SqlShares:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, reader: Reader, parts: Collection[str]) -> None:
        await self._session.run(_LOCK, {**_of(reader), "parts": sorted(parts)})

    async def share(self, reader: Reader, part: str, choice: Choice, now: datetime) -> None:
        facilitators = None if choice.facilitators is None else choice.facilitators.value
        told = choice.by_mail and choice.facilitators is not Facilitators.NO
        chosen = {
            "partner": choice.partner,
            "chats": choice.chats,
            "facilitators_": facilitators,
            "by_mail_": told,
        }
        await self._session.run(_SHARE, {**_of(reader), "part": part, "now": now, **chosen})

    async def withdraw_all(self, reader: Reader, now: datetime) -> None:
        await self._session.run(_LOCK_SHARED, _of(reader))
        await self._session.run(_WITHDRAW_ALL, _of(reader))

    async def withdraw_ahead(self, reader: Reader, now: datetime) -> None:
        await self._session.run(_LOCK_SHARED, _of(reader))
        await self._session.run(_WITHDRAW_AHEAD, {**_of(reader), "now": now})


def _of(reader: Reader) -> dict[str, str]:
    return {"tenant": reader.tenant, "person": reader.person}
