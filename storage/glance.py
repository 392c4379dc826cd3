"""A programme at a glance, for its facilitators: who takes part, as numbers of a pair, and nothing of what was written.

Participation is read only of rounds whose opening has come, and of both of a pair together. Whether somebody has
paused or stopped is not read here, and follows from nothing that is.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select

from bot.conversation.state import PairState, RoundState
from bot.digest.model import THRESHOLD, Counts, DigestNumbers
from bot.errors import Unknown
from bot.model import CHATS, Facilitators, Platform, Reader, Role
from bot.rows import Glance, GlancePair, GlancePerson, Week
from bot.when import after_last
from storage import tables as t
from storage.announcements import SqlAnnouncements
from storage.conversations import has_joined, has_left
from storage.digests import BEFORE_GOING_ON, CLOSED_WITH_WORDS, DIGEST, OWN, STANDS
from storage.programmes import modules_of, programme_of
from storage.session import Session

_g, _p, _v, _r, _x = t.pairs.c, t.people.c, t.conversations.c, t.rounds.c, t.parts.c
_TENANT: BindParameter[str] = bindparam("tenant")

_PROGRAMME = select(OWN.label("programme"))

_PAIRS = (
    select(_g.id, _g.one_id, _g.two_id, _g.held_at)
    .where(_g.tenant_id == _TENANT, _g.programme_id == OWN, _g.state != PairState.ENDED.value)
    .order_by(_g.id)
)

_CHAT = (
    select(func.min(t.accounts.c.platform))
    .where(
        t.accounts.c.tenant_id == _p.tenant_id,
        t.accounts.c.person_id == _p.id,
        t.accounts.c.platform.in_(sorted(CHATS)),
    )
    .scalar_subquery()
)

_PEOPLE = (
    select(
        _p.id,
        _p.name,
        _p.role,
        _p.email,
        has_joined(t.conversations).label("joined"),
        has_left(t.conversations).label("left"),
        _CHAT.label("chat"),
        _p.lost_chat,
        _p.lost_at,
    )
    .select_from(
        t.people.outerjoin(t.conversations, and_(_v.tenant_id == _p.tenant_id, _v.person_id == _p.id))
    )
    .where(_p.tenant_id == _TENANT, _p.programme_id == OWN, _p.role != Role.FORMER.value)
    .order_by(_p.name, _p.id)
)

# Whether somebody was asked is not read: a smaller number would tell that somebody has paused or stopped.
_WEEKS = (
    select(_r.pair_id, _r.opens_at, _r.closing, func.count(_x.person_id.distinct()).label("answered"))
    .select_from(
        t.rounds.outerjoin(
            t.parts, and_(_x.tenant_id == _r.tenant_id, _x.round_id == _r.id, CLOSED_WITH_WORDS)
        )
    )
    .where(
        _r.tenant_id == _TENANT,
        _r.programme_id == OWN,
        _r.state.in_((RoundState.OPENED.value, RoundState.NOT_OPENED.value)),
        BEFORE_GOING_ON,
    )
    .group_by(_r.id, _r.pair_id, _r.opens_at, _r.closing)
    .order_by(_r.opens_at)
)


_l, _m, _w = t.lines.c, t.messages.c, t.words.c
_HAS_WORDS = (
    select(_m.id)
    .select_from(t.messages.join(t.words, and_(_w.tenant_id == _m.tenant_id, _w.id == _m.id)))
    .where(_m.tenant_id == _x.tenant_id, _m.part_id == _x.id, _m.deleted.is_(False))
    .exists()
)
# What a page shows by the rules of storage/digests.py, as ids.
_LINES = (
    select(
        _l.facilitators,
        _x.person_id,
        or_(_l.module_id.is_not(None), _l.reply_id.is_not(None)).label("settled"),
        and_(STANDS, _HAS_WORDS).label("stands"),
    )
    .select_from(
        t.lines.join(
            t.digests, and_(t.digests.c.tenant_id == _l.tenant_id, t.digests.c.id == _l.digest_id)
        ).join(t.parts, and_(_x.tenant_id == _l.tenant_id, _x.id == _l.part_id))
    )
    .where(
        _l.tenant_id == _TENANT,
        _l.digest_id == bindparam("digest"),
        t.digests.c.programme_id == OWN,
        _l.held.is_(False),
    )
)


class SqlGlance:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def glance(self, reader: Reader) -> Glance:
        who = {"tenant": reader.tenant, "person": reader.person}
        own = await self._session.one(_PROGRAMME, **who)
        if own is None or own.programme is None:
            raise Unknown("There is nothing here.")
        programme = await programme_of(self._session, reader.tenant, own.programme)
        modules = await modules_of(self._session, reader.tenant, own.programme)
        weeks: dict[str, list[Week]] = defaultdict(list)
        ended = set()
        for row in await self._session.all(_WEEKS, **who):
            weeks[row.pair_id].append(Week(row.opens_at, row.answered))
            if row.closing and after_last(modules, row.opens_at, programme.zone):
                ended.add(row.pair_id)
        pairs = await self._session.all(_PAIRS, **who)
        rows = await self._session.all(_PEOPLE, **who)
        left = {row.id for row in rows if row.left}
        paired = {
            each for row in pairs for each in (row.one_id, row.two_id) if not left & {row.one_id, row.two_id}
        }
        people = {row.id: _person(row, free=row.id not in paired) for row in rows}
        return Glance(
            programme=programme,
            modules=modules,
            pairs=tuple(
                GlancePair(
                    row.id,
                    people[row.one_id],
                    people[row.two_id],
                    tuple(weeks[row.id]),
                    held=row.held_at is not None,
                    ended=row.id in ended,
                )
                for row in pairs
            ),
            people=tuple(people.values()),
            announced=await SqlAnnouncements(self._session).of(reader.tenant, programme.id),
        )

    async def numbers(self, reader: Reader, digest: str) -> DigestNumbers:
        asked = {"tenant": reader.tenant, "person": reader.person, "digest": digest}
        head = await self._session.one(DIGEST, **asked)
        if head is None:
            raise Unknown("There is no such digest.")
        programme = await programme_of(self._session, reader.tenant, head.programme_id)
        rows = await self._session.all(_LINES, **asked)
        shown = standing = [row for row in rows if row.stands]
        unnamed = {row.person_id for row in standing if row.facilitators == Facilitators.UNNAMED.value}
        if len(unnamed) < THRESHOLD:
            shown = [row for row in standing if row.facilitators != Facilitators.UNNAMED.value]
        return DigestNumbers(
            id=head.id,
            programme_title=programme.title,
            zone=programme.zone,
            from_at=head.from_at,
            to_at=head.to_at,
            counts=Counts(head.people, head.answered, head.kept, head.held + len(standing) - len(shown)),
            lines=len(shown),
            waiting=sum(not row.settled for row in shown),
            taken_back=len(rows) - len(standing),
        )


def _person(row: Any, *, free: bool) -> GlancePerson:
    role = Role(row.role)
    return GlancePerson(
        id=row.id,
        name=row.name,
        role=role,
        joined=role is not Role.MEMBER or bool(row.joined),
        left=bool(row.left),
        has_address=row.email is not None,
        free=role is Role.MEMBER and free and not row.left,
        chat=Platform(row.chat) if row.chat else None,
        lost_at=row.lost_at,
        lost_with=row.lost_chat == "everybody",
    )
