"""Bringing the people of a programme into line with a file, and saying in plain words what that changes.

Whoever is there already is known by their address, or else by their name. Nobody is ever removed by a file, no
pair is parted by one, and whoever has joined keeps the hours that they have.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from adapters.setup.faults import Fault, Faulty
from adapters.setup.people_file import WantedPeople, WantedPerson
from adapters.setup.programme import Outcome, plan_at
from bot.conversation.state import PairState
from bot.ids import derive
from bot.model import Account, Hours, Pair, Person, Platform, Programme, Reader, Role
from bot.ports import Setup
from bot.rows import PairNow, PersonNow


@dataclass(frozen=True, slots=True)
class _Match:
    """A row and whoever it is about; `now` is None for somebody new."""

    row: WantedPerson
    person: Person
    now: PersonNow | None


async def import_people(
    setup: Setup, programme: Programme, wanted: WantedPeople, now: datetime, *, fixed: bool = False
) -> Outcome:
    """Bring in whoever is new, and change whoever reads differently now.

    Where addresses are `fixed`, those who take part keep theirs: whoever could move one could come in as its owner.

    Raises:
        Faulty: with every mistake, those that were found in the file itself included.
    """
    people = await setup.people_now(programme.tenant, programme.id)
    pairs = await setup.pairs_now(programme.tenant, programme.id)
    former = await setup.former(programme.tenant, programme.id)
    matches = [*_matched(programme, wanted.people, people, former)]
    accounts = {Account(platform, id) for row in wanted.people for platform, id in row.accounts.items()}
    holders = await setup.holders(accounts)
    faults = [*wanted.faults, *_confused(matches, people), *_wrong(matches, holders)]
    faults += _removed(matches, former.values())
    faults += _wrongly_paired(matches, pairs)
    if fixed:
        faults += _moved(matches)
    if faults:
        raise Faulty(wanted.file, faults)
    changes: list[str] = []
    for match in matches:
        changes += (
            await _bring_in(setup, match) if match.now is None else await _change(setup, match, match.now)
        )
        changes += await _reach(setup, match)
    changes += await _pair_up(setup, programme, matches, pairs, now)
    readdressed = tuple(match.person.id for match in matches if _moves(match.now, match.row.email))
    return Outcome(tuple(changes), (*wanted.notes, *_notes(matches, people)), readdressed)


def _matched(
    programme: Programme,
    rows: Sequence[WantedPerson],
    people: Sequence[PersonNow],
    former: Collection[str],
) -> Iterator[_Match]:
    """Each row with whoever has its address, or else its name, if that is one person's alone on both sides."""
    by_email = {each.email.lower(): each for each in people if each.email}
    left_rows = [row for row in rows if row.email.lower() not in by_email]
    written = {row.email.lower() for row in rows}
    left = [each for each in people if each.email.lower() not in written]
    rows_of, people_of = Counter(_name(row.name) for row in left_rows), defaultdict(list)
    for each in left:
        people_of[_name(each.person.name)].append(each)
    taken = {*(each.person.id for each in people), *former}
    for row in rows:
        found = by_email.get(row.email.lower())
        alike = people_of[_name(row.name)]
        if found is None and rows_of[_name(row.name)] == 1 and len(alike) == 1:
            found = alike[0]
        yield _Match(row, _wanted(programme, row, found, taken), found)


def _wanted(
    programme: Programme, row: WantedPerson, found: PersonNow | None, taken: Collection[str]
) -> Person:
    own = found.person.hours if found else programme.hours
    start, end = own.start, own.end
    if row.hours is not None and (found is None or not found.joined or row.role is not Role.MEMBER):
        start, end = row.hours
    # A row that says nothing of a zone leaves it as it is.
    hours = Hours(row.zone or own.zone, start, end)
    if found is not None:
        return Person(programme.tenant, found.person.id, programme.id, found.person.role, row.name, hours)
    return Person(programme.tenant, _unused(programme, row, taken), programme.id, row.role, row.name, hours)


