"""Erasing somebody: their words, their name, and every row by which either could be found again.

What stays is empty: that there was a person, in which pair, asked what and when, and the counts of past digests.
Removing somebody who facilitated takes every way in and keeps the name, for what was noted of them.
"""

from datetime import datetime

from sqlalchemy import BindParameter, bindparam, or_, select

from bot.conversation.state import PairState, Standing, State
from bot.model import Facilitators, Reader, Role
from storage import tables as t
from storage.session import Session

_TENANT: BindParameter[str] = bindparam("tenant")
_ME: BindParameter[str] = bindparam("person")
_NOW = bindparam("now", type_=t.Utc())
_p, _l, _w, _t = t.parts.c, t.lines.c, t.words.c, t.turns.c

_PARTS = select(_p.id).where(_p.tenant_id == _TENANT, _p.person_id == _ME)
_LINES = (_l.tenant_id == _TENANT, _l.part_id.in_(_PARTS))
_ROUNDS = select(t.asks.c.round_id).where(t.asks.c.tenant_id == _TENANT, t.asks.c.person_id == _ME)
_MINE = {
    table: (table.c.tenant_id == _TENANT, table.c.person_id == _ME)
    for table in (
        t.messages,
        t.drafts,
        t.posts,
        t.outbox,
        t.sessions,
        t.links,
        t.accounts,
        t.consents,
        t.calls,
    )
}
_PAIRS = select(t.pairs.c.id).where(
    t.pairs.c.tenant_id == _TENANT, or_(t.pairs.c.one_id == _ME, t.pairs.c.two_id == _ME)
)
# Whoever is reached in a chat may have answered there with others; no two platforms name somebody alike.
_ACCOUNTS = select(t.accounts.c.external).where(
    t.accounts.c.tenant_id == _TENANT, t.accounts.c.person_id == _ME
)
_ANSWERS = (t.team_answers.c.tenant_id == _TENANT, t.team_answers.c.account.in_(_ACCOUNTS))
_STATEMENTS = (
    t.words.delete().where(_w.tenant_id == _TENANT, _w.id.in_(select(t.team_answers.c.id).where(*_ANSWERS))),
    t.team_answers.delete().where(*_ANSWERS),
    t.team_rounds.update()
    .where(t.team_rounds.c.tenant_id == _TENANT, t.team_rounds.c.starter.in_(_ACCOUNTS))
    .values(starter=""),
    # What facilitators answered goes with the line that it answers.
    t.words.delete().where(
        _w.tenant_id == _TENANT, _w.id.in_(select(_l.reply_id).where(*_LINES, _l.reply_id.is_not(None)))
    ),
    t.lines.delete().where(*_LINES),
    # What was said back is taken back, as its author could have done: the other one keeps what they answered.
    t.turns.update()
    .where(_t.tenant_id == _TENANT, _t.person_id == _ME, _t.taken_back_at.is_(None))
    .values(taken_back_at=_NOW),
    t.turns.update()
    .where(
        _t.tenant_id == _TENANT,
        _t.round_id.in_(_ROUNDS),
        _t.person_id != _ME,
        _t.answered_at.is_not(None),
        _t.answer_taken_back_at.is_(None),
    )
    .values(answer_taken_back_at=_NOW),
    *(table.delete().where(*mine) for table, mine in _MINE.items()),
    t.challenges.delete().where(t.challenges.c.tenant_id == _TENANT, t.challenges.c.by_id == _ME),
    # The partner reads that it was taken back: so the part stays, and holds nothing.
    t.parts.update()
    .where(_p.tenant_id == _TENANT, _p.person_id == _ME)
    .values(
        quote_start=None,
        quote_end=None,
        removed_at=_NOW,
        partner_at=None,
        facilitators=Facilitators.NO.value,
        facilitators_at=None,
    ),
    t.asks.update()
    .where(t.asks.c.tenant_id == _TENANT, t.asks.c.person_id == _ME)
    .values(due_at=None, passed=""),
    t.people.update()
    .where(t.people.c.tenant_id == _TENANT, t.people.c.id == _ME)
    .values(
        name="",
        email=None,
        notices=False,
        words_id=None,
        own_zone=None,
        own_start=None,
        own_end=None,
        lost_chat=None,
        lost_at=None,
    ),
    t.words.delete().where(_w.tenant_id == _TENANT, _w.person_id == _ME),
    t.conversations.update()
    .where(t.conversations.c.tenant_id == _TENANT, t.conversations.c.person_id == _ME)
    .values(
        version=t.conversations.c.version + 1,
        state=State.INVITED.value,
        standing=Standing.LEFT.value,
        agreed_at=None,
        wants_on=False,
        round_id=None,
        question=None,
        close_at=None,
        remind_at=None,
        resume_at=None,
    ),
    t.pairs.update()
    .where(t.pairs.c.tenant_id == _TENANT, t.pairs.c.id.in_(_PAIRS), t.pairs.c.state != PairState.ENDED.value)
    .values(state=PairState.ONE.value),
)


# Links before sessions: whoever is just coming in by one is waited for, and then signed out.
_WAYS_IN = (t.links, t.sessions, t.accounts, t.posts, t.outbox)
_REMOVE = (
    t.people.update()
    .where(t.people.c.tenant_id == _TENANT, t.people.c.id == _ME)
    .values(
        role=Role.FORMER.value,
        email=None,
        notices=False,
        own_zone=None,
        own_start=None,
        own_end=None,
        lost_chat=None,
        lost_at=None,
    ),
    *(table.delete().where(*_MINE[table]) for table in _WAYS_IN),
)


class SqlErasure:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def erase(self, reader: Reader, now: datetime) -> None:
        await self._session.enter(reader.tenant)
        for statement in _STATEMENTS:
            await self._session.run(statement, {"tenant": reader.tenant, "person": reader.person, "now": now})

    async def remove(self, reader: Reader) -> None:
        for statement in _REMOVE:
            await self._session.run(statement, {"tenant": reader.tenant, "person": reader.person})
