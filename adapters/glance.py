"""A programme at a glance as a page and a chat show it: pure, from numbers and names, and without anybody's words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.cards import dates, weekly
from bot.model import Module, Role
from bot.remove import ends, stays
from bot.rows import Glance, GlancePair, GlancePerson

WEEKS = 4
"""How many of the last openings the page goes back to: as many as stand beside each other on a phone."""

QUIET = 2
"""After how many questions without any answer a pair counts as quiet: one may fall into anybody's busy week."""

_ANSWERED = ("none", "one", "both")
_NUMBERS: Mapping[int, str] = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_ROLES: Mapping[Role, str] = {
    Role.MEMBER: "",
    Role.FACILITATOR: "facilitates",
    Role.OUTSIDE: "belongs to neither organisation, and can be asked for a call",
}


@dataclass(frozen=True, slots=True)
class Quiet:
    """A pair of whom nobody has answered the last so many questions."""

    names: str
    questions: str


@dataclass(frozen=True, slots=True)
class HeldView:
    """A pair and its two people; `held` says that nothing is sent to them."""

    id: str
    names: str
    both: Sequence[GlancePerson]
    held: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """What it means to remove somebody: what that ends, and what stays."""

    ends: str
    stays: str


@dataclass(frozen=True, slots=True)
class GlanceView:
    """What the page shows; `answered` has one word for each of `days`."""

    title: str
    rhythm: Sequence[str]
    modules: Sequence[tuple[str, str, bool]]
    days: Sequence[str]
    answered: Sequence[tuple[str, Sequence[str]]]
    quiet: Sequence[Quiet]
    people: Sequence[tuple[GlancePerson, str, str, Removal | None]]
    lost: Sequence[str]
    free: Sequence[GlancePerson]
    waiting: int
    pairs: Sequence[HeldView]
    ended: Sequence[str]
    announced: str


def view_of(glance: Glance, now: datetime, me: str, *, by_mail: bool = True) -> GlanceView:
    """The page of one facilitator, `me`, who removes others and not themselves; `by_mail` says that mail is sent."""
    programme = glance.programme
    zone, today = programme.zone, _day(now, programme.zone)
    days = sorted({_day(week.opens_at, zone) for pair in glance.pairs for week in pair.weeks})[-WEEKS:]
    over = bool(glance.pairs) and all(each.ended for each in glance.pairs)
    begun = [each.number for each in glance.modules if each.starts_on <= today and not over]
    return GlanceView(
        title=programme.title,
        rhythm=(
            f"Questions come on {dates.weekday(programme.ask.weekday)} at {programme.ask.at:%H:%M}.",
            f"They open {programme.open_days} {'day' if programme.open_days == 1 else 'days'} later, "
            f"at {programme.open_at:%H:%M}.",
            f"Your page comes on {dates.weekday(programme.digest.weekday)} at {programme.digest.at:%H:%M}.",
            f"Words are kept for {programme.retention_months} "
            f"{'month' if programme.retention_months == 1 else 'months'}.",
        ),
        modules=[
            _module(each, today, now=bool(begun) and each.number == max(begun)) for each in glance.modules
        ],
        days=[dates.short(day) for day in days],
        answered=[(names_of(pair), _answered(pair, days, zone)) for pair in glance.pairs],
        quiet=quiet_pairs(glance),
        people=[
            (each, _said(each), _where(glance, each, by_mail=by_mail), _removal(each, me))
            for each in glance.people
            if each.name
        ],
        lost=_lost(glance, by_mail=by_mail),
        free=[each for each in glance.people if each.free and each.name],
        waiting=sum(not each.joined and each.has_address for each in glance.people),
        pairs=[
            HeldView(each.id, names_of(each), [p for p in (each.one, each.two) if not p.left], each.held)
            for each in glance.pairs
        ],
        ended=[names_of(each) for each in glance.pairs if each.ended],
        announced=weekly.where(glance.announced, zone),
    )


def quiet_pairs(glance: Glance) -> list[Quiet]:
    """The pairs of whom nobody has answered for a while. Why cannot be told, and is not."""
    found = []
    for pair in glance.pairs:
        unanswered = next(
            (n for n, week in enumerate(reversed(pair.weeks)) if week.answered), len(pair.weeks)
        )
        if unanswered >= QUIET and not (pair.held or pair.ended):
            found.append(Quiet(names_of(pair), _NUMBERS.get(unanswered, str(unanswered))))
    return found


def names_of(pair: GlancePair) -> str:
    """A pair as people say it; whoever has left is named no more."""
    return " and ".join(
        each.name if each.name and not each.left else "somebody who is no longer here"
        for each in (pair.one, pair.two)
    )


def _answered(pair: GlancePair, days: Sequence[date], zone: str) -> list[str]:
    by_day = {_day(week.opens_at, zone): _ANSWERED[week.answered] for week in pair.weeks}
    return [by_day.get(day, "–") for day in days]


def _module(module: Module, today: date, *, now: bool) -> tuple[str, str, bool]:
    began = "began" if module.starts_on <= today else "begins"
    return f"{module.number}. {module.title}", f"{began} on {dates.day_of(module.starts_on)}", now


def _said(person: GlancePerson) -> str:
    if person.left:
        return "is no longer here"
    if not person.joined:
        return "is not here yet" if person.has_address else "is not here yet, and has no address"
    return _ROLES[person.role] or ("is in no pair" if person.free else "")


def _where(glance: Glance, person: GlancePerson, *, by_mail: bool) -> str:
    """Where somebody is reached; nothing where it is the same for everybody."""
    if person.left or not any(each.chat or each.lost_at for each in glance.people):
        return ""
    if person.chat is not None:
        return f"I write to them in {person.chat.value.title()}."
    page = _on_page(person, by_mail=by_mail)
    if person.lost_at is None or person.lost_with:
        return f"I write to them {page}."
    day = dates.date(person.lost_at, glance.programme.zone)
    return f"I write to them {page}. Since {day} they are not reached in a chat any more."


def _on_page(person: GlancePerson, *, by_mail: bool) -> str:
    return "on their page and by mail" if by_mail and person.has_address else "on their page alone"


def _lost(glance: Glance, *, by_mail: bool) -> list[str]:
    """Each workspace that the app was removed from, by the moment of that, and what became of whoever was there."""
    gone: dict[datetime, list[GlancePerson]] = defaultdict(list)
    for each in glance.people:
        if each.lost_at is not None and each.lost_with and each.chat is None and each.name and not each.left:
            gone[each.lost_at].append(each)
    found = []
    for at, people in sorted(gone.items()):
        day = dates.date(at, glance.programme.zone)
        of = [f"{each.name} {_on_page(each, by_mail=by_mail)}" for each in people]
        said = f"{', '.join(of[:-1])} and {of[-1]}" if len(of) > 1 else of[0]
        found.append(f"On {day} a workspace stopped letting me in. Since then I write to {said}.")
    return found


def _removal(person: GlancePerson, me: str) -> Removal | None:
    if person.role is Role.MEMBER or person.id == me:
        return None
    return Removal(ends(person.name), stays(person.name))


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
