"""A message comes in: one incoming message is one short transaction.

Claim its key, read the conversation, decide, save, keep, enqueue ids: all of it or nothing. Whoever calls
this tells the platform "OK" only after it has returned. Nothing is sent from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import assert_never

from bot.apply import apply
from bot.cards.joining import BY_MAIL, WORDS_LIMIT, terms_version, terms_wording
from bot.cards.sharing import CHATS as IN_CHATS
from bot.cards.sharing import FACILITATORS, FACILITATORS_BY_MAIL, PARTNER, YES
from bot.conversation import events as ev
from bot.conversation import followups, typed
from bot.conversation.engine import part_id, step
from bot.conversation.state import Standing, State
from bot.errors import Conflict, Unknown
from bot.ids import derive
from bot.messages import Action, CardKind, Edited, Incoming, Joined, Pressed, Said
from bot.model import CHATS, Conversation, Facilitators, Hours, Reader
from bot.ports import Store, Tx
from bot.questions.choose import another
from bot.rows import Known, Prompts
from bot.safety.signpost import needs_care, rests_questions
from bot.when import DAY, away_until, own_hours, within

TRIES = 6
PAUSE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Received:
    """Whose message it was; `new` is False for a delivery that was seen before.

    `kept` is False for words that had no place where the conversation stands, and were not kept; `sends` says whether
    something is to be sent because of it.
    """

    reader: Reader
    new: bool
    kept: bool = True
    sends: bool = False


async def receive(incoming: Incoming, *, store: Store, prompts: Prompts, now: datetime) -> Received:
    """Take in one message.

    Raises:
        Unknown: no such account. Nothing was kept.
        Unavailable: the database is away. Nothing was acknowledged; it can be sent again.
    """
    for attempt in range(TRIES):
        try:
            async with store.write() as tx:
                return await _receive(tx, incoming, prompts, now)
        except Conflict:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


async def _receive(tx: Tx, incoming: Incoming, prompts: Prompts, now: datetime) -> Received:
    new = await tx.claims.claim(incoming.account, incoming.key, now)
    source = _message_id(incoming)
    found = await tx.conversations.at(incoming.account, source)
    if found is None:
        raise Unknown("Nobody is known by this account.")
    conversation, known = found
    reader = Reader(conversation.tenant, conversation.person)
    if new:
        event = await _to_event(tx, conversation, incoming, source, known, prompts, now)
        cause = derive(incoming.account.platform, incoming.account.external, incoming.key)
        outcome = step(conversation, event, now)
        applied = await apply(tx, conversation, outcome, cause, now)
        kept = applied.kept and any(isinstance(effect, _KEEPS) for effect in outcome.effects)
        return Received(reader, new, kept or not _brings_words(event), applied.sends)
    return Received(reader, new)


_KEEPS = (ev.Keep, ev.KeepWordsForMe, ev.Propose, ev.Rewrite, ev.SayBack, ev.AnswerTurn, ev.AskCall)


def _brings_words(event: ev.Event) -> bool:
    match event:
        case ev.Spoke(known=known):
            return not known
        case ev.Rewrote(text=text):
            return text is not None
        case ev.ChoseWords() | ev.Proposed() | ev.SaidBack() | ev.AnsweredBack() | ev.AskedForCall():
            return True
        case _:
            return False


def _message_id(incoming: Incoming) -> str:
    if isinstance(incoming, Said | Edited):
        return derive(incoming.account.platform, incoming.account.external, incoming.source)
    return ""


async def _to_event(
    tx: Tx,
    c: Conversation,
    incoming: Incoming,
    source: str,
    known: Known | None,
    prompts: Prompts,
    now: datetime,
) -> ev.Event:
    match incoming:
        case Joined():
            return ev.Reached()
        case Edited(text=text, at=at):
            return ev.Amended(source, text, at, known.part if known else "", known is not None)
        case Said(text=text, at=at, part=part, account=account):
            in_chat = account.platform in CHATS
            command = typed.command(text, c, in_chat=in_chat)
            if command is not None:
                return await _pressed(tx, c, command, "", {}, prompts, now, at)
            if in_chat and (chose := typed.chosen(text, c)):
                return chose
            if in_chat and c.state is State.AGREED and len(text) <= WORDS_LIMIT:
                return ev.ChoseWords(text)
            return ev.Spoke(source, text, at, part, known is not None, needs_care(text, prompts.floor))
        case Pressed(action=action, subject=subject, fields=fields, at=at):
            return await _pressed(tx, c, action, subject, fields, prompts, now, at)
        case _:
            assert_never(incoming)


# ---- presses


async def _pressed(
    tx: Tx,
    c: Conversation,
    action: Action,
    subject: str,
    fields: Mapping[str, str],
    prompts: Prompts,
    now: datetime,
    at: datetime,
) -> ev.Event:
    if action in _ABOUT_THIS_ROUND and subject not in ("", c.round):
        return ev.Stray(subject)
    match action:
        case Action.READ_ON:
            return ev.ReadOn()
        case Action.AGREE:
            # Which of the two wordings they read, the button says.
            mail = subject.endswith(BY_MAIL) if subject else c.words_by_mail
            wording = terms_wording(c.retention_months, c.contact, words_by_mail=mail)
            return ev.Agreed(terms_version(words_by_mail=mail), wording, at, await missed(tx, c))
        case Action.WITHDRAW:
            return ev.Withdrew()
        case Action.CHOOSE_WORDS:
            return ev.ChoseWords(fields.get("words", ""))
        case Action.PROPOSE:
            return ev.Proposed(fields.get("challenge", ""))
        case Action.CONFIRM:
            return ev.Confirmed(int(subject)) if subject.isdecimal() else ev.Stray(subject)
        case Action.SEND:
            return ev.Stray(subject)
        case Action.DONE:
            if subject not in ("", part_id(c, c.part)) or c.state is not State.ANSWERING:
                return ev.Stray(subject)
            return await finished(tx, c, prompts)
        case Action.ANOTHER:
            return await _another(tx, c, prompts)
        case Action.WHY:
            return ev.Wanted(CardKind.WHY, c.round) if c.round else ev.Stray(subject)
        case Action.PUT_OFF:
            hours = (await tx.people.get(Reader(c.tenant, c.person))).hours
            until = within(hours, now + DAY)
            return ev.PutOff(until if c.opens_at is None or until < c.opens_at else None)
        case Action.SKIP:
            return ev.Skipped()
        case Action.DECLINE:
            return ev.Declined()
        case Action.CHOOSE:
            return ev.Chose(_choices(fields))
        case Action.CHOOSE_AGAIN:
            return ev.ChooseAgain()
        case Action.EDIT:
            text = fields.get(f"text:{subject}", "")
            return ev.Rewrote(subject, text) if text.strip() else ev.Stray(subject)
        case Action.REMOVE:
            return ev.Rewrote(subject, None)
        case Action.SAY_BACK:
            return ev.SaidBack(subject, fields.get("text", ""))
        case Action.READ | Action.LEAVE_UNREAD:
            return ev.ReadTurn(subject, read=action is Action.READ)
        case Action.ANSWER_BACK:
            return ev.AnsweredBack(subject, fields.get("text", ""))
        case Action.UNSAY | Action.UNSAY_ANSWER:
            return ev.Unsaid(subject, answer=action is Action.UNSAY_ANSWER)
        case Action.MUTE | Action.UNMUTE:
            return ev.Muted(action is Action.MUTE)
        case Action.LESS_OFTEN:
            return ev.LessOften(every=2)
        case Action.EVERY_WEEK:
            return ev.LessOften(every=1)
        case Action.LATER:
            silent = c.standing is Standing.SILENT
            return ev.StandingChanged(Standing.PAUSED, c.resume_at) if silent else ev.Stray(subject)
        case Action.ALONE | Action.TOGETHER:
            return ev.WentAlone(action is Action.ALONE)
        case Action.GO_ON | Action.NOT_ON:
            return await _wants_on(tx, c, action is Action.GO_ON, subject, now)
        case Action.CALL:
            return ev.Wanted(CardKind.CALL)
        case Action.ASK_CALL:
            return ev.AskedForCall(fields.get("to", ""), fields.get("how", ""))
        case Action.NO_CALL:
            return ev.NeedsNoCall(subject)
        case Action.HELP:
            return ev.Wanted(CardKind.HELP)
        case Action.PAUSE:
            return ev.StandingChanged(Standing.PAUSED, now + PAUSE)
        case Action.AWAY:
            back = _day(fields.get("back", ""))
            hours = (await tx.people.get(Reader(c.tenant, c.person))).hours
            again = None if back is None else away_until(hours, back, now)
            if again is None:
                return ev.Stray(subject)
            return ev.StandingChanged(Standing.PAUSED, again, exactly=True)
        case Action.HOURS:
            chosen = _hours(fields)
            return ev.ChoseHours(chosen) if chosen is not None else ev.Stray(subject)
        case Action.STOP:
            return ev.StandingChanged(Standing.STOPPED)
        case Action.LEAVE:
            return ev.StandingChanged(Standing.LEFT, now + DAY)
        case Action.TAKE_BACK_ALL:
            return ev.TookBackAll()
        case Action.START:
            return ev.StandingChanged(Standing.ACTIVE, missed=await missed(tx, c))
        case _:
            assert_never(action)


_ABOUT_THIS_ROUND = frozenset({Action.ANOTHER, Action.PUT_OFF, Action.SKIP, Action.CHOOSE_AGAIN, Action.WHY})


def _choices(fields: Mapping[str, str]) -> dict[str, ev.Choice]:
    """What a form chose, by part. Whose parts they are is asked of the database, not of the form."""
    partner: dict[str, str] = {}
    facilitators: dict[str, tuple[Facilitators, bool]] = {}
    for name, value in fields.items():
        who, _, part = name.partition(":")
        if who == PARTNER:
            partner[part] = value
        elif who in (FACILITATORS, FACILITATORS_BY_MAIL) and value in _KNOWN:
            facilitators[part] = (Facilitators(value), who == FACILITATORS_BY_MAIL)
    return {
        part: ev.Choice(
            partner[part] in (YES, IN_CHATS) if part in partner else None,
            facilitators[part][0] if part in facilitators else None,
            chats=partner.get(part) == IN_CHATS,
            by_mail=part in facilitators and facilitators[part][1],
        )
        for part in sorted(partner.keys() | facilitators.keys())
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _hours(fields: Mapping[str, str]) -> Hours | None:
    """The hours that a form holds: a zone, and from when until when."""
    try:
        start, end = (time.fromisoformat(fields.get(name, "")) for name in ("from", "to"))
    except ValueError:
        return None
    return own_hours(fields.get("zone", ""), start, end)


_KNOWN = frozenset(each.value for each in Facilitators)


async def _another(tx: Tx, c: Conversation, prompts: Prompts) -> ev.Event:
    if c.round is None or c.question is None or c.state is not State.ASKED:
        return ev.Stray()
    seen = await tx.rounds.seen_by(Reader(c.tenant, c.person))
    instead = prompts.bank.questions[c.question]
    question = another(
        prompts.bank,
        instead_of=instead,
        seen=seen,
        round_key=c.round + c.person,
        challenge_confirmed=c.challenge,
    )
    if question is None:
        return ev.Stray()
    return ev.Another(question.id, f"You asked for another question. {question.why}")


async def _wants_on(tx: Tx, c: Conversation, wants: bool, subject: str, now: datetime) -> ev.Event:
    """Said of the end that a closing round has brought; whether it is the end still is asked when it is planned."""
    try:
        found = await tx.rounds.get(c.tenant, subject)
    except Unknown:
        return ev.Stray(subject)
    here = found.closing and found.pair == c.pair and found.opens_at <= now
    return ev.WantsOn(wants, subject) if here and c.went_on_at is None else ev.Stray(subject)


async def missed(tx: Tx, c: Conversation) -> CardKind | None:
    """The notice of the present round's opening, if it came while this person was not to be written to."""
    return await tx.outbox.let_go(Reader(c.tenant, c.person), _NOTICES, c.round) if c.round else None


_NOTICES = (CardKind.OPENED, CardKind.NOT_OPENED)


async def finished(tx: Tx, c: Conversation, prompts: Prompts) -> ev.Finished:
    """What follows once an answer is complete: a follow-up in the person's own words, or none."""
    reader = Reader(c.tenant, c.person)
    draft = await tx.answers.draft(reader, part_id(c, c.part))
    if not draft.text.strip():
        return ev.Finished(empty=True)
    if needs_care(draft.text, prompts.floor) or rests_questions(draft.text, prompts.floor):
        return ev.Finished(rest=True)
    if c.part == 1 or c.question is None:
        return ev.Finished()
    names = await tx.people.names(c.tenant, c.programme)
    chosen = followups.choose(
        draft.text,
        prompts.bank.questions[c.question],
        lexicon=prompts.lexicon,
        frames=prompts.frames,
        names=names,
        recent=draft.recent,
        quoted_in_a_row=draft.quoted_in_a_row,
        key=part_id(c, 1),
    )
    return ev.Finished(chosen.key, chosen.quote)
