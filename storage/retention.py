"""Deleting what has been kept as long as was agreed: words, and every row that would say that they are missing.

What stays are numbers: who was asked what and when, the counts of weekly pages, and that a deletion took place.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select

from bot.conversation.state import PairState
from bot.ids import derive
from bot.model import Module
from bot.rows import Deleted, Deletion, Due
from storage import tables as t
from storage.programmes import modules_of
from storage.session import Session

_TENANT: BindParameter[str] = bindparam("tenant")
_PROGRAMME: BindParameter[str] = bindparam("programme")
_BEFORE = bindparam("before", type_=t.Utc())
_g, _w, _x, _m, _t, _l, _d, _k, _c, _p, _v, _a, _o, _n = (
    t.programmes.c,
    t.words.c,
    t.parts.c,
    t.messages.c,
    t.turns.c,
    t.lines.c,
    t.drafts.c,
    t.challenges.c,
    t.calls.c,
    t.people.c,
    t.conversations.c,
    t.pairs.c,
    t.team_rounds.c,
    t.team_answers.c,
)

_PEOPLE = select(_p.id).where(_p.tenant_id == _TENANT, _p.programme_id == _PROGRAMME)
_PAIRS = select(_a.id).where(_a.tenant_id == _TENANT, _a.programme_id == _PROGRAMME)
_OLD_WORDS = (_w.tenant_id == _TENANT, _w.person_id.in_(_PEOPLE), _w.at < _BEFORE)
_OLD_TURNS = (_t.tenant_id == _TENANT, _t.person_id.in_(_PEOPLE), _t.said_at < _BEFORE)

# A part of an answer is gone once none of its words is left.
_EMPTY_PARTS = select(_x.id).where(
    _x.tenant_id == _TENANT,
    _x.person_id.in_(_PEOPLE),
    _x.begun_at < _BEFORE,
    ~select(_m.id)
    .select_from(t.messages.join(t.words, and_(_w.tenant_id == _m.tenant_id, _w.id == _m.id)))
    .where(_m.tenant_id == _TENANT, _w.tenant_id == _TENANT, _m.part_id == _x.id)
    .exists(),
)
_EMPTY_LINES = (_l.tenant_id == _TENANT, _l.part_id.in_(_EMPTY_PARTS))

_STATEMENTS = (
    # What was answered goes with what it answers.
    t.words.delete().where(
        _w.tenant_id == _TENANT,
        _w.id.in_(select(_t.answer_id).where(*_OLD_TURNS, _t.answer_id.is_not(None))),
    ),
    t.turns.delete().where(*_OLD_TURNS),
    t.words.delete().where(*_OLD_WORDS),
    t.words.delete().where(
        _w.tenant_id == _TENANT,
        _w.id.in_(select(_l.reply_id).where(*_EMPTY_LINES, _l.reply_id.is_not(None))),
    ),
    t.lines.delete().where(*_EMPTY_LINES),
    t.messages.delete().where(
        _m.tenant_id == _TENANT,
        _m.person_id.in_(_PEOPLE),
        or_(_m.part_id.in_(_EMPTY_PARTS), and_(_m.part_id.is_(None), _m.at < _BEFORE)),
    ),
    t.parts.delete().where(_x.tenant_id == _TENANT, _x.id.in_(_EMPTY_PARTS)),
    t.drafts.delete().where(_d.tenant_id == _TENANT, _d.person_id.in_(_PEOPLE), _d.at < _BEFORE),
    t.calls.delete().where(_c.tenant_id == _TENANT, _c.person_id.in_(_PEOPLE), _c.asked_at < _BEFORE),
    t.challenges.delete().where(_k.tenant_id == _TENANT, _k.pair_id.in_(_PAIRS), _k.proposed_at < _BEFORE),
    # A pair whose challenge is gone words it anew, if it still goes on.
    t.pairs.update()
    .where(
        _a.tenant_id == _TENANT,
        _a.programme_id == _PROGRAMME,
        _a.state.in_((PairState.PROPOSED.value, PairState.CONFIRMED.value)),
        ~select(_k.version).where(_k.tenant_id == _TENANT, _k.pair_id == _a.id).exists(),
    )
    .values(state=PairState.BOTH.value),
    t.people.update()
    .where(
        _p.tenant_id == _TENANT,
        _p.programme_id == _PROGRAMME,
        _p.words_id.is_not(None),
        ~select(_w.id).where(_w.tenant_id == _TENANT, _w.id == _p.words_id).exists(),
    )
    .values(words_id=None),
    t.posts.delete().where(
        t.posts.c.tenant_id == _TENANT, t.posts.c.person_id.in_(_PEOPLE), t.posts.c.posted_at < _BEFORE
    ),
)

# A team's round goes as a whole, its answers with it: they were given within a day or two of its beginning.
_OLD_ROUNDS = (_o.tenant_id == _TENANT, _o.programme_id == _PROGRAMME, _o.begun_at < _BEFORE)
_OF_OLD_ROUNDS = select(_o.id).where(*_OLD_ROUNDS)
_OLD_ANSWERS = (_n.tenant_id == _TENANT, _n.round_id.in_(_OF_OLD_ROUNDS))
_TEAMS = (
    t.words.delete().where(_w.tenant_id == _TENANT, _w.id.in_(select(_n.id).where(*_OLD_ANSWERS))),
    t.words.delete().where(_w.tenant_id == _TENANT, _w.id.in_(_OF_OLD_ROUNDS)),
    t.team_answers.delete().where(*_OLD_ANSWERS),
    t.team_posts.delete().where(
        t.team_posts.c.tenant_id == _TENANT, t.team_posts.c.round_id.in_(_OF_OLD_ROUNDS)
    ),
    t.team_rounds.delete().where(*_OLD_ROUNDS),
)

# Of the programme's people, or an answer in a channel, which is no person's.
_OF_ANYBODY = or_(
    _w.person_id.in_(_PEOPLE),
    _w.id.in_(
        select(_n.id)
        .select_from(
            t.team_answers.join(t.team_rounds, and_(_o.tenant_id == _n.tenant_id, _o.id == _n.round_id))
        )
        .where(_n.tenant_id == _TENANT, _o.programme_id == _PROGRAMME)
    ),
)
_COUNT = select(func.count(_w.id).label("texts"), func.count(_w.person_id.distinct()).label("people")).where(
    _w.tenant_id == _TENANT, _w.at < _BEFORE, _OF_ANYBODY
)
_WITH_WORDS = (
    select(_w.person_id)
    .distinct()
    .select_from(
        t.words.join(t.conversations, and_(_v.tenant_id == _w.tenant_id, _v.person_id == _w.person_id))
    )
    .where(*_OLD_WORDS)
    .order_by(_w.person_id)
)
_LAST = (
    select(t.deletions)
    .where(t.deletions.c.tenant_id == _TENANT, t.deletions.c.programme_id == _PROGRAMME)
    .order_by(t.deletions.c.done_at.desc())
    .limit(1)
)
_LONGEST = select(func.max(_g.retention_months)).where(_g.tenant_id == _TENANT)
_OLDEST = select(func.min(_w.at)).where(_w.tenant_id == _TENANT, _OF_ANYBODY)


class SqlRetention:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def due(self, row: Due) -> Deletion | None:
        await self._session.enter(row.tenant)
        found = await self._session.one(
            select(_g.deletion_at, _g.deletion_before).where(
                _g.tenant_id == row.tenant, _g.id == row.id, _g.deletion_due_at == row.at
            )
        )
        return None if found is None else Deletion(found.deletion_at, found.deletion_before)

    async def move(self, row: Due, due_at: datetime, to: Deletion) -> bool:
        mine = t.programmes.update().where(
            _g.tenant_id == row.tenant, _g.id == row.id, _g.deletion_due_at == row.at
        )
        change = {"deletion_due_at": due_at, "deletion_at": to.at, "deletion_before": to.before}
        return await self._session.count(mine.values(change)) == 1

    async def with_words(self, tenant: str, programme: str, before: datetime) -> Sequence[str]:
        rows = await self._session.all(_WITH_WORDS, tenant=tenant, programme=programme, before=before)
        return [row.person_id for row in rows]

    async def delete(self, tenant: str, programme: str, before: datetime, now: datetime) -> None:
        which = {"tenant": tenant, "programme": programme, "before": before}
        counted = await self._session.one(_COUNT, **which)
        assert counted is not None
        for statement in (*_STATEMENTS, *_TEAMS):
            await self._session.run(statement, which)
        if counted.texts:
            of = {"tenant_id": tenant, "programme_id": programme}
            at = {"id": derive(programme, "deletion", now.isoformat()), "before_at": before, "done_at": now}
            counts = {"texts": counted.texts, "people": counted.people}
            await self._session.run(t.deletions.insert(), {**of, **at, **counts})

    async def longest(self, tenant: str) -> int:
        row = await self._session.one(_LONGEST, tenant=tenant)
        assert row is not None
        return int(row[0])

    async def modules(self, tenant: str, programme: str) -> Sequence[Module]:
        return await modules_of(self._session, tenant, programme)

    async def last(self, tenant: str, programme: str) -> Deleted | None:
        row = await self._session.one(_LAST, tenant=tenant, programme=programme)
        return None if row is None else Deleted(row.done_at, row.before_at, row.texts, row.people)

    async def oldest(self, tenant: str, programme: str) -> datetime | None:
        row = await self._session.one(_OLDEST, tenant=tenant, programme=programme)
        return None if row is None else row[0]
