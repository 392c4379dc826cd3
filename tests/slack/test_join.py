"""Coming to Slack by a code of one's own, and going back to the page: over real HTTP on both sides."""

import re
from datetime import timedelta

import pytest

from adapters.codes import LASTS, hashed
from adapters.web.cookies import COOKIE
from adapters.web.guard import Visitor
from adapters.web.guard import hashed as hash_of_token
from bot.audit import Did
from bot.model import Account, Platform, Role
from bot.reached import ALL, EACH
from storage import tables as t
from tests.cast import ADA, BEN, FAY, ZOE, Character, bring_in
from tests.slack.conftest import Workspace
from tests.slack.stub import TEAM, Failure, Person
from tests.slack.test_lost import chats, rows
from tests.slack.test_story import asked, opened

CODE = "BCDFG-HJKMN"
TOKEN = "a browser"
WHERE = "/me/where"
NO = "That did not work, and nothing was changed."


def ada_in_slack(workspace: Workspace, user: str = "UADA") -> Person:
    return Person(user, workspace.api, workspace.ben.client, clock=workspace.ben.clock)


async def give(workspace: Workspace, who: Character = ADA, code: str = CODE) -> None:
    async with workspace.built.store.write() as tx:
        await tx.links.make(who.reader, hashed(code), workspace.now, workspace.now + LASTS, once=True)


async def page(workspace: Workspace, who: Character, **form: str) -> str:
    """Their own page of where they are written to, or what it answers to a form."""
    token = f"{TOKEN} of {who.id}"
    async with workspace.built.store.write() as tx:
        if await tx.sessions.find(hash_of_token(token), workspace.now) is None:
            until = workspace.now + timedelta(days=30)
            await tx.sessions.add(who.reader, hash_of_token(token), workspace.now, until)
    csrf = Visitor(who.reader, Role.MEMBER, token).csrf
    headers = {"Cookie": f'{COOKIE}="{token}"'}
    method = "POST" if form else "GET"
    given = {"csrf": csrf, **form} if form else None
    async with workspace.ben.client.request(method, WHERE, headers=headers, data=given) as answer:
        assert answer.status in (200, 422), answer.status
        await workspace.settle()
        return " ".join(re.sub(r"<[^>]*>", " ", await answer.text()).split())


async def test_a_code_from_ones_own_page_brings_one_to_slack_with_what_is_open_and_back_again(
    workspace: Workspace,
) -> None:
    await asked(workspace)
    assert "I write to you on your page" in await page(workspace, ADA)
    shown = await page(workspace, ADA, action="code")
    found = re.search(r"/alongside join (\S+)", shown)
    assert found is not None
    assert found[1] not in await page(workspace, ADA), "it is shown once"
    ada = ada_in_slack(workspace)
    assert "I write to you in Slack from now on" in await ada.commands(f"join {found[1].lower()}")
    await workspace.settle()
    hello, question = [each for each in workspace.api.standing() if each.channel == ada.channel]
    assert "Your organisation may be able to read what is written here" in hello.text
    assert "Skip it" in str(question.blocks), "what is open for her stands there"
    await ada.says("I said what I meant.")
    await ada.says("that's it")
    await workspace.settle()
    ((part, _),) = [each.written for each in (await workspace.view(ADA)).rounds.values()]
    assert part.text == "I said what I meant."
    assert "I write to you in Slack." in await page(workspace, ADA)
    assert "I write to you on your page" in await page(workspace, ADA, action="page")
    assert await chats(workspace) == {f"{TEAM}:UBEN"}
    noted = await rows(workspace, t.audit.c.who, t.audit.c.did, t.audit.c.about)
    done = [(row.who, row.did) for row in noted if row.about == ADA.id]
    assert done[-2:] == [(ADA.id, Did.REACHED), (ADA.id, Did.PARTED)]


async def test_whoever_has_not_begun_is_said_hello_to_there(workspace: Workspace) -> None:
    await give(workspace)
    await ada_in_slack(workspace).commands(f"join {CODE}")
    await workspace.settle()
    assert "a bot that asks questions" in workspace.api.shown()


async def test_a_facilitator_comes_to_slack_too(workspace: Workspace) -> None:
    await bring_in(workspace.built.store)
    await give(workspace, FAY)
    assert "Done." in await ada_in_slack(workspace).commands(f"join {CODE}")


