"""What nobody needs any more: names of deliveries, tries, sign-ins and links that have run out, sent rows.

None of it holds words. What people wrote is kept as long as the programme says, and is not touched here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam

from storage import tables as t
from storage.session import EVERYBODY, Session, across_tenants

_BEFORE = bindparam("before", type_=t.Utc())
_WHY = "the house is swept for everybody at once; none of these rows holds words"

_SWEPT: Mapping[str, tuple[timedelta, Any]] = {
    # A platform delivers an event again within hours, a person's browser within the life of a page.
    "claims": (timedelta(days=30), t.claims.delete().where(t.claims.c.at < _BEFORE)),
    "attempts": (timedelta(days=2), t.attempts.delete().where(t.attempts.c.since < _BEFORE)),
    "sessions": (timedelta(), t.sessions.delete().where(t.sessions.c.expires_at < _BEFORE)),
    # Long after it has stopped to let anybody in, the same link in an old mail still ends all mail.
    "links": (timedelta(days=400), t.links.delete().where(t.links.c.expires_at < _BEFORE)),
    "slack_states": (timedelta(), t.slack_states.delete().where(t.slack_states.c.expires_at < _BEFORE)),
    "outbox": (
        timedelta(days=90),
        t.outbox.delete().where(t.outbox.c.state != "queued", t.outbox.c.first_due_at < _BEFORE),
    ),
}
_STATEMENTS = {name: (age, across_tenants(statement, _WHY)) for name, (age, statement) in _SWEPT.items()}


class SqlPurge:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def purge(self, now: datetime) -> Mapping[str, int]:
        await self._session.enter(EVERYBODY)
        return {
            name: (await self._session.run(statement, {"before": now - age})).rowcount
            for name, (age, statement) in _STATEMENTS.items()
        }
