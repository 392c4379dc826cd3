"""Every route, asked by everybody: what is not theirs does not exist.

The routes are read from the running application's own table, so that a new one is asked by itself and fails
here until somebody says what it shows. The answers for a foreign id and for one that was made up are compared
byte for byte, and so is what is left in the database. Each word that was planted has a list of who may read
it: they find it on the same routes, and nobody else does.
"""

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from operator import and_
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from pypdf import PdfReader

import storage.answers
import storage.digests
import storage.sessions
import storage.views
from adapters.house import House as RunningHouse
from adapters.setup.programme import Outcome
from adapters.web.cookies import COOKIE, DOOR
from adapters.web.door import button_of
from adapters.web.files import seal
from adapters.web.guard import Visitor, hashed
from bot.audit import Of
from bot.conversation.state import Standing
from bot.due import tick
from bot.ids import derive
from bot.lanes import settle_all
from bot.leave import erase
from bot.messages import Action
from bot.model import Role
from storage import tables as t
from storage.session import across_tenants
from tests.adapters.service import (
    ADDED,
    ANSWER,
    CANARIES,
    CHALLENGE,
    DIGEST,
    LINK,
    METHODS,
    NOW,
    ONLY_ME,
    OTHER,
    OUTSIDERS,
    OWNERS,
    PAGE,
    SEEN_BEFORE,
    TURN,
    TURN_ANSWER,
    Answer,
    Service,
    Snapshot,
    filled,
    only_sqlite,
    owned_ids,
    routes,
    serving,
    token,
)
from tests.cast import (
    ADA,
    BEN,
    CLEO,
    DAN,
    FAY,
    GUS,
    HAL,
    IVY,
    NAMES,
    YAN,
    ZOE,
    Character,
)
from tests.databases import copy_in_thread, everything

pytestmark = pytest.mark.slow

# ---- what each route is for; a new route is added here, or the first test fails

REFLECTIONS = "/me/reflections"
SLACK = "/slack/events"
FROM_SLACK = frozenset({"/slack/install", "/slack/oauth_redirect"})
"""Where a workspace lets the app in; tests/slack says what follows."""
COPY = "/me/copy"
CALLS, PROGRAMME, FILES = "/me/calls", "/me/programme", "/me/programme/files"
KEEPSAKE, PDF = "/me/keepsake", "/me/keepsake.pdf"
SHOWS_WORDS = frozenset({PAGE, REFLECTIONS, DIGEST, COPY, KEEPSAKE})
SHOWS_NONE = frozenset({"/me/draft", "/me/events", "/me/sign-ins", "/me/static", "/healthz"})
SHOWS_NONE |= {
    *FROM_SLACK,
    "/in",
    "/in/{token}",
    "/out/{token}",
    "/me/notices",
    "/me/leaving",
    "/me/rhythm",
    "/me/where",
    SLACK,
    CALLS,
    PROGRAMME,
    FILES,
    # Its words are compressed; a test of its own reads them.
    PDF,
}
PUBLIC = (SLACK, *FROM_SLACK, "/healthz", "/me/static", "/in", "/out/")
"""What answers whoever asks; the pages of a link are the same for every link and for none."""


def made_up(ids: Mapping[str, str]) -> dict[str, str]:
    """Ids of the same shape, of nothing."""
    return {name: derive("made up", name) for name in ids}


# ---- nothing is revealed


SOME = (ADA, CLEO, None)
"""Who asks by a method that a route does not know: the table of routes refuses it, whoever asks and for what."""


async def leaks(
    service: Service, others: Mapping[str, str], methods: Sequence[str] = METHODS
) -> AsyncGenerator[str]:
    """Everything that somebody can tell from a route and should not."""
    askers: dict[str, Character | None] = {**{NAMES[who.id]: who for who in OWNERS}, **OUTSIDERS}
    invented = made_up(others)
    secrets = {*others.values(), *(who.id for who in OWNERS)}
    for path, declared in routes(service.app).items():
        for name, who in askers.items():
            for method in methods:
                if method == "POST" and "POST" in declared:
                    continue  # forms are sent in the tests of what can be done
                if method not in declared and who not in SOME:
                    continue
                about_each = filled(path, list(others.values())), filled(path, list(invented.values()))
                for real, fake in list(zip(*about_each, strict=True))[: None if method in declared else 1]:
                    answer = await service.ask(method, real, who)
                    about = f"{method} {path} as {name}"
                    text = answer.text()
                    for canary in CANARIES:
                        if canary.word in text and who not in canary.readers:
                            yield f"{about}: {canary.word}"
                    if method not in declared and answer.status < 400:
                        yield f"{about}: answered with {answer.status}"
                    if who in OWNERS:
                        continue
                    if answer != await service.ask(method, fake, who):
                        yield f"{about}: a foreign id is told from a made-up one"
                    for id in sorted(secrets):
                        if id in text:
                            yield f"{about}: the id {id}"
                    if who is None and not path.startswith(PUBLIC) and answer.status < 400:
                        yield f"{about}: answered with {answer.status}"


