"""Where people are reached in chats, and where they are reached no more. An account is a name, and holds no words.

`accounts` stands outside the fence, so that whoever it belongs to can be found; what else changes here is changed
organisation by organisation.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from bot.model import CHATS, Account, Lost, Platform, Reader
from storage import tables as t
from storage.session import EVERYBODY, Session, across_tenants

_a, _p, _people = t.accounts.c, t.posts.c, t.people.c

_IN_CHATS = (
    select(_a.platform, _a.external)
    .where(
        _a.tenant_id == bindparam("tenant"),
        _a.person_id == bindparam("person"),
        _a.platform.in_(sorted(CHATS)),
    )
    .order_by(_a.platform)
)

_ALL = across_tenants(
    select(_a.external).where(_a.platform == bindparam("on")),
    "counts who is to be reached where, for whoever runs the service",
)

_PART = t.accounts.delete().where(
    _a.tenant_id == bindparam("tenant"),
    _a.person_id == bindparam("person"),
    _a.platform == bindparam("on"),
)

_LOSE = across_tenants(
    t.accounts.delete()
    .where(
        _a.platform == bindparam("on"),
        or_(
            _a.external == bindparam("one"),
            func.substr(_a.external, 1, func.length(bindparam("start"))) == bindparam("start"),
        ),
    )
    .returning(_a.tenant_id, _a.person_id),
    "a workspace that is gone is gone for everybody in it, whichever organisation they belong to",
)

_WORKSPACE = t.slack_installations.c
_SHUT = across_tenants(
    t.slack_installations.delete().where(
        _WORKSPACE.team == bindparam("of_team"), _WORKSPACE.installed_at <= bindparam("at", type_=t.Utc())
    ),
    "a workspace is nobody's, and its token goes with it",
)
_LET_IN = across_tenants(
    select(_WORKSPACE.team).where(_WORKSPACE.team == bindparam("of_team")),
    "a workspace is nobody's: it may have let the app in again",
)

_NOTE = (
    t.people.update()
    .where(_people.tenant_id == bindparam("tenant"), _people.id.in_(bindparam("people", expanding=True)))
    .values(lost_chat=bindparam("lost"), lost_at=bindparam("now", type_=t.Utc()))
)

_OUT_OF_REACH = (
    t.posts.update()
    .where(
        _p.tenant_id == bindparam("tenant"),
        _p.person_id.in_(bindparam("people", expanding=True)),
        _p.platform == bindparam("on"),
    )
    .values(look=None)
)


class SqlReached:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def in_chat(self, reader: Reader) -> Account | None:
        row = await self._session.one(_IN_CHATS, tenant=reader.tenant, person=reader.person)
        return None if row is None else Account(Platform(row.platform), row.external)

    async def part(self, reader: Reader, platform: Platform) -> bool:
        asked = {"tenant": reader.tenant, "person": reader.person, "on": platform.value}
        return bool(await self._session.count(_PART, **asked))

    async def places(self, platform: Platform) -> Mapping[str, int]:
        rows = await self._session.all(_ALL, on=platform.value)
        return Counter(row.external.partition(":")[0] for row in rows)

    async def lose(self, lost: Lost, now: datetime) -> Sequence[Reader]:
        if lost.everybody and lost.platform is Platform.SLACK:
            team = {"of_team": lost.external.removesuffix(":")}
            await self._session.run(_SHUT, {**team, "at": lost.at or now})
            if await self._session.one(_LET_IN, **team) is not None:
                # What was heard is older than the token that we have there now.
                return []
        on = {"on": lost.platform.value}
        # No account's name is empty, and none begins with a space.
        who = {"one": "", "start": lost.external} if lost.everybody else {"one": lost.external, "start": " "}
        rows = await self._session.all(_LOSE, **on, **who)
        people: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            people[row.tenant_id].append(row.person_id)
        for tenant, ids in sorted(people.items()):
            await self._session.enter(tenant)
            of = {"tenant": tenant, "people": ids}
            what = "everybody" if lost.everybody else "one"
            await self._session.run(_NOTE, {**of, "lost": what, "now": now})
            if lost.everybody:
                await self._session.run(_OUT_OF_REACH, {**of, **on})
        # What follows may be about any of them.
        await self._session.enter(EVERYBODY)
        return [Reader(tenant, id) for tenant, ids in sorted(people.items()) for id in ids]
