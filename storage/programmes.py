"""Programmes and their modules, as the engine reads them."""

from typing import Any

from sqlalchemy import Row, bindparam, select

from bot.errors import Unknown
from bot.model import Hours, Module, Programme, Weekly
from storage import tables as t
from storage.session import Session

_PROGRAMME = select(t.programmes).where(
    t.programmes.c.tenant_id == bindparam("tenant"), t.programmes.c.id == bindparam("programme")
)
_MODULES = (
    select(t.modules)
    .where(t.modules.c.tenant_id == bindparam("tenant"), t.modules.c.programme_id == bindparam("programme"))
    .order_by(t.modules.c.number)
)


async def programme_of(session: Session, tenant: str, programme: str) -> Programme:
    row = await session.one(_PROGRAMME, tenant=tenant, programme=programme)
    if row is None:
        raise Unknown("There is no such programme.")
    return Programme(
        tenant=tenant,
        id=row.id,
        title=row.title,
        zone=row.zone,
        ask=Weekly(row.ask_weekday, row.ask_time, row.zone),
        open_days=row.open_days,
        open_at=row.open_time,
        digest=Weekly(row.digest_weekday, row.digest_time, row.zone),
        retention_months=row.retention_months,
        contact=row.contact,
        hours_start=row.hours_start,
        hours_end=row.hours_end,
        holidays=row.holidays,
        words_by_mail=row.words_by_mail,
    )


def hours_of(session: Session, row: Row[Any], holidays: str) -> Hours:
    """When somebody may be written to, from a row of `people` and the holidays of their programme."""
    if row.own_zone is None:
        return set_up_hours_of(session, row, holidays)
    return Hours(row.own_zone, row.own_start, row.own_end, session.calendar(holidays))


def set_up_hours_of(session: Session, row: Row[Any], holidays: str) -> Hours:
    """The hours that somebody was set up with, whatever they have chosen since."""
    return Hours(row.zone, row.hours_start, row.hours_end, session.calendar(holidays))


async def modules_of(session: Session, tenant: str, programme: str) -> tuple[Module, ...]:
    rows = await session.all(_MODULES, tenant=tenant, programme=programme)
    return tuple(
        Module(tenant, row.id, programme, row.number, row.title, row.theme, row.starts_on) for row in rows
    )
