"""What the audit holds after people have done things: each once, by ids, and nothing anybody wrote or is called."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters import wiring
from bot.audit import COMMAND_LINE
from bot.cards.joining import TERMS_VERSION
from bot.due import tick
from bot.leave import erase
from bot.messages import Action, Pressed
from bot.when import DAY
from storage import tables as t
from storage.chain import chains
from storage.database import Database
from tests.adapters.service import (
    CANARIES,
    DIGEST,
    NOW,
    OTHER,
    PAGE,
    Service,
    filled,
    only_sqlite,
    owned_ids,
)
from tests.adapters.test_commands import Run, runner
from tests.adapters.test_matrix import COPY, PROGRAMME, csrf
from tests.adapters.test_setting_up import EXAMPLES
from tests.cast import ADA, BEN, CLEO, FAY, GUS, IVY, JO, NAMES, ZOE, Character
from tests.conftest import Template
from tests.databases import copy_of, everything

Said = tuple[str, str, str, str]
"""Who, did, to what kind of thing, with which id."""


async def entries(database: Database) -> list[Said]:
    async with everything(database) as connection:
        rows = await connection.execute(select(t.audit).order_by(t.audit.c.tenant_id, t.audit.c.seq))
        return [(row.who, row.did, row.kind, row.about) for row in rows]


async def since(service: Service, before: Sequence[Said]) -> list[Said]:
    return [each for each in await entries(service.store.database) if each not in before]


async def post(service: Service, path: str, who: Character, **fields: str) -> int:
    return (await service.ask("POST", path, who, {"csrf": csrf(who), **fields})).status


async def test_each_thing_that_was_done_is_noted_once_with_ids_alone(service: Service) -> None:
    before = await entries(service.store.database)
    assert (ADA.id, "agreed to", "terms", TERMS_VERSION) in before
    ids = await owned_ids(service.store)
    page = filled(DIGEST, [ids["digests 0"]])[0]
    async with service.store.read() as tx:
        view = await tx.digests.view(FAY.reader, ids["digests 0"])
    line = next(each.id for each in view.lines if OTHER.word not in each.text)
    for _ in range(2):
        assert (await service.ask("GET", page, FAY)).status == 200
        assert (await service.ask("GET", PAGE, FAY)).status == 200
        assert await post(service, page, FAY, action="take", subject=line) == 303
        assert await post(service, page, FAY, action="answer", subject=line, reply="So we will.") == 303
    assert (await service.ask("GET", COPY, ADA)).status == 200
    assert await post(service, PROGRAMME, FAY, action="way-in", subject=ADA.id) == 303
    assert await post(service, "/me/leaving", ADA, action="erase", sure="yes") == 200
    assert await since(service, before) == [
        (FAY.id, "opened", "digest", ids["digests 0"]),
        (FAY.id, "took to a module", "line", line),
        (FAY.id, "answered", "line", line),
        (ADA.id, "took a copy", "person", ADA.id),
        (FAY.id, "sent a link to", "person", ADA.id),
        (ADA.id, "erased", "person", ADA.id),
    ]
    said = str(await entries(service.store.database))
    assert not [each for each in (*NAMES.values(), "example", *(c.word for c in CANARIES)) if each in said]
    async with service.store.read() as tx:
        assert [each.fault for each in await chains(tx.session)] == ["", ""], "erasing breaks no chain"


@only_sqlite
async def test_a_page_that_is_opened_again_the_next_day_is_noted_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await entries(service.store.database)
    for _ in range(2):
        await service.ask("GET", PAGE, FAY)
    monkeypatch.setattr(wiring, "real_now", lambda: NOW + DAY)
    object.__setattr__(service.house, "now", lambda: NOW + DAY)
    for _ in range(2):
        await service.ask("GET", PAGE, FAY)
    rows = await entries(service.store.database)
    assert [each[:2] for each in rows].count((FAY.id, "opened")) == 2
    assert (FAY.id, "opened") not in [each[:2] for each in before], "the control"


async def test_what_was_not_theirs_to_do_is_not_noted(service: Service) -> None:
    before = await entries(service.store.database)
    ids = await owned_ids(service.store)
    page = filled(DIGEST, [ids["digests 0"]])[0]
    for who in (ADA, CLEO, GUS, IVY, JO, ZOE):
        await service.ask("GET", page, who)
        for action in ("take", "answer"):
            await post(service, page, who, action=action, subject=ids["lines 0"], reply="Nothing.")
        if who is not ADA:
            await post(service, PROGRAMME, who, action="way-in", subject=ADA.id)
    await service.ask("HEAD", COPY, ADA)
    await service.ask("GET", COPY, FAY)
    await post(service, "/me/leaving", ADA, action="erase", sure="")
    await post(service, "/me/calls", FAY, action="will-call", subject=ids["calls 0"])
    assert await since(service, before) == []


@only_sqlite
async def test_leaving_is_noted_when_it_stands_and_not_while_it_can_be_undone(service: Service) -> None:
    before = await entries(service.store.database)
    await service.house.take_in(Pressed("leave", BEN.account, NOW, Action.LEAVE))
    await tick(service.store, service.house.prompts, NOW + timedelta(hours=23))
    assert await since(service, before) == []
    for hours in (25, 26):
        await tick(service.store, service.house.prompts, NOW + timedelta(hours=hours))
    assert [each[:2] for each in await since(service, before)] == [(BEN.id, "left")]


# ---- at a terminal


@pytest.fixture
def run(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Run, str]:
    monkeypatch.setattr("adapters.wiring.real_now", lambda: NOW)
    url = template.fresh(tmp_path)
    return runner(url), url


def test_what_is_done_at_the_command_line_is_noted_and_told_in_a_table(
    run: tuple[Run, str], tmp_path: Path
) -> None:
    do, _ = run
    programme, people = str(EXAMPLES / "programme.toml"), EXAMPLES / "people.csv"
    moved = tmp_path / "people.csv"
    moved.write_text(people.read_text().replace("delroy", "another.delroy"))
    assert moved.read_text() != people.read_text()
    for command in (
        ("programme", "apply", programme, "--dry-run"),
        ("programme", "apply", programme),
        ("programme", "apply", programme),
        ("people", "import", str(people)),
        ("people", "import", str(moved), "--dry-run"),
        ("people", "import", str(moved)),
        ("link", "Siân Cole"),
        ("digest", "Leading side by side", "--dry-run"),
        ("erase", "Siân Cole", "--yes"),
    ):
        assert do(*command, ALONGSIDE_ADDRESS="https://alongside.example.org").exit_code == 0, command
    shown = " ".join(do("audit", "Leading side by side", COLUMNS="160").output.split())
    expected = (
        "applied a file to the programme",
        "brought people into the programme",
        "changed the address of Delroy Francis",
        "brought people into the programme",
        "made a link for somebody who has no name any more",
        "looked ahead at the next page of the programme",
        "erased somebody who has no name any more",
    )
    place = 0
    for each in expected:
        place = shown.index(f"2026-11-24 10:05:00 {COMMAND_LINE} {each}", place) + 1
    assert shown.count(COMMAND_LINE) == len(expected)
    assert "Siân" not in shown
    checked = do("check").output
    assert "7 entries, all as they were written." in checked


def test_checking_says_where_it_breaks_and_what_to_do(run: tuple[Run, str]) -> None:
    do, url = run
    do("programme", "apply", str(EXAMPLES / "programme.toml"))
    do("people", "import", str(EXAMPLES / "people.csv"))
    assert "Audit of Northbank Leadership Trust: 2 entries, all as they were written." in do("check").output

    async def tamper() -> None:
        database = Database(url)
        async with everything(database) as connection:
            await connection.execute(t.audit.update().where(t.audit.c.seq == 1).values(who="nobody"))
        await database.close()

    asyncio.run(tamper())
    found = do("check")
    assert found.exit_code == 1
    assert "it does not hold. Entry 1 is not as it was written." in found.output
    assert "Somebody has written to the database past Alongside." in found.output


def test_the_audit_tells_of_one_programme_and_of_nobodys_words(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = copy_of(told, tmp_path)
    monkeypatch.setattr("adapters.wiring.real_now", lambda: NOW)

    async def erase_ben() -> None:
        from storage.store import SqlStore
        from tests.conftest import KEYS

        database = Database(url)
        await erase(SqlStore(database, KEYS), BEN.reader, NOW)
        await database.close()

    asyncio.run(erase_ben())
    shown = runner(url)("audit", "Leading together", COLUMNS="200").output
    assert "times in Europe/London" in shown
    assert "Ada" in shown
    assert "agreed to the terms, version" in shown
    assert f"somebody who has no name any more ({BEN.id[:8]})" in shown
    for absent in ("Gus", "Hal", "Zoe", *(each.word for each in CANARIES)):
        assert absent not in shown
    assert "Nothing has been noted yet." not in shown
    assert runner(url)("audit", "Nowhere").exit_code == 1
