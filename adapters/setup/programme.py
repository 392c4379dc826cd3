"""Bringing a programme into line with its file, and saying in plain words what that changes.

Saying and doing are one: a dry run does everything and rolls it back. Nothing that people have been told moves:
a round that is planned keeps its question and its opening, and what is new counts from the next one on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from adapters.calendars import called, coming
from adapters.setup.faults import Fault, Faulty
from adapters.setup.programme_file import WantedModule, WantedProgramme
from adapters.setup.toml_lines import line_of
from adapters.setup.values import DAYS
from bot.conversation.state import PairState
from bot.ids import derive
from bot.model import Hours, Module, Programme, Role, Tenant, Weekly
from bot.plan import AHEAD
from bot.ports import Setup
from bot.rows import Listed, PairNow, PersonNow, ProgrammeNow
from bot.when import after_last, next_weekly

ROOT = derive("alongside")
SHOWN = 4
"""How many of the coming holidays are named."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was changed, a sentence each, and what else there is to know. Nothing of the first: nothing to do.

    `readdressed` are those who had another address before.
    """

    changes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    readdressed: tuple[str, ...] = ()


def tenant_id(organisation_key: str) -> str:
    return derive(ROOT, "tenant", organisation_key)


def programme_id(organisation_key: str, key: str) -> str:
    return derive(tenant_id(organisation_key), "programme", key)


async def apply_programme(
    setup: Setup, wanted: WantedProgramme, now: datetime, own: Programme | None = None
) -> Outcome:
    """Make the programme what its file says.

    For whoever looks after one programme alone it is their `own`: of any other nothing is read, and nothing is told.

    Raises:
        Faulty: it contradicts what is there already, or is about another programme than their own.
    """
    tenant = Tenant(tenant_id(wanted.organisation_key), wanted.organisation)
    if own is not None and (elsewhere := [*_elsewhere(wanted, own)]):
        raise Faulty(wanted.file, elsewhere)
    listed = await setup.programmes(own.tenant if own else None)
    found = await setup.programme_now(tenant.id, programme_id(wanted.organisation_key, wanted.key))
    after = _programme(wanted, tenant)
    modules = tuple(_modules(wanted, after, found.modules if found else ()))
    faults = [*_misplaced(wanted, listed, after, tenant), *_misdated(wanted, found, modules, now)]
    if own is not None:
        faults += _renamed(wanted, listed)
    if found is not None:
        faults += await _kept_longer(setup, wanted, found.programme)
    if faults:
        raise Faulty(wanted.file, faults)
    if found is None:
        return await _begin(setup, tenant, after, modules, now)
    changes = [*(await _rename(setup, tenant, listed))]
    changes += await _change(setup, found.programme, after, now)
    changes += await _change_modules(setup, found.modules, modules)
    changes += await _replan(setup, found.programme, found.modules, after, modules, now)
    return Outcome(tuple(changes))


def _programme(wanted: WantedProgramme, tenant: Tenant) -> Programme:
    return Programme(
        tenant=tenant.id,
        id=programme_id(wanted.organisation_key, wanted.key),
        title=wanted.title,
        zone=wanted.zone,
        ask=wanted.ask,
        open_days=wanted.open_days,
        open_at=wanted.open_at,
        digest=wanted.digest,
        retention_months=wanted.retention_months,
        contact=wanted.contact,
        hours_start=wanted.hours_start,
        hours_end=wanted.hours_end,
        holidays=wanted.holidays,
        words_by_mail=wanted.words_by_mail,
    )


def _modules(wanted: WantedProgramme, programme: Programme, found: Sequence[Module]) -> Iterator[Module]:
    """The wanted modules, each as the one of that title, or else the one of that place, if there is one."""
    titled = {module.title.casefold(): module for module in found}
    same = {each: titled[each.title.casefold()] for each in wanted.modules if each.title.casefold() in titled}
    left = {module.number: module for module in found if module not in same.values()}
    used = {module.id for module in found}
    for number, each in enumerate(wanted.modules, 1):
        module = same.get(each) or left.get(number)
        name = module.id if module else _unused(programme, each, used)
        used.add(name)
        yield Module(programme.tenant, name, programme.id, number, each.title, each.theme, each.starts_on)


def _unused(programme: Programme, wanted: WantedModule, used: set[str]) -> str:
    names = (derive(programme.id, "module", wanted.title, str(number)) for number in count(1))
    return next(name for name in names if name not in used)


# ---- what cannot be


def _elsewhere(wanted: WantedProgramme, own: Programme) -> Iterator[Fault]:
    """Whether there is a programme with those keys is not looked up: the answer is the same."""
    remedy = "Put it back as it was. Other programmes are set up by whoever runs the service."
    if tenant_id(wanted.organisation_key) != own.tenant:
        what = f"“{wanted.organisation_key}” is not the key of your organisation."
        yield Fault(line_of(wanted.lines, ("organisation", "key")), what, remedy)
    elif programme_id(wanted.organisation_key, wanted.key) != own.id:
        what = f"“{wanted.key}” is not the key of your programme."
        yield Fault(line_of(wanted.lines, ("key",)), what, remedy)


def _renamed(wanted: WantedProgramme, listed: Sequence[Listed]) -> Iterator[Fault]:
    called = listed[0].organisation
    if wanted.organisation != called:
        what = f"The organisation is called “{called}” so far, in all of its programmes."
        remedy = "Write it the same here. It is renamed by whoever runs the service."
        yield Fault(line_of(wanted.lines, ("organisation", "name")), what, remedy)


def _misplaced(
    wanted: WantedProgramme, listed: Sequence[Listed], after: Programme, tenant: Tenant
) -> Iterator[Fault]:
    ours = [each for each in listed if each.tenant == tenant.id]
    new = all(each.id != after.id for each in listed)
    called = {each.organisation for each in ours}
    if new and called and called != {tenant.name}:
        yield Fault(
            line_of(wanted.lines, ("organisation", "name")),
            f"The organisation with the key {wanted.organisation_key} is called “{called.pop()}” so far.",
            "Write it the same here. If it is another organisation, give it another key.",
        )
    if any(each.title == after.title and each.id != after.id for each in ours):
        yield Fault(
            line_of(wanted.lines, ("title",)),
            f"The organisation has a programme called “{after.title}” already, with another key.",
            "If this is the same one, put its key back as it was. Otherwise give this one another title.",
        )
    if any(each.organisation == tenant.name and each.tenant != tenant.id for each in listed):
        yield Fault(
            line_of(wanted.lines, ("organisation", "key")),
            f"There is an organisation called “{tenant.name}” already, with another key.",
            "If this is the same one, use its key. Otherwise tell the two apart by their names.",
        )


def _misdated(
    wanted: WantedProgramme, found: ProgrammeNow | None, modules: Sequence[Module], now: datetime
) -> Iterator[Fault]:
    today = now.astimezone(ZoneInfo(wanted.zone)).date()
    if found is None:
        if modules[-1].starts_on <= today:
            what = f"The last module, on {_day(modules[-1].starts_on)}, is not in the future."
            yield Fault(
                wanted.modules[-1].line, what, "Check the year: after it only one last question comes."
            )
        return
    kept = {module.id for module in modules}
    for module in found.modules:
        if module.id in kept:
            continue
        if module.id in found.promised:
            what = f"“{module.title}” is not here any more, and facilitators have taken lines to it."
            yield Fault(0, what, "Their authors were told. Put it back; its date and its place may change.")
        elif module.starts_on <= today:
            what = f"“{module.title}” is not here any more, and it has begun."
            yield Fault(0, what, "Put it back: what has happened stays.")


async def _kept_longer(setup: Setup, wanted: WantedProgramme, before: Programme) -> Sequence[Fault]:
    """Nobody's words are kept for longer than they agreed to."""
    if wanted.retention_months <= before.retention_months:
        return ()
    people = await setup.people_now(before.tenant, before.id)
    if not any(each.joined and each.person.role is Role.MEMBER for each in people):
        return ()
    what = f"Words are kept for {before.retention_months} months, and people have agreed to that."
    remedy = f"Put {before.retention_months} back, or a lower number: it can become shorter, and not longer."
    return (Fault(line_of(wanted.lines, ("retention_months",)), what, remedy),)


