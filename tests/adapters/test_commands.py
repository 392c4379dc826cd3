"""The commands of whoever runs the service: sentences, never tracebacks, and nothing changed by looking."""

import asyncio
import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from adapters.cli import app
from bot.ids import derive
from storage import tables as t
from storage.database import Database
from storage.store import SqlStore
from tests.adapters.service import ADDED, ANSWER, CANARIES, OTHER
from tests.adapters.test_cli import run as in_a_process
from tests.adapters.test_setting_up import EXAMPLES, PEOPLE, PROGRAMME
from tests.cast import ONE
from tests.conftest import KEYS, Template
from tests.databases import administrator, copy_of, everything

KEY = base64.b64encode(bytes(range(32))).decode()
NOW = datetime(2027, 1, 11, 9, tzinfo=UTC)

Run = Callable[..., Result]


@pytest.fixture
def url(template: Template, tmp_path: Path) -> str:
    return template.fresh(tmp_path)


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("adapters.wiring.real_now", lambda: NOW)
    return runner(url)


def runner(url: str) -> Run:
    def invoke(*arguments: str, typed: str = "", **environment: str) -> Result:
        settings = {"ALONGSIDE_DATABASE": url, "ALONGSIDE_KEYS": KEY, "COLUMNS": "100"}
        result = CliRunner().invoke(app, arguments, input=f"{typed}\n", env={**settings, **environment})
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return invoke


def count_of(url: str, table: str) -> int:
    async def count() -> int:
        database = Database(url)
        async with everything(database) as connection:
            rows = (await connection.execute(select(t.metadata.tables[table]))).all()
        await database.close()
        return len(rows)

    return asyncio.run(count())


@pytest.fixture
def set_up(run: Run) -> Run:
    assert run("programme", "apply", str(EXAMPLES / "programme.toml")).exit_code == 0
    assert run("people", "import", str(EXAMPLES / "people.csv")).exit_code == 0
    return run


# ---- apply and import


def test_the_examples_are_tried_applied_and_applied_again(run: Run, url: str) -> None:
    file, people = str(EXAMPLES / "programme.toml"), str(EXAMPLES / "people.csv")
    tried = run("programme", "apply", file, "--dry-run")
    assert tried.exit_code == 0
    assert "Nothing has been changed." in tried.output
    assert count_of(url, "programmes") == 0
    assert "Done." in run("programme", "apply", file).output
    assert "Nothing to change" in run("programme", "apply", file).output
    assert "New pair: Delroy Francis and Siân Cole." in run("people", "import", people, "--dry-run").output
    assert count_of(url, "people") == 0
    assert "Done." in run("people", "import", people).output
    assert "Nothing to change" in run("people", "import", people).output
    assert count_of(url, "people") == 8


def test_a_file_with_mistakes_is_refused_whole_with_each_line_and_exit_1(
    set_up: Run, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "programme.toml"
    file.write_text(PROGRAMME.replace('"Europe/London"', '"London"').replace('"Friday"', '"Fri day"'))
    tried = set_up("programme", "apply", str(file))
    assert tried.exit_code == 1
    assert f"{file}, line 7: zone: “London” is no time zone.\n    Did you mean Europe/London?" in tried.output
    assert f"{file}, line 26: digest, day:" in tried.output
    assert "has 2 mistakes. Nothing was changed." in tried.output
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE + "New One,new@example.org,4,,,\nNew Two,nonsense,4,,,\n")
    tried = set_up("people", "import", str(people))
    assert tried.exit_code == 1
    assert f"{people}, line 11: email: “nonsense” is no email address." in tried.output
    assert count_of(url, "people") == 8


def test_a_file_that_is_not_there_or_is_a_folder_is_said_plainly(run: Run, tmp_path: Path) -> None:
    for file in (tmp_path / "none.toml", tmp_path):
        for command in (("programme", "apply"), ("people", "import")):
            tried = run(*command, str(file))
            assert tried.exit_code == 1
            assert "cannot be read" in tried.output


def test_a_programme_is_named_by_its_title_its_key_or_its_id_and_must_be_where_there_are_several(
    set_up: Run, tmp_path: Path
) -> None:
    people = str(EXAMPLES / "people.csv")
    second = tmp_path / "second.toml"
    second.write_text(
        PROGRAMME.replace('"leading-2027"', '"second"').replace("Leading side by side", "Second")
    )
    assert set_up("programme", "apply", str(second)).exit_code == 0
    unnamed = set_up("people", "import", people)
    assert unnamed.exit_code == 1
    assert "Say which programme" in unnamed.output
    assert "Leading side by side (Northbank Leadership Trust)" in unnamed.output
    wrong = set_up("people", "import", people, "--programme", "Third")
    assert wrong.exit_code == 1
    assert "There is no programme called “Third”" in wrong.output
    for name in ("leading side by side", "northbank/leading-2027"):
        assert "Nothing to change" in set_up("people", "import", people, "--programme", name).output
    assert "New pair" in set_up("people", "import", people, "--programme", "Second").output


