"""The app's home in Slack: how things stand for whoever opens it, and the ways to their page. Nobody's answers.

It is made when somebody looks and never sent, so it may stand there for long: it says what it was true of.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.cards import dates, weekly
from bot.cards.weekly import counted
from bot.conversation.state import SILENCED, Standing
from bot.digest.model import DigestNumbers
from bot.errors import Unknown
from bot.messages import Action, Button, Card, CardKind, Divider, Link, Part, Quote, Text
from bot.messages import Role as As
from bot.model import Account, Role
from bot.ports import Store
from bot.rows import Glance
from bot.view import MemberView
from bot.when import within

WEEK = timedelta(days=7)

WHO_I_AM = (
    "I am a bot that asks the two of a pair the same honest question, between the modules of a leadership programme. "
    "What somebody answers is for them alone, until they choose who may see it."
)
MAY_BE_READ = "Your organisation may be able to read what is written in Slack, even after deletion."


async def home_of(store: Store, account: Account, now: datetime) -> Card:
    """What whoever has this account finds there now."""
    async with store.read() as tx:
        reader = await tx.people.at(account)
        if reader is None:
            return stranger()
        match (await tx.people.get(reader)).role:
            case Role.MEMBER:
                return member(await tx.views.member(reader, in_chat=True), now)
            case Role.FACILITATOR:
                digests = await tx.digests.summaries(reader)
                newest = await tx.glances.numbers(reader, digests[0].id) if digests else None
                return facilitator(await tx.glances.glance(reader), newest)
            case Role.OUTSIDE:
                return outside()
            case Role.FORMER:
                raise Unknown("There is nobody by that name.")


def member(view: MemberView, now: datetime) -> Card:
    """Their pair, its challenge, what comes next, and the ways to be left alone."""
    parts: list[Part] = [Text(_pair(view), As.LEAD)]
    if view.challenge is not None and view.challenge.confirmed:
        parts.append(Quote(view.challenge.text, by="Your challenge"))
    parts += [Text(each) for each in _next(view, now)]
    parts += [
        Link("/reflections", "What you have written, and who can see it"),
        Link("/rhythm", "When I write to you"),
        Link("/where", "Where I write to you"),
        *_ways_out(view),
        Text(MAY_BE_READ, As.HINT),
    ]
    return _card(parts)


def facilitator(glance: Glance, newest: DigestNumbers | None) -> Card:
    """The programme and the newest weekly page as numbers, and the ways to both."""
    members = [each for each in glance.people if each.role is Role.MEMBER and not each.left and each.name]
    joined = sum(each.joined for each in members)
    # Openings of one question fall on different moments where hours differ.
    latest = [pair.weeks[-1] for pair in glance.pairs if pair.weeks]
    since = max((week.opens_at for week in latest), default=None)
    parts: list[Part] = [
        Text(glance.programme.title, As.LEAD),
        Text(
            f"{counted(len(glance.pairs), 'pair', 'pairs')}. "
            f"{joined} of {counted(len(members), 'member', 'members')} have joined."
        ),
    ]
    if since is not None:
        answered = [week.answered for week in latest if week.opens_at > since - WEEK]
        both, one, nobody = (answered.count(number) for number in (2, 1, 0))
        in_both = counted(both, "pair", "pairs")
        said = f"both had answered in {in_both}, one of the two in {one}, and nobody in {nobody}"
        parts.append(Text(f"At the last opening {said}."))
    parts += [Divider(), *(weekly.numbers(newest) if newest else (Text(weekly.NONE_YET),)), Divider()]
    parts += [
        Link("/programme", "The programme at a glance"),
        Link("/where", "Where I write to you"),
        Text(weekly.NO_WORDS, As.HINT),
    ]
    return _card(parts)


def outside() -> Card:
    """For somebody who can be asked for a call."""
    return _card(
        [
            Text("Somebody may ask you for a call", As.LEAD),
            Text(
                "Who would like one, and how to reach them, is on your page. I tell you when somebody asks."
            ),
            Link("/", "Your page"),
        ]
    )


def stranger() -> Card:
    """For whoever is nobody here yet."""
    return _card(
        [
            Text("Alongside", As.LEAD),
            Text(WHO_I_AM),
            Text(
                "I do not know you here yet. If you belong to a programme, you have had a link to a page of your own."
            ),
            Link("/where", "Get a code on your page"),
            Text("Then write it here in Slack, in any conversation: /alongside join CODE"),
            Text("If you have no such link, ask the facilitators of your programme.", As.HINT),
            Text(MAY_BE_READ, As.HINT),
        ]
    )


def _card(parts: Sequence[Part]) -> Card:
    # Help is what its buttons stand beside wherever else they are.
    return Card(CardKind.HELP, tuple(parts))


def _pair(view: MemberView) -> str:
    if view.partner_name and not view.partner_left:
        return f"You and {view.partner_name}"
    return view.programme_title


def _next(view: MemberView, now: datetime) -> Iterator[str]:
    c, when = view.conversation, dates.Calendar(view.hours.zone, view.programme_zone, now)
    if c.standing is Standing.LEFT:
        yield "You have left the programme."
        return
    if c.standing is Standing.STOPPED:
        yield "You have stopped. I do not write to you unless you start again."
        return
    if c.standing in (Standing.PAUSED, Standing.SILENT):
        yield f"I am quiet until {when.moment(c.resume_at) if c.resume_at else 'you start again'}."
    if c.agreed_at is None:
        yield "You have not begun yet. What there is to read first stands under “Messages”."
        return
    round_ = view.rounds.get(c.round or "")
    if round_ is not None and c.opens_at is not None and not c.over and now < c.opens_at:
        yield "Your question stands under “Messages”."
        if not c.alone and not round_.solo:
            yield f"What you both share opens on {when.moment(c.opens_at)}."
    if c.standing is Standing.ACTIVE and view.next_ask_at is not None:
        yield f"The next question comes on {when.moment(within(view.hours, view.next_ask_at))}."


def _ways_out(view: MemberView) -> Iterator[Button]:
    standing = view.conversation.standing
    yield Button(Action.HELP, "Help")
    if standing is Standing.ACTIVE:
        yield Button(Action.PAUSE, "Pause")
    elif standing is not Standing.LEFT:
        yield Button(Action.START, "Start again")
    if standing not in SILENCED:
        yield Button(Action.STOP, "Stop")
