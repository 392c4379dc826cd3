"""Socket Mode: the same things by a connection of our own, acknowledged once they are stored; against a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.slack import socket
from adapters.slack.server import SlackApp
from bot.errors import Unavailable
from bot.rows import Prompts
from storage import tables as t
from storage.store import SqlTx
from tests.cast import BEN
from tests.conftest import Template, only_sqlite
from tests.slack.conftest import Workspace, connected, place_of, running
from tests.slack.stub import APP_TOKEN, TEAM, TOKEN, Failure, Person, WebApi
from tests.slack.test_lost import REMOVED, chats, rows
from tests.slack.test_story import TUESDAY_10, asked


async def test_everything_works_by_it_messages_buttons_modals_and_commands(socketed: Workspace) -> None:
    await asked(socketed)
    ben = socketed.ben
    ts = await ben.says("I kept the minutes short.")
    await ben.edits(ts, "I kept them short.")
    await ben.says("that's it")
    await socketed.settle()
    (part, _) = next(iter((await socketed.view(BEN)).rounds.values())).written
    assert part.text == "I kept them short."
    assert "Nobody has been told" in await ben.commands("stop")
    await ben.commands("resume")
    assert "Use this one" in str(await ben.reflects())
    await ben.chooses("Use this one")
    await socketed.settle()
    await ben.presses_in("C1", "Answer")
    await socketed.settle()
    assert await ben.submits({"text": "", "name": "With my name"}) != {}, (
        "a modal is answered with what is wrong"
    )
    await ben.opens_the_app("home")
    await socketed.settle()
    assert "UBEN" in socketed.api.homes


@only_sqlite
async def test_then_no_address_takes_what_anybody_might_send(socketed: Workspace) -> None:
    signed = Person("UBEN", socketed.api, socketed.ben.client)
    status, _ = await signed.send('{"type": "event_callback"}', "application/json", secret="any")
    assert status == 404


async def test_what_cannot_be_stored_is_not_acknowledged_and_counts_once_when_it_comes_again(
    socketed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(socketed)
    ben, store = socketed.ben, socketed.built.store
    write = store.write

    @asynccontextmanager
    async def away() -> AsyncIterator[SqlTx]:
        async with write() as tx:
            yield tx
            raise Unavailable("It is away.")

    message = ben.message("I kept the minutes short.", ben.ts())
    body = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev-once", "event": message}
    monkeypatch.setattr(store, "write", away)
    assert (await socketed.api.hands_over("events_api", body, within=0.5))[0] is False
    monkeypatch.setattr(store, "write", write)
    for _ in range(2):
        assert (await socketed.api.hands_over("events_api", body))[0] is True
    await ben.says("that's it")
    await socketed.settle()
    (part, _) = next(iter((await socketed.view(BEN)).rounds.values())).written
    assert part.text == "I kept the minutes short."


async def test_it_is_stored_before_it_is_acknowledged(
    socketed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, held, done = socketed.built.store, asyncio.Event(), asyncio.Event()
    write = store.write

    @asynccontextmanager
    async def slowly() -> AsyncIterator[SqlTx]:
        async with write() as tx:
            yield tx
            held.set()
            await done.wait()

    monkeypatch.setattr(store, "write", slowly)
    opening = {"type": "app_home_opened", "user": "UBEN", "tab": "messages"}
    body = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": opening}
    sending = asyncio.create_task(socketed.api.hands_over("events_api", body))
    await asyncio.wait_for(held.wait(), 3)
    await asyncio.sleep(0.1)
    assert socketed.api.acknowledged == {}
    done.set()
    assert (await sending)[0] is True
    monkeypatch.setattr(store, "write", write)
    await socketed.settle()
    assert "a bot that asks questions" in socketed.api.shown()


@only_sqlite
@pytest.mark.parametrize("how", ["it says so", "it is cut"])
async def test_a_connection_that_ends_is_opened_again(socketed: Workspace, how: str) -> None:
    first = socketed.api.sockets[0]
    if how == "it says so":
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
    else:
        await first.close()
    await connected(socketed.api, 2)
    await asyncio.sleep(0.2)
    await socketed.ben.opens_the_app()
    await socketed.settle()
    assert "a bot that asks questions" in socketed.api.shown()


@only_sqlite
async def test_where_slack_is_away_for_long_it_begins_afresh_with_a_new_address(socketed: Workspace) -> None:
    socketed.api.tickets = _NoneValid()
    await socketed.api.sockets[0].close()
    await asyncio.sleep(1.5)
    socketed.api.tickets = set()
    await connected(socketed.api, 2)


class _NoneValid(set[str]):
    """Addresses that are given, and lead nowhere."""

    def __contains__(self, _: object) -> bool:
        return False


@only_sqlite
async def test_the_service_starts_though_slack_does_not_let_it_connect_and_says_no_secret(
    template: Template,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    api: WebApi,
    prompts: Prompts,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setattr(socket, "PING", 0.1)
    api.failures["apps.connections.open"] = [Failure("internal_error", 500), Failure("invalid_auth")]
    slack = SlackApp(TOKEN, "", place_of(api), app_token=APP_TOKEN)
    async with running(template.fresh(tmp_path), slack, monkeypatch, api, prompts) as place:
        async with place.ben.client.get("/healthz") as answer:
            assert answer.status == 200
        await connected(api)
        place.ben.by_socket = True
        await place.ben.says("a private word")
        await place.settle()
        await api.sockets[0].close()
        await connected(api, 2)
    assert "Failed to connect: SlackApiError" in caplog.text
    for secret in (APP_TOKEN, TOKEN, "ticket-", "a private word"):
        # The tests' own server says what it was asked.
        ours = [each for each in caplog.records if not each.name.startswith("aiohttp")]
        assert not [each for each in ours if secret in each.getMessage()], secret


@only_sqlite
async def test_it_ends_with_the_service_after_what_had_begun_is_stored_and_acknowledged(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: WebApi, prompts: Prompts
) -> None:
    monkeypatch.setattr(socket, "PING", 0.1)
    slack = SlackApp(TOKEN, "", place_of(api), app_token=APP_TOKEN)
    async with running(template.fresh(tmp_path), slack, monkeypatch, api, prompts) as place:
        place.ben.by_socket = True
        await connected(api)
        store, held = place.built.store, asyncio.Event()
        write = store.write

        @asynccontextmanager
        async def slowly() -> AsyncIterator[SqlTx]:
            async with write() as tx:
                yield tx
                held.set()
                await asyncio.sleep(0.4)

        monkeypatch.setattr(store, "write", slowly)
        removed = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": REMOVED}
        sending = asyncio.create_task(api.hands_over("events_api", removed))
        await held.wait()
    assert (await sending)[0] is True
    assert all(each.closed for each in api.sockets)
    assert len(asyncio.all_tasks()) <= 2, "nothing is left running"


async def test_a_workspace_that_removes_the_app_says_so_by_it_too(socketed: Workspace) -> None:
    await socketed.ada_joins()
    await socketed.ben_joins()
    assert await socketed.ben.event(REMOVED) == 200
    assert await chats(socketed) == set()
    await socketed.wait_until(TUESDAY_10)
    assert "dead" not in {row.state for row in await rows(socketed, t.outbox.c.state)}