def test_a_person_of_two_programmes_is_given_back_with_both_and_their_address_is_read_in_any_case(
    set_up: Run, tmp_path: Path
) -> None:
    second, people = tmp_path / "second.toml", tmp_path / "people.csv"
    second.write_text(
        PROGRAMME.replace('"leading-2027"', '"second"').replace("Leading side by side", "Second")
    )
    people.write_text("name,email,pair,role\nDelroy Francis,D.Francis@Example.org,,facilitator\n")
    assert set_up("programme", "apply", str(second)).exit_code == 0
    assert set_up("people", "import", str(people), "--programme", "Second").exit_code == 0
    unclear = set_up("link", "delroy francis")
    assert unclear.exit_code == 1
    for place in ("Leading side by side", "Second"):
        assert f"  Delroy Francis, {place} (Northbank Leadership Trust)" in unclear.output
    for address in ("D.Francis@Example.org", "d.francis@example.org"):
        assert "It signs in Delroy Francis, once" in set_up("link", address).output


def test_importing_before_there_is_a_programme_says_what_comes_first(run: Run) -> None:
    tried = run("people", "import", str(EXAMPLES / "people.csv"))
    assert tried.exit_code == 1
    assert "alongside programme apply" in tried.output


# ---- check


def test_all_is_well_once_everything_is_set_up(set_up: Run) -> None:
    # The clock is the real one here: what matters is what is due, and nothing of the example is in the past.
    found = set_up("check")
    for line in (
        "Settings: complete.",
        "Migrations: up to date.",
        "Leading side by side: 3 pairs, 1 facilitating.",
    ):
        assert f"ok    {line}" in found.output
    assert "have not joined yet: Delroy Francis" in found.output


@pytest.mark.parametrize("template", ["sqlite"], indirect=True)
def test_holidays_that_are_not_known_any_more_are_something_to_do(set_up: Run, url: str) -> None:
    assert "holidays" not in set_up("check").output

    async def forget() -> None:
        database = Database(url)
        async with everything(database) as connection:
            await connection.execute(t.programmes.update().values(holidays="ZZ-TOP"))
        await database.close()

    asyncio.run(forget())
    said = set_up("check")
    assert said.exit_code == 1
    assert "no holidays are known by ZZ-TOP any more, so none are kept." in said.output


def test_that_words_go_by_mail_is_said_once(set_up: Run, tmp_path: Path) -> None:
    said = "by mail the facilitators get what people share with them. A mail cannot be taken back."
    assert said not in " ".join(set_up("check").output.split())
    file = tmp_path / "programme.toml"
    file.write_text(PROGRAMME.replace("words_by_mail = false", "words_by_mail = true"))
    assert set_up("programme", "apply", str(file)).exit_code == 0
    assert " ".join(set_up("check").output.split()).count(said) == 1


