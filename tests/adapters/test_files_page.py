"""Setting up in the browser: the same two files, the same words as the commands, and never anybody else's programme."""

import io
import re
import zipfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html import unescape

import pytest
from aiohttp import FormData
from sqlalchemy import select

from adapters.setup.faults import Faulty
from adapters.web.cookies import COOKIE
from adapters.web.files import LARGEST
from adapters.web.guard import Visitor, hashed
from bot.audit import Did
from bot.errors import Unavailable
from bot.messages import Action, Joined, Pressed
from bot.model import Reader, Role
from storage import tables as t
from tests.adapters.service import NOW, Answer, Service, only_sqlite
from tests.adapters.test_setting_up import (
    ID,
    PEOPLE,
    PROGRAMME,
    TENANT,
    apply,
    as_character,
    bring,
    contents,
    people,
)
from tests.cast import ADA, FAY
from tests.databases import everything

FILES = "/me/programme/files"
TOKEN = "the browser of Anna"
OTHERS = PROGRAMME.replace('"leading-2027"', '"second"').replace("Leading side by side", "Second")


@pytest.fixture
async def anna(service: Service) -> "Anna":
    """The example programme beside everybody else's, and its facilitator at her browser."""
    await apply(service.store, now=NOW)
    await bring(service.store, now=NOW)
    me = (await people(service.store))["Anna Lindqvist"].person
    reader = Reader(me.tenant, me.id)
    async with service.store.write() as tx:
        await tx.sessions.add(reader, hashed(TOKEN), NOW, NOW.replace(month=12))
    return Anna(service, reader)


class Anna:
    """The facilitator of the example, at her browser."""

    def __init__(self, service: Service, reader: Reader) -> None:
        self.service, self.reader = service, reader
        self.csrf = Visitor(reader, Role.FACILITATOR, TOKEN).csrf

    async def see(
        self, content: str | bytes, name: str = "people.csv", csrf: str | None = None
    ) -> tuple[int, str]:
        form = upload(content, name, self.csrf if csrf is None else csrf)
        return said_by(await self._ask(form))

    async def press(self, page: str, **changed: str) -> tuple[int, str]:
        """Apply what a page shows."""
        hidden = dict(re.findall(r'<input type="hidden" name="(name|kept|shown)" value="([^"]*)"', page))
        form = {
            "csrf": self.csrf,
            "action": "apply",
            **{k: unescape(v) for k, v in hidden.items()},
            **changed,
        }
        return said_by(await self._ask(form))

    async def apply(self, content: str, name: str = "people.csv") -> tuple[int, str]:
        status, page = await self.see(content, name)
        assert status == 200, page
        return await self.press(page)

    async def _ask(self, form: FormData | dict[str, str]) -> Answer:
        return await self.service.ask("POST", FILES, None, form, headers={"Cookie": f'{COOKIE}="{TOKEN}"'})

    async def refused(self, content: str | bytes, name: str = "people.csv") -> str:
        before = await contents(self.service.store)
        status, page = await self.see(content, name)
        assert status == 422
        assert await contents(self.service.store) == before
        assert "Apply this" not in page
        return page


def upload(content: str | bytes, name: str, csrf: str) -> FormData:
    form = FormData(quote_fields=False)
    form.add_field("csrf", csrf)
    form.add_field("action", "see")
    body = io.BytesIO(content.encode() if isinstance(content, str) else content)
    form.add_field("file", body, filename=name, content_type="application/octet-stream")
    return form


def said_by(answer: Answer) -> tuple[int, str]:
    return answer.status, unescape(answer.body.decode())


async def test_a_file_is_shown_before_it_is_applied_and_applied_as_it_was_shown(anna: Anna) -> None:
    more = PEOPLE + "Kit Moss,kit@example.org,4,,,\nSam Hill,sam@example.org,4,,,\n"
    before = await contents(anna.service.store)
    status, page = await anna.see(more)
    assert status == 200
    for line in (
        "What people.csv would change",
        "New member: Kit Moss, kit@example.org",
        "New pair: Kit Moss and",
    ):
        assert line in page
    assert await contents(anna.service.store) == before
    assert "kit@example.org" not in page.partition('name="kept" value="')[2].partition('"')[0]
    status, _ = await anna.press(page)
    assert status == 303
    assert "Kit Moss" in await people(anna.service.store)
    async with everything(anna.service.store.database) as connection:
        noted = (await connection.execute(select(t.audit).where(t.audit.c.tenant_id == TENANT))).all()
    assert [(row.who, row.did, row.about) for row in noted] == [(anna.reader.person, Did.IMPORTED, ID)]
    _, again = await anna.see(more)
    assert "Nothing to change: all is as people.csv says." in again
    assert "Apply this" not in again


