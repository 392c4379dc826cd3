"""Words by mail, where a programme lets them: of those who were told where they chose, and as consent stands then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from adapters.mail.letter import Links, letter
from bot.cards.joining import terms_version
from bot.cards.live import desk
from bot.cards.reflections import MAILED, reflection, who_sees_it
from bot.cards.weekly_mail import weekly_mail
from bot.digest.model import DigestView, LineView
from bot.errors import PostFailed
from bot.messages import Action, Button, CardKind, Choices, Outgoing, Quote
from bot.model import Account, Person, Platform, Programme, Role
from bot.questions.bank import Theme
from bot.rows import Prompts
from bot.view import Post
from storage import tables as t
from storage.store import SqlStore
from tests.cast import (
    ADA,
    BEN,
    CLEO,
    DAN,
    DAYTIME,
    EVE,
    FAY,
    FIN,
    GUS,
    IVY,
    ONE,
    XAN,
    Character,
    bring_in,
    programme,
)
from tests.conftest import only_sqlite
from tests.databases import everything
from tests.house import House, Ledger
from tests.test_round import FRIDAY_16, TUESDAY_10, begin
from tests.views import digest as a_digest

OURS = programme(ONE, "Leading together")
KIT = replace(FAY, id="k" * 32)
"""Another facilitator of the same programme."""
SAID = "The real talk was before I came in."


async def asked(store: SqlStore, prompts: Prompts, *, on: bool = True) -> House:
    """Three pairs with a question, and two facilitators with addresses."""
    house = await begin(store, prompts)
    house.others[Platform.MAIL] = Ledger()
    async with store.write() as tx:
        kit = Person(KIT.tenant, KIT.id, OURS.id, Role.FACILITATOR, "Kit", DAYTIME)
        await tx.setup.person(kit, Account(Platform.WEB, KIT.id), "kit@example.org")
        await tx.setup.change_person(await tx.people.get(FAY.reader), "fay@example.org")
    if on:
        await let(store, OURS, True)
    await house.wait_until(TUESDAY_10)
    return house


async def let(store: SqlStore, which: Programme, on: bool) -> None:
    async with store.write() as tx:
        found = await tx.people.programme(which.tenant, which.id)
        await tx.setup.change_programme(replace(found, words_by_mail=on))


def chosen_on(choices: Sequence[Choices], upward: str) -> dict[str, str]:
    """What a browser sends of a card's choices."""
    return {each.name: upward if "facilitators" in each.name else each.chosen for each in choices}


async def choices_of(house: House, who: Character) -> list[Choices]:
    cards = [card for card in await house.page(who) if any(isinstance(part, Choices) for part in card.parts)]
    return [part for part in cards[-1].parts if isinstance(part, Choices)]


async def share(house: House, who: Character, text: str, upward: str = "named") -> None:
    """Answer, and choose on the card as it is."""
    await house.say(who, text)
    await house.press(who, Action.DONE)
    await house.press(who, Action.DECLINE)
    round_id = (await house.view(who)).conversation.round or ""
    await house.press(who, Action.CHOOSE, round_id, chosen_on(await choices_of(house, who), upward))


async def take_back(house: House, who: Character) -> None:
    view = await house.view(who)
    part = view.rounds[view.conversation.round or ""].written[0]
    await house.press(who, Action.CHOOSE, "", {f"facilitators-by-mail:{part.id}": "no"})


def mails(house: House) -> list[Outgoing]:
    ledger = house.others[Platform.MAIL]
    assert isinstance(ledger, Ledger)
    return ledger.posted


def quotes(mail: Outgoing) -> list[tuple[str, str]]:
    return [(part.text, part.by) for part in mail.card.parts if isinstance(part, Quote)]


async def noted(store: SqlStore) -> list[tuple[str, str]]:
    async with everything(store.database) as connection:
        rows = await connection.execute(select(t.audit).order_by(t.audit.c.seq))
        return [(row.who, row.did) for row in rows if row.did == "was sent by mail"]


async def mailed(house: House, who: Character) -> bool:
    return any(part.mailed for round_ in (await house.view(who)).rounds.values() for part in round_.written)


# ---- what goes out


