"""Setting up: tenants, programmes, modules, people and pairs. Twice the same changes nothing.

What is read here to be changed is locked (storage/as_set_up.py), so that nothing moves in between.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, or_

from bot.conversation.state import Standing, State
from bot.model import Account, Module, Pair, Person, Programme, Reader, Role, Tenant
from bot.rows import Listed, PairNow, PersonNow, ProgrammeNow
from bot.when import ANNOUNCED, deletion_after, month_after
from storage import as_set_up
from storage import tables as t
from storage.session import Session, insert


class SqlSetup:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def programmes(self, tenant: str | None = None) -> Sequence[Listed]:
        return await as_set_up.programmes(self._session, tenant)

    async def programme_now(self, tenant: str, programme: str) -> ProgrammeNow | None:
        return await as_set_up.programme_now(self._session, tenant, programme)

    async def people_now(self, tenant: str, programme: str) -> Sequence[PersonNow]:
        return await as_set_up.people_now(self._session, tenant, programme)

    async def former(self, tenant: str, programme: str) -> Mapping[str, str]:
        return await as_set_up.former(self._session, tenant, programme)

    async def pairs_now(self, tenant: str, programme: str) -> Sequence[PairNow]:
        return await as_set_up.pairs_now(self._session, tenant, programme)

    async def holders(self, accounts: Collection[Account]) -> Mapping[Account, Reader]:
        return await as_set_up.holders(self._session, accounts)

    async def tenant(self, tenant: Tenant) -> None:
        await self._session.enter(tenant.id)
        await self._session.run(
            insert(t.tenants).values(id=tenant.id, name=tenant.name).on_conflict_do_nothing()
        )

    async def rename(self, tenant: Tenant) -> None:
        await self._session.enter(tenant.id)
        row = t.tenants.update().where(t.tenants.c.id == tenant.id)
        await self._session.run(row.values(name=tenant.name))

    async def programme(self, programme: Programme, digest_from: datetime, digest_at: datetime) -> None:
        deletion = deletion_after(programme.zone, month_after(programme.zone, digest_at))
        await self._add(
            t.programmes,
            tenant_id=programme.tenant,
            id=programme.id,
            digest_from=digest_from,
            digest_at=digest_at,
            deletion_at=deletion,
            deletion_due_at=deletion - ANNOUNCED,
            **_columns(programme),
        )

    async def change_programme(self, programme: Programme) -> None:
        await self._session.run(_the(programme).values(_columns(programme)))

    async def digest_at(self, programme: Programme, at: datetime) -> None:
        await self._session.run(_the(programme).values(digest_at=at))

    async def module(self, module: Module) -> None:
        await self._add(
            t.modules,
            tenant_id=module.tenant,
            id=module.id,
            programme_id=module.programme,
            number=module.number,
            title=module.title,
            theme=module.theme,
            starts_on=module.starts_on,
        )

    async def change_modules(self, before: Sequence[Module], after: Sequence[Module]) -> None:
        c = t.modules.c
        wanted, known = {module.id: module for module in after}, {module.id for module in before}
        for module in before:
            row = (c.tenant_id == module.tenant, c.id == module.id)
            if module.id not in wanted:
                await self._session.run(t.modules.delete().where(*row))
            else:
                # Out of the way first: two that change places would each find the other in its own.
                await self._session.run(t.modules.update().where(*row).values(number=-module.number))
        for module in after:
            if module.id not in known:
                await self.module(module)
                continue
            change = {name: getattr(module, name) for name in ("number", "title", "theme", "starts_on")}
            row = (c.tenant_id == module.tenant, c.id == module.id)
            await self._session.run(t.modules.update().where(*row).values(change))

    async def person(self, person: Person, account: Account, email: str = "") -> None:
        """A person and where they are reached; a member's conversation begins as an invitation."""
        await self._add(
            t.people,
            tenant_id=person.tenant,
            id=person.id,
            programme_id=person.programme,
            role=person.role.value,
            name=person.name,
            zone=person.hours.zone,
            hours_start=person.hours.start,
            hours_end=person.hours.end,
            email=email or None,
            notices=True,
        )
        await self._add(
            t.accounts,
            platform=account.platform.value,
            external=account.external,
            tenant_id=person.tenant,
            person_id=person.id,
        )
        if person.role is Role.MEMBER:
            await self._add(
                t.conversations,
                tenant_id=person.tenant,
                person_id=person.id,
                version=0,
                state=State.INVITED.value,
                standing=Standing.ACTIVE.value,
                over=False,
                part=0,
                answered=False,
                unanswered=0,
                every=1,
                muted=False,
                alone=False,
                unopened=0,
                wants_on=False,
            )

    async def change_person(self, person: Person, email: str) -> None:
        c = t.people.c
        row = t.people.update().where(c.tenant_id == person.tenant, c.id == person.id)
        hours = {"hours_start": person.hours.start, "hours_end": person.hours.end}
        change = {"name": person.name, "zone": person.hours.zone, **hours, "email": email or None}
        await self._session.run(row.values(change))

    async def reach(self, reader: Reader, account: Account) -> None:
        c, platform = t.accounts.c, account.platform.value
        await self._session.enter(reader.tenant)
        await self._session.run(
            t.accounts.delete().where(
                c.tenant_id == reader.tenant, c.person_id == reader.person, c.platform == platform
            )
        )
        of = {"tenant_id": reader.tenant, "person_id": reader.person}
        await self._session.run(
            t.accounts.insert(), {"platform": platform, "external": account.external, **of}
        )
        p = t.people.c
        found = t.people.update().where(p.tenant_id == reader.tenant, p.id == reader.person)
        await self._session.run(found.values(lost_chat=None, lost_at=None))

    async def sign_out(self, reader: Reader) -> None:
        for table in (t.links, t.sessions):
            mine = (table.c.tenant_id == reader.tenant, table.c.person_id == reader.person)
            await self._session.run(table.delete().where(*mine))

    async def pair(self, pair: Pair, plan_at: datetime) -> None:
        """Two people become a pair; its first round is planned at `plan_at`."""
        await self._add(
            t.pairs,
            tenant_id=pair.tenant,
            id=pair.id,
            programme_id=pair.programme,
            one_id=pair.one,
            two_id=pair.two,
            state=pair.state.value,
            plan_at=plan_at,
        )
        for person in (pair.one, pair.two):
            mine = t.conversations.c
            row = t.conversations.update().where(
                mine.tenant_id == pair.tenant,
                mine.person_id == person,
                or_(mine.pair_id.is_(None), mine.pair_id != pair.id),
            )
            # A new version: whoever is just saving this conversation has not seen the pair, and reads it again.
            await self._session.run(row.values(pair_id=pair.id, version=mine.version + 1))

    async def plan_pair(self, pair: Pair, at: datetime) -> None:
        c = t.pairs.c
        row = t.pairs.update().where(c.tenant_id == pair.tenant, c.id == pair.id)
        await self._session.run(row.values(plan_at=at))

    async def _add(self, table: Table, **values: object) -> None:
        await self._session.enter(str(values["tenant_id"]))
        await self._session.run(insert(table).values(values).on_conflict_do_nothing())


def _the(programme: Programme) -> Any:
    c = t.programmes.c
    return t.programmes.update().where(c.tenant_id == programme.tenant, c.id == programme.id)


def _columns(programme: Programme) -> dict[str, object]:
    """What can be set of a programme; what follows from the passing of time stands beside it."""
    return {
        "title": programme.title,
        "zone": programme.zone,
        "ask_weekday": programme.ask.weekday,
        "ask_time": programme.ask.at,
        "open_days": programme.open_days,
        "open_time": programme.open_at,
        "digest_weekday": programme.digest.weekday,
        "digest_time": programme.digest.at,
        "retention_months": programme.retention_months,
        "contact": programme.contact,
        "hours_start": programme.hours_start,
        "hours_end": programme.hours_end,
        "holidays": programme.holidays,
        "words_by_mail": programme.words_by_mail,
    }
