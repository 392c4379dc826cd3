"""A workspace removes the app, or an account there is closed: sending stops, and the page and mail take over."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.audit import SERVICE, Did
from bot.model import Account, Platform
from storage import tables as t
from tests.cast import ADA, BEN, CLEO, DAN, ZOE, bring_in
from tests.databases import everything
from tests.slack.conftest import Workspace
from tests.slack.stub import TEAM, Failure
from tests.slack.test_story import TUESDAY_10, asked, opened

REMOVED = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}}


async def rows(workspace: Workspace, *columns: Any) -> list[Any]:
    async with everything(workspace.built.store.database) as connection:
        return list((await connection.execute(select(*columns))).all())


async def chats(workspace: Workspace) -> set[str]:
    found = await rows(workspace, t.accounts.c.external, t.accounts.c.platform)
    return {row.external for row in found if row.platform == "slack"}


async def posts_of_ben(workspace: Workspace) -> list[tuple[str, str]]:
    found = await rows(
        workspace, t.posts.c.person_id, t.posts.c.kind, t.posts.c.platform, t.posts.c.posted_at
    )
    mine = sorted((row for row in found if row.person_id == BEN.id), key=lambda row: row.posted_at)
    return [(row.kind, row.platform) for row in mine]


@pytest.mark.parametrize("event", [REMOVED, REVOKED], ids=["removed", "revoked"])
async def test_a_workspace_that_removes_the_app_is_sent_nothing_more_and_the_page_takes_over(
    workspace: Workspace, event: dict[str, Any]
) -> None:
    await workspace.ada_joins()
    await workspace.ben_joins()
    calls = len(workspace.api.calls)
    for _ in range(2):
        assert await workspace.ben.event(event) == 200
    await workspace.wait_until(TUESDAY_10)
    assert len(workspace.api.calls) == calls
    assert await chats(workspace) == set()
    assert (await posts_of_ben(workspace))[-1] == ("question", "web")
    looks = await rows(workspace, t.posts.c.look)
    assert all(row.look is None for row in looks), "what stands there is out of reach"
    people = await rows(workspace, t.people.c.id, t.people.c.lost_chat, t.people.c.lost_at)
    lost = {row.id: row.lost_chat for row in people if row.lost_chat}
    assert lost == {BEN.id: "everybody"}
    noted = await rows(workspace, t.audit.c.who, t.audit.c.did, t.audit.c.about)
    assert [tuple(row) for row in noted if row.did == Did.PARTED] == [(SERVICE, Did.PARTED, BEN.id)]


async def test_everybody_of_that_workspace_in_any_organisation_is_meant_and_nobody_else(
    workspace: Workspace,
) -> None:
    store = workspace.built.store
    await bring_in(store)
    others = {CLEO: f"{TEAM}:UCLEO", ZOE: f"{TEAM}:UZOE", DAN: "T12:UDAN"}
    for who, external in others.items():
        async with store.write() as tx:
            await tx.setup.reach(who.reader, Account(Platform.SLACK, external))
    assert await workspace.ben.event(REMOVED) == 200
    assert await chats(workspace) == {"T12:UDAN"}
    noted = await rows(workspace, t.audit.c.tenant_id, t.audit.c.did, t.audit.c.about)
    parted = {(row.tenant_id, row.about) for row in noted if row.did == Did.PARTED}
    assert parted == {(who.tenant, who.id) for who in (BEN, CLEO, ZOE)}


async def test_a_token_of_somebody_else_that_is_revoked_changes_nothing(workspace: Workspace) -> None:
    assert await workspace.ben.event({"type": "tokens_revoked", "tokens": {"oauth": ["UBEN"]}}) == 200
    assert await chats(workspace) == {f"{TEAM}:UBEN"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [("user_disabled", "one"), ("user_not_found", "one"), ("account_inactive", "everybody")],
)
async def test_what_slack_will_never_take_goes_to_the_page_in_the_same_moment(
    workspace: Workspace, error: str, kind: str
) -> None:
    await workspace.ada_joins()
    await workspace.ben_joins()
    workspace.api.failures["chat.postMessage"] = [Failure(error)]
    await workspace.wait_until(TUESDAY_10)
    assert await chats(workspace) == set()
    assert (await posts_of_ben(workspace))[-1] == ("question", "web")
    people = await rows(workspace, t.people.c.id, t.people.c.lost_chat)
    assert {row.id: row.lost_chat for row in people if row.lost_chat} == {BEN.id: kind}
    states = await rows(workspace, t.outbox.c.state)
    assert "dead" not in {row.state for row in states}
    # What they say in Slack all the same is nobody's there.
    await workspace.ben.says("stop")
    await workspace.settle()
    assert "I do not know you here yet" in workspace.api.shown()


async def test_whoever_has_an_id_that_begins_alike_keeps_their_account(workspace: Workspace) -> None:
    await bring_in(workspace.built.store)
    async with workspace.built.store.write() as tx:
        await tx.setup.reach(CLEO.reader, Account(Platform.SLACK, f"{TEAM}:UBENNO"))
    workspace.api.failures["chat.postMessage"] = [Failure("user_disabled")]
    await workspace.ben.opens_the_app()
    await workspace.settle()
    assert await chats(workspace) == {f"{TEAM}:UBENNO"}


async def test_an_error_that_somebody_can_put_right_takes_nobodys_account(workspace: Workspace) -> None:
    await asked(workspace)
    workspace.api.failures["chat.postMessage"] = [Failure("missing_scope")]
    await workspace.ben.says("help")
    await workspace.settle()
    assert await chats(workspace) == {f"{TEAM}:UBEN"}


async def test_a_partners_words_go_from_the_conversation_of_an_account_that_was_closed(
    workspace: Workspace,
) -> None:
    await opened(workspace, "chats")
    assert "I went along with the date." in workspace.api.shown()
    workspace.api.failures["chat.postMessage"] = [Failure("user_disabled")]
    await workspace.ben.says("help")
    await workspace.settle()
    assert "I went along with the date." not in workspace.api.shown()


async def test_where_they_may_not_be_removed_any_more_they_are_left_and_nothing_is_tried_for_ever(
    workspace: Workspace,
) -> None:
    await opened(workspace, "chats")
    workspace.api.failures["chat.postMessage"] = [Failure("user_disabled")]
    workspace.api.failures["chat.delete"] = [Failure("channel_not_found")]
    await workspace.ben.says("help")
    await workspace.settle()
    await workspace.wait(days=1)
    assert [method for method, _ in workspace.api.calls].count("chat.delete") == 1
    assert "dead" not in {row.state for row in await rows(workspace, t.outbox.c.state)}


async def test_whoever_is_reached_there_again_is_not_lost_any_more(workspace: Workspace) -> None:
    assert await workspace.ben.event(REMOVED) == 200
    async with workspace.built.store.write() as tx:
        await tx.setup.reach(BEN.reader, Account(Platform.SLACK, f"{TEAM}:UBEN"))
    people = await rows(workspace, t.people.c.id, t.people.c.lost_chat)
    assert not [row for row in people if row.lost_chat]
    assert ADA.id in {row.id for row in people}