# ---- what changes


async def _begin(
    setup: Setup, tenant: Tenant, programme: Programme, modules: Sequence[Module], now: datetime
) -> Outcome:
    await setup.tenant(tenant)
    await setup.programme(programme, now, next_weekly(programme.digest, now))
    for module in modules:
        await setup.module(module)
    changes = [f"A new programme of {tenant.name}: {programme.title}."]
    changes += [f"{name}: {value}." for name, value in _said(programme).items() if name != "Title"]
    changes += [_SAID_OF_MAIL] if programme.words_by_mail else []
    changes += _next_holidays(programme, now)
    changes += [_new(module) for module in modules]
    return Outcome(tuple(changes), ("Next: alongside people import people.csv",))


async def _rename(setup: Setup, tenant: Tenant, listed: Sequence[Listed]) -> Sequence[str]:
    before = {each.organisation for each in listed if each.tenant == tenant.id} - {tenant.name}
    if not before:
        return ()
    await setup.rename(tenant)
    number = sum(each.tenant == tenant.id for each in listed)
    more = "" if number == 1 else f" This is so for all of its {number} programmes: change their files, too."
    return (f"Organisation: {before.pop()} → {tenant.name}.{more}",)


async def _change(setup: Setup, before: Programme, after: Programme, now: datetime) -> Sequence[str]:
    if before == after:
        return ()
    await setup.change_programme(after)
    were = _said(before)
    changes = [
        f"{name}: {were[name]} → {value}." for name, value in _said(after).items() if were[name] != value
    ]
    if before.digest != after.digest:
        at = next_weekly(after.digest, now)
        await setup.digest_at(after, at)
        changes.append(
            f"The next weekly page comes on {_moment(at, after.zone)}, with all since the last one."
        )
    if after.words_by_mail and not before.words_by_mail:
        changes.append(_SAID_OF_MAIL)
    if before.holidays != after.holidays:
        changes += _next_holidays(after, now)
    if before.hours != after.hours:
        changes += await _move_hours(setup, before, after)
    return changes