async def test_a_programme_is_changed_by_its_file_whatever_that_is_called(anna: Anna) -> None:
    changed = PROGRAMME.replace("01632 960 001", "01632 960 002").replace('"17:00"', '"18:00"')
    for name in ("programme.toml", "programme.toml.txt", "Leading.txt"):
        status, page = await anna.see(changed, name)
        assert status == 200
        assert "It opens: 2 days later at 17:00 → 2 days later at 18:00." in page
    assert (await anna.press(page))[0] == 303
    async with anna.service.store.read() as tx:
        assert (await tx.people.programme(TENANT, ID)).contact.endswith("002")


@only_sqlite
async def test_every_mistake_is_named_at_once_in_the_words_of_the_command(anna: Anna) -> None:
    wrong = PROGRAMME.replace('"Europe/London"', '"London"').replace('"Friday"', '"Fri day"')
    rows = PEOPLE.replace("Europe/Dublin", "Eire") + "New One,nonsense,,,\n"
    for content, name, count in ((wrong, "programme.toml", 2), (rows, "people.csv", 2)):
        page = await anna.refused(content, name)
        with pytest.raises(Faulty) as fault:
            await (apply if name.endswith("toml") else bring)(anna.service.store, content, NOW)
        for line in str(fault.value).splitlines():
            assert line.strip() in page
        assert f"{name} has {count} mistakes. Nothing was changed." in page


@only_sqlite
async def test_what_is_no_such_file_is_said_with_what_to_do(anna: Anna) -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>" * 50)
    assert "save it as “CSV UTF-8”" in await anna.refused(book.getvalue(), "people.xlsx")
    assert "The file is empty." in await anna.refused(b"")
    assert "not in UTF-8" in await anna.refused(PROGRAMME.encode("utf-16"), "programme.toml")
    assert "far too many brackets" in await anna.refused("zone = " + "[" * 30_000, "programme.toml")
    assert "is opened and not closed" in await anna.refused(PEOPLE + '"Kit')
    none = {"csrf": anna.csrf, "action": "see"}
    status, page = said_by(await anna._ask(none))
    assert (status, "Choose a file first." in page) == (422, True)
    status, page = await anna.see(PEOPLE.replace("Jo Okafor", "Zoë Okafor").encode("cp1252"))
    assert status == 200
    assert "Check that these are spelt right:" in page
    assert "<li>Zoë Okafor,jo.okafor@example.org,,outside,,</li>" in page


@only_sqlite
@pytest.mark.parametrize("size", [LARGEST + 1, 600 * 1024, 3 * 1024 * 1024])
async def test_a_file_that_is_too_large_is_refused_with_the_page_and_the_limit(size: int, anna: Anna) -> None:
    status, page = await anna.see(b"name,email,pair\n" + b"x" * size)
    assert (status, "at most 128 KB. Nothing was changed." in page) == (413, True)
    assert "See what would change" in page


@only_sqlite
async def test_many_mistakes_are_counted_and_the_first_of_them_shown(anna: Anna) -> None:
    page = await anna.refused("name,email,pair\n" + "a,b,\n" * 500)
    assert "people.csv has 500 mistakes." in page
    assert "There are 400 more." in page


async def test_what_has_changed_since_it_was_shown_is_not_done_and_shown_again(anna: Anna) -> None:
    changed = PROGRAMME.replace("01632 960 001", "01632 960 009")
    _, page = await anna.see(changed, "programme.toml")
    await apply(anna.service.store, PROGRAMME.replace("01632 960 001", "01632 960 005"), NOW)
    before = await contents(anna.service.store)
    status, again = await anna.press(page)
    assert status == 409
    assert "Something has changed since this was shown, so nothing was done." in again
    assert "01632 960 005 → Jo Okafor at the patient network, 01632 960 009" in again
    assert await contents(anna.service.store) == before
    assert (await anna.press(again))[0] == 303
    status, twice = await anna.press(again)
    assert status == 409
    assert "Nothing to change: all is as programme.toml says." in twice


# ---- nobody else's


async def test_no_other_programme_or_organisation_is_touched_or_told_apart_from_none(anna: Anna) -> None:
    await apply(anna.service.store, OTHERS, NOW)
    southgate = OTHERS.replace('"northbank"', '"southgate"').replace(
        "Northbank Leadership Trust", "Southgate"
    )
    await apply(anna.service.store, southgate.replace('"second"', '"third"'), NOW)
    second = OTHERS.replace("01632 960 001", "01632 960 002")
    page = await anna.refused(second, "programme.toml")
    assert "programme.toml, line 5: “second” is not the key of your programme." in page
    # One that is not there gets the same answer.
    assert page.replace("second", "nowhere") == (
        await anna.refused(second.replace('"second"', '"nowhere"'), "programme.toml")
    )
    there = await anna.refused(southgate, "programme.toml")
    nowhere = await anna.refused(southgate.replace('"southgate"', '"eastgates"'), "programme.toml")
    assert "“southgate” is not the key of your organisation." in there
    assert there.replace("southgate", "eastgates") == nowhere
    renamed = PROGRAMME.replace("Northbank Leadership Trust", "Southgate")
    named = await anna.refused(renamed, "programme.toml")
    assert "is called “Northbank Leadership Trust” so far, in all of its programmes." in named
    assert "with another key" not in named


