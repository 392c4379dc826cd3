"""Weekly pages are announced in a private channel: that they are there, never their words, and nothing to strangers."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from bot.audit import SERVICE, Did
from bot.cards import weekly
from bot.messages import CardKind
from bot.model import Account, Platform, Role
from bot.model import Person as Somebody
from bot.rows import Unfit
from storage import tables as t
from tests.cast import DAYTIME, FAY, IVY, ONE, Character, bring_in, programme
from tests.databases import everything
from tests.slack.conftest import Workspace
from tests.slack.stub import TEAM, TOKEN, Failure, Person
from tests.slack.test_desk import FRIDAY_16, a_week, asks, in_slack
from tests.slack.test_story import MINE, THEIRS

pytestmark = pytest.mark.both

CHANNEL = "C77"
READY = "This week’s page for the facilitators is ready."
KIT = Character(FAY.tenant, "k" * 32, Role.FACILITATOR)
NUMBERS = ("2 of 2 people answered", "line waits", "Taken back", "Leading together")


def a_channel(workspace: Workspace, *members: str, **more: Any) -> dict[str, Any]:
    """A private channel that the app is in."""
    found = {"is_private": True, "members": ["UBOT", *members], **more}
    workspace.api.channels[more.pop("named", CHANNEL)] = found
    return found


async def here(workspace: Workspace, person: Person, channel: str = CHANNEL) -> str:
    """What a facilitator alone is told after asking for it in a channel."""
    workspace.api.said.pop(person.user, None)
    assert await person.commands("digest here", channel=channel) == ""
    await workspace.settle()
    return json.dumps(workspace.api.said.get(person.user, []), ensure_ascii=False)


def shown(workspace: Workspace, channel: str = CHANNEL) -> str:
    """All that everybody in the channel reads."""
    return json.dumps(
        [[each.text, each.blocks] for each in workspace.api.standing() if each.channel == channel],
        ensure_ascii=False,
    )


async def kept(workspace: Workspace) -> list[tuple[str, Any]]:
    async with everything(workspace.built.store.database) as connection:
        rows = await connection.execute(select(t.announcements.c.place, t.announcements.c.why))
        return [(row.place, row.why) for row in rows]


async def noted(workspace: Workspace) -> list[tuple[str, str]]:
    async with everything(workspace.built.store.database) as connection:
        rows = (await connection.execute(select(t.audit.c.who, t.audit.c.did).order_by(t.audit.c.seq))).all()
    return [tuple(row) for row in rows if row.did in (Did.ANNOUNCES, Did.ANNOUNCES_NOT)]


async def where_told(workspace: Workspace) -> str:
    """What stands on the programme's page of where weekly pages are announced."""
    async with workspace.built.store.read() as tx:
        glance = await tx.glances.glance(FAY.reader)
    return weekly.where(glance.announced, glance.programme.zone)


async def test_each_new_page_is_announced_with_its_numbers_among_facilitators_and_without_a_word(
    workspace: Workspace,
) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    assert "numbers of the page stand there, too" in await here(workspace, fay)
    await a_week(workspace)
    found = shown(workspace)
    assert READY in found
    assert [each for each in NUMBERS if each not in found] == []
    assert [each for each in (THEIRS, MINE, "the date", "the minutes") if each in found] == []
    assert "/me/digests/" in found
    await workspace.wait(days=7)
    assert len([each for each in workspace.api.standing() if each.channel == CHANNEL]) == 2
    assert "announced in a private channel" in await where_told(workspace)


async def test_where_nobody_facilitates_any_more_nothing_is_announced_and_nothing_is_left_over(
    workspace: Workspace,
) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    await here(workspace, fay)
    await a_week(workspace)
    announced = shown(workspace)
    async with everything(workspace.built.store.database) as connection:
        facilitators = t.people.update().where(t.people.c.role == Role.FACILITATOR.value)
        await connection.execute(facilitators.values(role=Role.FORMER.value))
        rows = select(t.outbox).where(t.outbox.c.kind == CardKind.ANNOUNCED.value)
        (row,) = (await connection.execute(rows)).all()
        # As if they had been removed in the hours that it waited.
        again = t.outbox.update().where(t.outbox.c.seq == row.seq).values(state="queued", attempts=0)
        await connection.execute(again)
    await workspace.settle()
    assert shown(workspace) == announced
    async with everything(workspace.built.store.database) as connection:
        (row,) = (await connection.execute(rows)).all()
    assert (row.state, row.attempts, row.reason) == ("let go", 1, "")


@pytest.mark.parametrize("stranger", ["UGUEST", "UBEN", "UOTHERBOT"], ids=["guest", "member", "bot"])
async def test_where_anybody_else_reads_nothing_stands_but_that_it_is_there(
    workspace: Workspace, stranger: str
) -> None:
    fay = await in_slack(workspace)
    channel = a_channel(workspace, "UFAY")
    await here(workspace, fay)
    # Whoever came since then counts: it is asked each time.
    channel["members"].append(stranger)
    await a_week(workspace)
    assert READY in shown(workspace)
    assert [each for each in (*NUMBERS, THEIRS, "Fay", "Ada") if each in shown(workspace)] == []
    assert "Others read it, too" in await here(workspace, fay)