async def _move_hours(setup: Setup, before: Programme, after: Programme) -> Sequence[str]:
    """Whoever has the programme's hours keeps having them."""
    moved = 0
    for each in await setup.people_now(after.tenant, after.id):
        hours = _moved(each, before, after)
        if hours != each.person.hours:
            await setup.change_person(replace(each.person, hours=hours), each.email)
            moved += 1
    if not moved:
        return ()
    said = f"{_people(moved)} had the programme's own hours or zone and {_have(moved)} the new ones."
    return (f"{said} What somebody has chosen on their own page stays theirs.",)


def _moved(each: PersonNow, before: Programme, after: Programme) -> Hours:
    hours = each.person.hours
    zone = after.zone if hours.zone == before.zone else hours.zone
    if (hours.start, hours.end) == (before.hours_start, before.hours_end):
        return Hours(zone, after.hours_start, after.hours_end)
    return Hours(zone, hours.start, hours.end)


async def _change_modules(setup: Setup, before: Sequence[Module], after: Sequence[Module]) -> Sequence[str]:
    if tuple(before) == tuple(after):
        return ()
    await setup.change_modules(before, after)
    were = {module.id: module for module in before}
    changes = [f"Module removed: {_module(each)}." for each in before if each.id not in {m.id for m in after}]
    for module in after:
        if module.id not in were:
            changes.append(_new(module))
        elif were[module.id] != module:
            changes.append(f"Module: {_module(were[module.id])} → {_module(module)}.")
    return changes


