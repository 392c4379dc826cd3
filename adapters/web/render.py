"""The pages: what stands around the cards, from the templates in pages/. Cards are drawn in draw.py.

Everything is escaped by default; there is no inline script or style, and every action is a plain form post.
At most one button of a page is filled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache, partial
from types import MappingProxyType

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.glance import GlanceView, Quiet
from adapters.web.draw import LIMITS, Drawn, FormKeys
from adapters.web.letter import Entry, Letter, compose
from adapters.web.parts import plain
from adapters.web.unsent import Box, Unsent
from bot.cards import dates
from bot.cards.digest import module_name
from bot.cards.keepsake import NOTHING, TITLE
from bot.cards.live import agreed, desk, question_text, withdrew
from bot.cards.reflections import reflection, who_sees_it
from bot.cards.standing import reachable
from bot.conversation.state import Standing
from bot.digest.model import DigestView
from bot.messages import Card, CardKind, Input, Role, Text
from bot.rows import CallWanted, DigestSummary, Prompts
from bot.safety.signpost import Signpost
from bot.view import MemberView, Post

__all__ = [
    "Around",
    "CallsView",
    "Fault",
    "FileView",
    "FormKeys",
    "Pane",
    "RhythmView",
    "SignedInOn",
    "SlackView",
    "StageView",
    "WhereView",
    "calls_page",
    "digest_page",
    "door_page",
    "error_page",
    "files_page",
    "keepsake_page",
    "member_page",
    "no_door_page",
    "programme_page",
    "reflections_page",
    "rhythm_page",
    "signin_page",
    "signins_page",
    "slack_page",
    "stage_page",
    "where_page",
]


@dataclass(frozen=True, slots=True)
class CallsView:
    """The calls that a reader was asked for, and the form that answers them; moments are in the zone."""

    wanted: Sequence[CallWanted]
    zone: str
    form: FormKeys


@dataclass(frozen=True, slots=True)
class MailView:
    """How mail stands for a facilitator: whether it tells them of a new page, and whom it does not reach."""

    has_address: bool
    notices: bool
    unreached: Sequence[str]


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the words of a week: what needs a person, to whom nothing is sent, and how mail stands.

    `announced` says where weekly pages are announced besides, if anywhere.
    """

    calls: CallsView
    quiet: Sequence[Quiet]
    held: Sequence[str]
    mail: MailView | None
    announced: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its reader would find it; `href` is where its link leads."""

    at: datetime
    title: str
    sentences: Sequence[str]
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Pane:
    """One person's own pages inside the demo's stage, and the mail that came to their address, the newest first."""

    title: str
    href: str
    address: str = ""
    mails: Sequence[Mail] = ()


@dataclass(frozen=True, slots=True)
class StageView:
    """The demo's stage: three people's pages, its clock, and what comes next in words."""

    now: datetime
    zone: str
    coming: str
    panes: Sequence[Pane]
    form: FormKeys
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that went wrong: what happened, what was kept and what to do.

    `again` says that the same form may well be taken if it is sent once more.
    """

    status: int
    title: str
    happened: str
    kept: str = ""
    to_do: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class SlackView:
    """Where a workspace lets the app in: what is so, what the app may do there, and where the one link leads."""

    title: str
    happened: Sequence[str]
    may: Sequence[str] = ()
    go: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class SignedInOn:
    """A browser that somebody is signed in on; `here` is the one that is asking."""

    name: str
    about: str
    since: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class FileView:
    """What a file would change, or the mistakes in it, of which there are `all` in all.

    `kept` is the file itself, and `shown` tells what it would change from anything else that it could.
    """

    name: str
    faults: Sequence[tuple[str, str]] = ()
    all: int = 0
    changes: Sequence[str] = ()
    notes: Sequence[Sequence[str]] = ()
    kept: str = field(default="", repr=False)
    shown: str = ""


@dataclass(frozen=True, slots=True)
class RhythmView:
    """When somebody is written to, in words; and what they can choose from. The last five are a member's alone.

    `silenced` says that they have stopped or left, `quiet` until when a pause lasts, `every` how many weeks are
    between their questions (0 before they have agreed), `alone` that those are for themselves alone.
    """

    member: bool
    start: str
    end: str
    place: str
    holidays: str
    starts: Sequence[tuple[str, str]]
    ends: Sequence[tuple[str, str]]
    chosen_start: str
    chosen_end: str
    zone: str
    zones: Sequence[str]
    first: str
    last: str
    back: str
    silenced: str = ""
    quiet: str = ""
    every: int = 0
    next_ask: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class WhereView:
    """Where somebody is written to, and whether it could be Slack; `code` takes them there, until `until`."""

    member: bool
    slack: bool
    by_mail: bool
    can_be_slack: bool
    code: str = field(default="", repr=False)
    until: str = ""