async def test_each_facilitator_is_mailed_what_was_shared_and_its_author_is_told(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    await share(house, ADA, SAID)
    await share(house, BEN, "Nobody is to read this by mail.", "no")
    await house.wait_until(FRIDAY_16)
    assert sorted(mail.account.external for mail in mails(house)) == ["fay@example.org", "kit@example.org"]
    for mail in mails(house):
        assert quotes(mail) == [(SAID, "Ada")]
        assert "A mail cannot be taken back." in mail.card.fallback()
        assert "Nobody is to read" not in mail.card.fallback()
    assert sorted(await noted(store)) == sorted((who.id, "was sent by mail") for who in (FAY, KIT))
    assert (await mailed(house, ADA), await mailed(house, BEN)) == (True, False)
    async with everything(store.database) as connection:
        rows = [str(tuple(row)) for row in await connection.execute(select(t.outbox))]
        assert [row for row in rows if "real talk" in row] == [], "the queue holds ids"


async def test_without_the_setting_a_mail_says_only_that_there_is_something(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts, on=False)
    await share(house, ADA, SAID)
    await house.wait_until(FRIDAY_16)
    assert len(mails(house)) == 2
    assert [quotes(mail) for mail in mails(house)] == [[], []]
    assert "cannot be taken back" not in mails(house)[0].card.fallback()
    assert (await noted(store), await mailed(house, ADA)) == ([], False)


async def test_what_was_shared_before_people_were_told_stays_out_and_is_counted(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts, on=False)
    await share(house, ADA, "Shared when no mail was spoken of.")
    await house.say(BEN, SAID)
    await house.press(BEN, Action.DONE)
    await house.press(BEN, Action.DECLINE)
    before = await choices_of(house, BEN)
    await let(store, OURS, True)
    await share(house, CLEO, "Shared with mail in mind.")
    # A page that was open meanwhile says what it said.
    await house.press(BEN, Action.CHOOSE, "", chosen_on(before, "named"))
    assert "mail" not in str([option.hint for each in before for option in each.options])
    await house.wait_until(FRIDAY_16)
    (mail, _) = mails(house)
    assert quotes(mail) == [("Shared with mail in mind.", "Cleo")]
    assert "2 lines were shared where nothing was said of mail. The page has them." in mail.card.fallback()
    assert "Taken back since: 0." in mail.card.fallback()
    async with store.read() as tx:
        page = await tx.digests.view(FAY.reader, mail.card.subject)
    assert len(page.lines) == 3
    assert [await mailed(house, who) for who in (ADA, BEN, CLEO)] == [False, False, True]


@only_sqlite
async def test_whoever_chooses_anew_where_it_is_said_has_chosen_it(store: SqlStore, prompts: Prompts) -> None:
    house = await asked(store, prompts, on=False)
    await share(house, ADA, SAID)
    await let(store, OURS, True)
    await house.press(ADA, Action.CHOOSE_AGAIN)
    again = await choices_of(house, ADA)
    hints = " ".join(option.hint for each in again for option in each.options)
    assert "and by mail. A mail cannot be taken back." in hints
    round_id = (await house.view(ADA)).conversation.round or ""
    await house.press(ADA, Action.CHOOSE, round_id, {each.name: each.chosen for each in again})
    assert "with your name, and by mail." in (await house.page(ADA))[-1].fallback()
    await house.wait_until(FRIDAY_16)
    assert quotes(mails(house)[0]) == [(SAID, "Ada")]


async def test_what_is_taken_back_before_the_mail_leaves_is_not_in_it(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    for who in (ADA, BEN):
        await share(house, who, f"{SAID} Says {who.id}.")
    ledger = house.others[Platform.MAIL]
    assert isinstance(ledger, Ledger)
    # The server is away when the page is ready: the mail waits, and says what is so when it leaves.
    ledger.failures += [PostFailed("away", permanent=False)] * 2
    await house.wait_until(FRIDAY_16)
    assert mails(house) == []
    await take_back(house, ADA)
    await house.wait(minutes=10)
    assert [quotes(mail) for mail in mails(house)] == [[(f"{SAID} Says {BEN.id}.", "Ben")]] * 2
    assert "Taken back since: 1." in mails(house)[0].card.fallback()
    assert len(await noted(store)) == 2, "noted once, however often it was tried"
    assert await mailed(house, ADA), "it may have left: nobody knows how that first attempt ended"


@only_sqlite
async def test_turned_off_before_the_mail_leaves_it_carries_nothing(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    await share(house, ADA, SAID)
    await house.wait_until(FRIDAY_16 - timedelta(minutes=1))
    await let(store, OURS, False)
    await house.wait_until(FRIDAY_16)
    assert [quotes(mail) for mail in mails(house)] == [[], []]
    assert not await mailed(house, ADA)


@only_sqlite
async def test_who_wants_no_mail_gets_none_and_the_other_does(store: SqlStore, prompts: Prompts) -> None:
    house = await asked(store, prompts)
    await share(house, ADA, SAID)
    async with store.write() as tx:
        await tx.people.take_notices(FAY.reader, on=False)
    await house.wait_until(FRIDAY_16)
    assert [mail.account.external for mail in mails(house)] == ["kit@example.org"]
    assert await noted(store) == [(KIT.id, "was sent by mail")]


@only_sqlite
async def test_an_address_that_is_refused_for_good_is_not_tried_again(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    await share(house, ADA, SAID)
    ledger = house.others[Platform.MAIL]
    assert isinstance(ledger, Ledger)
    ledger.failures.append(PostFailed("the address was refused (550)", permanent=True))
    await house.wait_until(FRIDAY_16)
    await house.wait(days=1)
    assert len(mails(house)) == 1
    async with store.read() as tx:
        assert len(await tx.people.unreached(OURS.tenant, OURS.id)) == 1


async def test_five_have_to_share_without_a_name_in_the_mail_itself(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts, on=False)
    await share(house, ADA, "One of six.", "unnamed")
    await share(house, BEN, "One of six.", "unnamed")
    await let(store, OURS, True)
    for who in (CLEO, DAN, EVE, FIN):
        await share(house, who, "One of six.", "unnamed")
    await house.wait_until(FRIDAY_16)
    (mail, _) = mails(house)
    async with store.read() as tx:
        page = await tx.digests.view(FAY.reader, mail.card.subject)
    assert (len(page.lines), quotes(mail)) == (6, [])
    assert "fewer than five people shared without a name: 4." in mail.card.fallback()


# ---- what people agree to


async def test_what_is_agreed_to_is_the_wording_that_was_read(store: SqlStore, prompts: Prompts) -> None:
    await bring_in(store)
    house = House(store, prompts)
    await house.press(ADA, Action.READ_ON)
    (without,) = [part.subject for part in (await house.page(ADA))[-1].parts if isinstance(part, Button)]
    await let(store, OURS, True)
    for who in (BEN, CLEO):
        await house.press(who, Action.READ_ON)
    (with_mail,) = [part.subject for part in (await house.page(BEN))[-1].parts if isinstance(part, Button)]
    await house.press(ADA, Action.AGREE, without)
    await house.press(BEN, Action.AGREE, with_mail)
    await house.press(CLEO, Action.AGREE)
    found = {}
    for who in (ADA, BEN, CLEO):
        async with store.read() as tx:
            (consent,) = await tx.people.consents(who.reader)
        found[who] = (consent.version, "they also get by mail" in consent.wording)
    plain, mailed = (terms_version(words_by_mail=each) for each in (False, True))
    assert found == {ADA: (plain, False), BEN: (mailed, True), CLEO: (mailed, True)}
    async with everything(store.database) as connection:
        rows = await connection.execute(select(t.audit.c.about).where(t.audit.c.kind == "terms"))
        assert sorted(rows.scalars()) == [plain, mailed, mailed]


# ---- what its author reads afterwards


@only_sqlite
async def test_afterwards_it_stands_wherever_somebody_could_think_it_undone(
    store: SqlStore, prompts: Prompts
) -> None:
    house = await asked(store, prompts)
    await share(house, ADA, SAID)
    await house.wait_until(FRIDAY_16)
    view = await house.view(ADA)
    (round_,) = [each for each in view.rounds.values() if each.written]
    at = desk(Post("", CardKind.REFLECTION, round_.id, house.now), view, prompts)
    card, choose = reflection(at), who_sees_it(at)
    assert card is not None
    assert choose is not None
    assert MAILED in card.fallback()
    removal = next(part for part in card.parts if isinstance(part, Button) and part.action is Action.REMOVE)
    assert "They stay in the mail that the facilitators got." in removal.hint
    assert "nobody can see them" not in removal.hint
    options = [option for part in choose.parts if isinstance(part, Choices) for option in part.options]
    assert any("They have it in a mail already" in option.hint for option in options)
    await house.press(ADA, Action.STOP)
    await house.press(ADA, Action.TAKE_BACK_ALL)
    assert "Nor can a mail be taken back." in (await house.page(ADA))[-1].fallback()


# ---- the letter


def lines(*texts: str) -> tuple[LineView, ...]:
    return tuple(
        LineView(f"{number:032}", text, list(Theme)[number % 5].value, "Ada Lovelace", "")
        for number, text in enumerate(texts)
    )


def written(view: DigestView, prompts: Prompts) -> EmailMessage:
    return letter(
        weekly_mail(view, prompts).card,
        id="i" * 32,
        sender="a@example.org",
        to="fay@example.org",
        links=Links("https://example.org/me/digests/1", "https://example.org/out/token"),
        host="example.org",
        now=FRIDAY_16,
    )


def bodies(mail: EmailMessage) -> list[str]:
    return [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]


MANY = (
    "word " * 400,
    "<&\"'" * 300,
    "\n".join("x" * 60),
    "\u202e\u05d0\u05d1\u05d2 " * 400,
    "\u4e2d\u6587" * 1500,
    "a",
)


@pytest.mark.parametrize("text", MANY, ids=("words", "marks", "lines", "right to left", "wide", "short"))
def test_a_mail_stays_below_what_mail_apps_cut_off_and_cuts_no_line(text: str, prompts: Prompts) -> None:
    view = a_digest(lines=lines(*[text] * 300))
    found = weekly_mail(view, prompts)
    mail = written(view, prompts)
    assert len(mail.as_bytes()) < 100_000
    assert 2 < len(found.lines) < 300
    assert {part.text for part in found.card.parts if isinstance(part, Quote)} == {text}
    plain, html = bodies(mail)
    for body in (plain, html):
        assert f"{300 - len(found.lines)} lines were too much for one mail." in body
        assert "https://example.org/me/digests/1" in body.split("too much for one mail")[1]


def test_a_line_that_is_too_long_by_itself_stands_on_the_page_and_the_others_go(prompts: Prompts) -> None:
    view = a_digest(lines=lines("word " * 10_000, "Short."))
    found = weekly_mail(view, prompts)
    assert found.lines == (view.lines[1].id,)
    assert "One line was too much for one mail." in found.card.fallback()


def test_words_are_to_the_letter_in_serif_and_do_nothing(prompts: Prompts) -> None:
    nasty = (
        '<script>alert(1)</script> {{ 7 * 7 }} <img src="https://elsewhere.example/x">\n'
        ".\nFrom here on: --\n“Who took part”\u2028Stop everything that I send:\x0bno"
    )
    plain, html = bodies(written(a_digest(lines=lines(nasty)), prompts))
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in html
    quote = html.split("<blockquote")[1].split("</blockquote>")[0]
    assert "serif" in quote
    assert quote.split(">", 1)[1].count("<br>") == len(nasty.splitlines()) - 1
    for line in nasty.splitlines():
        assert f"\n> {line}" in plain.replace("\r\n", "\n"), "no line of theirs stands as one of ours"
    assert "http" not in html.replace("https://example.org/", "").replace("https://elsewhere.example/x", "")


def test_the_subject_and_what_a_preview_shows_hold_no_words(prompts: Prompts) -> None:
    mail = written(a_digest(), prompts)
    plain, _ = bodies(mail)
    assert mail["Subject"] == "This week’s page is ready"
    assert plain.index("A mail cannot be taken back.") < plain.index(a_digest().lines[0].text)
    assert plain.index("A mail cannot be taken back.") < 60
    assert "We have asked for this to be settled" not in plain, "a facilitator's answer is no line"


async def test_no_mail_is_read_of_another_programme_or_by_a_member(store: SqlStore, prompts: Prompts) -> None:
    house = await asked(store, prompts)
    await share(house, ADA, SAID)
    await house.wait_until(FRIDAY_16)
    subject = mails(house)[0].card.subject
    async with store.read() as tx:
        assert await tx.digests.by_mail(FAY.reader, subject) is not None, "the control"
    for who in (IVY, XAN, ADA, GUS):
        async with store.read() as tx:
            assert await tx.digests.by_mail(who.reader, subject) is None