async def _replan(
    setup: Setup,
    before: Programme,
    before_modules: Sequence[Module],
    after: Programme,
    modules: Sequence[Module],
    now: datetime,
) -> Sequence[str]:
    """Plan afresh what is not planned yet.

    With another rhythm each pair's next question comes at the first new moment after the last opening that is
    fixed. Other modules also wake pairs whose closing round has been, if one is still to come; and what was left
    free for the end is used if it comes later.
    """
    moved = 0
    rhythm_changed = before.ask != after.ask
    if not rhythm_changed and before_modules == modules:
        return ()
    over = after_last(modules, now, after.zone)
    for each in await setup.pairs_now(after.tenant, after.id):
        if each.pair.state is PairState.ENDED or (each.plan_at is None and over):
            continue
        if each.closed_at is not None and after_last(modules, each.closed_at, after.zone):
            # Whether the two go on by themselves is no concern of a file.
            continue
        at = plan_at(after.ask, each, now)
        if each.plan_at is None or at < each.plan_at or (rhythm_changed and at != each.plan_at):
            await setup.plan_pair(each.pair, at)
            moved += 1
    if not moved:
        return ()
    pairs = "One pair's" if moved == 1 else f"{moved} pairs'"
    return (
        f"{pairs} next question is planned afresh. What is planned already is asked and opens as planned.",
    )


def plan_at(ask: Weekly, pair: PairNow | None, now: datetime) -> datetime:
    """When a pair's next round is planned: a day before the first question after its last opening."""
    since = now + AHEAD
    if pair is not None and pair.last_opens_at is not None:
        since = max(since, pair.last_opens_at)
    return next_weekly(ask, since) - AHEAD


# ---- in words


def _said(programme: Programme) -> Mapping[str, str]:
    days = "the next day" if programme.open_days == 1 else f"{programme.open_days} days later"
    months = "a month" if programme.retention_months == 1 else f"{programme.retention_months} months"
    return {
        "Title": programme.title,
        "Time zone": programme.zone,
        "People are written to": f"from {programme.hours_start:%H:%M} until {programme.hours_end:%H:%M}",
        "Holidays on which nobody is written to": called(programme.holidays)
        if programme.holidays
        else "none",
        "The question comes": _weekly(programme.ask),
        "It opens": f"{days} at {programme.open_at:%H:%M}",
        "The facilitators' weekly page comes": _weekly(programme.digest),
        "By mail the facilitators get": _MAILED[programme.words_by_mail],
        "Words are kept for": months,
        "Contact outside both organisations": programme.contact,
    }


def _next_holidays(programme: Programme, now: datetime) -> Sequence[str]:
    """The next ones, by which a lead sees whether they are the right country's."""
    if not programme.holidays:
        return ()
    found = coming(programme.holidays, now.astimezone(ZoneInfo(programme.zone)).date(), SHOWN)
    return (f"The next holidays: {', '.join(_day(each) for each in found)}.",) if found else ()


_MAILED = {
    False: "word that the page is there, and nothing of it",
    True: "what people share with them, in their words",
}
_SAID_OF_MAIL = (
    "A mail cannot be taken back. People read that where they choose who sees what; what they shared before they "
    "could read it stays out of every mail. Tell them yourself, too."
)


def _weekly(weekly: Weekly) -> str:
    return f"on {DAYS[weekly.weekday]}s at {weekly.at:%H:%M}"


def _new(module: Module) -> str:
    return f"A new module: {_module(module)}."


def _module(module: Module) -> str:
    return f"{module.number}, {module.title} ({module.theme}), on {_day(module.starts_on)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{DAYS[local.weekday()]} {_day(local.date())} at {local:%H:%M}"


def _people(number: int) -> str:
    return "One person" if number == 1 else f"{number} people"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