@only_sqlite
async def test_whoever_takes_part_is_not_given_an_address_by_which_somebody_else_comes_in(anna: Anna) -> None:
    ruth = as_character((await people(anna.service.store))["Ruth Adeyemi"])
    house = anna.service.house
    await house.take_in(Joined("first", ruth.account, NOW))
    for action in (Action.READ_ON, Action.AGREE):
        await house.take_in(Pressed(f"{action}", ruth.account, NOW, action))
    for whose in ("ruth.adeyemi@", "jo.okafor@", "anna.lindqvist@"):
        page = await anna.refused(PEOPLE.replace(whose, "somebody.else@"))
        assert "takes part already, and keeps the address that they have." in page
        assert "somebody.else@" not in page.partition("The file")[0].replace("somebody.else@example.org,", "")
    ids = PEOPLE.replace("zone,hours", "zone,hours,slack").replace(",1,,,\n", ",1,,,,T1:U1\n")
    assert "slack: Ruth Adeyemi takes part already" in await anna.refused(ids)
    # Whoever has only been invited was perhaps invited at a wrong one.
    status, page = await anna.see(PEOPLE.replace("tom.whitlock@", "t.whitlock@"))
    assert status == 200
    assert "Tom Whitlock's address" in page


@only_sqlite
async def test_a_file_takes_nobodys_rights_not_even_by_leaving_them_out(anna: Anna) -> None:
    member = PEOPLE.replace("anna.lindqvist@example.org,,facilitator", "anna.lindqvist@example.org,,")
    assert "is a facilitator of this programme, not a member" in await anna.refused(member)
    without = "".join(line for line in PEOPLE.splitlines(keepends=True) if "Anna" not in line)
    _, page = await anna.see(without)
    assert "Not in the file, and left as they are: Anna Lindqvist. A file removes nobody." in page
    assert "Nothing to change" in page


@only_sqlite
async def test_only_a_facilitator_from_a_form_of_their_own_gets_an_answer(anna: Anna) -> None:
    before = await contents(anna.service.store)
    assert (await anna.see(PEOPLE, csrf="0" * 40))[0] == 403
    _, page = await anna.see(PEOPLE + "Kit Moss,kit@example.org,,outside,,\n")
    assert (await anna.press(page, csrf=""))[0] == 403
    assert (await anna.press(page, action="no such thing"))[0] == 404
    assert (await anna.press(page, kept="Ruth"))[0] == 422
    assert (await anna.press(page, kept="é"))[0] == 422
    assert (await anna.press(page, shown=""))[0] == 200, "nothing was shown, so it is shown"
    assert (await anna.service.ask("GET", FILES, ADA)).status == 404
    assert (await anna.service.ask("GET", FILES, None)).status == 401
    assert (await anna.service.ask("GET", FILES, FAY)).status == 200
    # A facilitator of another programme brings people into their own.
    kept = urlsafe_b64encode(PEOPLE.encode()).decode()
    form = {"csrf": Visitor(FAY.reader, FAY.role, "the browser of Fay").csrf, "action": "apply", "kept": kept}
    fays = said_by(await anna.service.ask("POST", FILES, FAY, form))[1]
    assert "New facilitator: Anna Lindqvist" in fays
    assert await contents(anna.service.store) == before


@only_sqlite
async def test_a_database_that_is_away_while_a_file_is_looked_at_asks_for_it_again(
    anna: Anna, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, page = await anna.see(PEOPLE + "Kit Moss,kit@example.org,,outside,,\n")

    def away(*_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr("storage.setup.as_set_up.programme_now", away)
        status, said = await anna.see(PEOPLE)
        assert (status, "Open it again in a minute." in said) == (503, True)
        assert "sent again from here" not in said
        status, said = await anna.press(page)
        assert (status, "It can be sent again from here" in said) == (503, True)
    kept = re.search(r'name="kept" value="([^"]*)"', said)
    assert kept is not None
    assert b"Kit Moss" in urlsafe_b64decode(kept[1])
    assert (await anna.press(said))[0] == 303


@only_sqlite
async def test_a_files_name_is_shown_without_its_way_and_as_nothing_but_text(anna: Anna) -> None:
    page = await anna.refused("nothing", "C:\\Users\\anna\\pe\u202eople.csv")
    assert "Users" not in page
    assert "people.csv, line 1: There is no column called name." in page
    raw = await anna._ask(upload("nothing", "<b>x.csv", anna.csrf))
    assert b"&lt;b&gt;x.csv" in raw.body
