"""Workspaces that have let our app in: their tokens, sealed; and who has set out to let it in, by hashes.

Workspaces belong to no tenant, and no row of these says anything about a person. A token is asked for anew by one
process at a time, since what it is asked for with works once.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, literal, or_, select

from bot.rows import Installed
from storage import tables as t
from storage.crypto import Sealed
from storage.database import db_now
from storage.session import Session, across_tenants, insert

_WHY = "a workspace is nobody's: who is known in it is asked of the accounts"
RENEWING = 60
"""How many seconds whoever asks for a new token has for it; and how long a failure is left alone."""

_i, _s = t.slack_installations.c, t.slack_states.c

_HAS = across_tenants(select(_i.team).where(_i.team == bindparam("team")), _WHY)
_GET = across_tenants(select(t.slack_installations).where(_i.team == bindparam("team")), _WHY)
_EVERY = across_tenants(select(t.slack_installations).order_by(_i.name, _i.team), _WHY)

_kept = insert(t.slack_installations)
_KEEP = across_tenants(
    _kept.on_conflict_do_update(
        index_elements=["team"],
        set_={
            **{
                name: _kept.excluded[name]
                for name in (
                    *("name", "bot", "scopes", "installed_at", "expires_at", "renewing_until"),
                    *("key", "nonce", "body"),
                )
            },
            # Whoever still holds an older token sees by this that there is a newer one.
            "version": _i.version + 1,
        },
    ),
    _WHY,
)

_SAME = (_i.team == bindparam("of_team"), _i.version == bindparam("of_version"))
_CLAIM = across_tenants(
    t.slack_installations.update()
    .where(*_SAME, or_(_i.renewing_until.is_(None), _i.renewing_until < db_now(literal(0))))
    .values(renewing_until=db_now(literal(RENEWING))),
    _WHY,
)
_RENEW = across_tenants(
    t.slack_installations.update().where(*_SAME).values(version=_i.version + 1, renewing_until=None), _WHY
)

_BEGIN = across_tenants(insert(t.slack_states), _WHY)
# One statement: of two that come back with the same state, one is let through.
_FINISH = across_tenants(
    t.slack_states.delete().where(
        _s.state == bindparam("of_state"),
        _s.held == bindparam("of_browser"),
        _s.expires_at > bindparam("now", type_=t.Utc()),
    ),
    _WHY,
)


class SqlInstallations:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def has(self, team: str) -> bool:
        return await self._session.one(_HAS, team=team) is not None

    async def get(self, team: str) -> Installed | None:
        row = await self._session.one(_GET, team=team)
        return None if row is None else self._installed(row)

    async def every(self) -> Sequence[Installed]:
        return [self._installed(row) for row in await self._session.all(_EVERY)]

    async def keep(self, installed: Installed) -> None:
        values = {
            "team": installed.team,
            "name": installed.name,
            "bot": installed.bot,
            "scopes": " ".join(sorted(installed.scopes)),
            "installed_at": installed.installed_at,
            "expires_at": installed.expires_at,
            "renewing_until": None,
            "version": 1,
            **seal_tokens(self._session, installed.team, installed.token, installed.refresh),
        }
        await self._session.run(_KEEP, values)

    async def claim(self, installed: Installed) -> bool:
        return await self._session.count(_CLAIM, **_of(installed)) == 1

    async def renew(self, before: Installed, now: Installed) -> bool:
        sealed = seal_tokens(self._session, before.team, now.token, now.refresh)
        return await self._session.count(_RENEW, **_of(before), expires_at=now.expires_at, **sealed) == 1

    async def begin(self, state: str, browser: str, expires_at: datetime) -> None:
        await self._session.run(_BEGIN, {"state": state, "held": browser, "expires_at": expires_at})

    async def finish(self, state: str, browser: str, now: datetime) -> bool:
        return await self._session.count(_FINISH, of_state=state, of_browser=browser, now=now) == 1

    def _installed(self, row: Row[Any]) -> Installed:
        token, refresh = open_tokens(self._session, row)
        return Installed(
            row.team,
            row.name,
            row.bot,
            frozenset(row.scopes.split()),
            row.installed_at,
            token,
            refresh,
            row.expires_at,
            row.version,
        )


def _of(installed: Installed) -> Mapping[str, Any]:
    return {"of_team": installed.team, "of_version": installed.version}


def seal_tokens(session: Session, team: str, token: str, refresh: str) -> Mapping[str, Any]:
    """The columns of a workspace's tokens. They are bound to it: those of another do not open in their place."""
    sealed = session.keys.seal("", f"slack {team}", json.dumps([token, refresh]).encode())
    return {"key": sealed.key, "nonce": sealed.nonce, "body": sealed.body}


def open_tokens(session: Session, row: Row[Any]) -> tuple[str, str]:
    """The token and what a new one is asked for with. Raises KeyFault."""
    text = session.keys.open("", f"slack {row.team}", Sealed(row.key, row.nonce, row.body))
    token, refresh = json.loads(text)
    return token, refresh
