"""Words that want to be a program: put into everything that can hold words, and opened by everybody who can read it.

The pages are opened in Chromium without our content policy, so that nothing but the escaping stands between the
words and the browser. Nothing may run, nothing may be fetched, and no part of a page may come of anybody's words.
"""

import asyncio
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from fpdf import FPDF
from jinja2 import Environment
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject
from sqlalchemy import String, Text

from adapters.web import render
from bot.cards.notice import NOTICES
from bot.messages import CardKind
from storage import tables as t
from storage.store import SqlStore
from tests.adapters.postbox import Postbox, bodies, say
from tests.adapters.service import DIGEST, PAGE, Service, filled, owned_ids, routes
from tests.adapters.test_edge import found_in
from tests.adapters.test_matrix import COPY, FILES, FROM_SLACK, KEEPSAKE, PDF, REFLECTIONS, csrf
from tests.cast import ADA, BEN, CLEO, FAY, JO, Character
from tests.conftest import KEYS
from tests.databases import everything
from tests.window import Window, chrome

PAYLOADS = (
    '<script data-pwned>window.pwned=1;fetch("/pwned")</script>',
    '"><img data-pwned src="/pwned" onerror="window.pwned=1">',
    "'><svg data-pwned onload=alert(1)><animate data-pwned onbegin=alert(1) attributeName=x dur=1s>",
    '</textarea><iframe data-pwned srcdoc="<script>parent.pwned=1</script>"></iframe>',
    "</title></style></script></option></select></datalist><script data-pwned>alert(1)</script>",
    '" autofocus onfocus="window.pwned=1" data-pwned x="',
    "' onmouseover='window.pwned=1' data-pwned style='position:fixed;inset:0",
    '<a data-pwned href="javascript:window.pwned=1">x</a> javascript:window.pwned=1 https://pwned.example/pwned',
    "{{ 7*7 }}{% raw %}${7*7}<b data-pwned>{0}{nb}</b>",
    '--><link data-pwned rel=stylesheet href="/pwned"><base data-pwned href="//pwned.example">',
    "<form data-pwned action=/pwned><button formaction=/pwned><input name=csrf>",
    "]]><math><mtext data-pwned><mglyph><style><img data-pwned src=/pwned onerror=alert(1)>",
    "&lt;img data-pwned src=/pwned onerror=alert(1)&gt; &#60;svg data-pwned onload=alert(1)&#62;",
    '<meta data-pwned http-equiv=refresh content="0;url=/pwned"> \u2028window.pwned=1//',
    "<scr\u0000ipt data-pwned>alert(1)</scr\u0000ipt> \uff1cscript data-pwned\uff1ealert(1)",
)
CORPUS = " ".join(PAYLOADS)
SHOWN = "window.pwned=1"
"""What is to be read on a page that holds the corpus as words."""

_GREW = """() => [
  ...[...document.querySelectorAll("[data-pwned]")].map((e) => e.outerHTML),
  ...[...document.querySelectorAll("*")].flatMap((e) => [...e.attributes].filter((a) =>
    (a.name.startsWith("on") || a.name === "srcdoc" || /^\\s*javascript:/i.test(a.value)
      || (["href", "src", "action", "formaction", "style"].includes(a.name) && a.value.includes("pwned"))))
    .map((a) => `${e.localName} ${a.name}=${a.value}`)),
  ...("pwned" in window ? ["it ran"] : []),
]"""
_READ = """() => [document.body.textContent, ...[...document.querySelectorAll("textarea, input, option")]
  .map((e) => e.value)].join(" ")"""


async def poisoned(store: SqlStore) -> None:
    """The corpus in everything of the database that could be somebody's words, or come from a file of theirs."""
    async with everything(store.database) as connection:
        for row in (await connection.execute(t.words.select())).all():
            sealed = KEYS.seal(row.tenant_id, row.id, CORPUS.encode())
            one = (t.words.c.tenant_id == row.tenant_id, t.words.c.id == row.id)
            new = {"key": sealed.key, "nonce": sealed.nonce, "body": sealed.body}
            await connection.execute(t.words.update().where(*one).values(new))
        for name, columns in FROM_FILES.items():
            table = t.metadata.tables[name]
            for column in columns:
                await connection.execute(table.update().values({column: CORPUS}))


FROM_FILES: Mapping[str, tuple[str, ...]] = {
    "tenants": ("name",),
    "programmes": ("title", "contact"),
    "modules": ("title",),
    "people": ("name",),
    "sessions": ("browser",),
    "consents": ("wording",),
    "slack_installations": ("name",),
}
"""What is text in the database and no words of anybody's."""


