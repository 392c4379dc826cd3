"""Commands that name a person or a programme: what is not meant is neither changed nor shown.

Whoever runs the service stands above all organisations, so a command may find anybody. What fits several is refused
with all of them, and with their programmes and organisations beside them; nothing is done to a first one.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from adapters.cli import app
from bot.ids import derive
from storage import tables as t
from storage.database import Database
from tests.adapters.service import CANARIES, NOW, Snapshot, differing, rows_of
from tests.adapters.test_commands import Run, runner
from tests.adapters.test_setting_up import PROGRAMME
from tests.cast import ADA, BEN, NAMES, XAN, YAN, ZOE
from tests.databases import copy_of, everything

ADDRESS = "Zoe.Adeyemi@Example.org"
"""As somebody's own spreadsheet writes it."""


@pytest.fixture
def url(told: str, tmp_path: Path) -> str:
    """The story, in which Zoe of the other organisation is called Ada as well, and both have an address."""
    copied = copy_of(told, tmp_path)

    async def rename() -> None:
        database = Database(copied)
        async with everything(database) as connection:
            for who, name, email in ((ZOE, "Ada", ADDRESS), (ADA, "Ada", "ada@northbank.example")):
                row = t.people.update().where(t.people.c.id == who.id)
                await connection.execute(row.values(name=name, email=email))
        await database.close()

    asyncio.run(rename())
    return copied


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("adapters.wiring.real_now", lambda: NOW)
    return runner(url)


def rows(url: str) -> Snapshot:
    async def read() -> Snapshot:
        database = Database(url)
        found = await rows_of(database)
        await database.close()
        return found

    return asyncio.run(read())


MAIL = {"ALONGSIDE_MAIL": "smtp://127.0.0.1:1", "ALONGSIDE_MAIL_FROM": "alongside@example.org"}
PERSON = ("link", "export", "erase", "people remove")
PROGRAMMES = ("audit", "digest", "people import")
NEITHER = (
    "demo",
    "serve",
    "check",
    "db upgrade",
    "keys new",
    "keys rotate",
    "programme apply",
    "slack manifest",
    "key new",
    "key rotate",
)


def commands(group: Any, name: str = "") -> Iterator[str]:
    """Each command by the words that are typed for it."""
    inner = getattr(group, "commands", None)
    if inner is None:
        yield name
    else:
        for each, command in inner.items():
            yield from commands(command, f"{name} {each}".strip())


def test_every_command_is_tried_here_or_names_nobody() -> None:
    assert set(commands(get_command(app))) == {*PERSON, *PROGRAMMES, *NEITHER}


def of_a_person(command: str, who: str, run: Run) -> tuple[int, str]:
    options = ["--yes"] if command in ("erase", "people remove") else []
    result = run(*command.split(), who, *options, **MAIL)
    return result.exit_code, result.output


def test_a_name_that_fits_two_does_nothing_to_either_and_says_which_they_are(run: Run, url: str) -> None:
    before = rows(url)
    for command in PERSON:
        for called in ("Ada", " ada "):
            code, said = of_a_person(command, called, run)
            assert code == 1
            assert f"{ADA.id}  Ada, Leading together (northbank)" in said
            assert f"{ZOE.id}  Ada, Elsewhere (southgate)" in said
            assert "ada@northbank.example" not in said
    assert rows(url) == before


def test_nobody_is_found_by_nothing_by_a_part_of_a_name_or_by_what_a_database_could_take_for_more(
    run: Run, url: str
) -> None:
    assert of_a_person("erase", BEN.id, run)[0] == 0
    before = rows(url)
    for command in PERSON:
        for called in ("", "  ", "%", "Ad", "A_a", "' OR 1=1 --", "*", BEN.id, derive("northbank")):
            code, said = of_a_person(command, called, run)
            assert (code, "Nobody is called" in said) == (1, True), called
            assert not [name for name in NAMES.values() if f" {name}" in said]
    assert rows(url) == before, "nor whoever was erased: they have no name, and nobody signs in as them"


