"""What whoever runs the service asks of a database as a whole: its clock, and what did not go out. No words."""

from datetime import datetime

from sqlalchemy import func, literal, select, type_coerce

from storage import tables as t
from storage.database import Database, db_now
from storage.session import EVERYBODY, Session, across_tenants

_UNDELIVERED = across_tenants(
    select(func.count(t.outbox.c.seq)).where(t.outbox.c.state == "dead"),
    "counts what could not be delivered to anybody",
)


async def clock_of(database: Database) -> datetime:
    """What time it is by the database's own clock."""
    async with database.read() as connection:
        found: datetime = (
            await connection.execute(select(type_coerce(db_now(literal(0)), t.Utc())))
        ).scalar_one()
        return found


async def undelivered(session: Session) -> int:
    """How many messages were given up on."""
    await session.enter(EVERYBODY)
    row = await session.one(_UNDELIVERED)
    return 0 if row is None else int(row[0])
