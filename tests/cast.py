"""The cast: a pair, another pair of the same programme, a facilitator, another programme, another tenant.

Ada and Ben are the pair that tests are about. Cleo and Dan may see nothing of theirs; Fay facilitates, and Jo,
who belongs to neither organisation, can be asked for a call;
Gus and Hal are in another programme of the same tenant with facilitator Ivy; for Zoe and Yan, of another
tenant, none of it exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from bot.conversation.state import PairState
from bot.ids import derive
from bot.model import Account, Hours, Module, Pair, Person, Platform, Programme, Reader, Role, Tenant, Weekly
from bot.questions.bank import Theme
from bot.when import next_weekly
from storage.store import SqlStore

LONDON = "Europe/London"
DAYTIME = Hours(LONDON, time(9), time(20))
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
"""When the stories begin: a Monday morning in winter, when London keeps UTC."""

ONE, TWO = "northbank", "southgate"


@dataclass(frozen=True)
class Character:
    tenant: str
    id: str
    role: Role = Role.MEMBER
    hours: Hours = DAYTIME

    @property
    def reader(self) -> Reader:
        return Reader(self.tenant, self.id)

    @property
    def account(self) -> Account:
        return Account(Platform.WEB, self.id)


def _character(tenant: str, name: str, role: Role = Role.MEMBER, hours: Hours = DAYTIME) -> Character:
    return Character(derive(tenant), derive(tenant, name), role, hours)


ADA, BEN = _character(ONE, "Ada"), _character(ONE, "Ben")
CLEO, DAN = _character(ONE, "Cleo"), _character(ONE, "Dan")
EVE, FIN = _character(ONE, "Eve"), _character(ONE, "Fin")
FAY = _character(ONE, "Fay", Role.FACILITATOR)
JO = _character(ONE, "Jo", Role.OUTSIDE)
GUS, HAL = _character(ONE, "Gus"), _character(ONE, "Hal")
IVY = _character(ONE, "Ivy", Role.FACILITATOR)
ZOE, YAN = _character(TWO, "Zoe"), _character(TWO, "Yan")
XAN = _character(TWO, "Xan", Role.FACILITATOR)
NAMES = {
    derive(ONE, n): n for n in ("Ada", "Ben", "Cleo", "Dan", "Eve", "Fin", "Fay", "Jo", "Gus", "Hal", "Ivy")
} | {derive(TWO, n): n for n in ("Zoe", "Yan", "Xan")}


def programme(tenant: str, name: str) -> Programme:
    return Programme(
        tenant=derive(tenant),
        id=derive(tenant, name),
        title=name,
        zone=LONDON,
        ask=Weekly(1, time(10), LONDON),
        open_days=2,
        open_at=time(17),
        digest=Weekly(4, time(16), LONDON),
        retention_months=12,
        contact="Jo Okafor, 020 7946 0000",
    )


FIRST_MODULE = date(2026, 11, 10)


async def bring_in(
    store: SqlStore,
    start: datetime = MONDAY,
    first_module: date = FIRST_MODULE,
    hours: Mapping[Character, Hours] = MappingProxyType({}),
    *,
    everybody: bool = True,
) -> None:
    """Set up the whole cast, invited but not yet told anything; `hours` are for those who keep others.

    Where nobody else has a part in it, one pair with its facilitator and Jo will do: weeks pass in half the time.
    """
    stage = [
        (ONE, "Leading together", [(ADA, BEN), (CLEO, DAN), (EVE, FIN)], (FAY, JO)),
        (ONE, "Second programme", [(GUS, HAL)], (IVY,)),
        (TWO, "Elsewhere", [(ZOE, YAN)], (XAN,)),
    ]
    if not everybody:
        stage = [(ONE, "Leading together", [(ADA, BEN)], (FAY, JO))]
    async with store.write() as tx:
        for tenant, title, pairs, others in stage:
            found = programme(tenant, title)
            await tx.setup.tenant(Tenant(found.tenant, tenant))
            await tx.setup.programme(found, start - timedelta(days=7), next_weekly(found.digest, start))
            for number, theme in enumerate((Theme.POWER, Theme.TRUST, Theme.NEXT), 1):
                starts_on = first_module + timedelta(days=42 * (number - 1))
                module = derive(found.id, "module", str(number))
                await tx.setup.module(
                    Module(found.tenant, module, found.id, number, f"Module {number}", theme.value, starts_on)
                )
            for character in [*others, *(each for pair in pairs for each in pair)]:
                person = Person(
                    character.tenant,
                    character.id,
                    found.id,
                    character.role,
                    NAMES[character.id],
                    hours.get(character, character.hours),
                )
                await tx.setup.person(person, character.account)
            for one, two in pairs:
                pair = derive(found.id, "pair", one.id)
                await tx.setup.pair(
                    Pair(found.tenant, pair, found.id, one.id, two.id, PairState.NOBODY), start
                )
