"""Data that wants to be a header: one mail goes to one person, and no line of its head is anybody's words."""

import logging
from email.message import EmailMessage

import pytest

from adapters.mail.letter import Links, letter
from adapters.setup.faults import Faulty
from adapters.setup.people_file import read_people
from bot.cards.notice import NOTICES, notice
from bot.messages import CardKind
from storage import tables as t
from tests.adapters.door import asked
from tests.adapters.postbox import ADDRESSES, Postbox, say
from tests.adapters.service import NOW, Service
from tests.cast import ADA, FAY
from tests.databases import everything

BREAKS = (
    "\n",
    "\r",
    "\r\n",
    "\r\n\r\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\x00",
    "\n ",
    "\t\n",
)
"""What begins a new line somewhere: in a header, in a library, or in Unicode."""
ADDED = "Bcc: everybody@example.org"
ODD_ADDRESSES = (
    *(f"ada@example.org{each}{ADDED}" for each in BREAKS),
    "ada@example.org, everybody@example.org",
    "ada@example.org; everybody@example.org",
    "ada@example.org everybody@example.org",
    "everybody@example.org <ada@example.org>",
    "<everybody@example.org>",
    "friends: everybody@example.org, ada@example.org;",
    "=?utf-8?q?everybody=40example.org=2C?= <ada@example.org>",
    "=?utf-8?q?ada=0D=0ABcc:_everybody=40example.org?=@example.org",
    "ada@example.org(everybody@example.org)",
    '"ada@example.org\\r\\nBcc: everybody"@example.org',
    "@everybody.example.org:ada@example.org",
    "ada%everybody.example.org@example.org>,<everybody@example.org",
)
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    "List-Unsubscribe", "List-Unsubscribe-Post",
}  # fmt: skip


def heads(mail: EmailMessage) -> set[str]:
    return set(mail.keys())


async def test_no_name_title_or_address_becomes_a_header_or_a_second_reader(
    mailing: Service, postbox: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    odd = (
        "".join(f"{each}{ADDED}{each}" for each in BREAKS)
        + "=?utf-8?q?=0D=0ABcc:_x=40example.org?= <b@c.org>,"
    )
    async with everything(mailing.store.database) as connection:
        for table, column in ((t.people, "name"), (t.programmes, "title"), (t.programmes, "contact"),
                              (t.modules, "title"), (t.tenants, "name")):  # fmt: skip
            await connection.execute(table.update().values({column: odd}))
    for number, kind in enumerate(NOTICES):
        await say(mailing, FAY if kind in (CardKind.DIGEST, CardKind.CALL_WANTED) else ADA, kind, str(number))
    for address in ADDRESSES.values():
        await asked(mailing, address)
    await mailing.house.settle()
    assert len(postbox.mails) > 5
    for mail, sent in zip(postbox.mails, postbox.sent, strict=True):
        assert heads(mail) <= HEADERS
        assert mail["To"] in ADDRESSES.values()
        assert b"Bcc" not in sent
        assert b"everybody" not in sent
        assert b"=?utf-8?q?=0D=0A" not in sent
    assert caplog.text == ""


async def test_an_address_that_is_none_in_the_database_holds_up_nobody_and_reaches_nobody(
    mailing: Service, postbox: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    # No file and no page lets one in: this is somebody who wrote to the database past Alongside.
    for number, odd in enumerate(ODD_ADDRESSES):
        async with everything(mailing.store.database) as connection:
            await connection.execute(t.people.update().where(t.people.c.id == ADA.id).values(email=odd))
            await connection.execute(t.outbox.delete().where(t.outbox.c.by_mail.is_(True)))
        postbox.mails.clear()
        postbox.sent.clear()
        await say(mailing, ADA, CardKind.NUDGE, f"odd {number}")
        await say(mailing, FAY, CardKind.DIGEST, f"odd {number}")
        strangers = [mail for mail in postbox.mails if mail["To"] != ADDRESSES[FAY]]
        assert strangers == [], odd
        assert len(postbox.mails) == 1, f"the facilitator's came all the same, beside {odd!r}"
        assert heads(postbox.mails[0]) <= HEADERS
    assert "everybody" not in caplog.text


def test_no_header_can_be_added_to_a_mail() -> None:
    def made(to: str) -> EmailMessage:
        card, links = notice(CardKind.QUESTION, ""), Links("x")
        return letter(card, id="1", sender="a@example.org", to=to, links=links, host="h", now=NOW)

    for odd in ODD_ADDRESSES:
        with pytest.raises(ValueError):  # noqa: PT011 - the library's own, or ours
            made(odd)
    for good in ("ada@example.org", "o'brien+nhs@mail.example.org", "ada.l@exämple.org"):
        assert made(good)["To"].addresses[0].addr_spec == good


def test_no_file_brings_in_such_an_address_or_such_a_name() -> None:
    head = "name,email,pair,role\n"
    for odd in ODD_ADDRESSES:
        quoted = odd.replace('"', '""')
        found = read_or_not(f'{head}Ada,"{quoted}",,facilitator\n')
        assert found in ([], ["ada@example.org"]), odd
    names = [
        each for broken in BREAKS for each in read_names(f'{head}"Ada{broken}{ADDED}",a@b.org,,facilitator\n')
    ]
    assert not [name for name in names if len(name.splitlines()) > 1]


def read_or_not(content: str) -> list[str]:
    try:
        return [each.email for each in read_people(content.encode(), "people.csv").people]
    except Faulty:
        return []


def read_names(content: str) -> list[str]:
    try:
        return [each.name for each in read_people(content.encode(), "people.csv").people]
    except Faulty:
        return []


async def test_what_is_no_address_is_given_back_with_how_to_write_one(mailing: Service) -> None:
    for odd in ("", "ada", "a@b@c", f"ada@example.org\r\n{ADDED}", "x" * 300 + "@y.org"):
        answer = await asked(mailing, odd)
        assert answer.status == 422
        assert "Write it like name@example.org." in answer.text()
    rows = await mailing.snapshot()
    assert not [row for key, row in rows.items() if key[0] == "outbox" and row["by_mail"]]
