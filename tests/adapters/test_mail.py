"""Mail, through a real mail server: notices without words, a way in, a way out, and what happens when it fails."""

import re
from datetime import timedelta

import pytest

import adapters.web.asking
from adapters.mail.letter import Links, letter
from adapters.mail.post import client_of
from adapters.mail.server import MailServer
from adapters.settings import BadSettings, read_settings
from bot.cards.notice import NOTICES, notice
from bot.conversation.state import Standing
from bot.ids import derive
from bot.messages import CardKind
from bot.model import Platform
from storage import tables as t
from storage.crypto import new_key
from tests.adapters.door import asked, page_of, press
from tests.adapters.postbox import ADDRESSES, Postbox, bodies, link_in, say
from tests.adapters.service import CANARIES, NOW, Service
from tests.cast import ADA, BEN, FAY
from tests.databases import everything


async def states(service: Service) -> list[tuple[str, str]]:
    """How each mail stands, and why."""
    async with everything(service.store.database) as connection:
        rows = await connection.execute(
            t.outbox.select().where(t.outbox.c.by_mail.is_(True)).order_by(t.outbox.c.seq)
        )
        return [(row.state, row.reason) for row in rows]


async def test_a_mail_says_that_there_is_something_and_never_what(mailing: Service, postbox: Postbox) -> None:
    await say(mailing, ADA, CardKind.QUESTION)
    await say(mailing, FAY, CardKind.DIGEST)
    await say(mailing, BEN, CardKind.QUESTION)
    (mine,), (theirs,) = postbox.to(ADA), postbox.to(FAY)
    assert len(postbox.mails) == 2, "Ben has no address"
    assert (mine["Subject"], theirs["Subject"]) == (
        "A question is there for you",
        "This week’s page is ready",
    )
    for mail in postbox.mails:
        plain, html = bodies(mail)
        assert "<" not in plain
        assert "http" not in html.replace("http://127.0.0.1/", "")
        for each in (plain, html, *map(str, mail.values())):
            assert not [canary.word for canary in CANARIES if canary.word in each]
            assert "Ben" not in each
    assert "/me/digests/" in bodies(theirs)[0]
    assert "/in/" not in bodies(theirs)[0], "a facilitator asks for a link when they come"


async def test_the_link_of_a_mail_brings_its_reader_in(mailing: Service, postbox: Postbox) -> None:
    await say(mailing, ADA, CardKind.QUESTION)
    came = await press(mailing, link_in(postbox.mails[0]))
    assert came.status == 303
    assert "canaryanswer" in (await page_of(mailing, came)).text()


async def test_one_press_in_the_mail_app_is_a_stop(mailing: Service, postbox: Postbox) -> None:
    await say(mailing, ADA, CardKind.QUESTION)
    (mail,) = postbox.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    out = link_in(mail, "out")
    assert f"List-Unsubscribe: <http://127.0.0.1{out}>\r\n".encode() in postbox.sent[0], "in one piece"
    assert mail["List-Unsubscribe"] == f"<http://127.0.0.1{out}>"
    before = await mailing.snapshot()
    for method in ("GET", "HEAD", "GET"):
        await mailing.ask(method, out, None)
    assert await mailing.snapshot() == before, "looking at it stops nothing"
    # As the mail app's own server sends it: no cookie, no token, another site.
    one_click = {"Cookie": "", "Sec-Fetch-Site": "cross-site"}
    pressed = await mailing.ask("POST", out, None, {"List-Unsubscribe": "One-Click"}, headers=one_click)
    nobodys = await mailing.ask("POST", "/out/made-up", None, {"List-Unsubscribe": "One-Click"})
    assert (pressed.status, pressed.body) == (200, nobodys.body)
    async with mailing.store.read() as tx:
        assert (await tx.conversations.of(ADA.reader)).standing is Standing.STOPPED
    await say(mailing, ADA, CardKind.NUDGE, "2")
    assert len(postbox.mails) == 1
    assert (await press(mailing, out.replace("/out/", "/in/"))).status == 303, (
        "they can come back and begin again"
    )


