"""Databases that hold as many pairs as wanted: one organisation that lived a week, and copies of it.

The first organisation is brought about through the product's own doors. The others are the same rows under
other tenants, copied by INSERT … SELECT into the migrated tables with all their indexes.
"""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
    true,
)

from bench.story import ANSWERS, REPLY, Teller
from bot.conversation.state import PairState, State
from bot.ids import derive
from bot.messages import Action
from bot.model import Account, Module, Pair, Person, Platform, Role, Tenant
from bot.questions.bank import Theme
from bot.rows import Prompts
from bot.when import next_weekly
from storage import tables as t
from storage.database import Database
from storage.store import SqlStore
from tests.cast import DAYTIME, MONDAY, Character, programme
from tests.databases import administrator, everything
from tests.house import House

PAIRS = 25
"""How many pairs one organisation has."""

ASKED = datetime(2026, 11, 24, 10, tzinfo=UTC)
"""When everybody has just been asked their second question."""

_ORGANISATION = "an organisation"
_PROGRAMME = programme(_ORGANISATION, "Leading together")


async def live_a_week(store: SqlStore, prompts: Prompts) -> None:
    """One organisation joins, words its challenges, answers, sees an opening and a digest, and is asked again."""
    people = [
        Character(_PROGRAMME.tenant, derive(_PROGRAMME.tenant, str(number))) for number in range(2 * PAIRS)
    ]
    pairs = list(zip(people[::2], people[1::2], strict=True))
    async with store.write() as tx:
        await tx.setup.tenant(Tenant(_PROGRAMME.tenant, _ORGANISATION))
        await tx.setup.programme(
            _PROGRAMME, MONDAY - timedelta(days=7), next_weekly(_PROGRAMME.digest, MONDAY)
        )
        for number, starts_on in enumerate((date(2026, 11, 10), date(2027, 1, 12)), 1):
            module = derive(_PROGRAMME.id, "module", str(number))
            await tx.setup.module(
                Module(
                    _PROGRAMME.tenant,
                    module,
                    _PROGRAMME.id,
                    number,
                    f"Module {number}",
                    Theme.POWER,
                    starts_on,
                )
            )
        facilitator = Character(_PROGRAMME.tenant, derive(_PROGRAMME.tenant, "facilitator"), Role.FACILITATOR)
        for number, who in enumerate([*people, facilitator]):
            person = Person(who.tenant, who.id, _PROGRAMME.id, who.role, f"Sample Person{number}", DAYTIME)
            await tx.setup.person(person, who.account)
        for one, two in pairs:
            pair = derive(_PROGRAMME.id, "pair", one.id)
            await tx.setup.pair(
                Pair(_PROGRAMME.tenant, pair, _PROGRAMME.id, one.id, two.id, PairState.NOBODY), MONDAY
            )
    house = House(store, prompts)
    await house.join(*people)
    for one, two in pairs:
        await house.press(one, Action.PROPOSE, fields={"challenge": "Whose voice counts when time is short"})
        await house.press(two, Action.CONFIRM, "1")
    begun = ASKED - timedelta(days=7)
    await house.wait_until(begun)
    for number, who in enumerate(people):
        await house.say(who, ANSWERS[number % len(ANSWERS)])
        await house.press(who, Action.DONE)
        await house.say(who, REPLY)
        await house.press(who, Action.DONE)
        await house.share(who, partner=True, facilitators="named")
    await house.wait_until(ASKED)
    # A service does not keep for ever which deliveries it has seen and sent.
    async with everything(store.database) as connection:
        await connection.execute(t.claims.delete().where(t.claims.c.at < begun))
        for at in (t.outbox.c.first_due_at, t.posts.c.posted_at):
            await connection.execute(at.table.delete().where(at < begun))


async def copy_rows(source: Database, target: Database) -> None:
    """Copy every row from one migrated, settled database into another that is empty."""
    async with everything(source) as here, everything(target) as there:
        for table in t.metadata.sorted_tables:
            rows = (await here.execute(select(*_columns(table)))).mappings().all()
            if rows:
                await there.execute(insert(table), [dict(row) for row in rows])


async def multiply(database: Database, organisations: int) -> None:
    """Copy the one organisation until there are `organisations` of them."""
    draw = random.Random(organisations)
    others = Table("others", MetaData(), Column("id", String(32), primary_key=True))
    ids = [{"id": f"{draw.getrandbits(128):032x}"} for _ in range(organisations - 1)]
    loader = database if database.sqlite else Database(administrator(database))
    async with loader.engine.connect() as connection:
        await connection.run_sync(_load_quickly)
        await connection.run_sync(others.create)
        await connection.execute(others.insert(), ids)
        for table in t.metadata.sorted_tables:
            if table is not t.keys:
                await connection.execute(_copied(table, others))
        await connection.run_sync(others.drop)
        await connection.commit()
    # What was switched off to load quickly goes with the connection.
    await loader.close()
    await settle(database)


async def settle(database: Database) -> None:
    """Leave the database as a service that runs has it: statistics known, nothing waiting to be written."""
    await database.close()
    keeper = database if database.sqlite else Database(administrator(database))
    async with keeper.engine.connect() as connection:
        await connection.run_sync(_settle)
    await keeper.close()


async def tellers(database: Database, count: int) -> list[Teller]:
    """People who have just been asked, drawn from everywhere in the database but the same at each call."""
    c, a = t.conversations.c, t.accounts.c
    joined = t.conversations.join(t.accounts, (a.tenant_id == c.tenant_id) & (a.person_id == c.person_id))
    asked = (
        select(a.platform, a.external, c.person_id, c.round_id)
        .select_from(joined)
        .where(c.state == State.ASKED.value)
    )
    async with everything(database) as connection:
        rows = (await connection.execute(asked.order_by(c.tenant_id, c.person_id))).all()
    chosen = random.Random(0).sample(rows, count)
    return [
        Teller(Account(Platform(row.platform), row.external), row.person_id, row.round_id) for row in chosen
    ]


async def counts(database: Database) -> dict[str, int]:
    """How many rows each table holds."""
    async with everything(database) as connection:
        return {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in t.metadata.sorted_tables
        }


# ---- how rows are copied


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if column is not t.outbox.c.seq]


def _copied(table: Table, others: Table) -> Insert:
    own = None if table is t.claims else table.c.get("tenant_id", table.c.get("id"))

    def value(column: Column[Any]) -> ColumnElement[Any]:
        if column is own:
            return others.c.id
        # Two keys hold no tenant; every copy needs its own.
        if column is t.accounts.c.external or column is t.claims.c.key:
            return others.c.id + column
        return column

    rows = select(*map(value, _columns(table))).select_from(table.join(others, true()))
    if own is not None:
        rows = rows.where(own == _PROGRAMME.tenant)
    return insert(table).from_select(_columns(table), rows.order_by(others.c.id))


def _load_quickly(connection: Connection) -> None:
    # The copied rows refer to each other as the first ones do; checking each would take most of the time.
    if connection.dialect.name == "sqlite":
        _straight(
            connection, "PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-400000"
        )
    else:
        connection.exec_driver_sql("SET session_replication_role = replica")


def _settle(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        _straight(connection, "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
            alone.exec_driver_sql(statement)


def _straight(connection: Connection, *statements: str) -> None:
    # On the driver's own cursor: none of these may stand inside a transaction.
    cursor = connection.connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