async def test_a_wrong_an_old_a_used_and_no_code_get_one_and_the_same_answer(workspace: Workspace) -> None:
    await give(workspace)
    await give(workspace, code="ZZZZZ-ZZZZZ")
    assert "Done." in await ada_in_slack(workspace).commands(f"join {CODE}")
    stranger = ada_in_slack(workspace, "USTRANGER")
    answers = {await stranger.commands(f"join {code}") for code in (CODE, "BBBBB-BBBBB", "", "' OR 1=1")}
    workspace.now += LASTS
    answers.add(await stranger.commands("join ZZZZZ-ZZZZZ"))
    (answer,) = answers
    assert answer.startswith(NO)
    assert await chats(workspace) == {f"{TEAM}:UADA", f"{TEAM}:UBEN"}


async def test_an_account_that_is_somebody_elses_is_not_taken_and_the_code_stays_good(
    workspace: Workspace,
) -> None:
    await bring_in(workspace.built.store)
    await give(workspace)
    await give(workspace, ZOE, "ZZZZZ-ZZZZZ")
    for code in (CODE, "ZZZZZ-ZZZZZ"):
        assert (await workspace.ben.commands(f"join {code}")).startswith(NO)
    counts = await rows(workspace, t.attempts.c.count)
    assert {row.count for row in counts} == {2}, "each try counts, this one too"
    async with workspace.built.store.read() as tx:
        assert await tx.people.at(Account(Platform.SLACK, f"{TEAM}:UBEN")) == BEN.reader
    assert "Done." in await ada_in_slack(workspace).commands(f"join {CODE}")


async def test_codes_cannot_be_tried_at_will_whichever_process_is_asked(workspace: Workspace) -> None:
    await give(workspace)
    one = ada_in_slack(workspace, "UONE")
    for number in range(EACH):
        assert (await one.commands(f"join WRONG-{number}")).startswith(NO)
    assert (await one.commands(f"join {CODE}")).startswith(NO), "the right one, once too often"
    keys = {(row.key, row.count) for row in await rows(workspace, t.attempts.c.key, t.attempts.c.count)}
    assert max(count for _, count in keys) == EACH + 1, "counted where every process counts"
    for number in range(ALL):
        await ada_in_slack(workspace, f"U{number}").commands("join WRONG")
    assert (await ada_in_slack(workspace).commands(f"join {CODE}")).startswith(NO), "or from many accounts"
    workspace.now += timedelta(minutes=59)
    assert "Done." not in await one.commands("join WRONG")


async def test_no_code_is_kept_as_it_is_shown_and_none_is_a_link_to_sign_in_with(
    workspace: Workspace,
) -> None:
    shown = await page(workspace, ADA, action="code")
    code = re.search(r"/alongside join (\S+)", shown)
    assert code is not None
    kept = await rows(workspace, t.links.c.token)
    assert [row.token for row in kept] == [hashed(code[1])]
    for typed in (code[1], code[1].replace("-", ""), hashed(code[1])):
        async with workspace.built.store.write() as tx:
            assert await tx.links.use(hash_of_token(typed), workspace.now) is None


async def test_ten_codes_an_hour_are_enough(workspace: Workspace) -> None:
    for _ in range(10):
        assert "/alongside join" in await page(workspace, ADA, action="code")
    refused = await page(workspace, ADA, action="code")
    assert "/alongside join" not in refused
    assert "You have had ten codes within the hour." in refused


async def test_going_back_to_the_page_takes_the_partners_words_along(workspace: Workspace) -> None:
    await opened(workspace, "chats")
    assert "I went along with the date." in workspace.api.shown()
    assert "I write to you on your page from now on" in await workspace.ben.commands("Not in  Slack")
    await workspace.settle()
    assert "I went along with the date." not in workspace.api.shown()
    assert await chats(workspace) == set()
    calls = len(workspace.api.calls)
    await workspace.wait(days=7)
    assert len(workspace.api.calls) == calls, "nothing more is sent there"
    assert "I do not know you here yet" in await workspace.ben.commands("not in slack")


async def test_what_cannot_be_removed_just_now_is_removed_later(workspace: Workspace) -> None:
    await opened(workspace, "chats")
    workspace.api.failures["chat.delete"] = [Failure("ratelimited", 429, retry_after=30)]
    await workspace.ben.commands("not in slack")
    await workspace.settle()
    assert "I went along with the date." in workspace.api.shown()
    await workspace.wait(seconds=31)
    assert "I went along with the date." not in workspace.api.shown()


@pytest.mark.parametrize("text", ["join", "join nonsense", "JOIN x"])
async def test_what_is_typed_behind_join_is_never_taken_for_words(workspace: Workspace, text: str) -> None:
    assert (await workspace.ben.commands(text)).startswith(NO)