def _unused(programme: Programme, row: WantedPerson, taken: Collection[str]) -> str:
    """A new person's id. An address that was somebody else's once, or one's own before an erasure, named another."""
    ids = (
        derive(programme.id, "person", row.email.lower(), *([str(number)] if number > 1 else []))
        for number in count(1)
    )
    return next(id for id in ids if id not in taken)


def _name(name: str) -> str:
    return name.casefold()


# ---- what cannot be


def _confused(matches: Sequence[_Match], people: Sequence[PersonNow]) -> Iterator[Fault]:
    """One's address beside another's name: whatever it means, nobody is to come by the other's words."""
    called = {_name(each.person.name): each for each in people}
    for match in matches:
        now, other = match.now, called.get(_name(match.row.name))
        if now is None or other is None or _name(now.person.name) == _name(match.row.name):
            continue
        what = f"The address is {now.person.name}'s so far, and the name {other.person.name}'s."
        yield Fault(
            match.row.line, what, "Check which of the two is meant, and change one of them at a time."
        )


def _removed(matches: Sequence[_Match], former: Collection[str]) -> Iterator[Fault]:
    """An old file does not let in again whoever was removed: they may have left the organisation."""
    gone = {_name(name) for name in former}
    for match in matches:
        if match.now is None and _name(match.row.name) in gone:
            what = f"{match.row.name} was removed from this programme."
            remedy = (
                "Take this line out. If they come back, or this is somebody else, write the name so that the two "
                "can be told apart."
            )
            yield Fault(match.row.line, what, remedy)


def _wrong(matches: Sequence[_Match], holders: Mapping[Account, Reader]) -> Iterator[Fault]:
    for match in matches:
        row = match.row
        if match.now is not None and match.now.person.role is not row.role:
            what = f"{row.name} is a {match.now.person.role.value} of this programme, not a {row.role.value}."
            yield Fault(
                row.line, what, "Write the role as it was. Somebody who does both needs two addresses."
            )
        for platform, id in row.accounts.items():
            holder = holders.get(Account(platform, id))
            if holder is not None and holder.person != match.person.id:
                what = f"{platform.value}: this id is somebody else's already."
                yield Fault(row.line, what, "An id belongs to one person. Check both, or leave it empty.")


def _moved(matches: Sequence[_Match]) -> Iterator[Fault]:
    remedy = (
        "Put it back as it was, or take the line out, and their partner's: a file removes nobody. "
        "Whoever runs the service can change it."
    )
    for match in matches:
        row, now = match.row, match.now
        if now is None or not now.joined:
            continue
        if now.email.lower() != row.email.lower():
            what = f"email: {row.name} takes part already, and keeps the address that they have."
            yield Fault(row.line, what, remedy)
        for platform, id in row.accounts.items():
            if now.accounts.get(platform) != id:
                what = f"{platform.value}: {row.name} takes part already, and keeps the id that they have."
                yield Fault(row.line, what, remedy)


def _wrongly_paired(matches: Sequence[_Match], pairs: Sequence[PairNow]) -> Iterator[Fault]:
    names = {match.person.id: match.person.name for match in matches}
    labelled: dict[str, list[_Match]] = defaultdict(list)
    for match in matches:
        labelled[match.row.pair].append(match)
    of = _pairs_of(pairs)
    for match in matches:
        if match.row.role is not Role.MEMBER:
            continue
        mine = of.get(match.person.id)
        if not match.row.pair:
            if mine is None:
                remedy = "Write the same label on the lines of both. Facilitators have the role facilitator instead."
                yield Fault(match.row.line, f"pair: {match.person.name} is in no pair.", remedy)
            continue
        partner = next((each for each in labelled[match.row.pair] if each is not match), None)
        if partner is None or mine is None or mine.state is PairState.ENDED:
            continue
        if mine.partner_of(match.person.id) != partner.person.id:
            other = names.get(mine.partner_of(match.person.id), "somebody who is not in this file")
            what = f"pair: {match.person.name} is in a pair with {other} already, not with {partner.person.name}."
            yield Fault(match.row.line, what, "Put the label back as it was: a file parts no pair.")