async def test_every_route_is_in_the_matrix(service: Service) -> None:
    assert routes(service.app).keys() == SHOWS_WORDS | SHOWS_NONE


@pytest.mark.both
async def test_no_route_reveals_to_anybody_what_is_not_theirs(service: Service) -> None:
    others = {**await owned_ids(service.store), "links 0": LINK}
    assert {"rounds 0", "parts 0", "lines 0", "digests 0", "posts 0", "outbox 0", "pairs 0"} <= others.keys()
    # What a method is answered with is decided before any database is asked.
    methods = METHODS if service.store.database.sqlite else ["GET", "POST"]
    assert [each async for each in leaks(service, others, methods)] == []


async def test_everybody_finds_their_own_words_on_the_same_routes(service: Service) -> None:
    digest = (await owned_ids(service.store))["digests 0"]
    shown: dict[str, set[str]] = {}
    for canary in CANARIES:
        for who in canary.readers:
            for path in SHOWS_WORDS:
                answer = await service.ask("GET", filled(path, [digest])[0], who)
                if answer.status == 200 and canary.word in answer.text():
                    shown.setdefault(path, set()).add(f"{canary.word} {NAMES[who.id]}")
    assert set().union(*shown.values()) == {
        f"{c.word} {NAMES[who.id]}" for c in CANARIES for who in c.readers
    }
    assert shown.keys() == SHOWS_WORDS


async def test_a_keepsake_holds_what_opened_for_the_two_as_page_and_as_file_and_nobody_else_has_it(
    service: Service,
) -> None:
    shared = {c.word for c in (CHALLENGE, ANSWER, OTHER, TURN, TURN_ANSWER)}
    for who in (ADA, BEN):
        page = (await service.ask("GET", KEEPSAKE, who)).text()
        file = PdfReader(BytesIO((await service.ask("GET", PDF, who)).body))
        read = "".join(each.extract_text() for each in file.pages)
        assert {c.word for c in CANARIES if c.word in page} == shared
        assert {c.word for c in CANARIES if c.word in read} == shared
    for other in (FAY, *OUTSIDERS.values()):
        for path in (KEEPSAKE, PDF):
            answer = await service.ask("GET", path, other)
            member = other in (CLEO, GUS, ZOE)
            assert answer.status == (200 if member else 401 if other is None else 404)
            read = (
                "".join(each.extract_text() for each in PdfReader(BytesIO(answer.body)).pages)
                if member and path == PDF
                else answer.text()
            )
            assert not shared & {c.word for c in CANARIES if c.word in read}


# ---- nothing can be done to what is somebody else's

ACTIONS = (
    *(action.value for action in Action),
    "take",
    "answer",
    "one",
    "others",
    "off",
    "erase",
    "will-call",
    "have-spoken",
    "way-in",
    "everybody",
    "pair-up",
    "hold",
    "lift",
    "remove-person",
    "see",
    "apply",
    "code",
    "page",
    "no such thing",
)
DOES: Mapping[str, tuple[str, ...]] = {
    REFLECTIONS: ("edit", "remove", "choose", "unsay", "unsay-answer", "no such thing"),
    DIGEST: ("take", "answer", "no such thing"),
    "/me/draft": ("edit", "choose", "no such thing"),
    "/me/sign-ins": ("one", "others", "no such thing"),
    "/in": ("one", "no such thing"),
    "/in/{token}": ("one", "no such thing"),
    "/out/{token}": ("one", "no such thing"),
    "/me/notices": ("off", "no such thing"),
    "/me/leaving": ("erase", "no such thing"),
    CALLS: ("will-call", "have-spoken", "no such thing"),
    PROGRAMME: ("way-in", "everybody", "pair-up", "hold", "lift", "remove-person", "no such thing"),
    FILES: ("see", "apply", "no such thing"),
    "/me/where": ("code", "page", "no such thing"),
    SLACK: ("one", "no such thing"),
    "/me/rhythm": ("hours", "away", "less-often", "every-week", "alone", "together", "no such thing"),
}
"""What a form of these routes can ask for; whatever a page's form can, for every other route."""
ABOUT = ("rounds 0", "parts 0", "calls 0", "lines 0", "digests 0")
"""What a form can be about: a round, a part of an answer, a call, a line, a digest, whose form is about a line."""