NO_WORDS = {
    *("platform", "external", "email", "zone", "own_zone", "holidays", "state", "standing", "role", "theme"),
    *("version", "kind", "subject", "reason", "question", "passed", "key", "receipt", "token", "who", "did"),
    *("about", "hash", "before", "worker", "facilitators", "box", "bridge", "prompt"),
    *("place", "starter", "account", "terms", "lost_chat", "team", "bot", "scopes", "held", "why"),
}
"""Columns of text that hold ids, addresses and names of ours."""


async def found_on(window: Window, *, words: bool) -> list[str]:
    """What came of anybody's words on the page that is open, other than words."""
    await window.page.wait_for_load_state("load")
    found: list[str] = await window.page.evaluate(_GREW)
    if SHOWN not in await window.page.evaluate(_READ) and words:
        found.append("the words are not there at all")
    found += [f"asked for {path}" for path in window.paths() if "pwned" in path]
    found += [f"said {each}" for each in window.dialogs]
    return [f"{window.page.url}: {each}" for each in found]


READS: Mapping[Character, tuple[str, ...]] = {
    ADA: (PAGE, REFLECTIONS, KEEPSAKE, "/me/rhythm", "/me/where", "/me/sign-ins", "/me/leaving"),
    BEN: (PAGE, REFLECTIONS, KEEPSAKE, "/me/sign-ins"),
    CLEO: (PAGE, REFLECTIONS),
    FAY: (PAGE, DIGEST, "/me/programme", FILES, "/me/rhythm", "/me/where", "/me/sign-ins"),
    JO: (PAGE, "/me/sign-ins"),
}
WITHOUT = frozenset({FILES, "/me/rhythm", "/me/where", "/me/leaving"})
"""Pages that hold nobody's words."""
NO_PAGES = frozenset(
    {"/healthz", "/me/static", "/me/events", COPY, PDF, "/in", "/in/{token}", "/out/{token}", *FROM_SLACK}
)


async def test_nothing_that_anybody_wrote_runs_on_any_page_whoever_opens_it(service: Service) -> None:
    shown = {path for path, methods in routes(service.app).items() if "GET" in methods}
    assert shown - NO_PAGES == {path for paths in READS.values() for path in paths}, "each page is opened"
    digest = (await owned_ids(service.store))["digests 0"]
    await poisoned(service.store)
    async with chrome(service, bypass_csp=True) as window:
        found = []
        for who, paths in READS.items():
            await window.be(who)
            for path in paths:
                await window.open(filled(path, [digest])[0])
                found += await found_on(window, words=path not in WITHOUT)
            found += [each async for each in refused(window, who, digest)]
        assert found == []
        # What is told to each opened page by itself is the same page again.
        await window.be(ADA)
        await window.open(PAGE)
        form = {"csrf": csrf(ADA), "nonce": "", "action": "help", "subject": ""}
        asked = window.page.expect_response(lambda answer: answer.request.resource_type == "fetch")
        async with asked as again:
            await service.ask("POST", PAGE, ADA, form)
        await (await again.value).finished()
        await window.page.get_by_role("status").filter(has_text="Something new").wait_for()
        assert await found_on(window, words=True) == []


async def refused(window: Window, who: Character, digest: str) -> AsyncIterator[str]:
    """Pages that give back what was just sent: refused, not kept, not signed in, and gone wrong."""
    form = {
        "nonce": "x",
        "message": CORPUS,
        "text": CORPUS,
        "reply": CORPUS,
        "challenge": CORPUS,
        "words": CORPUS,
    }
    form |= {
        "email": CORPUS,
        "how": CORPUS,
        "zone": CORPUS,
        "from": CORPUS,
        "back": CORPUS,
        "box": "b",
        "to": CORPUS,
    }
    good = {**form, "csrf": csrf(who)}
    sent: list[tuple[str, Mapping[str, str]]] = [
        (PAGE, {**form, "csrf": "wrong", "action": "send"}),
        (PAGE, {**good, "action": CORPUS}),
        (PAGE, {**good, "action": "propose"}),
        (PAGE, {**good, "action": "send", "message": CORPUS * 40}),
        ("/me/rhythm", {**good, "action": "hours"}),
        ("/me/nothing", {**good, "action": "send"}),
    ]
    if who is FAY:
        where = filled(DIGEST, [digest])[0]
        line = found_in('id="line-', (await window.service.ask("GET", where, FAY)).text())
        sent = [(where, {**good, "action": "answer", "subject": line, "reply": CORPUS * 3})]
        sent += [(FILES, {**good, "action": "apply", **file}) for file in FILES_OF_THEIRS]
    for path, fields in sent:
        await window.open("/me/leaving" if who in (ADA, BEN, CLEO) else "/me/sign-ins")
        async with window.page.expect_navigation():
            await window.page.evaluate(_SEND, [path, fields])
        for each in await found_on(window, words=False):
            yield f"{fields['action'][:9]} as {who.id[:4]} {each}"


def kept(name: str, content: str) -> dict[str, str]:
    return {"name": name, "kept": urlsafe_b64encode(content.encode()).decode(), "shown": ""}