async def test_a_facilitator_turns_mail_off_and_on_again(mailing: Service, postbox: Postbox) -> None:
    await say(mailing, FAY, CardKind.DIGEST)
    out = link_in(postbox.mails[0], "out")
    assert "No more mail" in (await mailing.ask("GET", "/me/", FAY)).text()
    await mailing.ask("POST", out, None, {})
    page = (await mailing.ask("GET", "/me/", FAY)).text()
    assert "Tell me by mail" in page
    assert (await press(mailing, out.replace("/out/", "/in/"))).status == 404, (
        "it ends mail and opens nothing"
    )
    csrf = re.findall(r'name="csrf" value="(\w+)"', page)[-1]
    assert (await mailing.ask("POST", "/me/notices", FAY, {"csrf": csrf, "action": "on"})).status == 303
    assert "No more mail" in (await mailing.ask("GET", "/me/", FAY)).text()


async def test_one_mail_of_a_kind_a_day(mailing: Service, postbox: Postbox) -> None:
    for cause in ("1", "2", "3"):
        await say(mailing, ADA, CardKind.QUESTION, cause)
    assert [mail["Subject"] for mail in postbox.mails] == [NOTICES[CardKind.QUESTION][0]]


async def test_a_mail_server_that_refuses_for_good_is_not_asked_again(
    mailing: Service, postbox: Postbox
) -> None:
    postbox.says = "550 nobody here"
    await say(mailing, ADA, CardKind.QUESTION)
    assert await states(mailing) == [("dead", "the address was refused (550)")]
    assert "The last mail to Ada was refused for good." in (await mailing.ask("GET", "/me/", FAY)).text()
    postbox.says = "250 OK"
    await say(mailing, ADA, CardKind.NUDGE, "2")
    assert "refused for good" not in (await mailing.ask("GET", "/me/", FAY)).text(), (
        "it was a passing trouble"
    )


@pytest.mark.parametrize("says", ["451 later", "554 no mail today"])
async def test_a_mail_server_that_refuses_says_how_and_holds_up_no_page(
    says: str, mailing: Service, postbox: Postbox
) -> None:
    postbox.says = says
    await say(mailing, ADA, CardKind.QUESTION)
    ((state, reason),) = await states(mailing)
    assert state == ("dead" if says.startswith("5") else "queued")
    assert reason == (
        "the address was refused (554)" if says.startswith("55") else "the mail was refused (451)"
    )
    async with mailing.store.read() as tx:
        posts = [post.kind for post in await tx.views.posts(ADA.reader, 9)]
    assert posts[-1] is CardKind.QUESTION, "on the page it is all the same"


async def test_while_no_mail_server_can_be_reached_it_waits_and_a_page_does_not(service: Service) -> None:
    async with service.store.write() as tx:
        person = await tx.people.get(ADA.reader)
        await tx.setup.change_person(person, "ada@example.org")
    await say(service, ADA, CardKind.QUESTION)
    await say(service, ADA, CardKind.NUDGE, "2")
    assert {state for state, _ in await states(service)} == {"queued"}
    assert {reason for _, reason in await states(service)} <= {"", "the mail server could not be reached"}
    assert "canaryanswer" in (await service.ask("GET", "/me/", ADA)).text()


async def test_where_a_programme_lets_words_go_by_mail_they_arrive_as_they_stand_then(
    mailing: Service, postbox: Postbox
) -> None:
    async with everything(mailing.store.database) as connection:
        await connection.execute(t.programmes.update().values(words_by_mail=True))
        # As if everybody but Ben had chosen where it said so.
        await connection.execute(t.parts.update().where(t.parts.c.person_id != BEN.id).values(by_mail=True))
        await connection.commit()
    await say(mailing, FAY, CardKind.DIGEST)
    (mail,) = postbox.to(FAY)
    for body in bodies(mail):
        found = {canary.word for canary in CANARIES if canary.word in body}
        assert found == {"canaryanswer", "canaryadded"}
        assert "A mail cannot be taken back." in body
        assert "One line was shared where nothing was said of mail." in body
        assert "Ada" in body
        assert "Ben" not in body
    assert not [canary.word for canary in CANARIES if canary.word in str(list(mail.values()))]
    assert "/me/digests/" in bodies(mail)[0]
    assert "/in/" not in bodies(mail)[0], "a facilitator asks for a link when they come"
    assert "It was put into a mail to the facilitators." in (
        (await mailing.ask("GET", "/me/reflections", ADA)).text()
    )
    # Whatever went wrong, nothing of it stands in the queue.
    async with everything(mailing.store.database) as connection:
        assert "canary" not in str((await connection.execute(t.outbox.select())).all())


# ---- asking for a link