MAX = b"name,email,pair,role\nMax,max@example.org,,outside\n"
SHOWN = seal(
    Outcome(
        (
            "New person outside both organisations: Max, max@example.org, written to from 09:00 until 20:00, "
            "Europe/London.",
        ),
        (
            "Not in the file, and left as they are: Ada, Ben, Cleo, Dan, Eve, Fay, Fin, Jo. A file removes nobody.",
        ),
    )
)
"""A file, and what it would change in Fay's programme: in any other one it is not what was shown."""


def form_of(who: Character | None, action: str, subject: str, ids: Mapping[str, str]) -> dict[str, str]:
    """A form that does `action` to `subject`, and names every other id wherever a form can name one."""
    known = action in [each.value for each in Action]
    fields = {"csrf": csrf(who), "nonce": "", "action": f"{action}:{subject}" if known else action}
    fields["subject"] = ids["people 0"] if action in ("way-in", "remove-person") else subject
    fields |= {"box": subject, "message": "other words", "text": "other words", "reply": "other words"}
    fields |= {"email": "ada@example.org", "sure": "yes"}
    fields |= {"name": "people.csv", "kept": urlsafe_b64encode(MAX).decode(), "shown": SHOWN}
    fields |= {"challenge": "other words", "words": "other words", "how": "other words"}
    fields |= {"to": FAY.id, "one": ids["people 0"], "two": BEN.id, "pair": ids["pairs 0"]}
    fields |= {"zone": "Europe/Dublin", "from": "10:00", "to": "18:00", "back": "2026-12-24"}
    for id in (ids[name] for name in (*ABOUT, "parts 1", "rounds 1", "people 0")):
        fields |= {f"partner:{id}": "yes", f"facilitators:{id}": "named", f"text:{id}": "other words"}
    return fields


def csrf(who: Character | None) -> str:
    return "" if who is None else Visitor(who.reader, who.role, token(who)).csrf


