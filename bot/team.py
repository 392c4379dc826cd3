"""A team's round, carried out: each thing that somebody does is one short transaction, and so is its close.

Whose round it is follows from the account of whoever starts it. Whoever answers need not be known: they are their
account. What goes out is the outbox's, by ids alone, in a room of the round's own (`team_out.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from bot.cards import team as cards
from bot.errors import Conflict, Refused, Unknown
from bot.fields import needed
from bot.group import reflect
from bot.group.choose import OWN_LIMIT, question_for, wanted
from bot.group.reflect import Reply, Says, TeamAnswer, TeamRound, TeamState, TeamView, step
from bot.ids import derive
from bot.messages import Card, CardKind, TeamAction
from bot.model import Account, Reader
from bot.ports import Store, Tx
from bot.receive import TRIES
from bot.rows import Due, Prompts, ToSend
from bot.safety.signpost import has_care


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody wants a question asked in a channel; `text` is a theme, or their own question, or nothing."""

    key: str
    account: Account
    place: Account
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Acted:
    """A button or a form about a round. `subject` names its organisation, the round, and what else the button knows."""

    account: Account
    action: TeamAction
    subject: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


Act: TypeAlias = Began | Acted


@dataclass(frozen=True, slots=True)
class Outcome:
    """What whoever acted is shown, and the room whose messages go out now."""

    card: Card
    room: Reader | None = None


async def take_in(act: Act, *, store: Store, prompts: Prompts, now: datetime) -> Outcome:
    """Take in one thing that somebody did.

    Raises:
        Unknown: whoever starts a round is known nowhere, or there is no such round. Nothing was kept.
        Refused: what was sent cannot be taken as it is.
        Unavailable: the database is away. Nothing was acknowledged.
    """
    for attempt in range(TRIES):
        try:
            async with store.write() as tx:
                if isinstance(act, Began):
                    return await _begin(tx, act, prompts, now)
                return await _act(tx, act, prompts, now)
        except Conflict:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


async def form(store: Store, prompts: Prompts, act: Acted, now: datetime) -> Card:
    """Where `act` writes an answer, with their own if there is one. Raises Unknown."""
    tenant, round_id, *_ = _named(act.subject)
    async with store.read() as tx:
        view = await view_of(tx, prompts, tenant, round_id)
        _is_here(view.round, act.account)
        if view.round.state is not TeamState.ASKED or view.round.due_at is None or now >= view.round.due_at:
            return cards.said(cards.GONE)
        return cards.form(view, await tx.teams.mine(tenant, round_id, answer_id(round_id, act.account)), now)


def answer_id(round_id: str, account: Account) -> str:
    """One answer a person: another one takes its place."""
    return derive(round_id, "team answer", account.platform, account.external)


# ---- starting


async def _begin(tx: Tx, began: Began, prompts: Prompts, now: datetime) -> Outcome:
    reader = await tx.people.at(began.account)
    if reader is None:
        raise Unknown(cards.STRANGER)
    found = wanted(began.text)
    if found.unclear:
        return Outcome(cards.said(cards.UNCLEAR))
    if len(found.own) > OWN_LIMIT:
        raise Refused(cards.TOO_LONG)
    standing = await tx.teams.open_at(reader.tenant, began.place)
    if standing is not None:
        view = await view_of(tx, prompts, reader.tenant, standing.id)
        mine = standing.starter == began.account
        return Outcome(cards.started(view, now) if mine else cards.already(view, now))
    round_id = derive(reader.person, "team", began.place.external, began.key)
    question = ""
    if not found.own:
        asked = await tx.teams.asked_at(reader.tenant, began.place)
        first = question_for(prompts.bank, theme=found.theme, asked=asked, passed=(), key=round_id)
        assert first is not None, "there is a question for every theme"
        question = first.id
    programme = (await tx.people.get(reader)).programme
    unused = now + reflect.KEPT_UNUSED
    round_ = TeamRound(
        reader.tenant,
        round_id,
        programme,
        began.account,
        began.place,
        question,
        TeamState.SHOWN,
        now,
        unused,
    )
    await tx.teams.add(reader, round_, found.own)
    return Outcome(cards.preview(await view_of(tx, prompts, reader.tenant, round_id)))


# ---- whatever follows


async def _act(tx: Tx, act: Acted, prompts: Prompts, now: datetime) -> Outcome:
    tenant, round_id, *more = _named(act.subject)
    round_ = await tx.teams.locked(tenant, round_id)
    if round_ is None:
        raise Unknown(cards.GONE)
    _is_here(round_, act.account)
    event = await _event(tx, act, round_, more, prompts)
    made = step(round_, event, now)
    await apply(tx, made, now)
    card = await _replied(tx, act, made, prompts, now)
    return Outcome(card, Reader(tenant, round_id) if made.effects else None)


async def _event(
    tx: Tx, act: Acted, round_: TeamRound, more: list[str], prompts: Prompts
) -> reflect.TeamEvent:
    match act.action:
        case TeamAction.USE:
            standing = await tx.teams.open_at(round_.tenant, round_.place)
            if standing is not None and standing.id != round_.id:
                raise Refused("Somebody else has asked in this channel meanwhile. Ask yours after that.")
            return reflect.Used(act.account)
        case TeamAction.ANOTHER:
            instead_of = more[0] if more else ""
            asked = await tx.teams.asked_at(round_.tenant, round_.place)
            # Whoever named a theme gets another on it; then one on anything.
            theme = prompts.bank.teams[instead_of].theme if instead_of in prompts.bank.teams else None
            passed = (*round_.passed, instead_of)
            for about in (theme, None):
                other = question_for(prompts.bank, theme=about, asked=asked, passed=passed, key=round_.id)
                if other is not None:
                    return reflect.Swapped(act.account, instead_of, other.id)
            return reflect.Swapped(act.account, instead_of, "")
        case TeamAction.DROP:
            return reflect.Dropped(act.account)
        case TeamAction.SEND | TeamAction.ANSWER:
            text = needed(act.fields, "text", cards.ANSWER_LIMIT)
            name = act.fields.get("name", "")
            if name not in (cards.NAMED, cards.UNNAMED):
                raise Refused("Choose whether your name stands there. Your words are still in the box.")
            return reflect.Answered(act.account, name == cards.NAMED, text)
        case TeamAction.TAKE_BACK:
            return reflect.TookBack(act.account)
        case TeamAction.CLOSE:
            return reflect.Ended(act.account)
        case _:
            assert_never(act.action)