_NOTHING = Unsent(())

DONE: Mapping[str, str] = {
    "removed": "Removed. Those words are gone for good.",
    "taken-back": "Taken back. Those words are gone for good, for both of you.",
    "mail-off": "Kept. No mail tells you of anything from now on, and nobody has been told.",
    "mail-on": "Kept. A mail tells you when something new is there.",
    "hours": "Kept. These are your hours now.",
    "away": "Kept. Until then I am quiet, and nobody has been told.",
    "less-often": "Kept. I ask you every other week from now on.",
    "every-week": "Kept. I ask you every week from now on.",
    "alone": "Kept. From the next question on, nothing of yours opens, and nobody has been told.",
    "page": "Kept. From now on I write to you on your page.",
    "together": "Kept. From the next question on, what you both share opens to you both.",
}
"""What a page says about what was just done, by the name that its address carries."""

# ---- pages


def member_page(
    view: MemberView,
    posts: Sequence[Post],
    prompts: Prompts,
    form: FormKeys,
    notice: str | None,
    base: str,
    unsent: Sequence[Box] = (),
    *,
    done: str = "",
) -> str:
    """One person's page: the letter so far, and last what is open now. `#now` is where a reader is led.

    `unsent` is what they sent and could not be kept; it stands below the notice that says so. `done` is the name
    of what they did last, where only a sentence of DONE says so.
    """
    letter = compose(view, posts, prompts, LIMITS["earlier"])
    drawn = Drawn(form, base)
    landing = letter.current if (notice or done in DONE) and letter.current else letter.new
    return _page(
        "member.html",
        base=base,
        form=form,
        notice=notice or "",
        done=DONE.get(done, ""),
        said=done,
        unsent=unsent,
        challenge=view.challenge.text if view.challenge is not None and view.challenge.confirmed else "",
        earlier=[drawn.entry(entry, current=False) for entry in letter.earlier],
        entries=[
            (
                drawn.entry(entry, current=entry is letter.current),
                entry is letter.current,
                entry is landing,
            )
            for entry in letter.entries
        ],
        later=drawn.entry(letter.later, current=False) if letter.later else None,
        later_name=_LATER.get(letter.later.post.kind, "") if letter.later else "",
        later_begun=letter.later is not None and _begun(letter.later),
        title=_title(letter),
    )


def reflections_page(
    view: MemberView,
    prompts: Prompts,
    form: FormKeys,
    notice: str | None,
    base: str,
    unsent: Sequence[Box] = (),
    *,
    done: str = "",
) -> str:
    """Everything that somebody has written, the newest first."""
    drawn = Drawn(form, base)
    entries = []
    for round_ in view.rounds.values():
        at = desk(Post(round_.id, CardKind.REFLECTION, round_.id, round_.opens_at), view, prompts)
        card, choose = reflection(at), who_sees_it(at)
        if card is not None:
            chosen = drawn.card(choose, current=False) if choose else None
            entries.append((drawn.card(card, current=False), chosen))
    return _page(
        "reflections.html",
        base=base,
        form=form,
        notice=notice or "",
        done=DONE.get(done, ""),
        unsent=unsent,
        entries=entries,
        withdrawn=withdrew(view),
    )


def keepsake_page(view: MemberView, cards: Sequence[Card], form: FormKeys, base: str) -> str:
    """What opened for the two of a pair and still stands, the oldest first."""
    drawn = Drawn(form, base)
    return _page(
        "keepsake.html",
        base=base,
        form=form,
        title=TITLE,
        names=" and ".join(name for name in (view.name, view.partner_name) if name),
        programme=view.programme_title,
        challenge=view.challenge.text if view.challenge is not None and view.challenge.confirmed else "",
        cards=[drawn.card(card, current=False) for card in cards],
        nothing=NOTHING,
    )