def all_forms(
    app: web.Application,
    who: Character | None,
    ids: Mapping[str, str],
    actions: Sequence[str] = ACTIONS,
    *,
    all_kinds: bool,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Every POST route with every action; on the pages, where most belong, about every kind of thing
    with `all_kinds`, and about each in turn without.
    """
    subjects = [ids[name] for name in ABOUT]
    for path, declared in routes(app).items():
        if "POST" not in declared:
            continue
        places = filled(path, subjects)
        # What a route does not do is refused in the same place, whichever action of another route it is.
        known = DOES.get(path, ACTIONS)
        for turn, action in enumerate(each for each in actions if each in known):
            if len(places) > 1:
                about = list(zip(places, subjects[-1:] + subjects, strict=False))
            elif path in (PAGE, REFLECTIONS, CALLS) and all_kinds:
                about = [(path, subject) for subject in subjects]
            else:
                about = [(path, subjects[turn % len(subjects)])]
            for place, subject in about:
                yield place, form_of(who, action, subject, ids)


@dataclass(frozen=True)
class Trail:
    """What somebody got for everything they tried, what their own page says then, and what it changed."""

    answers: list[Answer]
    page: Answer
    changed: "Counter[str]"
    strangers: list[str]


async def try_everything(
    service: Service, who: Character | None, ids: Mapping[str, str], actions: Sequence[str] = ACTIONS
) -> Trail:
    before = await service.snapshot()
    with pytest.MonkeyPatch.context() as patch:
        # Delivered once, at the end, and not after each of hundreds of forms.
        patch.setattr(RunningHouse, "settle", _later)
        answers = [
            await service.ask("POST", path, who, form)
            for path, form in all_forms(service.app, who, ids, actions, all_kinds=all_kinds(service, who))
        ]
    house = service.house
    await settle_all(house.store, house.posters, house.prompts, house.now)
    page = await service.ask("GET", PAGE, who)
    after = await service.snapshot()
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    mine = circle(who)
    strangers = [f"{key[0]} of somebody else" for key in changed if not people_of(key, before, after) <= mine]
    return Trail(answers, page, Counter(key[0] for key in changed), strangers)


def all_kinds(service: Service, who: Character | None) -> bool:
    """Whether each action is tried about each kind of thing. Whoever is no member has no such forms: one will do."""
    return service.store.database.sqlite and who is not None and who.role is Role.MEMBER


async def _later(_house: RunningHouse, _room: object = None) -> None:
    return None


def circle(who: Character | None) -> frozenset[str]:
    """Who may notice what `who` does: they themselves, their partner, and whomever of theirs they ask for a call."""
    pairs = ((ADA, BEN, FAY), (CLEO, DAN, FAY), (GUS, HAL), (ZOE, YAN))
    both = (who,) if who is FAY else next((pair for pair in pairs if who in pair), (who,))
    return frozenset(each.id for each in both if each is not None)


def people_of(key: tuple[str, ...], before: Snapshot, after: Snapshot) -> frozenset[str]:
    """Whose row this is; everybody's, if it does not say."""
    table, row = key[0], {**before.get(key, {}), **after.get(key, {})}
    if table == "claims":
        return frozenset()
    if table == "people":
        return frozenset({row["id"]})
    if table == "attempts":
        # How many codes somebody was shown is counted by their id; every other count is of an address.
        return frozenset(id for id in NAMES if row["key"] == derive(id, "codes")) or frozenset(NAMES)
    if table == "audit":
        return frozenset({row["who"], *([row["about"]] if row["kind"] == Of.PERSON.value else [])})
    if "pair_id" in row and table != "conversations":
        row = before["pairs", row["tenant_id"], row["pair_id"]]
    if table == "lines":
        row = before["parts", row["tenant_id"], row["part_id"]]
    found = frozenset(str(row[name]) for name in ("person_id", "one_id", "two_id") if row.get(name))
    return found or frozenset(NAMES)


async def trespasses(
    told: str, folder: Path, monkeypatch: pytest.MonkeyPatch, actions: Sequence[str] = ACTIONS
) -> list[str]:
    """Everything that an outsider could change, or tell from what a form was answered with."""
    found = []
    async with serving(await copy_in_thread(told, folder), monkeypatch) as real:
        ids = await owned_ids(real.store)
        trails = {name: await try_everything(real, who, ids, actions) for name, who in OUTSIDERS.items()}
    async with serving(await copy_in_thread(told, folder), monkeypatch) as other:
        invented = made_up(ids)
        for name, who in OUTSIDERS.items():
            trail, made = trails[name], await try_everything(other, who, invented, actions)
            found += [f"{name} changed {each}" for each in trail.strangers]
            forms = [
                (path, form["action"])
                for path, form in all_forms(
                    other.app, who, invented, actions, all_kinds=all_kinds(other, who)
                )
            ]
            for (path, action), one, two in zip(forms, trail.answers, made.answers, strict=True):
                if one != two:
                    found.append(f"{name} tells a foreign id from a made-up one: {path} {action}")
                found += [f"{name} reads {c.word}: {path}" for c in CANARIES if c.word in one.text()]
            if trail.page != made.page:
                found.append(f"{name} has another page after foreign ids than after made-up ones")
            if trail.changed != made.changed:
                found.append(f"{name} has other rows after foreign ids: {trail.changed}, not {made.changed}")
            found += [f"{name} reads {c.word}" for c in CANARIES if c.word in trail.page.text()]
    return found


async def test_nobody_can_do_anything_to_what_is_not_theirs(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await trespasses(told, tmp_path, monkeypatch)
    assert not found, "\n".join(found)


# ---- sessions that are over, and people who are gone


async def gone(service: Service) -> Mapping[str, tuple[Character, str]]:
    """Sessions that let nobody in any more, by why: whose each was, and its token."""
    over = {
        f"{NAMES[who.id]} {why}": (who, f"{why} {who.id}") for who in (ADA, FAY) for why in ("late", "out")
    }
    async with service.store.write() as tx:
        for name, (who, held) in over.items():
            until = NOW if "late" in name else NOW + timedelta(days=9)
            await tx.sessions.add(who.reader, hashed(held), NOW - timedelta(days=30), until)
            if "out" in name:
                await tx.sessions.end(who.reader, [hashed(held)])
    async with everything(service.store.database) as connection:
        # As somebody is who was removed at the very moment at which they came in.
        removed = t.people.update().where(t.people.c.id == IVY.id).values(role=Role.FORMER.value)
        await connection.execute(removed)
    await erase(service.store, BEN.reader, service.house.now())
    return {**over, "Ben erased": (BEN, token(BEN)), "Ivy removed": (IVY, token(IVY))}


async def let_in(service: Service, over: Mapping[str, tuple[Character, str]]) -> AsyncGenerator[str]:
    """Everything by which a session that is over differs from none."""
    digest = (await owned_ids(service.store))["digests 0"]
    for name, (who, held) in over.items():
        cookie = {"Cookie": f'{COOKIE}="{held}"; {DOOR}={SEEN_BEFORE}'}
        key = Visitor(who.reader, who.role, held).csrf
        for path, declared in routes(service.app).items():
            asked: list[tuple[str, Mapping[str, str] | None]] = [("GET", None), ("HEAD", None)]
            if "POST" in declared and not path.startswith(PUBLIC):
                # Who is asking is found before what they ask for is read.
                for action in (*DOES.get(path, ("send", "help", "edit", "stop", "leave")), "no such thing"):
                    asked.append(("POST", {"csrf": key, "action": action, "sure": "yes", "message": "words"}))
            for place in filled(path, [digest]):
                for method, sent in asked:
                    nobody = await service.ask(method, place, None, sent)
                    if await service.ask(method, place, None, sent, headers=cookie) != nobody:
                        yield f"{name}: {method} {place}"


async def test_a_session_that_ran_out_or_was_ended_or_whose_owner_is_gone_is_nobodys_on_any_route(
    service: Service,
) -> None:
    over = await gone(service)
    before = await service.snapshot()
    assert [each async for each in let_in(service, over)] == []
    assert await service.snapshot() == before
    alive = {"Ada": (ADA, token(ADA)), "Fay": (FAY, token(FAY))}
    async with aclosing(let_in(service, alive)) as found:
        assert await anext(found, None), "the control: a session that is not over"


@only_sqlite
async def test_the_matrix_fails_when_a_session_never_runs_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    looser = without(storage.sessions._FIND, "expires_at")
    monkeypatch.setattr(storage.sessions, "_FIND", looser)
    over = await gone(service)
    async with aclosing(
        let_in(service, {name: each for name, each in over.items() if "late" in name})
    ) as found:
        assert await anext(found, None)


@only_sqlite
async def test_whoever_has_left_has_their_own_words_still_and_a_hand_in_nothing_else(
    service: Service,
) -> None:
    ids = await owned_ids(service.store)
    read = await words_read(service, ADA)
    form = {"csrf": csrf(ADA), "nonce": "", "subject": "", "action": Action.LEAVE.value}
    assert (await service.ask("POST", PAGE, ADA, form)).status == 303
    # For a day it can be undone; from then on it stands.
    await tick(service.store, service.house.prompts, NOW + timedelta(hours=25))
    lines = {key for key in await service.snapshot() if key[0] == "lines"}
    assert await words_read(service, ADA) == read, "what was theirs to read is so still"
    assert {ANSWER.word, ADDED.word, ONLY_ME.word, TURN.word} <= read
    trail = await try_everything(
        service, ADA, ids, [each for each in ACTIONS if each not in ("erase", "remove")]
    )
    assert trail.strangers == []
    found = [
        c.word
        for answer in trail.answers
        for c in CANARIES
        if c.word in answer.text()
        if ADA not in c.readers
    ]
    assert found == []
    rows = await service.snapshot()
    assert {key for key in rows if key[0] == "lines"} <= lines, "nothing new reaches the facilitators"
    async with service.store.read() as tx:
        c = await tx.conversations.of(ADA.reader)
    assert (c.standing, c.resume_at) == (Standing.LEFT, None), (
        "no form brings them back: the facilitators can"
    )
    assert c.remind_at is None
    await tick(service.store, service.house.prompts, NOW + timedelta(days=14))
    asks = [
        row
        for key, row in (await service.snapshot()).items()
        if key[0] == "asks" and row["person_id"] == ADA.id
    ]
    assert len(asks) == len(
        [row for key, row in rows.items() if key[0] == "asks" and row["person_id"] == ADA.id]
    )


async def words_read(service: Service, who: Character) -> set[str]:
    """What somebody can read, on whichever page."""
    pages = [(await service.ask("GET", path, who)).text() for path in (PAGE, REFLECTIONS, KEEPSAKE, COPY)]
    return {canary.word for canary in CANARIES if any(canary.word in page for page in pages)}


ACTS: Mapping[str, tuple[Character, frozenset[str]]] = {
    DIGEST: (FAY, frozenset({"lines", "words", "outbox", "audit"})),
    CALLS: (FAY, frozenset({"calls", "words", "outbox"})),
    PROGRAMME: (FAY, frozenset({"outbox", "attempts", "pairs", "audit"})),
    FILES: (FAY, frozenset({"people", "accounts", "audit"})),
    PAGE: (ADA, frozenset({"conversations", "parts", "messages", "words", "challenges", "turns"})),
    REFLECTIONS: (ADA, frozenset({"parts", "messages", "words"})),
    "/me/draft": (ADA, frozenset({"drafts", "words"})),
    "/in": (ADA, frozenset({"attempts"})),
    "/in/{token}": (ADA, frozenset({"sessions", "links"})),
    "/me/sign-ins": (ADA, frozenset({"sessions", "links"})),
    "/out/{token}": (ADA, frozenset({"conversations"})),
    "/me/notices": (FAY, frozenset({"people"})),
    "/me/rhythm": (ADA, frozenset({"people", "conversations"})),
    "/me/where": (ADA, frozenset({"links", "attempts"})),
    # What Slack has not signed has no effect, whoever sends it: tests/slack says what has.
    SLACK: (ADA, frozenset()),
    "/me/leaving": (ADA, frozenset({"words", "people", "parts", "audit"})),
}
"""For each route that does something: whose it is, and what the very same forms change when they send them."""


async def test_the_same_forms_have_their_effect_when_the_owner_sends_them(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RunningHouse, "settle", _later)
    assert ACTS.keys() == {path for path, declared in routes(service.app).items() if "POST" in declared}
    ids = await owned_ids(service.store)
    for path, (who, tables) in ACTS.items():
        before = await service.snapshot()
        places = filled(path, [ids[name] for name in ABOUT])
        for place, form in all_forms(service.app, who, ids, all_kinds=True):
            if place in places and not form["action"].startswith(("remove", "stop", "withdraw")):
                # From a page of its own: the same form sent twice would count once.
                await service.ask("POST", place, who, {**form, "nonce": path})
        if path.startswith(("/in", "/out/")):
            # Whoever holds the link is its owner: nobody is signed in for these.
            button = {"csrf": button_of(SEEN_BEFORE), "email": "ada@example.org"}
            await service.ask("POST", filled(path, [LINK])[0], None, button)
        after = await service.snapshot()
        changed = {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert tables <= changed, path


# ---- the matrix itself can fail


def without(statement: Any, *columns: str) -> Any:
    """A statement that no longer compares these columns, let through the guard."""
    compared: list[Any] = []
    for each in statement._where_criteria:
        compared += each.clauses if getattr(each, "operator", None) is and_ else [each]
    kept = [each for each in compared if getattr(getattr(each, "left", None), "name", "") not in columns]
    assert len(kept) == len(compared) - len(columns)
    looser = statement._generate()
    looser._where_criteria = tuple(kept)
    return across_tenants(looser, "a fault that was planted")


Fault = tuple[ModuleType, str, tuple[str, ...]]

SEEN_FAULTS: Mapping[str, Fault] = {
    "a digest of any programme": (storage.digests, "DIGEST", ("programme_id",)),
    "the list of everybody's digests": (storage.digests, "_SUMMARIES", ("tenant_id", "programme_id")),
    "the challenge of any pair": (storage.views, "_CHALLENGES", ("pair_id",)),
    "an answer whoever wrote it": (storage.views, "_MINE", ("person_id",)),
}
DONE_FAULTS: Mapping[str, Fault] = {
    "who may see an answer, whoever wrote it": (storage.answers, "_SHARE", ("person_id",)),
    "an answer whoever wrote it": (storage.answers, "_CHANGE", ("person_id",)),
}


@only_sqlite
@pytest.mark.parametrize("fault", SEEN_FAULTS)
async def test_the_matrix_fails_when_a_statement_shows(
    fault: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, columns = SEEN_FAULTS[fault]
    monkeypatch.setattr(module, name, without(getattr(module, name), *columns))
    async with aclosing(leaks(service, await owned_ids(service.store), ["GET"])) as found:
        assert await anext(found, None), "the first of them is enough"


@only_sqlite
@pytest.mark.parametrize("fault", DONE_FAULTS)
async def test_the_matrix_fails_when_a_statement_changes(
    fault: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, columns = DONE_FAULTS[fault]
    monkeypatch.setattr(module, name, without(getattr(module, name), *columns))
    assert await trespasses(told, tmp_path, monkeypatch, ["edit", "choose"])
