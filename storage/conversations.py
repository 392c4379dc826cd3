"""Claims, and each person's conversation: read in one statement, saved only over the version that was read."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, String, and_, bindparam, case, exists, or_, select

from bot.conversation.state import PairState, Standing, State
from bot.errors import Conflict, Unknown
from bot.ids import derive
from bot.model import CHATS, Account, Conversation, Reader
from bot.rows import Known
from storage import tables as t
from storage.database import entered
from storage.session import Session, across_tenants, insert

_c = t.conversations.c

_CLAIM = (
    insert(t.claims)
    .from_select(
        ["tenant_id", "platform", "key", "at"],
        # Whose account it is decides whose rows the rest of the transaction sees.
        select(
            entered(t.accounts.c.tenant_id),
            t.accounts.c.platform,
            bindparam("key", type_=String()),
            bindparam("now", type_=t.Utc()),
        ).where(
            t.accounts.c.platform == bindparam("platform"), t.accounts.c.external == bindparam("external")
        ),
    )
    .on_conflict_do_nothing()
)
across_tenants(_CLAIM, "finds out which tenant an account belongs to, and enters it")

_reached = t.accounts.alias().c


def _in_chat(person: Any) -> Any:
    """Whether somebody is reached in a chat."""
    return exists().where(
        _reached.tenant_id == _c.tenant_id,
        _reached.person_id == person,
        _reached.platform.in_(sorted(CHATS)),
    )


_PARTNER = case((t.pairs.c.one_id == _c.person_id, t.pairs.c.two_id), else_=t.pairs.c.one_id).label("partner")
_COLUMNS = (
    *t.conversations.c,
    t.people.c.programme_id,
    _PARTNER,
    t.pairs.c.state.label("pair_state"),
    t.pairs.c.held_at,
    t.pairs.c.went_on_at,
    t.rounds.c.opens_at,
    t.programmes.c.retention_months,
    t.programmes.c.contact,
    _in_chat(_c.person_id).label("chats"),
    _in_chat(case((t.pairs.c.one_id == _c.person_id, t.pairs.c.two_id), else_=t.pairs.c.one_id)).label(
        "partner_chats"
    ),
    t.programmes.c.words_by_mail,
)


def has_left(conversations: Any) -> ColumnElement[bool]:
    """Whether somebody has left for good; while leaving can be undone nobody else can tell."""
    c = conversations.c
    return and_(c.standing == Standing.LEFT.value, c.resume_at.is_(None))


def has_joined(conversations: Any) -> ColumnElement[bool]:
    """Whether somebody has agreed, now or before: that they withdrew it is nothing that anybody else can tell."""
    c = conversations.c
    return or_(c.agreed_at.is_not(None), c.state == State.WITHDRAWN.value)


def _joined(source: Any) -> Any:
    """The tables that a conversation is read from, each row's tenant compared."""
    return (
        source.join(t.people, and_(t.people.c.tenant_id == _c.tenant_id, t.people.c.id == _c.person_id))
        .join(
            t.programmes,
            and_(t.programmes.c.tenant_id == _c.tenant_id, t.programmes.c.id == t.people.c.programme_id),
        )
        .outerjoin(t.pairs, and_(t.pairs.c.tenant_id == _c.tenant_id, t.pairs.c.id == _c.pair_id))
        .outerjoin(t.rounds, and_(t.rounds.c.tenant_id == _c.tenant_id, t.rounds.c.id == _c.round_id))
    )


_OF = (
    select(*_COLUMNS)
    .select_from(_joined(t.conversations))
    .where(_c.tenant_id == bindparam("tenant"), _c.person_id == bindparam("person"))
)

_AT = across_tenants(
    select(*_COLUMNS, t.messages.c.id.label("known"), t.messages.c.part_id)
    .select_from(
        _joined(
            t.accounts.join(
                t.conversations,
                and_(_c.tenant_id == t.accounts.c.tenant_id, _c.person_id == t.accounts.c.person_id),
            )
        ).outerjoin(
            t.messages,
            and_(t.messages.c.tenant_id == _c.tenant_id, t.messages.c.id == bindparam("message")),
        )
    )
    .where(t.accounts.c.platform == bindparam("platform"), t.accounts.c.external == bindparam("external")),
    "finds out which tenant an account belongs to",
)

_SAVE = (
    t.conversations.update()
    .where(
        _c.tenant_id == bindparam("of_tenant"),
        _c.person_id == bindparam("of_person"),
        _c.version == bindparam("of_version"),
    )
    .values(
        {
            name: bindparam(name)
            for name in (
                "version",
                "pair_id",
                "round_id",
                "state",
                "standing",
                "agreed_at",
                "question",
                "over",
                "part",
                "answered",
                "unanswered",
                "every",
                "muted",
                "alone",
                "unopened",
                "wants_on",
                "close_at",
                "remind_at",
                "resume_at",
            )
        }
    )
)


def to_conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        tenant=row.tenant_id,
        person=row.person_id,
        version=row.version,
        state=State(row.state),
        standing=Standing(row.standing),
        programme=row.programme_id,
        pair=row.pair_id,
        partner=row.partner if row.pair_id else None,
        agreed_at=row.agreed_at,
        round=row.round_id,
        question=row.question,
        opens_at=row.opens_at,
        over=row.over,
        part=row.part,
        close_at=row.close_at,
        remind_at=row.remind_at,
        resume_at=row.resume_at,
        unanswered=row.unanswered,
        every=row.every,
        muted=row.muted,
        alone=row.alone,
        unopened=row.unopened,
        held=row.held_at is not None,
        wants_on=row.wants_on,
        went_on_at=row.went_on_at,
        answered=row.answered,
        pair_state=PairState(row.pair_state) if row.pair_state else None,
        retention_months=row.retention_months,
        contact=row.contact,
        chats=row.chats,
        partner_chats=row.partner_chats,
        words_by_mail=row.words_by_mail,
    )


class SqlClaims:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def claim(self, account: Account, key: str, now: datetime) -> bool:
        # A key names a delivery to one account: two people's may be alike.
        values = {"platform": account.platform.value, "external": account.external, "now": now}
        return await self._session.count(_CLAIM, **values, key=derive(account.external, key)) == 1


class SqlConversations:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def at(self, account: Account, source: str = "") -> tuple[Conversation, Known | None] | None:
        row = await self._session.one(
            _AT, platform=account.platform.value, external=account.external, message=source
        )
        if row is None:
            return None
        self._session.tenant = row.tenant_id
        return to_conversation(row), None if row.known is None else Known(row.part_id or "")

    async def of(self, reader: Reader) -> Conversation:
        row = await self._session.one(_OF, tenant=reader.tenant, person=reader.person)
        if row is None:
            raise Unknown("There is no such conversation.")
        return to_conversation(row)

    async def save(self, before: Conversation, now: Conversation) -> None:
        saved = await self._session.count(
            _SAVE,
            of_tenant=before.tenant,
            of_person=before.person,
            of_version=before.version,
            version=before.version + 1,
            pair_id=now.pair,
            round_id=now.round,
            state=now.state.value,
            standing=now.standing.value,
            agreed_at=now.agreed_at,
            question=now.question,
            over=now.over,
            part=now.part,
            answered=now.answered,
            unanswered=now.unanswered,
            every=now.every,
            muted=now.muted,
            alone=now.alone,
            unopened=now.unopened,
            wants_on=now.wants_on,
            close_at=now.close_at,
            remind_at=now.remind_at,
            resume_at=now.resume_at,
        )
        if saved != 1:
            raise Conflict("This conversation has moved on.")