async def test_a_channel_with_more_members_than_slack_names_at_once_has_strangers_in_it(
    workspace: Workspace,
) -> None:
    fay = await in_slack(workspace)
    channel = a_channel(workspace, "UFAY")
    channel["members"] += ["UFAY"] * 200
    assert "Others read it, too" in await here(workspace, fay)


async def test_in_a_channel_of_two_programmes_the_facilitators_of_one_are_strangers_to_the_other(
    workspace: Workspace,
) -> None:
    await bring_in(workspace.built.store)
    fay, ivy = await in_slack(workspace), await in_slack(workspace, IVY, "UIVY")
    a_channel(workspace, "UFAY", "UIVY")
    for person in (fay, ivy):
        assert "Others read it, too" in await here(workspace, person)
    await a_week(workspace)
    found = shown(workspace)
    assert found.count("Read the weekly page") == 2 * 2, "as blocks, and as text"
    assert [each for each in ("Leading together", "Second programme", "answered") if each in found] == []
    await ivy.commands("digest stop", channel=CHANNEL)
    assert len(await kept(workspace)) == 1, "each ends their own"


REFUSALS: Mapping[str, tuple[dict[str, Any], Unfit]] = {
    "public": ({"is_private": False}, Unfit.NOT_PRIVATE),
    "shared": ({"is_ext_shared": True}, Unfit.SHARED),
    "shared before long": ({"is_pending_ext_shared": True}, Unfit.SHARED),
    "shared in an organisation": ({"is_org_shared": True}, Unfit.SHARED),
    "archived": ({"is_archived": True}, Unfit.ARCHIVED),
    "of a group": ({"is_mpim": True}, Unfit.NOT_PRIVATE),
    "without the app": ({"members": ["UFAY"]}, Unfit.NOT_THERE),
}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_channel_that_will_not_do_is_refused_with_the_reason(workspace: Workspace, kind: str) -> None:
    fay = await in_slack(workspace)
    change, why = REFUSALS[kind]
    a_channel(workspace, "UFAY", **change)
    assert weekly.REFUSED[why] in await here(workspace, fay)
    assert await kept(workspace) == []
    assert await noted(workspace) == []


@pytest.mark.parametrize("channel", ["DFAY", "C404"], ids=["our own conversation", "none"])
async def test_a_place_that_is_no_channel_is_refused(workspace: Workspace, channel: str) -> None:
    fay = await in_slack(workspace)
    assert "private channel" in await here(workspace, fay, channel)
    assert await kept(workspace) == []


