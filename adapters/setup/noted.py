"""Doing what a file says, and noting who had it done in the same transaction: by command and in the browser alike."""

from datetime import datetime

from adapters.setup.people import import_people
from adapters.setup.people_file import WantedPeople
from adapters.setup.programme import Outcome, apply_programme, programme_id, tenant_id
from adapters.setup.programme_file import WantedProgramme
from bot.audit import Did, Entry, Of
from bot.model import Programme
from bot.ports import Tx


async def apply_noted(
    tx: Tx, wanted: WantedProgramme, now: datetime, who: str, own: Programme | None = None
) -> Outcome:
    """Make a programme what its file says; `own` is the one that it may be about, if it may not be any."""
    done = await apply_programme(tx.setup, wanted, now, own)
    if done.changes:
        about = programme_id(wanted.organisation_key, wanted.key)
        tenant = tenant_id(wanted.organisation_key)
        tx.audit.note(Entry(tenant, now, who, Did.APPLIED, Of.PROGRAMME, about))
    return done


async def import_noted(
    tx: Tx, programme: Programme, wanted: WantedPeople, now: datetime, who: str, *, fixed: bool = False
) -> Outcome:
    """Bring in people; where it is `fixed`, nobody who takes part is reached anywhere else afterwards."""
    done = await import_people(tx.setup, programme, wanted, now, fixed=fixed)
    noted = [(Did.READDRESSED, Of.PERSON, person) for person in done.readdressed]
    if done.changes:
        noted.append((Did.IMPORTED, Of.PROGRAMME, programme.id))
    for did, of, about in noted:
        tx.audit.note(Entry(programme.tenant, now, who, did, of, about))
    return done
