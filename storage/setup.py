"""Setting up: tenants, programmes, modules, people and pairs. Twice the same changes nothing."""

from datetime import datetime

from sqlalchemy import Table

from bot.conversation.state import PairState, Standing, State
from bot.model import Account, Module, Pair, Person, Programme, Role, Tenant
from storage import tables as t
from storage.session import Session, insert


class SqlSetup:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def tenant(self, tenant: Tenant) -> None:
        await self._session.enter(tenant.id)
        await self._session.run(
            insert(t.tenants).values(id=tenant.id, name=tenant.name).on_conflict_do_nothing()
        )

    async def programme(self, programme: Programme, digest_from: datetime, digest_at: datetime) -> None:
        await self._add(
            t.programmes,
            tenant_id=programme.tenant,
            id=programme.id,
            title=programme.title,
            zone=programme.zone,
            ask_weekday=programme.ask.weekday,
            ask_time=programme.ask.at,
            open_days=programme.open_days,
            open_time=programme.open_at,
            digest_weekday=programme.digest.weekday,
            digest_time=programme.digest.at,
            digest_from=digest_from,
            digest_at=digest_at,
            retention_months=programme.retention_months,
            contact=programme.contact,
        )

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

    async def person(self, person: Person, account: Account) -> None:
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
            )

    async def pair(self, pair: Pair, plan_at: datetime) -> None:
        """Two people become a pair; its first round is planned at `plan_at`."""
        await self._add(
            t.pairs,
            tenant_id=pair.tenant,
            id=pair.id,
            programme_id=pair.programme,
            one_id=pair.one,
            two_id=pair.two,
            state=PairState.NOBODY.value,
            plan_at=plan_at,
        )
        for person in (pair.one, pair.two):
            mine = t.conversations.c
            row = t.conversations.update().where(mine.tenant_id == pair.tenant, mine.person_id == person)
            await self._session.run(row.values(pair_id=pair.id))

    async def _add(self, table: Table, **values: object) -> None:
        await self._session.enter(str(values["tenant_id"]))
        await self._session.run(insert(table).values(values).on_conflict_do_nothing())
