"""What one reader may see: the only place where a pair member's page gets words from.

Every statement here names the tenant and the reader; a partner's words come only through parts that were
opened to both, and only while their author still lets them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, exists, func, or_, select

from bot.conversation.state import RoundState
from bot.errors import Unknown
from bot.messages import CardKind
from bot.model import CHATS, Conversation, Facilitators, Hours, Module, Reader, Sharing, Weekly
from bot.view import ChallengeView, FateView, Heard, MemberView, Post, RoundView, Turn, Written
from bot.when import after_last, ask_at, asks_in, next_weekly
from storage import tables as t
from storage.answers import texts_of
from storage.calls import SqlCalls
from storage.conversations import SqlConversations, has_joined, has_left
from storage.programmes import hours_of, modules_of
from storage.session import Session, words_of

ROUNDS, ALL = 3, 1000
"""How many rounds back a page reaches, and how many the page of everything that was written does."""

_r, _a, _p, _t, _v = t.rounds.c, t.asks.c, t.parts.c, t.turns.c, t.conversations.c
_ME: BindParameter[str] = bindparam("person")
_TENANT: BindParameter[str] = bindparam("tenant")

# Whether somebody of the programme is reached in a chat.
_other, _reached = t.people.alias(), t.accounts.c
_CHATS = exists().where(
    _other.c.tenant_id == t.people.c.tenant_id,
    _other.c.programme_id == t.people.c.programme_id,
    _reached.tenant_id == _other.c.tenant_id,
    _reached.person_id == _other.c.id,
    _reached.platform.in_(sorted(CHATS)),
)

_HEAD = (
    select(
        t.people.c.name,
        t.people.c.zone,
        t.people.c.hours_start,
        t.people.c.hours_end,
        t.people.c.own_zone,
        t.people.c.own_start,
        t.people.c.own_end,
        t.programmes.c.title,
        t.programmes.c.zone.label("programme_zone"),
        t.programmes.c.retention_months,
        t.programmes.c.contact,
        t.programmes.c.holidays,
        _CHATS.label("chats"),
        t.programmes.c.words_by_mail,
        *words_of(),
    )
    .select_from(
        t.people.join(
            t.programmes,
            and_(
                t.programmes.c.tenant_id == t.people.c.tenant_id, t.programmes.c.id == t.people.c.programme_id
            ),
        ).outerjoin(
            t.words, and_(t.words.c.tenant_id == t.people.c.tenant_id, t.words.c.id == t.people.c.words_id)
        )
    )
    .where(t.people.c.tenant_id == _TENANT, t.people.c.id == _ME)
)

_PARTNER = (
    select(
        t.people.c.name,
        has_joined(t.conversations).label("joined"),
        has_left(t.conversations).label("left"),
    )
    .select_from(
        t.conversations.join(
            t.people, and_(t.people.c.tenant_id == _v.tenant_id, t.people.c.id == _v.person_id)
        )
    )
    .where(_v.tenant_id == _TENANT, _v.person_id == bindparam("partner"))
)

_ROUNDS = (
    select(
        _a.round_id,
        _a.question,
        _a.reason,
        _a.asked_at,
        _a.skipped_at,
        _r.opens_at,
        _r.state,
        or_(_r.solo, _a.alone).label("solo"),
        _r.bridge,
        _r.closing,
        _r.pair_id,
        (_a.question != _r.question).label("apart"),
    )
    .select_from(t.asks.join(t.rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id)))
    .where(_a.tenant_id == _TENANT, _a.person_id == _ME, _a.asked_at.is_not(None))
    .order_by(_a.ask_at.desc())
    .limit(bindparam("limit"))
)

_NEXT_ASK = (
    select(_a.due_at, _r.closing)
    .select_from(t.asks.join(t.rounds, and_(_r.tenant_id == _a.tenant_id, _r.id == _a.round_id)))
    .where(_a.tenant_id == _TENANT, _a.person_id == _ME, _a.due_at.is_not(None))
    .order_by(_a.due_at)
    .limit(1)
)

_closing = t.rounds.alias("closing_round").c
_CLOSED_AT = (
    select(func.max(_closing.opens_at))
    .where(
        _closing.tenant_id == _TENANT,
        _closing.pair_id == bindparam("pair"),
        _closing.closing.is_(True),
    )
    .scalar_subquery()
)

# While no round is planned: when the next one will ask, which follows from the programme's rhythm alone.
_NEXT_PLAN = (
    select(
        t.pairs.c.plan_at,
        t.programmes.c.ask_weekday,
        t.programmes.c.ask_time,
        t.programmes.c.zone,
        _CLOSED_AT.label("closed_at"),
    )
    .select_from(
        t.pairs.join(
            t.programmes,
            and_(
                t.programmes.c.tenant_id == t.pairs.c.tenant_id, t.programmes.c.id == t.pairs.c.programme_id
            ),
        )
    )
    .where(t.pairs.c.tenant_id == _TENANT, t.pairs.c.id == bindparam("pair"), t.pairs.c.plan_at.is_not(None))
)

_HOW_MANY = select(func.count(_r.id)).where(_r.tenant_id == _TENANT, _r.pair_id == bindparam("pair"))

_MINE = (
    select(
        t.parts,
        exists()
        .where(
            t.lines.c.tenant_id == _p.tenant_id, t.lines.c.part_id == _p.id, t.lines.c.mailed_at.is_not(None)
        )
        .label("mailed"),
    )
    .where(
        _p.tenant_id == _TENANT,
        _p.person_id == _ME,
        _p.round_id.in_(bindparam("rounds", expanding=True)),
        _p.removed_at.is_(None),
    )
    .order_by(_p.ordinal)
)

# The other half's parts: opened to both, in a round that this reader was asked in too.
_THEIRS = (
    select(
        _p.id,
        _p.round_id,
        _p.ordinal,
        _p.prompt,
        _p.changed_at,
        _p.partner_at,
        _p.in_chats,
        _r.opened_at,
        _a.question,
    )
    .select_from(
        t.parts.join(t.rounds, and_(_r.tenant_id == _p.tenant_id, _r.id == _p.round_id)).join(
            t.asks,
            and_(_a.tenant_id == _p.tenant_id, _a.round_id == _p.round_id, _a.person_id == _p.person_id),
        )
    )
    .where(
        _p.tenant_id == _TENANT,
        _p.person_id != _ME,
        _p.round_id.in_(bindparam("rounds", expanding=True)),
        _p.opened.is_(True),
        _r.state == RoundState.OPENED.value,
    )
    .order_by(_p.ordinal)
)

_said, _answer = t.words.alias("said"), t.words.alias("answer")
_TURNS = (
    select(
        _t.round_id,
        _t.person_id,
        _t.asks,
        _t.read_at,
        _t.declined_at,
        _t.taken_back_at,
        _t.answer_id,
        _t.answer_taken_back_at,
        *words_of(_said, "said_"),
        *words_of(_answer, "answer_"),
    )
    .select_from(
        t.turns.join(t.rounds, and_(_r.tenant_id == _t.tenant_id, _r.id == _t.round_id))
        # What was said to this reader stays unread in the database until they open it.
        .outerjoin(
            _said,
            and_(
                _said.c.tenant_id == _t.tenant_id,
                _said.c.id == _t.words_id,
                or_(_t.person_id == _ME, _t.read_at.is_not(None)),
            ),
        )
        .outerjoin(_answer, and_(_answer.c.tenant_id == _t.tenant_id, _answer.c.id == _t.answer_id))
    )
    .where(
        _t.tenant_id == _TENANT,
        _t.round_id.in_(bindparam("rounds", expanding=True)),
        _r.state == RoundState.OPENED.value,
    )
)

_CHALLENGES = (
    select(t.challenges.c.version, t.challenges.c.by_id, t.challenges.c.confirmed_at, *words_of())
    .select_from(
        t.challenges.join(
            t.words,
            and_(t.words.c.tenant_id == t.challenges.c.tenant_id, t.words.c.id == t.challenges.c.words_id),
        )
    )
    .where(t.challenges.c.tenant_id == _TENANT, t.challenges.c.pair_id == bindparam("pair"))
    .order_by(t.challenges.c.version.desc())
)

_FATES = (
    select(
        t.lines.c.id,
        t.lines.c.part_id,
        t.lines.c.held,
        and_(
            t.lines.c.held.is_(False), _p.facilitators == t.lines.c.facilitators, _p.removed_at.is_(None)
        ).label("stands"),
        t.lines.c.module_id,
        t.digests.c.to_at,
        *words_of(),
    )
    .select_from(
        t.lines.join(t.parts, and_(_p.tenant_id == t.lines.c.tenant_id, _p.id == t.lines.c.part_id))
        .join(
            t.digests,
            and_(t.digests.c.tenant_id == t.lines.c.tenant_id, t.digests.c.id == t.lines.c.digest_id),
        )
        .outerjoin(
            t.words, and_(t.words.c.tenant_id == t.lines.c.tenant_id, t.words.c.id == t.lines.c.reply_id)
        )
    )
    .where(t.lines.c.tenant_id == _TENANT, _p.person_id == _ME)
    .order_by(t.digests.c.to_at, t.lines.c.id)
)

_DRAFTS = (
    select(t.drafts.c.box, *words_of())
    .select_from(
        t.drafts.join(
            t.words, and_(t.words.c.tenant_id == t.drafts.c.tenant_id, t.words.c.id == t.drafts.c.words_id)
        )
    )
    .where(t.drafts.c.tenant_id == _TENANT, t.drafts.c.person_id == _ME)
)

# What one moment brought stands in the order in which it was said, which the outbox knows.
_POSTS = (
    select(t.posts)
    .select_from(
        t.posts.outerjoin(
            t.outbox, and_(t.outbox.c.tenant_id == t.posts.c.tenant_id, t.outbox.c.id == t.posts.c.id)
        )
    )
    .where(t.posts.c.tenant_id == _TENANT, t.posts.c.person_id == _ME)
    .order_by(t.posts.c.posted_at.desc(), t.outbox.c.seq.desc(), t.posts.c.id)
    .limit(bindparam("limit"))
)


class SqlViews:
    def __init__(self, session: Session, conversations: SqlConversations, calls: SqlCalls) -> None:
        self._session = session
        self._conversations = conversations
        self._calls = calls

    async def member(self, reader: Reader, *, everything: bool = False, in_chat: bool = False) -> MemberView:
        who = {"tenant": reader.tenant, "person": reader.person}
        conversation = await self._conversations.of(reader)
        head = await self._session.one(_HEAD, **who)
        if head is None:
            raise Unknown("There is nobody by that name.")
        partner = await self._session.one(_PARTNER, tenant=reader.tenant, partner=conversation.partner or "")
        hours = hours_of(self._session, head, head.holidays)
        modules = await modules_of(self._session, reader.tenant, conversation.programme)
        challenge, proposal = await self._challenges(reader, conversation.pair)
        return MemberView(
            conversation=conversation,
            name=head.name,
            hours=hours,
            programme_title=head.title,
            programme_zone=head.programme_zone,
            retention_months=head.retention_months,
            contact=head.contact,
            modules=modules,
            words_for_me=self._session.text(reader.tenant, head) or "",
            partner_joined=partner is not None and partner.joined and not partner.left,
            partner_left=partner is not None and partner.left,
            partner_name=partner.name if partner is not None else "",
            rounds=await self._rounds(reader, ALL if everything else ROUNDS, in_chat=in_chat),
            challenge=challenge,
            proposal=proposal,
            fates=await self._fates(reader, modules),
            drafts={
                row.box: self._session.text(reader.tenant, row) or ""
                for row in await self._session.all(_DRAFTS, **who)
            },
            next_ask_at=await self._next_ask_at(reader, conversation, hours, modules),
            callers=await self._calls.callers(reader),
            chats=bool(head.chats),
            words_by_mail=head.words_by_mail,
        )

    async def posts(self, reader: Reader, limit: int) -> Sequence[Post]:
        rows = await self._session.all(_POSTS, tenant=reader.tenant, person=reader.person, limit=limit)
        return [Post(row.id, CardKind(row.kind), row.subject, row.posted_at) for row in reversed(rows)]

    # ---- below: one method for each piece of the view

    async def _next_ask_at(
        self, reader: Reader, c: Conversation, hours: Hours, modules: Sequence[Module]
    ) -> datetime | None:
        """The next one that is asked of somebody, who may have chosen to rest in some of the weeks, but the last."""
        planned = await self._session.one(_NEXT_ASK, tenant=reader.tenant, person=reader.person)
        number = 0 if c.every == 1 else await self._rounds_so_far(reader, c)
        if planned is not None and (planned.closing or asks_in(number, c.every)):
            at: datetime = planned.due_at
            return at
        row = await self._session.one(_NEXT_PLAN, tenant=reader.tenant, pair=c.pair or "")
        if row is None:
            return None
        ended = row.closed_at is not None and after_last(modules, row.closed_at, row.zone)
        if ended and c.went_on_at is None:
            return None
        weekly = Weekly(row.ask_weekday, row.ask_time, row.zone)
        slot, number = next_weekly(weekly, row.plan_at), number + 1
        while not (asks_in(number, c.every) or (not ended and after_last(modules, slot, row.zone))):
            slot, number = next_weekly(weekly, slot), number + 1
        return ask_at(weekly, slot, hours)

    async def _rounds_so_far(self, reader: Reader, c: Conversation) -> int:
        row = await self._session.one(_HOW_MANY, tenant=reader.tenant, pair=c.pair or "")
        return 0 if row is None else int(row[0])

    async def _rounds(self, reader: Reader, limit: int, *, in_chat: bool) -> dict[str, RoundView]:
        who = {"tenant": reader.tenant, "person": reader.person}
        rows = await self._session.all(_ROUNDS, **who, limit=limit)
        ids = [row.round_id for row in rows]
        if not ids:
            return {}
        mine = await self._session.all(_MINE, **who, rounds=ids)
        theirs = await self._session.all(_THEIRS, **who, rounds=ids)
        turns = await self._session.all(_TURNS, **who, rounds=ids)
        # What its author keeps out of chats is not even decrypted for one, nor what they said back with it.
        away = {row.round_id for row in theirs if in_chat and not row.in_chats}
        shown = [row for row in theirs if row.partner_at is not None and row.round_id not in away]
        readable = [row.id for row in [*mine, *shown]]
        texts = await texts_of(self._session, reader.tenant, readable)
        return {
            row.round_id: RoundView(
                id=row.round_id,
                question=row.question,
                opens_at=row.opens_at,
                state=RoundState(row.state),
                solo=bool(row.solo),
                bridge=row.bridge,
                pair=row.pair_id,
                closing=row.closing,
                reason=row.reason,
                apart=bool(row.apart) and not row.solo,
                asked_at=row.asked_at,
                skipped=row.skipped_at is not None,
                written=tuple(
                    _written(part, texts.get(part.id, "")) for part in mine if part.round_id == row.round_id
                ),
                other_question=next((part.question for part in theirs if part.round_id == row.round_id), ""),
                heard=tuple(
                    _heard(part, texts, elsewhere=row.round_id in away)
                    for part in theirs
                    if part.round_id == row.round_id
                ),
                turns=tuple(
                    self._turn(reader, turn, away=row.round_id in away)
                    for turn in turns
                    if turn.round_id == row.round_id
                ),
            )
            for row in rows
        }

    def _turn(self, reader: Reader, row: Any, *, away: bool) -> Turn:
        mine = row.person_id == reader.person
        return Turn(
            mine=mine,
            text=None if away and not mine else self._session.text(reader.tenant, row, "said_"),
            asks=row.asks,
            answer=None if away and mine else self._session.text(reader.tenant, row, "answer_"),
            declined=row.person_id != reader.person and row.declined_at is not None and row.read_at is None,
            taken_back=row.taken_back_at is not None,
            answer_taken_back=row.answer_taken_back_at is not None,
            elsewhere=away and (not mine or row.answer_id is not None),
        )

    async def _challenges(
        self, reader: Reader, pair: str | None
    ) -> tuple[ChallengeView | None, ChallengeView | None]:
        if pair is None:
            return None, None
        rows = await self._session.all(_CHALLENGES, tenant=reader.tenant, pair=pair)
        views = [
            ChallengeView(
                version=row.version,
                text=self._session.text(reader.tenant, row) or "",
                mine=row.by_id == reader.person,
                i_confirmed=row.by_id == reader.person or row.confirmed_at is not None,
                confirmed=row.confirmed_at is not None,
            )
            for row in rows
        ]
        confirmed = next((view for view in views if view.confirmed), None)
        return confirmed, views[0] if views and not views[0].confirmed else None

    async def _fates(self, reader: Reader, modules: Sequence[Module]) -> dict[str, FateView]:
        rows = await self._session.all(_FATES, tenant=reader.tenant, person=reader.person)
        called = {module.id: module.called for module in modules}
        texts = await texts_of(self._session, reader.tenant, [row.part_id for row in rows])
        return {
            row.id: FateView(
                line=row.id,
                text=texts.get(row.part_id),
                module=called.get(row.module_id, ""),
                reply=self._session.text(reader.tenant, row),
                part=row.part_id,
                held=row.held,
                stands=bool(row.stands),
                digest_at=row.to_at,
            )
            for row in rows
        }


def _written(row: Any, text: str) -> Written:
    return Written(
        id=row.id,
        ordinal=row.ordinal,
        text=text,
        sharing=Sharing(
            row.partner_at is not None, Facilitators(row.facilitators), row.in_chats, by_mail=row.by_mail
        ),
        closed=row.closed_at is not None,
        first_at=row.begun_at,
        prompt=row.prompt,
        quote=None if row.quote_start is None else (row.quote_start, row.quote_end),
        opened=row.opened,
        mailed=row.mailed,
    )


def _heard(row: Any, texts: dict[str, str], *, elsewhere: bool) -> Heard:
    changed = row.changed_at is not None and row.opened_at is not None and row.changed_at > row.opened_at
    away = elsewhere and row.partner_at is not None
    return Heard(row.ordinal, texts.get(row.id), row.prompt, changed=changed, elsewhere=away)