def test_one_persons_id_or_address_does_something_to_them_alone(run: Run, url: str) -> None:
    for command in (
        "link",
        "export",
        "erase",
    ):  # whom the last one is for, tests/adapters/test_removing.py says
        for called, who in ((ADDRESS.lower(), ZOE), (ADDRESS.upper(), ZOE), (ZOE.id, ZOE)):
            if command == "erase" and called != ZOE.id:
                continue
            before = rows(url)
            code, said = of_a_person(command, called, run)
            after = rows(url)
            assert code == 0, said
            assert differing(before, after)
            touched = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
            tenants = {
                str({**before.get(key, {}), **after.get(key, {})}.get("tenant_id", who.tenant))
                for key in touched
            }
            assert tenants == {who.tenant}, command
            mine = {who.id, YAN.id, *(key[-1] for key in touched if key[0] in ("audit", "keys", "claims"))}
            owners = {
                str({**before.get(key, {}), **after.get(key, {})}.get("person_id", who.id)) for key in touched
            }
            assert owners <= mine, command
    assert not [row for row in rows(url).values() if ADDRESS in str(row)]


def titled(url: str, title: str) -> None:
    async def rename() -> None:
        database = Database(url)
        async with everything(database) as connection:
            await connection.execute(t.programmes.update().values(title=title))
        await database.close()

    asyncio.run(rename())


def of_a_programme(command: str, named: str, run: Run, folder: Path) -> tuple[int, str]:
    people = folder / "people.csv"
    people.write_text(f"name,email,pair,role\nAda,{ADDRESS},,facilitator\n")
    arguments = {
        "audit": ("audit", named),
        "digest": ("digest", named, "--dry-run"),
        "people import": ("people", "import", str(people), "--programme", named),
    }[command]
    result = run(*arguments)
    return result.exit_code, result.output


def test_a_title_that_fits_several_programmes_shows_and_changes_none_of_them(
    run: Run, url: str, tmp_path: Path
) -> None:
    titled(url, "Leading together")
    before = rows(url)
    for command in PROGRAMMES:
        code, said = of_a_programme(command, "leading together", run, tmp_path)
        assert code == 1
        assert "Name the one you mean by its id" in said
        assert f"{derive('southgate', 'Elsewhere')} (southgate)" in said
        assert not [each.word for each in CANARIES if each.word in said]
    assert rows(url) == before


def test_what_is_asked_of_one_programme_holds_nothing_of_another(run: Run, url: str, tmp_path: Path) -> None:
    foreign = [name for id, name in NAMES.items() if id not in (ZOE.id, YAN.id, XAN.id) and name != "Ada"]
    for command in ("audit", "digest"):
        code, said = of_a_programme(command, derive("southgate", "Elsewhere"), run, tmp_path)
        assert code == 0
        assert not [each.word for each in CANARIES if each.word in said]
        assert not [name for name in foreign if name in said.split()]
    before = rows(url)
    code, said = of_a_programme("people import", "Second programme", run, tmp_path)
    assert (code, "New facilitator: Ada" in said) == (0, True), "one address in two programmes is two people"
    after = rows(url)
    touched = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    assert {key[0] for key in touched} - {"keys"} == {"people", "accounts", "audit"}
    assert not [key for key in touched if key in before and key[0] == "people"], (
        "whoever was there is as they were"
    )


def test_a_programme_of_another_organisation_is_never_changed_by_a_file(
    run: Run, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "programme.toml"
    # The same titles and keys as another organisation's, under a key of its own.
    file.write_text(PROGRAMME.replace("Leading side by side", "Leading together"))
    before = rows(url)
    assert run("programme", "apply", str(file)).exit_code == 0
    after = rows(url)
    assert not [key for key in before if before[key] != after.get(key) and key[0] != "keys"]