def test_checking_changes_nothing_and_says_all_that_is_missing_at_once(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    found = runner(f"sqlite:///{missing}")("check")
    assert found.exit_code == 1
    assert "alongside db upgrade" in found.output
    assert not missing.exists()
    found = runner("nowhere")("check", ALONGSIDE_KEYS="", ALONGSIDE_PORT="x")
    assert found.exit_code == 1
    for name in ("ALONGSIDE_DATABASE", "ALONGSIDE_KEYS", "ALONGSIDE_PORT"):
        assert name in found.output
    assert "Questions: 110 in the bank." in found.output


@pytest.mark.slow
def test_a_database_that_cannot_be_reached_or_is_none_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("This is no database at all, but a text of some length." * 100)
    away = "postgresql://alongside@127.0.0.1:1/alongside"
    places = (f"sqlite:///{tmp_path}/folder.db", f"sqlite:///{tmp_path}/text.db", "postgresql://a:b:c@:x/y")
    tries = [(away, *command) for command in (("check",), ("db", "upgrade"), ("digest", "x", "--dry-run"))]
    tries += [(place, "serve") for place in (away, *places)]
    for url, *command in tries:
        tried = runner(url)(*command)
        assert tried.exit_code == 1, (url, command)
        assert "atabase" in tried.output
    # And once as it is typed: what a process says when it ends is more than what its command says.
    ended = in_a_process("serve", ALONGSIDE_DATABASE=away, ALONGSIDE_KEYS=KEY)
    assert ended.returncode == 1
    assert "atabase" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_missing_key_a_clock_that_is_off_and_a_service_that_stands_still_are_found(
    set_up: Run, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def begin() -> None:
        from storage.store import SqlStore
        from tests.conftest import KEYS

        database = Database(url)
        await SqlStore(database, KEYS).check_keys(NOW)
        await database.close()

    asyncio.run(begin())
    other = base64.b64encode(bytes(range(1, 33))).decode()
    assert "Add that key again" in set_up("check", ALONGSIDE_KEYS=other).output
    monkeypatch.setattr("adapters.wiring.real_now", lambda: datetime.now(UTC) + timedelta(days=3650))
    found = set_up("check")
    assert found.exit_code == 1
    assert "seconds apart" in found.output
    assert "has not been done" in found.output
    assert "nothing more is asked" in found.output


def test_a_programme_without_people_facilitators_or_pairs_is_something_to_do(
    run: Run, tmp_path: Path
) -> None:
    assert "there is none yet" in run("check").output
    run("programme", "apply", str(EXAMPLES / "programme.toml"))
    assert "there is nobody in it yet" in run("check").output
    people = tmp_path / "people.csv"
    people.write_text("".join(line for line in PEOPLE.splitlines(keepends=True) if "facilitator" not in line))
    run("people", "import", str(people))
    found = run("check")
    assert found.exit_code == 1
    assert "nobody facilitates it" in found.output


def test_a_mighty_role_is_found(postgresql_template: Template, tmp_path: Path) -> None:
    database = Database(postgresql_template.fresh(tmp_path))
    found = runner(administrator(database))("check")
    assert found.exit_code == 1
    assert "CREATE ROLE alongside" in found.output
    assert "Programmes:" in found.output


# ---- digest


def test_the_next_page_is_shown_as_facilitators_would_read_it_and_nothing_of_it_is_stored(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = copy_of(told, tmp_path)

    async def rewind() -> None:
        """Take the page that was written already back, as if it were still to come."""
        database = Database(url)
        async with everything(database) as connection:
            await connection.execute(t.lines.delete())
            await connection.execute(t.digests.delete())
            mine = t.programmes.c.tenant_id == derive(ONE)
            await connection.execute(
                t.programmes.update().where(mine).values(digest_from=NOW - timedelta(days=365))
            )
        await database.close()

    asyncio.run(rewind())
    told_before = count_of(url, "outbox")
    monkeypatch.setattr("adapters.wiring.real_now", lambda: NOW)
    found = runner(url)("digest", "Leading together", "--dry-run")
    assert found.exit_code == 0
    assert "What the facilitators would read if the week ended now." in found.output
    for canary in CANARIES:
        assert (canary.word in found.output) == (canary in (ANSWER, ADDED, OTHER)), canary.word
    assert count_of(url, "digests") == count_of(url, "lines") == 0
    assert count_of(url, "outbox") == told_before
    assert runner(url)("digest", "Leading together").exit_code == 1


def test_somebody_is_erased_only_by_whoever_types_their_name(set_up: Run, url: str) -> None:
    before = count_of(url, "accounts")
    for typed in ("", "Somebody else"):
        refused = set_up("erase", "Delroy Francis", typed=typed)
        assert refused.exit_code == 1
        assert "nothing has been removed" in refused.output
    assert count_of(url, "accounts") == before
    assert "for members alone" in set_up("erase", "Anna Lindqvist", "--yes").output
    assert set_up("erase", "Delroy Francis", typed="Delroy Francis").exit_code == 0
    assert count_of(url, "accounts") == before - 1
    assert "Nobody is called" in set_up("erase", "Delroy Francis", "--yes").output


def test_words_that_are_kept_longer_than_was_promised_are_found(set_up: Run, url: str) -> None:
    async def write(days: int) -> None:
        store = SqlStore(Database(url), KEYS)
        async with everything(store.database) as connection:
            row = (await connection.execute(select(t.people))).first()
        assert row is not None
        async with store.write() as tx:
            at = datetime.now(UTC) - timedelta(days=days)
            await tx.session.keep_words(row.tenant_id, f"words-{days}", row.id, "Some words.", at)
        await store.database.close()

    asyncio.run(write(300))
    assert "longer than 12 months" not in set_up("check").output
    asyncio.run(write(400))
    assert "longer than 12 months" in set_up("check").output


def test_a_copy_goes_to_the_person_by_mail_and_never_through_whoever_asks_for_it(
    set_up: Run, url: str
) -> None:
    mail = {"ALONGSIDE_MAIL": "smtp://127.0.0.1:1", "ALONGSIDE_MAIL_FROM": "alongside@example.org"}
    assert "No mail is set up" in set_up("export", "Ruth Adeyemi").output
    assert "for members alone" in set_up("export", "Anna Lindqvist", **mail).output
    sent = set_up("export", "Ruth Adeyemi", **mail)
    assert sent.exit_code == 0
    assert "on its way to ruth.adeyemi@example.org" in sent.output
    assert "/in/" not in sent.output
    assert count_of(url, "outbox") == 1