QUOTED = CORPUS.replace('"', '""').replace("\u0000", "")
FILES_OF_THEIRS = (
    kept(CORPUS, f'name,email,pair,role\n"{PAYLOADS[0]}{PAYLOADS[1][2:9]}",new@example.org,,facilitator\n'),
    kept("people.csv", f'name,email,pair,role,{PAYLOADS[7]}\n"{QUOTED}","{QUOTED}","{QUOTED}","{QUOTED}"\n'),
    kept("programme.toml", f"[organisation]\nkey = '''{PAYLOADS[0]}'''\n\"{PAYLOADS[7][:20]}\" = 1\n"),
    kept("programme.toml", f"[organisation]\n{CORPUS}"),
)
"""Files that a facilitator was sent and chooses: what they are called and what stands in them is nobody's friend."""

_SEND = """([path, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    field.type = "hidden"; field.name = name; field.value = value;
    form.append(field);
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}"""


async def test_no_copy_no_keepsake_and_no_mail_brings_to_life_what_somebody_wrote(
    mailing: Service, postbox: Postbox, tmp_path: Path
) -> None:
    await poisoned(mailing.store)
    async with chrome(mailing, bypass_csp=True) as window:
        # A copy is opened from a disk, where no header guards it.
        with ZipFile(BytesIO((await mailing.ask("GET", COPY, ADA)).body)) as copy:
            copy.extract("what-you-wrote.html", tmp_path)
        await window.page.goto(f"file://{tmp_path}/what-you-wrote.html")
        assert await found_on(window, words=True) == []
        for who in (ADA, BEN):
            assert living_in((await mailing.ask("GET", PDF, who)).body) == set()
        for number, kind in enumerate(NOTICES):
            whose = FAY if kind in (CardKind.DIGEST, CardKind.CALL_WANTED) else ADA
            await say(mailing, whose, kind, str(number))
        assert len(postbox.mails) > 5
        for mail, sent in zip(postbox.mails, postbox.sent, strict=True):
            assert b"pwned" not in sent, "a mail says that there is something, and never what"
            plain, rich = bodies(mail)
            await window.page.set_content(rich)
            assert await found_on(window, words=False) == []
            leads = await window.page.eval_on_selector_all("[href], [src]", "(all) => all.map((e) => e.href)")
            assert leads
            assert all(re.match(r"http://127\.0\.0\.1/(in|out|me)/", each) for each in leads)
            assert "<" not in plain


def living_in(file: bytes) -> set[str]:
    """What a PDF holds that could do something, or lead anywhere."""
    reader = PdfReader(BytesIO(file))
    assert SHOWN in "".join(page.extract_text() for page in reader.pages)
    dead = {
        "/Annots",
        "/AA",
        "/JS",
        "/JavaScript",
        "/URI",
        "/Launch",
        "/SubmitForm",
        "/EmbeddedFiles",
        "/AcroForm",
    }
    found: set[str] = set()
    for number in range(1, len(reader.xref[0]) + 1):
        held = reader.get_object(IndirectObject(number, 0, reader))
        if isinstance(held, DictionaryObject):
            found |= dead & (held.keys() | {str(each) for each in held.values() if isinstance(each, str)})
    return found


def test_a_file_that_leads_somewhere_is_found() -> None:
    file = FPDF()
    file.add_page()
    file.set_font("Helvetica")
    file.cell(text=SHOWN, link="https://pwned.example/")
    assert "/Annots" in living_in(bytes(file.output()))


def test_every_column_that_could_hold_words_is_known() -> None:
    texts = {
        f"{table.name}.{column.name}"
        for table in t.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | Text)
        and not column.name.endswith("id")
        and column.name not in NO_WORDS
    }
    assert texts == {f"{table}.{column}" for table, columns in FROM_FILES.items() for column in columns}


async def test_what_looks_for_it_finds_it_on_a_page_that_escapes_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unescaped(**settings: object) -> Environment:
        return Environment(**{**settings, "autoescape": False})  # type: ignore[arg-type]

    await poisoned(service.store)
    with monkeypatch.context() as patch:
        patch.setattr(render, "Environment", unescaped)
        render._pages.cache_clear()
        async with chrome(service, bypass_csp=True) as window:
            await window.be(FAY)
            asked = window.context.wait_for_event("request", lambda request: request.url.endswith("/pwned"))
            said = window.context.wait_for_event("dialog")
            goes = window.page.goto(window.address("/me/programme"), wait_until="commit")
            await asyncio.gather(asked, said, goes)
            window.page = await window.context.new_page()
            await window.page.set_content(PAYLOADS[8])
            found = await found_on(window, words=True)
    render._pages.cache_clear()
    for sign in ("<b data-pwned", "asked for /pwned", "said 1", "the words are not there"):
        assert [each for each in found if sign in each], sign
