"""The fence between tenants: what holds even if a statement forgot to compare its tenant."""

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from storage import tables as t
from storage.database import Database
from storage.migrate import NotMigrated, check
from storage.session import Unguarded, across_tenants
from storage.store import SqlStore
from tests.cast import ADA, MONDAY, ZOE, bring_in
from tests.conftest import KEYS, Template
from tests.databases import administrator, everything


async def test_a_transaction_enters_one_tenant_and_does_not_wander_into_another(store: SqlStore) -> None:
    await bring_in(store)
    async with store.read() as tx:
        with pytest.raises(Unguarded):
            await tx.session.run(select(t.people).where(t.people.c.tenant_id == ADA.tenant))
        assert await tx.people.get(ADA.reader)
        with pytest.raises(Unguarded):
            await tx.people.get(ZOE.reader)
    async with store.read() as tx:
        assert await tx.people.get(ZOE.reader)


async def test_postgresql_shows_and_takes_rows_of_the_entered_tenant_alone(
    postgresql_template: Template, tmp_path: Path
) -> None:
    database = Database(postgresql_template.fresh(tmp_path))
    store = SqlStore(database, KEYS)
    await bring_in(store)
    names = across_tenants(select(t.people.c.tenant_id).distinct(), "the statement that forgot")
    for entered, seen in (("", []), (ADA.tenant, [ADA.tenant]), ("*", sorted({ADA.tenant, ZOE.tenant}))):
        async with store.read() as tx:
            if entered:
                await tx.session.enter(entered)
            assert sorted(row.tenant_id for row in await tx.session.all(names)) == seen
    async with store.write() as tx:
        await tx.session.enter(ADA.tenant)
        everyone = across_tenants(t.people.update().values(name="taken over"), "the statement that forgot")
        changed = await tx.session.count(everyone)
    async with everything(database) as connection:
        left = await connection.execute(select(t.people.c.tenant_id).where(t.people.c.name != "taken over"))
        assert set(left.scalars()) == {ZOE.tenant}
        assert changed > 0
    values = {"tenant_id": ZOE.tenant, "id": "x" * 32, "person_id": ZOE.id, "at": MONDAY}
    foreign = across_tenants(
        t.words.insert().values(**values, key="k", nonce=b"n", body=b"b"), "the statement that forgot"
    )
    async with store.write() as tx:
        await tx.session.enter(ADA.tenant)
        with pytest.raises(ProgrammingError, match="row-level security"):
            await tx.session.run(foreign)
    await database.close()


async def test_every_table_with_a_tenant_is_fenced_in_postgresql_or_named_as_an_exception(
    postgresql_template: Template, tmp_path: Path
) -> None:
    database = Database(postgresql_template.fresh(tmp_path))
    async with everything(database) as connection:
        fenced = await connection.execute(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        )
        found = set(fenced.scalars())
    await database.close()
    assert found == {table.name for table in t.metadata.sorted_tables if "tenant_id" in table.c} - t.UNFENCED


async def test_a_role_that_passes_the_fence_is_refused_with_what_to_do(
    postgresql_template: Template, tmp_path: Path
) -> None:
    database = Database(postgresql_template.fresh(tmp_path))
    await check(database)
    mighty = Database(administrator(database))
    await database.close()
    with pytest.raises(NotMigrated, match="CREATE ROLE"):
        await check(mighty)
    await mighty.close()