async def _replied(tx: Tx, act: Acted, made: reflect.TeamStep, prompts: Prompts, now: datetime) -> Card:
    """What whoever acted is told."""
    round_, text = made.round, act.fields.get("text", "")
    match made.reply:
        case Reply.PREVIEW:
            return cards.preview(await view_of(tx, prompts, round_.tenant, round_.id))
        case Reply.STARTED:
            return cards.started(await view_of(tx, prompts, round_.tenant, round_.id), now)
        case Reply.KEPT:
            care = prompts.signposts if has_care(text, prompts.floor) else ()
            return cards.kept(await view_of(tx, prompts, round_.tenant, round_.id), text, now, care)
        case Reply.LATE:
            return cards.late(round_, text)
        case Reply.DROPPED:
            return cards.dropped(round_)
        case Reply.TAKEN_BACK:
            return cards.taken_back(round_)
        case Reply.CLOSED:
            return cards.closed(round_)
        case Reply.NO_OTHER:
            return cards.said(cards.NO_OTHER)
        case Reply.NOT_YOURS:
            return cards.said(cards.NOT_YOURS)
        case Reply.STRAY:
            return cards.said(cards.GONE)
        case _:
            assert_never(made.reply)


async def apply(tx: Tx, made: reflect.TeamStep, now: datetime) -> None:
    """Carry out what a step asks for, under the round's lock."""
    round_ = made.round
    await tx.teams.save(round_)
    rows: list[ToSend] = []
    for effect in made.effects:
        match effect:
            case reflect.Say(what=what):
                rows.append(saying(round_, what, "0" if what is Says.ANSWERS else "", now))
            case reflect.TellAuthors():
                ids = await tx.teams.authors(round_.tenant, round_.id)
                rows += [saying(round_, Says.MINE, id_, now) for id_ in ids]
            case reflect.KeepAnswer(by=by, named=named, text=text):
                answer = TeamAnswer(answer_id(round_.id, by), by, named, text)
                await tx.teams.keep(round_, answer, cards.TERMS_VERSION, now)
            case reflect.ForgetAnswer(by=by):
                gone = answer_id(round_.id, by)
                await tx.teams.forget(round_, gone)
                if round_.state is TeamState.CLOSED:
                    rows.append(saying(round_, Says.MINE, gone, now))
            case reflect.ForgetQuestion():
                await tx.teams.forget_question(round_)
            case _:
                assert_never(effect)
    await tx.outbox.enqueue(rows)


def saying(round_: TeamRound, what: Says, about: str, now: datetime) -> ToSend:
    """The row that brings one thing of a round up to date, once for each thing that was done to it."""
    subject = f"{what} {about}".strip()
    id_ = derive(round_.id, "say", subject, str(round_.version))
    return ToSend(Reader(round_.tenant, round_.id), id_, CardKind.TEAM, subject, False, now)


async def close(tx: Tx, row: Due, now: datetime) -> None:
    """The clock closes a round, or lets one go that nobody has used."""
    round_ = await tx.teams.locked(row.tenant, row.id)
    if round_ is None or round_.due_at != row.at:
        return
    event = reflect.Dropped() if round_.state is TeamState.SHOWN else reflect.Ended()
    await apply(tx, step(round_, event, now), now)


async def draw_afresh(tx: Tx, tenant: str, rounds: Sequence[str], now: datetime) -> None:
    """Bring what stands in channels up to date, after somebody's words were erased from these rounds."""
    for round_id in rounds:
        round_ = await tx.teams.locked(tenant, round_id)
        if round_ is not None:
            again = replace(round_, version=round_.version + 1)
            said = (reflect.Say(Says.QUESTION), reflect.Say(Says.ANSWERS), reflect.TellAuthors())
            shown = said if round_.state is TeamState.CLOSED else said[:1]
            await apply(tx, reflect.TeamStep(again, shown, Reply.STRAY), now)


# ---- pieces


def _named(subject: str) -> list[str]:
    """What a button carries: its organisation, its round, and more."""
    named = subject.split()
    if len(named) < 2:
        raise Unknown(cards.GONE)
    return named


def _is_here(round_: TeamRound, account: Account) -> None:
    """Somebody of another workspace, in a channel that two of them share, is asked by neither."""
    if account.platform is not round_.place.platform or _workspace(account) != _workspace(round_.place):
        raise Unknown(cards.GONE)


def _workspace(account: Account) -> str:
    return account.external.partition(":")[0]


async def view_of(tx: Tx, prompts: Prompts, tenant: str, round_id: str) -> TeamView:
    """A round as its cards need it. Raises Unknown."""
    found = await tx.teams.view(tenant, round_id)
    if found is None:
        raise Unknown(cards.GONE)
    if found.own:
        return found
    known = prompts.bank.teams.get(found.round.question)
    return replace(found, asked=known.text if known else "")
