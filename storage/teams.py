"""Teams' rounds in channels. Words leave here in three ways: a round's question, a reader's own answer, and what may
stand where everybody reads it: nothing before the round has closed, and nothing without a name of fewer than five.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from bot.group.reflect import ENOUGH, TeamAnswer, TeamRound, TeamState, TeamView, TeamWritten
from bot.model import Account, Platform, Reader
from storage import tables as t
from storage.session import Session, insert, words_of

_r, _a, _p, _w, _g = t.team_rounds.c, t.team_answers.c, t.team_posts.c, t.words.c, t.programmes.c
_HERE = (_r.tenant_id == bindparam("tenant"), _r.id == bindparam("round"))
_ANSWERS = (_a.tenant_id == bindparam("tenant"), _a.round_id == bindparam("round"))

_ADD = insert(t.team_rounds).on_conflict_do_nothing()
# Whoever answers, takes back or closes takes the round's row as a lock: each falls on one side of the close.
_LOCK = t.team_rounds.update().where(*_HERE).values(version=_r.version).returning(*t.team_rounds.c)
_OPEN_AT = (
    select(t.team_rounds)
    .where(
        _r.tenant_id == bindparam("tenant"),
        _r.place == bindparam("place"),
        _r.state == TeamState.ASKED.value,
    )
    .limit(1)
)
_ASKED_AT = (
    select(_r.question)
    .where(
        _r.tenant_id == bindparam("tenant"),
        _r.place == bindparam("place"),
        _r.question != "",
        _r.state.in_((TeamState.ASKED.value, TeamState.CLOSED.value)),
    )
    .order_by(_r.begun_at)
)
_ROUND = (
    select(*t.team_rounds.c, _g.zone, _g.retention_months, *words_of())
    .select_from(
        t.team_rounds.join(
            t.programmes, and_(_g.tenant_id == _r.tenant_id, _g.id == _r.programme_id)
        ).outerjoin(t.words, and_(_w.tenant_id == _r.tenant_id, _w.id == _r.id))
    )
    .where(*_HERE)
)
_AND_WORDS = t.team_answers.join(t.words, and_(_w.tenant_id == _a.tenant_id, _w.id == _a.id))
_other = t.team_answers.alias("other").c
_UNNAMED = (
    select(func.count())
    .where(_other.tenant_id == bindparam("tenant"), _other.round_id == _a.round_id, _other.named.is_(False))
    .scalar_subquery()
)
_STANDING = (
    select(_a.id, _a.account, _a.named, _r.platform, *words_of())
    .select_from(_AND_WORDS.join(t.team_rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id)))
    .where(*_ANSWERS, _r.state == TeamState.CLOSED.value, or_(_a.named, _UNNAMED >= ENOUGH))
)
_MINE = (
    select(_a.id, _a.account, _a.named, _r.platform, *words_of())
    .select_from(_AND_WORDS.join(t.team_rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id)))
    .where(*_ANSWERS, _a.id == bindparam("answer"))
)
_AUTHORS = select(_a.id).where(*_ANSWERS).order_by(_a.id)
_KEEP = insert(t.team_answers)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["tenant_id", "id"],
    set_={name: _KEEP.excluded[name] for name in ("named", "terms", "at")},
)
_FORGET = t.team_answers.delete().where(*_ANSWERS, _a.id == bindparam("answer"))
_RECEIPT = select(_p.receipt).where(
    _p.tenant_id == bindparam("tenant"), _p.round_id == bindparam("round"), _p.about == bindparam("about")
)
_POSTED = insert(t.team_posts)
_POSTED = _POSTED.on_conflict_do_update(
    index_elements=["tenant_id", "round_id", "about"], set_={"receipt": _POSTED.excluded.receipt}
)
_MY_ACCOUNTS = select(t.accounts.c.external).where(
    t.accounts.c.tenant_id == bindparam("tenant"), t.accounts.c.person_id == bindparam("person")
)
_OF = (
    select(_r.id)
    .distinct()
    .select_from(
        t.team_rounds.outerjoin(t.team_answers, and_(_a.tenant_id == _r.tenant_id, _a.round_id == _r.id))
    )
    .where(
        _r.tenant_id == bindparam("tenant"),
        or_(_r.starter.in_(_MY_ACCOUNTS), _a.account.in_(_MY_ACCOUNTS)),
        _r.state.in_((TeamState.ASKED.value, TeamState.CLOSED.value)),
    )
    .order_by(_r.id)
)

_WRITTEN = (
    select(_a.at, _a.named, _r.question, *words_of())
    .select_from(_AND_WORDS.join(t.team_rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id)))
    .where(_a.tenant_id == bindparam("tenant"), _a.account.in_(_MY_ACCOUNTS))
)
_ASKED_BY = (
    select(_r.begun_at, *words_of())
    .select_from(t.team_rounds.join(t.words, and_(_w.tenant_id == _r.tenant_id, _w.id == _r.id)))
    .where(_r.tenant_id == bindparam("tenant"), _w.person_id == bindparam("person"))
)


class SqlTeams:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, reader: Reader, round_: TeamRound, own: str) -> None:
        values = _values(round_) | {"begun_at": round_.begun_at, "programme_id": round_.programme}
        names = {
            "platform": round_.place.platform.value,
            "starter": round_.starter.external,
            "place": round_.place.external,
        }
        await self._session.run(_ADD, {"tenant_id": round_.tenant, "id": round_.id, **values, **names})
        if own:
            await self._session.keep_words(round_.tenant, round_.id, reader.person, own, round_.begun_at)

    async def locked(self, tenant: str, round_id: str) -> TeamRound | None:
        row = await self._session.one(_LOCK, tenant=tenant, round=round_id)
        return None if row is None else _round(row)

    async def save(self, round_: TeamRound) -> None:
        mine = t.team_rounds.update().where(_r.tenant_id == round_.tenant, _r.id == round_.id)
        await self._session.run(mine.values(_values(round_)))

    async def open_at(self, tenant: str, place: Account) -> TeamRound | None:
        row = await self._session.one(_OPEN_AT, tenant=tenant, place=place.external)
        return None if row is None else _round(row)

    async def asked_at(self, tenant: str, place: Account) -> Sequence[str]:
        rows = await self._session.all(_ASKED_AT, tenant=tenant, place=place.external)
        return [row.question for row in rows]

    async def view(self, tenant: str, round_id: str) -> TeamView | None:
        row = await self._session.one(_ROUND, tenant=tenant, round=round_id)
        if row is None:
            return None
        found = _round(row)
        answers: tuple[TeamAnswer, ...] = ()
        if found.state is TeamState.CLOSED:
            standing = await self._session.all(_STANDING, tenant=tenant, round=round_id)
            answers = tuple(self._answer(tenant, each) for each in standing)
        own = self._session.text(tenant, row) or ""
        return TeamView(found, own, not found.question, row.zone, row.retention_months, answers)

    async def mine(self, tenant: str, round_id: str, answer: str) -> TeamAnswer | None:
        row = await self._session.one(_MINE, tenant=tenant, round=round_id, answer=answer)
        return None if row is None else self._answer(tenant, row)

    async def authors(self, tenant: str, round_id: str) -> Sequence[str]:
        rows = await self._session.all(_AUTHORS, tenant=tenant, round=round_id)
        return [row.id for row in rows]

    async def keep(self, round_: TeamRound, answer: TeamAnswer, terms: str, now: datetime) -> None:
        values = {"account": answer.by.external, "named": answer.named, "terms": terms, "at": now}
        row = {"tenant_id": round_.tenant, "id": answer.id, "round_id": round_.id}
        await self._session.run(_KEEP, {**row, **values})
        await self._session.keep_words(round_.tenant, answer.id, None, answer.text, now)

    async def forget(self, round_: TeamRound, answer: str) -> None:
        await self._session.run(_FORGET, {"tenant": round_.tenant, "round": round_.id, "answer": answer})
        await self._session.forget_words(round_.tenant, [answer])

    async def forget_question(self, round_: TeamRound) -> None:
        await self._session.forget_words(round_.tenant, [round_.id])

    async def of(self, reader: Reader) -> Sequence[str]:
        rows = await self._session.all(_OF, tenant=reader.tenant, person=reader.person)
        return [row.id for row in rows]

    async def written(self, reader: Reader) -> Sequence[TeamWritten]:
        mine = {"tenant": reader.tenant, "person": reader.person}
        found = [
            TeamWritten(row.at, row.question, False, row.named, self._session.text(reader.tenant, row) or "")
            for row in await self._session.all(_WRITTEN, **mine)
        ]
        found += [
            TeamWritten(row.begun_at, "", True, True, self._session.text(reader.tenant, row) or "")
            for row in await self._session.all(_ASKED_BY, **mine)
        ]
        return sorted(found, key=lambda each: each.at)

    async def receipt(self, tenant: str, round_id: str, about: str) -> str:
        row = await self._session.one(_RECEIPT, tenant=tenant, round=round_id, about=about)
        return "" if row is None else row.receipt

    async def posted(self, tenant: str, round_id: str, about: str, receipt: str) -> None:
        values = {"tenant_id": tenant, "round_id": round_id, "about": about, "receipt": receipt}
        await self._session.run(_POSTED, values)

    def _answer(self, tenant: str, row: Any) -> TeamAnswer:
        text = self._session.text(tenant, row)
        assert text is not None, "an answer and its words go together"
        return TeamAnswer(row.id, Account(Platform(row.platform), row.account), row.named, text)


def _values(round_: TeamRound) -> dict[str, Any]:
    """What changes of a round."""
    return {
        "question": round_.question,
        "passed": " ".join(round_.passed),
        "state": round_.state.value,
        "due_at": round_.due_at,
        "version": round_.version,
    }


def _round(row: Any) -> TeamRound:
    platform = Platform(row.platform)
    return TeamRound(
        row.tenant_id,
        row.id,
        row.programme_id,
        Account(platform, row.starter),
        Account(platform, row.place),
        row.question,
        TeamState(row.state),
        row.begun_at,
        row.due_at,
        tuple(row.passed.split()),
        row.version,
    )