async def test_a_workspace_that_has_not_allowed_it_is_told_what_is_missing(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    workspace.api.scopes.remove("groups:read")
    assert "groups:read" in await here(workspace, fay)


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_channel_that_will_do_no_more_is_posted_nothing_and_the_facilitators_read_why(
    workspace: Workspace, kind: str
) -> None:
    fay = await in_slack(workspace)
    channel = a_channel(workspace, "UFAY")
    await here(workspace, fay)
    change, why = REFUSALS[kind]
    channel.update(change)
    await a_week(workspace)
    assert shown(workspace) == "[]"
    place = f"{TEAM}:{CHANNEL}"
    assert await kept(workspace) == [(place, why)]
    assert "Since Friday 20 November" in await where_told(workspace)
    assert (await noted(workspace))[-1] == (SERVICE, Did.ANNOUNCES_NOT)
    assert "This week’s page is ready" in workspace.api.shown(), "each is told themselves, as before"
    await workspace.wait(days=7)
    assert shown(workspace) == "[]"
    # And it is put right by asking once more.
    a_channel(workspace, "UFAY")
    assert "Done." in await here(workspace, fay)
    assert "Since" not in await where_told(workspace)
    await workspace.wait(days=7)
    assert READY in shown(workspace)


@pytest.mark.parametrize("error", ["is_archived", "channel_not_found", "not_in_channel", "restricted_action"])
async def test_what_slack_refuses_at_the_last_moment_ends_it_and_takes_nobodys_account(
    workspace: Workspace, error: str
) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    await here(workspace, fay)
    async with workspace.built.store.write() as tx:
        # Nothing else is posted: the failure is the channel's.
        await tx.reached.part(FAY.reader, Platform.SLACK)
    await workspace.ada_joins()
    workspace.api.failures["chat.postMessage"] = [Failure(error)]
    await workspace.wait_until(FRIDAY_16)
    assert await kept(workspace) == [(f"{TEAM}:{CHANNEL}", Unfit.NOT_THERE)]
    async with everything(workspace.built.store.database) as connection:
        accounts = (await connection.execute(select(t.accounts.c.external))).scalars().all()
    assert f"{TEAM}:UBEN" in accounts


async def removed(workspace: Workspace) -> None:
    """The workspace removes the app, and its next page is not announced: what the facilitators read of that."""
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    assert "Done." in await here(workspace, fay)
    await workspace.ada_joins()
    workspace.api.tokens.clear()
    workspace.api.refusals[TOKEN] = "account_inactive"
    assert await fay.event({"type": "app_uninstalled"}) == 200
    await workspace.wait_until(FRIDAY_16)
    assert shown(workspace) == "[]"
    assert await kept(workspace) == [(f"{TEAM}:{CHANNEL}", Unfit.NOT_THERE)]
    assert "the channel is gone, or I am not in it any more" in await where_told(workspace)


async def test_a_workspace_that_removes_the_app_is_posted_nothing_and_the_facilitators_read_so(
    workspace: Workspace,
) -> None:
    await removed(workspace)


async def test_one_workspace_of_many_that_removes_the_app_is_posted_nothing_either(many: Workspace) -> None:
    await removed(many)


async def test_slack_that_is_out_of_order_is_asked_again_later(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    await here(workspace, fay)
    workspace.api.failures["conversations.members"] = [Failure("internal_error", 500)]
    await workspace.wait_until(FRIDAY_16)
    assert shown(workspace) == "[]"
    assert await kept(workspace) == [(f"{TEAM}:{CHANNEL}", None)]
    await workspace.wait(seconds=3)
    assert READY in shown(workspace)
    workspace.api.failures["conversations.info"] = [Failure("internal_error", 500)]
    assert "Try again in a minute" in await here(workspace, fay)


async def test_asking_twice_is_asking_once_and_asking_elsewhere_moves_it(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    a_channel(workspace, "UFAY", named="C88")
    for _ in range(2):
        assert "Done." in await here(workspace, fay)
    assert await noted(workspace) == [(FAY.id, Did.ANNOUNCES)]
    await here(workspace, fay, "C88")
    await a_week(workspace)
    assert READY in shown(workspace, "C88")
    assert shown(workspace) == "[]"
    assert "Done." in await asks(fay, "digest stop")
    assert "nothing was changed" in await asks(fay, "digest stop")
    assert (await noted(workspace))[-1] == (FAY.id, Did.ANNOUNCES_NOT)
    await workspace.wait(days=7)
    assert shown(workspace, "C88").count(READY) == 2, "as blocks, and as text: the one from before"


async def test_a_colleague_who_facilitates_too_is_no_stranger_and_may_end_it(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    async with workspace.built.store.write() as tx:
        kit = Somebody(
            KIT.tenant, KIT.id, programme(ONE, "Leading together").id, Role.FACILITATOR, "Kit", DAYTIME
        )
        await tx.setup.person(kit, Account(Platform.WEB, KIT.id))
    a_channel(workspace, "UFAY", "UKIT")
    assert "Others read it, too" in await here(workspace, fay), "nobody knows yet whose account that is"
    kit_in_slack = await in_slack(workspace, KIT, "UKIT")
    assert "numbers of the page" in await here(workspace, kit_in_slack)
    assert "Done." in await asks(kit_in_slack, "digest stop")
    assert await kept(workspace) == []


async def test_an_address_for_answers_that_has_run_out_is_answered_in_our_conversation(
    workspace: Workspace,
) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    workspace.api.expired.add("UFAY")
    await here(workspace, fay)
    (told,) = [each for each in workspace.api.standing() if each.channel == fay.channel]
    assert "Each new weekly page is announced in this channel" in told.text


async def test_nobody_else_can_have_anything_announced_or_ended(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY", "UBEN", "USTRANGER")
    await here(workspace, fay)
    calls = len(workspace.api.calls)
    for who in (workspace.ben, Person("USTRANGER", workspace.api, workspace.ben.client)):
        for word in ("digest here", "digest stop"):
            assert "I do not know that one" in await who.commands(word, channel="C99")
    await workspace.settle()
    assert len(workspace.api.calls) == calls, "Slack is asked nothing"
    assert await kept(workspace) == [(f"{TEAM}:{CHANNEL}", None)]


async def test_the_same_facilitator_in_another_workspace_is_nobody(workspace: Workspace) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    async with workspace.built.store.write() as tx:
        await tx.setup.reach(FAY.reader, Account(Platform.SLACK, "T2:UFAY"))
    assert "I do not know that one" in await fay.commands("digest here", channel=CHANNEL)


async def test_a_page_that_is_announced_is_in_no_queue_or_log_with_more_than_ids(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    fay = await in_slack(workspace)
    a_channel(workspace, "UFAY")
    await here(workspace, fay)
    await a_week(workspace)
    async with everything(workspace.built.store.database) as connection:
        rows = (await connection.execute(select(t.outbox).where(t.outbox.c.kind == "announced"))).all()
    assert [(row.state, row.reason) for row in rows] == [("let go", "")]
    assert CHANNEL not in caplog.text
    assert "Leading together" not in caplog.text
