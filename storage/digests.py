"""Digests: what a period holds, as ids; and what one facilitator may read of it now.

Consent is asked twice: when a digest is put together, and again each time it is read. A line whose author
has since changed who may see it is not there, and words without names need five people both times.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, select, true, update

from bot.digest.model import THRESHOLD, Beside, Counts, Digest, DigestView, Item, LineView
from bot.errors import Unknown
from bot.ids import derive
from bot.model import Facilitators, Programme, Reader, Role
from bot.rows import DigestSummary, Due
from storage import tables as t
from storage.answers import texts_of
from storage.conversations import has_joined
from storage.programmes import modules_of, programme_of
from storage.session import Session, words_of

_d, _l, _p, _r, _a, _m = t.digests.c, t.lines.c, t.parts.c, t.rounds.c, t.asks.c, t.messages.c

_SHARED_AT = case((_p.facilitators_at > _r.opens_at, _p.facilitators_at), else_=_r.opens_at)
CLOSED_WITH_WORDS = and_(
    _p.closed_at.is_not(None),
    _p.removed_at.is_(None),
    select(_m.id).where(_m.tenant_id == _p.tenant_id, _m.part_id == _p.id, _m.deleted.is_(False)).exists(),
)
_pairs = t.pairs.alias("of_round").c
# What a pair that goes on by itself writes or would share since is nothing for facilitators.
_WENT_ON_AT = (
    select(_pairs.went_on_at)
    .where(_pairs.tenant_id == _r.tenant_id, _pairs.id == _r.pair_id)
    .scalar_subquery()
)
BEFORE_GOING_ON = func.coalesce(_r.opens_at <= _WENT_ON_AT, true())
_PARTS = t.parts.join(t.rounds, and_(_r.tenant_id == _p.tenant_id, _r.id == _p.round_id)).join(
    t.asks,
    and_(_a.tenant_id == _p.tenant_id, _a.round_id == _p.round_id, _a.person_id == _p.person_id),
)

_ITEMS = (
    select(_p.id, _p.person_id, _a.question, _p.facilitators)
    .select_from(_PARTS)
    .where(
        _p.tenant_id == bindparam("tenant"),
        _r.programme_id == bindparam("programme"),
        _p.facilitators != Facilitators.NO.value,
        CLOSED_WITH_WORDS,
        bindparam("from_at", type_=t.Utc()) < _SHARED_AT,
        bindparam("to_at", type_=t.Utc()) >= _SHARED_AT,
        func.coalesce(_SHARED_AT <= _WENT_ON_AT, true()),
    )
    .order_by(_p.id)
)

# Everybody who has joined, asked or not: from a smaller total it could be told that somebody has stopped.
_MEMBERS = (
    select(func.count(t.conversations.c.person_id))
    .select_from(
        t.conversations.join(
            t.people,
            and_(
                t.people.c.tenant_id == t.conversations.c.tenant_id,
                t.people.c.id == t.conversations.c.person_id,
            ),
        )
    )
    .where(
        t.conversations.c.tenant_id == bindparam("tenant"),
        t.people.c.programme_id == bindparam("programme"),
        has_joined(t.conversations),
    )
    .scalar_subquery()
)

_COUNTS = (
    select(
        _MEMBERS.label("people"),
        func.count(_p.person_id.distinct()).label("answered"),
        func.count(case((_p.facilitators == Facilitators.NO.value, _p.id))).label("kept"),
    )
    .select_from(
        t.asks.join(t.rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id)).outerjoin(
            t.parts,
            and_(
                _p.tenant_id == _a.tenant_id,
                _p.round_id == _a.round_id,
                _p.person_id == _a.person_id,
                CLOSED_WITH_WORDS,
            ),
        )
    )
    .where(
        _a.tenant_id == bindparam("tenant"),
        _r.programme_id == bindparam("programme"),
        _a.asked_at.is_not(None),
        _r.opens_at > bindparam("from_at", type_=t.Utc()),
        _r.opens_at <= bindparam("to_at", type_=t.Utc()),
        BEFORE_GOING_ON,
    )
)

# A facilitator reads digests of their own programme, and of no other: the same for every statement below.
OWN = (
    select(t.people.c.programme_id)
    .where(
        t.people.c.tenant_id == bindparam("tenant"),
        t.people.c.id == bindparam("person"),
        t.people.c.role == Role.FACILITATOR.value,
    )
    .scalar_subquery()
)

DIGEST = select(t.digests).where(
    _d.tenant_id == bindparam("tenant"), _d.id == bindparam("digest"), _d.programme_id == OWN
)

_DIGEST_BY_MAIL = (
    select(t.digests)
    .select_from(
        t.digests.join(
            t.programmes,
            and_(t.programmes.c.tenant_id == _d.tenant_id, t.programmes.c.id == _d.programme_id),
        )
    )
    .where(
        _d.tenant_id == bindparam("tenant"),
        _d.id == bindparam("digest"),
        _d.programme_id == OWN,
        t.programmes.c.words_by_mail.is_(True),
    )
)

_SUMMARIES = (
    select(_d.id, _d.from_at, _d.to_at)
    .where(_d.tenant_id == bindparam("tenant"), _d.programme_id == OWN)
    .order_by(_d.to_at.desc())
    .limit(60)
)

STANDS = and_(_p.facilitators == _l.facilitators, _p.removed_at.is_(None))
_reply = t.words.alias("reply")
_LINES = (
    select(
        _l.id,
        _l.part_id,
        _p.person_id,
        _l.theme,
        _l.facilitators,
        case((_l.facilitators == Facilitators.NAMED.value, t.people.c.name), else_="").label("by"),
        case((_l.facilitators == Facilitators.NAMED.value, _p.round_id), else_="").label("round_id"),
        _p.ordinal,
        _a.question,
        _l.module_id,
        *words_of(_reply, "reply_"),
    )
    .select_from(
        t.lines.join(t.digests, and_(_d.tenant_id == _l.tenant_id, _d.id == _l.digest_id))
        .join(t.parts, and_(_p.tenant_id == _l.tenant_id, _p.id == _l.part_id))
        .join(t.people, and_(t.people.c.tenant_id == _p.tenant_id, t.people.c.id == _p.person_id))
        .join(
            t.asks,
            and_(_a.tenant_id == _p.tenant_id, _a.round_id == _p.round_id, _a.person_id == _p.person_id),
        )
        .outerjoin(_reply, and_(_reply.c.tenant_id == _l.tenant_id, _reply.c.id == _l.reply_id))
    )
    .where(
        _l.tenant_id == bindparam("tenant"),
        _l.digest_id == bindparam("digest"),
        _d.programme_id == OWN,
        _l.held.is_(False),
        STANDS,
    )
    .order_by(_l.id)
)

# Only where its author could read it when they chose: a programme's setting says nothing about what was shared before.
_LINES_BY_MAIL = _LINES.where(_p.by_mail.is_(True))
_NOT_BY_MAIL = (
    select(func.count(_l.id))
    .select_from(t.lines.join(t.parts, and_(_p.tenant_id == _l.tenant_id, _p.id == _l.part_id)))
    .where(
        _l.tenant_id == bindparam("tenant"),
        _l.digest_id == bindparam("digest"),
        _l.held.is_(False),
        STANDS,
        _p.by_mail.is_(False),
        CLOSED_WITH_WORDS,
    )
)

_MAILED = (
    t.lines.update()
    .where(
        _l.tenant_id == bindparam("tenant"),
        _l.digest_id == bindparam("of_digest"),
        _l.id.in_(bindparam("lines", expanding=True)),
        _l.mailed_at.is_(None),
    )
    .values(mailed_at=bindparam("now", type_=t.Utc()))
)

_ALL_SHOWN = select(func.count(_l.id)).where(
    _l.tenant_id == bindparam("tenant"), _l.digest_id == bindparam("digest"), _l.held.is_(False)
)

_OPENED = select(_r.id, _r.question).where(
    _r.tenant_id == bindparam("tenant"),
    _r.id.in_(bindparam("rounds", expanding=True)),
    _r.opened_at.is_not(None),
)

_AUTHOR = (
    select(_p.person_id, _l.id, _d.programme_id)
    .select_from(
        t.lines.join(t.digests, and_(_d.tenant_id == _l.tenant_id, _d.id == _l.digest_id)).join(
            t.parts, and_(_p.tenant_id == _l.tenant_id, _p.id == _l.part_id)
        )
    )
    .where(
        _l.tenant_id == bindparam("tenant"),
        _l.id == bindparam("line"),
        _d.programme_id == OWN,
        _l.held.is_(False),
        STANDS,
    )
)


class SqlDigests:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def period(self, due: Due) -> tuple[Programme, datetime] | None:
        await self._session.enter(due.tenant)
        row = await self._session.one(
            select(t.programmes.c.digest_from).where(
                t.programmes.c.tenant_id == due.tenant,
                t.programmes.c.id == due.id,
                t.programmes.c.digest_at == due.at,
            )
        )
        return (
            None if row is None else (await programme_of(self._session, due.tenant, due.id), row.digest_from)
        )

    async def claim(self, due: Due, to_at: datetime, next_at: datetime) -> bool:
        row = update(t.programmes).where(
            t.programmes.c.tenant_id == due.tenant,
            t.programmes.c.id == due.id,
            t.programmes.c.digest_at == due.at,
        )
        return await self._session.count(row.values(digest_from=to_at, digest_at=next_at)) == 1

    async def items(
        self, tenant: str, programme: str, from_at: datetime, to_at: datetime
    ) -> tuple[Sequence[Item], Counts]:
        period = {"tenant": tenant, "programme": programme, "from_at": from_at, "to_at": to_at}
        rows = await self._session.all(_ITEMS, **period)
        counts = await self._session.one(_COUNTS, **period)
        assert counts is not None
        items = [Item(row.id, row.person_id, row.question, Facilitators(row.facilitators)) for row in rows]
        return items, Counts(counts.people, counts.answered, counts.kept, 0)

    async def add(self, digest: Digest) -> None:
        values = {
            "tenant_id": digest.tenant,
            "id": digest.id,
            "programme_id": digest.programme,
            "from_at": digest.from_at,
            "to_at": digest.to_at,
            "question": digest.question,
            "reason": digest.reason,
            "people": digest.counts.people,
            "answered": digest.counts.answered,
            "kept": digest.counts.kept,
            "held": digest.counts.held,
        }
        await self._session.run(t.digests.insert(), values)
        lines = [
            {
                "tenant_id": digest.tenant,
                "id": line.id,
                "digest_id": digest.id,
                "part_id": line.part,
                "theme": line.theme,
                "facilitators": line.facilitators.value,
                "held": line.held,
            }
            for line in digest.lines
        ]
        if lines:
            await self._session.run(t.lines.insert(), lines)

    async def facilitators(self, tenant: str, programme: str) -> Sequence[str]:
        people = t.people.c
        rows = await self._session.all(
            select(people.id)
            .where(
                people.tenant_id == tenant,
                people.programme_id == programme,
                people.role == Role.FACILITATOR.value,
            )
            .order_by(people.id)
        )
        return [row.id for row in rows]

    async def summaries(self, reader: Reader) -> Sequence[DigestSummary]:
        rows = await self._session.all(_SUMMARIES, tenant=reader.tenant, person=reader.person)
        return [DigestSummary(row.id, row.from_at, row.to_at) for row in rows]

    async def view(self, reader: Reader, digest: str) -> DigestView:
        asked = {"tenant": reader.tenant, "person": reader.person, "digest": digest}
        head = await self._session.one(DIGEST, **asked)
        if head is None:
            raise Unknown("There is no such digest.")
        return await self._read(reader, head, await self._session.all(_LINES, **asked), 0)

    async def by_mail(self, reader: Reader, digest: str) -> DigestView | None:
        asked = {"tenant": reader.tenant, "person": reader.person, "digest": digest}
        head = await self._session.one(_DIGEST_BY_MAIL, **asked)
        if head is None:
            return None
        left_out = await self._session.one(_NOT_BY_MAIL, tenant=reader.tenant, digest=digest)
        assert left_out is not None
        return await self._read(reader, head, await self._session.all(_LINES_BY_MAIL, **asked), left_out[0])

    async def mailed(self, reader: Reader, digest: str, lines: Collection[str], now: datetime) -> None:
        which = {"of_digest": digest, "lines": sorted(lines)}
        await self._session.run(_MAILED, {"tenant": reader.tenant, "now": now, **which})

    async def _read(self, reader: Reader, head: Any, rows: Sequence[Any], left_out: int) -> DigestView:
        """The digest with those of its lines that still have words; `left_out` of them are not among the rows."""
        programme = await programme_of(self._session, reader.tenant, head.programme_id)
        modules = {
            module.id: module for module in await modules_of(self._session, reader.tenant, programme.id)
        }
        texts = await texts_of(self._session, reader.tenant, [row.part_id for row in rows])
        rows = [row for row in rows if texts.get(row.part_id)]
        standing = len(rows)
        # Counted last, after everything that takes a line away.
        if len({row.person_id for row in rows if row.facilitators == Facilitators.UNNAMED.value}) < THRESHOLD:
            rows = [row for row in rows if row.facilitators != Facilitators.UNNAMED.value]
        nameable = _nameable(rows)
        shown = await self._session.one(_ALL_SHOWN, tenant=reader.tenant, digest=head.id)
        assert shown is not None
        lines = [
            LineView(
                id=row.id,
                text=texts[row.part_id],
                theme=row.theme,
                by=row.by,
                taken_to=modules[row.module_id].called if row.module_id else "",
                reply=self._session.text(reader.tenant, row, "reply_") or "",
                question=row.question if row.by or row.question in nameable else "",
                added=row.ordinal > 0,
            )
            for row in rows
        ]
        later = [module for module in modules.values() if module.starts_on >= head.to_at.date()]
        return DigestView(
            id=head.id,
            programme_title=programme.title,
            zone=programme.zone,
            from_at=head.from_at,
            to_at=head.to_at,
            next_module=later[0].called if later else "",
            question=head.question,
            reason=head.reason,
            counts=Counts(head.people, head.answered, head.kept, head.held + standing - len(lines)),
            taken_back=shown[0] - standing - left_out,
            lines=tuple(lines),
            beside=await self._beside(reader, rows, texts),
            left_out=left_out,
        )

    async def take(self, reader: Reader, line: str, now: datetime) -> tuple[str, str] | None:
        """Mark a line for the next module; its author and the module, or None if there is neither."""
        found = await self._session.one(_AUTHOR, tenant=reader.tenant, person=reader.person, line=line)
        if found is None:
            raise Unknown("There is no such line.")
        modules = await modules_of(self._session, reader.tenant, found.programme_id)
        later = [module for module in modules if module.starts_on >= now.date()]
        if not later:
            return None
        row = update(t.lines).where(_l.tenant_id == reader.tenant, _l.id == line, _l.taken_at.is_(None))
        if not await self._session.count(row.values(taken_at=now, module_id=later[0].id)):
            return None
        return found.person_id, later[0].id

    async def reply(self, reader: Reader, line: str, text: str, now: datetime) -> str | None:
        """Answer a line once; its author, or None if it has been answered."""
        found = await self._session.one(_AUTHOR, tenant=reader.tenant, person=reader.person, line=line)
        if found is None:
            raise Unknown("There is no such line.")
        words = derive(line, "reply")
        row = update(t.lines).where(_l.tenant_id == reader.tenant, _l.id == line, _l.reply_id.is_(None))
        if not await self._session.count(row.values(reply_id=words, replied_at=now)):
            return None
        await self._session.keep_words(reader.tenant, words, reader.person, text, now)
        return str(found.person_id)

    async def _beside(self, reader: Reader, rows: Sequence[Any], texts: dict[str, str]) -> tuple[Beside, ...]:
        answers: dict[tuple[str, str], list[Any]] = {}
        for row in rows:
            if row.round_id and row.ordinal == 0:
                answers.setdefault((row.round_id, row.question), []).append(row)
        pairs = {round_id: two for (round_id, _), two in answers.items() if len(two) == 2}
        if not pairs:
            return ()
        opened = await self._session.all(_OPENED, tenant=reader.tenant, rounds=list(pairs))
        found = []
        for row in opened:
            one, two = sorted(pairs[row.id], key=lambda each: each.by)
            found.append(Beside(row.question, texts[one.part_id], one.by, texts[two.part_id], two.by))
        return tuple(found)


def _nameable(rows: Sequence[Any]) -> frozenset[str]:
    """The questions that may stand at a line without a name: of fewer people they would tell whose it is."""
    people: dict[str, set[str]] = {}
    for row in rows:
        if row.facilitators == Facilitators.UNNAMED.value:
            people.setdefault(row.question, set()).add(row.person_id)
    return frozenset(question for question, who in people.items() if len(who) >= THRESHOLD)