def digest_page(
    digest: DigestView | None,
    form: FormKeys,
    prompts: Prompts,
    base: str,
    earlier: Sequence[DigestSummary],
    *,
    zone: str = "Europe/London",
    next_at: datetime | None = None,
    notice: str | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
    around: Around | None = None,
) -> str:
    """A facilitator's page of one week, or of none yet; `zone` and `next_at` serve where there is no digest.

    `typed` is what stood in the box of a line (by its id) when it could not be taken.
    """
    zone = digest.zone if digest else zone
    return _page(
        "digest.html",
        base=base,
        form=form,
        notice=notice or "",
        digest=digest,
        typed=typed,
        around=around,
        when=_when,
        # The newest week's page becomes the next week's when that is there; an older one stays what it is.
        page=f"digests/{digest.id}" if digest and digest.id != next((e.id for e in earlier), "") else "",
        period=dates.span(digest.from_at, digest.to_at, zone) if digest else "",
        themes=digest.themes if digest else [],
        asked=partial(_asked, prompts),
        # A notice stands at the line it is about, where that is there.
        notice_at={line.id for line in digest.lines if line.id in typed} if digest and notice else set(),
        open_lines=[line for line in digest.lines if not line.taken_to and not line.reply] if digest else [],
        beside=[(_asked(prompts, each.question), each) for each in digest.beside] if digest else [],
        question=_asked(prompts, digest.question) if digest else "",
        next_module=module_name(digest.next_module) if digest and digest.next_module else "",
        module_name=module_name,
        earlier=[
            (each.id, dates.span(each.from_at, each.to_at, zone))
            for each in earlier
            if digest is None or each.id != digest.id
        ],
        next_at=dates.Calendar(zone, zone, next_at).moment(next_at) if next_at else "",
    )


def _when(zone: str, at: datetime) -> str:
    return f"{dates.date(at, zone)} at {dates.clock(at, zone)}"


def stage_page(stage: StageView) -> str:
    """The demo's stage."""
    return _page(
        "stage.html",
        base="",
        stage=stage,
        form=stage.form,
        clock=_when(stage.zone, stage.now),
        notice=stage.notice,
        when=partial(_when, stage.zone),
    )


def error_page(fault: Fault, unsent: Unsent, signposts: Sequence[Signpost], base: str) -> str:
    """What happened, what was kept, what to do, and the words that were sent; help is not kept from anybody."""
    return _page("error.html", base=base, fault=fault, unsent=unsent, reach=_reach(tuple(signposts), base))


def signin_page(base: str, signposts: Sequence[Signpost] = (), unsent: Unsent = _NOTHING) -> str:
    """For somebody whom the server does not know, or no longer; help is not kept from them."""
    return _page("signin.html", base=base, reach=_reach(tuple(signposts), base), unsent=unsent)


def door_page(base: str, form: str, signposts: Sequence[Signpost]) -> str:
    """What a link opens: a button, and nothing that says whose link it is."""
    return _page("door.html", base=base, form=form, reach=_reach(tuple(signposts), base))


def no_door_page(base: str, signposts: Sequence[Signpost]) -> str:
    """A link that has run out, was used, or never was one."""
    return _page("door.html", base=base, form="", reach=_reach(tuple(signposts), base))


def slack_page(said: SlackView, base: str, signposts: Sequence[Signpost]) -> str:
    """For whoever administers a workspace, and need not be anybody here."""
    return _page("slack.html", base=base, said=said, reach=_reach(tuple(signposts), base))


def calls_page(calls: CallsView, programme: str, base: str) -> str:
    """For somebody who can be asked for a call, and reads nothing else."""
    return _page("calls.html", base=base, calls=calls, programme=programme, when=_when)


def programme_page(
    glance: GlanceView, form: FormKeys, base: str, *, by_mail: bool, notice: str, done: str
) -> str:
    """A programme as its facilitators see it beside the words; `by_mail` says that a way in can be sent to people."""
    return _page(
        "programme.html", base=base, form=form, glance=glance, by_mail=by_mail, notice=notice, done=done
    )


def files_page(
    found: FileView | None, form: FormKeys, base: str, *, largest: int, notice: str, done: str
) -> str:
    """Where a facilitator chooses a file, and sees what it would change before it does; `largest` in KB."""
    return _page("files.html", base=base, form=form, found=found, largest=largest, notice=notice, done=done)