async def test_a_lost_link_is_sent_to_the_address_that_was_invited_and_nobody_learns_whose_it_is(
    mailing: Service, postbox: Postbox
) -> None:
    known = await asked(mailing, " Ada@Example.org ")
    unknown = await asked(mailing, "somebody@example.org")
    assert known == unknown
    assert known.status == 200
    await asked(mailing, ADDRESSES[FAY])
    await mailing.house.settle()
    assert sorted(mail["To"] for mail in postbox.mails) == sorted(ADDRESSES.values())
    for who in ADDRESSES:
        (mail,) = postbox.to(who)
        assert mail["List-Unsubscribe"] is None
        came = await press(mailing, link_in(mail))
        assert came.status == 303
        assert (await page_of(mailing, came)).status == 200
    (mail,) = postbox.to(FAY)
    assert (await press(mailing, link_in(mail))).status == 404, "a facilitator's works once"


async def test_somebody_is_known_by_their_address_however_it_is_written(
    mailing: Service, postbox: Postbox
) -> None:
    async with mailing.store.write() as tx:
        await tx.setup.change_person(await tx.people.get(ADA.reader), "Ada.L@Example.org")
    await asked(mailing, "ada.l@example.org")
    await mailing.house.settle()
    assert [mail["To"] for mail in postbox.mails] == ["Ada.L@Example.org"]


async def test_somebody_who_has_stopped_can_still_ask_for_a_way_in(
    mailing: Service, postbox: Postbox
) -> None:
    await say(mailing, ADA, CardKind.QUESTION)
    await mailing.ask("POST", link_in(postbox.mails[0], "out"), None, {})
    await asked(mailing, ADDRESSES[ADA])
    await mailing.house.settle()
    assert [mail["Subject"] for mail in postbox.mails][1:] == ["Your way in"]


async def test_an_address_is_sent_three_links_an_hour_and_a_place_asks_for_sixty(
    mailing: Service, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [await asked(mailing, ADDRESSES[ADA]) for _ in range(5)]
    assert len(set(answers)) == 1
    await mailing.house.settle()
    assert len(postbox.mails) == 3
    monkeypatch.setattr(adapters.web.asking, "ALL", 5)
    await asked(mailing, ADDRESSES[FAY])
    await mailing.house.settle()
    assert len(postbox.mails) == 3


# ---- the letter itself


def test_the_same_mail_twice_has_one_name() -> None:
    made = [
        letter(
            notice(kind, "d"),
            id=derive("row"),
            sender="a@example.org",
            to="b@example.org",
            links=Links("x"),
            host="h",
            now=NOW + timedelta(hours=n),
        )
        for n, kind in enumerate((CardKind.QUESTION, CardKind.QUESTION))
    ]
    assert made[0]["Message-ID"] == made[1]["Message-ID"] == f"<{derive('row')}@h>"


def test_whether_it_opened_cannot_be_read_from_a_mailbox() -> None:
    assert NOTICES[CardKind.OPENED] == NOTICES[CardKind.NOT_OPENED]


def test_a_mail_is_never_sent_in_the_clear_to_another_machine() -> None:
    for url, tls, start in (
        ("smtp://mail.example.org", False, True),
        ("smtps://mail.example.org", True, False),
        ("smtp://127.0.0.1:2525", False, None),
    ):
        client = client_of(MailServer.parse(url, "a@example.org"))
        assert (client.use_tls, client._start_tls_on_connect) == (tls, start)


def test_settings_for_mail_are_checked_and_hidden() -> None:
    good = {
        "ALONGSIDE_DATABASE": "sqlite:////x",
        "ALONGSIDE_KEYS": new_key(),
        "ALONGSIDE_MAIL": "smtp://ada:sec%40ret@mail.example.org",
        "ALONGSIDE_MAIL_FROM": "alongside@example.org",
    }
    found = read_settings(good).mail
    assert found is not None
    assert (found.host, found.port, found.user, found.password) == ("mail.example.org", 587, "ada", "sec@ret")
    assert "sec" not in repr(read_settings(good))
    for change in (
        {"ALONGSIDE_MAIL": "mail.example.org"},
        {"ALONGSIDE_MAIL_FROM": "me <x@y.org>"},
        {"ALONGSIDE_MAIL": "smtp://h:99999"},
    ):
        with pytest.raises(BadSettings) as bad:
            read_settings({**good, **change})
        assert next(iter(change)) in str(bad.value)
        assert "sec" not in str(bad.value)
    assert Platform.MAIL.value == "mail"