def _pairs_of(pairs: Sequence[PairNow]) -> Mapping[str, Pair]:
    """Each one's pair: the one that goes on, or else one that has ended."""
    found: dict[str, Pair] = {}
    for each in sorted(pairs, key=lambda each: each.pair.state is not PairState.ENDED):
        for person in (each.pair.one, each.pair.two):
            found[person] = each.pair
    return found


# ---- what changes


_ROLES = {
    Role.MEMBER: "member",
    Role.FACILITATOR: "facilitator",
    Role.OUTSIDE: "person outside both organisations",
}


async def _bring_in(setup: Setup, match: _Match) -> Sequence[str]:
    person = match.person
    await setup.person(person, Account(Platform.WEB, person.id), match.row.email)
    role = _ROLES[person.role]
    hours = f"{person.hours.start:%H:%M} until {person.hours.end:%H:%M}, {person.hours.zone}"
    return (f"New {role}: {person.name}, {match.row.email}, written to from {hours}.",)


async def _change(setup: Setup, match: _Match, now: PersonNow) -> Sequence[str]:
    before, after, email = now.person, match.person, match.row.email
    if before == after and now.email == email:
        return ()
    await setup.change_person(after, email)
    changes = []
    if before.name != after.name:
        changes.append(f"Name: {before.name} → {after.name}.")
    if now.email != email:
        said = f"{after.name}'s address: {now.email or 'none'} → {email}."
        if _moves(now, email):
            # The old one may have been a stranger's, by a slip of the keyboard.
            await setup.sign_out(Reader(after.tenant, after.id))
            said += " Links sent to the old one stop working, and they are signed out."
        changes.append(said)
    if before.hours.zone != after.hours.zone:
        changes.append(f"{after.name}'s time zone: {before.hours.zone} → {after.hours.zone}.")
    if (before.hours.start, before.hours.end) != (after.hours.start, after.hours.end):
        changes.append(
            f"{after.name} is written to from {after.hours.start:%H:%M} until {after.hours.end:%H:%M}."
        )
    return changes


def _moves(now: PersonNow | None, email: str) -> bool:
    """Whether somebody has had another address so far."""
    return now is not None and now.email.lower() not in ("", email.lower())


async def _reach(setup: Setup, match: _Match) -> Sequence[str]:
    changes = []
    known = match.now.accounts if match.now else {}
    for platform, id in match.row.accounts.items():
        if known.get(platform) != id:
            await setup.reach(Reader(match.person.tenant, match.person.id), Account(platform, id))
            changes.append(f"{match.person.name} is known on {platform.value.title()} as {id}.")
    return changes


async def _pair_up(
    setup: Setup, programme: Programme, matches: Sequence[_Match], pairs: Sequence[PairNow], now: datetime
) -> Sequence[str]:
    labelled: dict[str, list[Person]] = defaultdict(list)
    for match in matches:
        if match.row.pair:
            labelled[match.row.pair].append(match.person)
    known = {frozenset((each.pair.one, each.pair.two)) for each in pairs}
    changes = []
    for one, two in labelled.values():
        if frozenset((one.id, two.id)) in known:
            continue
        id = derive(programme.id, "pair", *sorted((one.id, two.id)))
        pair = Pair(programme.tenant, id, programme.id, one.id, two.id, PairState.NOBODY)
        await setup.pair(pair, plan_at(programme.ask, None, now))
        changes.append(f"New pair: {one.name} and {two.name}.")
    return changes


def _notes(matches: Sequence[_Match], people: Sequence[PersonNow]) -> Iterator[str]:
    named = {match.person.id for match in matches}
    # Whoever was erased has no name any more.
    gone = [each.person.name for each in people if each.person.id not in named and each.person.name]
    if gone:
        yield f"Not in the file, and left as they are: {', '.join(gone)}. A file removes nobody."
    for match in matches:
        hours = match.person.hours
        if match.row.hours not in (None, (hours.start, hours.end)):
            yield f"{match.person.name} has joined: their hours are theirs to change, and stay as they are."
