"""Removing somebody as it is done: by a command, by a button in two steps, and never undone by an old file."""

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.audit import Did
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Reader
from bot.remove import remove
from storage import tables as t
from storage.database import Database
from storage.store import SqlStore
from tests.adapters.service import PAGE, Service, only_sqlite
from tests.adapters.test_commands import Run, count_of, run, set_up, url
from tests.adapters.test_programme_page import page, press
from tests.adapters.test_setting_up import PEOPLE, apply, bring, contents, people, refused, said
from tests.cast import ADA, FAY, IVY, JO
from tests.conftest import KEYS
from tests.databases import everything

__all__ = ["run", "set_up", "url"]

SECOND = PEOPLE + "Kit Moss,kit.moss@example.org,,facilitator,,\n"
ANNA = "Anna Lindqvist"


# ---- by a command


@pytest.fixture
def two(set_up: Run, tmp_path: Path) -> Run:
    """The example, with a second facilitator."""
    (tmp_path / "people.csv").write_text(SECOND)
    assert set_up("people", "import", str(tmp_path / "people.csv")).exit_code == 0
    return set_up


def test_the_command_says_what_ends_and_what_stays_asks_for_the_name_and_does_it(two: Run, url: str) -> None:
    tried = two("people", "remove", ANNA, typed="Anna")
    assert tried.exit_code == 1
    assert "signed out everywhere at once" in tried.output
    assert "What members wrote stays as it is" in tried.output
    assert "That is another name: nothing has been changed." in tried.output
    assert count_of(url, "audit") == 3
    assert two("people", "remove", "anna.lindqvist@example.org", typed=ANNA).output.endswith("is removed.\n")
    assert "Nobody is called" in two("people", "remove", ANNA, "--yes").output
    assert "Nobody is called" in two("link", ANNA).output
    assert "the command line" in two("audit", "Leading side by side").output
    assert f"removed {ANNA}" in re.sub(r"\s+", " ", two("audit", "Leading side by side").output)
    assert "1 facilitating" in two("check").output


def test_the_last_facilitator_a_member_and_a_stranger_are_refused_with_what_to_do(set_up: Run) -> None:
    for called, why in (
        (ANNA, "Only Anna Lindqvist facilitates this programme: bring in somebody else first."),
        ("Ruth Adeyemi", 'alongside erase "Ruth Adeyemi"'),
        ("Nobody Here", "Nobody is called “Nobody Here”."),
    ):
        tried = set_up("people", "remove", called, "--yes")
        assert tried.exit_code == 1
        assert why in tried.output
    gone = set_up("people", "remove", "Jo Okafor", "--yes")
    assert gone.exit_code == 0
    assert "nobody outside both organisations can be asked for a call" in set_up("check").output


def test_a_link_that_was_made_before_is_worth_nothing_afterwards(two: Run, url: str) -> None:
    assert two("link", ANNA).exit_code == 0
    assert count_of(url, "links") == 1
    two("people", "remove", ANNA, "--yes")
    assert count_of(url, "links") == 0

    async def accounts() -> list[str]:
        store = SqlStore(Database(url), KEYS)
        async with everything(store.database) as connection:
            rows = (await connection.execute(select(t.people).where(t.people.c.name == ANNA))).all()
        await store.database.close()
        return [f"{row.role} {row.email}" for row in rows]

    assert asyncio.run(accounts()) == ["former None"]


# ---- an old file


async def test_a_file_that_still_names_them_is_refused_and_one_that_tells_two_apart_is_not(
    store: SqlStore,
) -> None:
    await apply(store)
    await bring(store, SECOND)
    anna = (await people(store))[ANNA].person
    async with store.write() as tx:
        await tx.erasure.remove(Reader(anna.tenant, anna.id))
    assert f"{ANNA} was removed from this programme." in await refused(SECOND, store)
    moved = SECOND.replace("anna.lindqvist@", "anna@")
    assert "Take this line out." in await refused(moved, store)
    without = "".join(line for line in SECOND.splitlines(keepends=True) if ANNA not in line)
    before = await contents(store)
    assert "Nothing" not in said(await bring(store, without))
    assert await contents(store) == before
    # The same address as before: it is somebody new all the same.
    again = SECOND.replace(f"{ANNA},", f"{ANNA} (2027),")
    assert "New facilitator: Anna Lindqvist (2027), anna.lindqvist@example.org" in said(
        await bring(store, again)
    )
    assert (await people(store))[f"{ANNA} (2027)"].person.id != anna.id
    assert (await bring(store, again)).changes == ()
    with pytest.raises(KeyError):
        (await people(store))[ANNA]


async def test_nobody_is_given_that_role_by_a_file(store: SqlStore) -> None:
    await apply(store)
    assert "“former” is no role." in await refused(PEOPLE.replace(",outside", ",former"), store)


# ---- by a button


async def test_a_facilitator_removes_somebody_outside_in_two_steps(service: Service) -> None:
    shown = await page(service)
    assert "<summary>Remove Jo</summary>" in shown
    assert "Jo is signed out everywhere at once" in shown
    for stays in ("Remove Ada", "Remove Fay"):
        assert stays not in shown
    assert (await service.ask("GET", PAGE, JO)).status == 200
    assert (await press(service, "remove-person", subject=JO.id))[0] == 303
    assert "Jo" not in re.findall(r"<b>(\w+)</b>", await page(service))
    assert (await service.ask("GET", PAGE, JO)).status == 401
    assert (await press(service, "remove-person", subject=JO.id))[0] == 404
    async with everything(service.store.database) as connection:
        noted = (await connection.execute(select(t.audit).where(t.audit.c.did == Did.REMOVED))).all()
    assert [(row.who, row.about) for row in noted] == [(FAY.id, JO.id)]


@only_sqlite
async def test_a_facilitator_removes_neither_a_member_nor_themselves_nor_anybody_elsewhere(
    service: Service,
) -> None:
    before = await service.snapshot()
    for person, status, why in (
        (ADA, 422, "A member of a pair leaves, or has everything removed, on their own page"),
        (FAY, 422, "Another facilitator, or whoever runs the service, removes you."),
        (IVY, 404, "There is nothing here"),
    ):
        answer = await press(service, "remove-person", subject=person.id)
        assert answer[0] == status
        assert why in answer[1]
    assert await service.snapshot() == before


@only_sqlite
async def test_whoever_waits_for_their_call_reads_so_on_the_page(service: Service) -> None:
    kit = derive(FAY.tenant, "person", "Kit")
    async with everything(service.store.database) as connection:
        fay = (await connection.execute(t.people.select().where(t.people.c.id == FAY.id))).mappings().one()
        await connection.execute(t.people.insert().values({**fay, "id": kit, "name": "Kit"}))
        await connection.commit()
    async with service.store.write() as tx:
        await remove(tx, FAY.reader, fay["programme_id"], service.house.now(), kit)
    await service.house.settle()
    adas = (await service.ask("GET", PAGE, ADA)).text()
    assert "Fay is no longer here, and does not call you." in adas
    assert "canaryhow" not in adas
    async with everything(service.store.database) as connection:
        rows = (await connection.execute(select(t.outbox).where(t.outbox.c.by_mail.is_(True)))).all()
    assert [(row.person_id, row.kind) for row in rows] == [(ADA.id, CardKind.CANNOT_CALL)], (
        "told by mail, too"
    )