def leaving_page(
    view: MemberView,
    form: FormKeys,
    notice: str,
    base: str,
    signposts: Sequence[Signpost],
    *,
    mail: bool | None = None,
    done: str = "",
) -> str:
    """A copy, mail, the agreement, leaving, and having everything removed.

    `mail` says whether notices come by mail; None where they cannot.
    """
    reach = _reach(tuple(signposts), base)
    left = view.conversation.standing is Standing.LEFT
    return _page(
        "leaving.html",
        base=base,
        form=form,
        notice=notice,
        done=DONE.get(done, ""),
        agreed=agreed(view),
        withdrawn=withdrew(view),
        left=left,
        by_mail=view.words_by_mail,
        mail=mail,
        reach=reach,
    )


def erased_page(base: str, signposts: Sequence[Signpost]) -> str:
    """For whoever has just had everything removed, and is nobody here any more."""
    return _page("erased.html", base=base, reach=_reach(tuple(signposts), base))


def copy_page(held: Mapping[str, object]) -> str:
    """Everything about one person, to read; it stands by itself."""
    return _page("copy.html", held=held)


def ask_page(
    base: str, form: str, signposts: Sequence[Signpost], *, notice: str, address: str, asked: bool
) -> str:
    """Where a new link is asked for; without a `form` nobody can be sent one."""
    reach = _reach(tuple(signposts), base)
    return _page("ask.html", base=base, form=form, notice=notice, address=address, asked=asked, reach=reach)


def out_page(base: str, signposts: Sequence[Signpost], *, done: bool) -> str:
    """What the link at the foot of a mail opens."""
    return _page("out.html", base=base, done=done, reach=_reach(tuple(signposts), base))


def signins_page(
    browsers: Sequence[SignedInOn], form: FormKeys, zone: str, base: str, signposts: Sequence[Signpost]
) -> str:
    """Where somebody is signed in."""
    shown = [
        {
            "name": b.name,
            "about": b.about,
            "here": b.here,
            "when": _when(zone, b.since),
        }
        for b in browsers
    ]
    return _page("signins.html", base=base, form=form, browsers=shown, reach=_reach(tuple(signposts), base))


def rhythm_page(
    rhythm: RhythmView,
    form: FormKeys,
    notice: str,
    base: str,
    signposts: Sequence[Signpost],
    *,
    done: str = "",
) -> str:
    """When somebody is written to, and how they change it."""
    reach, said = plain(reachable(signposts), base), DONE.get(done, "")
    return _page("rhythm.html", base=base, form=form, rhythm=rhythm, notice=notice, done=said, reach=reach)


def where_page(
    where: WhereView,
    form: FormKeys,
    notice: str,
    base: str,
    signposts: Sequence[Signpost],
    *,
    done: str = "",
) -> str:
    """Where somebody is written to, and how they change it."""
    reach, said = plain(reachable(signposts), base), DONE.get(done, "")
    return _page("where.html", base=base, form=form, where=where, notice=notice, done=said, reach=reach)


@cache
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("adapters.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # They are part of the program: nobody changes them under it, and to look at their dates asks the disk.
        auto_reload=False,
    )


@lru_cache(16)
def _reach(signposts: tuple[Signpost, ...], base: str) -> Markup:
    """Where people can turn, which stands on every page that is nobody's own: the same each time, and drawn once."""
    return plain(reachable(signposts), base)


def _page(name: str, **context: object) -> str:
    return _pages().get_template(name).render(**context)


_LATER = {
    CardKind.TERMS: "What is kept and who can see it, if you want to agree again",
    CardKind.WHO_SEES: "Who may see what you wrote, if you want to choose now",
    CardKind.QUESTION: "The last question, if you want to answer it after all",
}


def _begun(entry: Entry) -> bool:
    """Whether something stands in a box of this card already, or was said beside it."""
    return bool(entry.asides) or any(isinstance(part, Input) and part.value for part in entry.card.parts)


def _title(letter: Letter) -> str:
    for entry in (letter.current, *reversed(letter.entries)):
        for part in entry.card.parts if entry else ():
            if isinstance(part, Text) and part.role in (Role.LEAD, Role.TITLE):
                return part.text if len(part.text) <= 70 else part.text[:69].rstrip() + "…"
    return "Your page"


def _asked(prompts: Prompts, question: str) -> str:
    return question_text(prompts, question) or question
