"""Fabricated views: one for every card, so that cards and pages can be tested without a store.

Amara and Ben are the two of a pair; everything here is Amara's. What they write is invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache

from bot.conversation.engine import BEFORE_CONSENT, EVERY_WEEK, LESS_OFTEN, STILL, live_subject, part_id
from bot.conversation.engine import LATER as LATER_CHOSEN
from bot.conversation.state import RoundState, Standing, State
from bot.digest.model import Beside, Counts, DigestView, LineView
from bot.messages import CardKind
from bot.model import Conversation, Facilitators, Hours, Module, Sharing
from bot.questions.bank import Bank, Bridge, Depth, Question, Theme
from bot.rows import Prompts
from bot.view import Caller, ChallengeView, FateView, Heard, MemberView, Post, RoundView, Turn, Written
from prompts import followups, signposts

ROUND = "a" * 32
OLDER = "b" * 32
LINE = "c" * 32
ASKED = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
OPENS = datetime(2026, 3, 12, 17, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 3, 10, 12, 40, tzinfo=UTC)
LATER = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 3, 12, 17, 5, tzinfo=UTC)

ANSWER = (
    "I was there, but the real talk was before I came in. They always have the papers sorted. "
    "I was furious. I said my piece at the end and people nodded."
)
ADDED = "That I had read everything twice and nobody asked me one thing about it."
PARTNERS = (
    "I thought it went well, we had everyone round the table for once. "
    "I did not notice that the papers only went out to staff."
)
CHALLENGE = "Nobody leaves the ward without knowing who to ring."


QUESTIONS = ("power-1", "power-2", "voice-1")
BRIDGE = "bridge-1"


@cache
def prompts() -> Prompts:
    """A small bank of its own, so that what a card looks like does not hang on which questions are asked."""
    frames, lexicon = followups.load()
    texts = (
        "Think of the last decision about your challenge. Where was it really made?",
        "What did you go along with this month?",
        "Who prepares the room before the other one comes in?",
    )
    questions = {
        key: Question(
            id=key,
            text=text,
            theme=Theme.POWER,
            depth=Depth.WHAT,
            why="Decisions are often made before the meeting. This looks for the place.",
            followups=("Who else was there?", "What did you see?"),
        )
        for key, text in zip(QUESTIONS, texts, strict=True)
    }
    bridges = {BRIDGE: Bridge(BRIDGE, "What in the other’s words did you not know before today?")}
    return Prompts(
        Bank(questions, bridges), frames, lexicon, signposts.load_floor(), signposts.load_signposts()
    )


def conversation(state: State, **changes: object) -> Conversation:
    agrees = state not in BEFORE_CONSENT
    base = Conversation(
        tenant="t" * 32,
        person="p" * 32,
        version=1,
        state=state,
        standing=Standing.ACTIVE,
        programme="g" * 32,
        pair="e" * 32,
        partner="q" * 32,
        agreed_at=ASKED - timedelta(days=8) if agrees else None,
    )
    if state not in (State.INVITED, State.TOLD, State.AGREED):
        base = replace(base, round=ROUND, question=QUESTIONS[0], opens_at=OPENS)
    return replace(base, **changes)  # type: ignore[arg-type]


def answer(**changes: object) -> Written:
    """The first part of Amara's answer."""
    part = Written(
        id=part_id(conversation(State.ASKED), 0),
        ordinal=0,
        text=ANSWER,
        sharing=Sharing(),
        closed=True,
        first_at=WRITTEN,
    )
    return replace(part, **changes)  # type: ignore[arg-type]


def added(**changes: object) -> Written:
    """What she wrote to the follow-up, which quotes her."""
    start = ANSWER.index("I was furious")
    part = Written(
        id=part_id(conversation(State.ASKED), 1),
        ordinal=1,
        text=ADDED,
        sharing=Sharing(),
        closed=True,
        first_at=WRITTEN + timedelta(minutes=6),
        prompt="A.3",
        quote=(start, start + len("I was furious")),
    )
    return replace(part, **changes)  # type: ignore[arg-type]


def round_view(**changes: object) -> RoundView:
    base = RoundView(
        id=ROUND,
        question=QUESTIONS[0],
        opens_at=OPENS,
        state=RoundState.ASKED,
        solo=False,
        bridge=BRIDGE,
        asked_at=ASKED,
        reason="It comes first because neither of you has been asked about this yet.",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def opened_round(**changes: object) -> RoundView:
    shared = Sharing(partner=True, facilitators=Facilitators.UNNAMED)
    base = round_view(
        state=RoundState.OPENED,
        written=(answer(sharing=shared, opened=True), added()),
        other_question=QUESTIONS[0],
        heard=(Heard(0, PARTNERS),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


MODULES = (
    Module(
        "t" * 32, "m" * 32, "g" * 32, 3, "What we carry on", Theme.NEXT.value, ASKED.date() - timedelta(1)
    ),
)
"""The last module of a programme, the day before the question."""


def last_round() -> RoundView:
    """The round after which nothing is asked."""
    return round_view(closing=True)


def view(state: State = State.IDLE, round_: RoundView | None = None, **changes: object) -> MemberView:
    at: Mapping[str, RoundView] = {round_.id: round_} if round_ is not None else {}
    base = MemberView(
        conversation=conversation(state),
        name="Amara",
        hours=Hours("Europe/London", time(9), time(20)),
        programme_title="Leading together, north",
        programme_zone="Europe/London",
        retention_months=12,
        contact="Ruth Okafor, on 0191 000 0000",
        modules=(),
        words_for_me="",
        partner_joined=True,
        partner_left=False,
        partner_name="Ben",
        rounds=at,
        challenge=ChallengeView(2, CHALLENGE, mine=False, i_confirmed=True, confirmed=True),
        next_ask_at=ASKED + timedelta(days=7),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def early(state: State = State.IDLE, **changes: object) -> MemberView:
    """Before the first question, and before there is a challenge."""
    return replace(view(state), challenge=None, next_ask_at=ASKED, **changes)  # type: ignore[arg-type]


CALLERS = (Caller("f" * 32, "Anna Lindqvist", outside=False), Caller("j" * 32, "Jo Okafor", outside=True))


def _called(**changes: object) -> tuple[Caller, ...]:
    how = {"how": "01632 960 555, after six", **changes}
    first = replace(CALLERS[0], call="e" * 32, asked_at=WRITTEN, **how)  # type: ignore[arg-type]
    return (first, CALLERS[1])


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of the story: the view, the post whose card it shows, and the letter up to then."""

    name: str
    view: MemberView
    post: Post
    before: tuple[Post, ...] = field(default=())

    @property
    def posts(self) -> tuple[Post, ...]:
        return (*self.before, self.post)


def post(kind: CardKind, subject: str = "", at: datetime = ASKED) -> Post:
    return Post(f"{kind.value}:{subject}", kind, subject, at)


_JOINING = tuple(
    post(kind, "", ASKED - timedelta(days=8))
    for kind in (CardKind.HELLO, CardKind.TERMS, CardKind.YOUR_WORDS, CardKind.READY, CardKind.CHALLENGE)
)
_QUESTION = (*_JOINING, post(CardKind.QUESTION, ROUND))
_FOLLOWED = (
    *_QUESTION,
    post(CardKind.KEPT, answer().id, WRITTEN),
    post(CardKind.FOLLOW_UP, added().id, WRITTEN),
)
_CHOSEN = (*_FOLLOWED, post(CardKind.KEPT, added().id, WRITTEN), post(CardKind.WHO_SEES, ROUND, WRITTEN))
_WAITED = (*_CHOSEN, post(CardKind.WAITING, ROUND, WRITTEN))
_OPENED = (*_WAITED, post(CardKind.OPENED, ROUND, AFTER))


def _proposal(**changes: object) -> ChallengeView:
    base = ChallengeView(1, CHALLENGE, mine=False, i_confirmed=False, confirmed=False)
    return replace(base, **changes)  # type: ignore[arg-type]


def _stands(standing: Standing, **changes: object) -> Conversation:
    return conversation(State.ASKED, standing=standing, **changes)


def _ours(state: State, **changes: object) -> Conversation:
    """Of one of two who go on by themselves."""
    return conversation(state, went_on_at=ASKED - timedelta(days=1), **changes)


def scenes() -> tuple[Scene, ...]:
    """The story in order; every kind of card is the post of at least one scene."""
    asked = view(State.ASKED, round_view())
    answering = round_view(written=(answer(closed=False),))
    followed = round_view(written=(answer(), added(text="", closed=False)))
    both = round_view(written=(answer(), added()))
    shared = round_view(
        written=(
            answer(sharing=Sharing(True, Facilitators.UNNAMED)),
            added(sharing=Sharing(False, Facilitators.NO)),
        )
    )
    said = opened_round(turns=(Turn(True, "What did you see when you looked round the table?", True),))
    answered = opened_round(
        turns=(
            Turn(
                True, "What did you see when you looked round the table?", True, "Faces I knew. Only those."
            ),
        )
    )
    unsaid = opened_round(turns=(Turn(True, None, True, "Faces I knew. Only those.", taken_back=True),))
    unread = opened_round(turns=(Turn(False, None, True),))
    asks = Turn(False, "What would you have said before the meeting?", True)
    return (
        Scene("hello", early(State.INVITED), _JOINING[0]),
        Scene("terms", early(State.TOLD), _JOINING[1], _JOINING[:1]),
        Scene("terms-by-mail", replace(early(State.TOLD), words_by_mail=True), _JOINING[1], _JOINING[:1]),
        Scene("before-consent", early(State.TOLD), post(CardKind.BEFORE_CONSENT), _JOINING[:2]),
        Scene("your-words", early(State.AGREED), _JOINING[2], _JOINING[:2]),
        Scene(
            "your-words-chosen",
            early(words_for_me="a mother who kept the diary"),
            _JOINING[2],
            _JOINING[:2],
        ),
        Scene("ready", early(), _JOINING[3], (*_JOINING[:2], _JOINING[4], _JOINING[2])),
        Scene("ready-alone", early(partner_joined=False), _JOINING[3], _JOINING[:3]),
        Scene("challenge-alone", early(partner_joined=False), _JOINING[4], _JOINING[:4]),
        Scene("challenge-unworded", early(), _JOINING[4], _JOINING[:4]),
        Scene("challenge-theirs", early(proposal=_proposal()), _JOINING[4], _JOINING[:4]),
        Scene(
            "challenge-mine",
            early(proposal=_proposal(mine=True, i_confirmed=True)),
            _JOINING[4],
            _JOINING[:4],
        ),
        Scene("challenge-confirmed", view(), _JOINING[4], _JOINING[:4]),
        Scene("question", asked, _QUESTION[-1], _JOINING),
        Scene(
            "question-alone",
            view(State.ASKED, round_view(solo=True), partner_joined=False),
            _QUESTION[-1],
            _JOINING,
        ),
        Scene(
            "question-after-opening",
            view(
                conversation=conversation(State.ASKED, over=True),
                rounds={ROUND: round_view(state=RoundState.NOT_OPENED)},
            ),
            _QUESTION[-1],
            _JOINING,
        ),
        Scene("question-another", view(State.ASKED, round_view(apart=True)), _QUESTION[-1], _JOINING),
        Scene("why", asked, post(CardKind.WHY, ROUND, LATER), _QUESTION),
        Scene(
            "put-off",
            view(conversation=conversation(State.ASKED, remind_at=LATER), rounds={ROUND: round_view()}),
            post(CardKind.WAITING, ROUND, WRITTEN),
            _QUESTION,
        ),
        Scene(
            "skipped",
            view(State.WAITING, round_view(skipped=True)),
            post(CardKind.WAITING, ROUND, WRITTEN),
            _QUESTION,
        ),
        Scene("nudge", asked, post(CardKind.NUDGE, ROUND, LATER), _QUESTION),
        Scene(
            "kept",
            view(conversation=conversation(State.ANSWERING, answered=True), rounds={ROUND: answering}),
            post(CardKind.KEPT, answer().id, WRITTEN),
            _QUESTION,
        ),
        Scene(
            "follow-up",
            view(
                conversation=conversation(State.FOLLOWED_UP, part=1, answered=True), rounds={ROUND: followed}
            ),
            _FOLLOWED[-1],
            _FOLLOWED[:-1],
        ),
        Scene(
            "follow-up-declined",
            view(conversation=conversation(State.CHOOSING, part=1, answered=True), rounds={ROUND: followed}),
            _FOLLOWED[-1],
            _FOLLOWED[:-1],
        ),
        Scene(
            "who-sees",
            view(conversation=conversation(State.CHOOSING, part=1, answered=True), rounds={ROUND: both}),
            _CHOSEN[-1],
            _CHOSEN[:-1],
        ),
        Scene(
            "who-sees-chats",
            view(
                conversation=conversation(State.CHOOSING, answered=True),
                rounds={ROUND: round_view(written=(answer(),))},
                chats=True,
            ),
            _CHOSEN[-1],
            _CHOSEN[:-1],
        ),
        Scene(
            "who-sees-by-mail",
            view(
                conversation=conversation(State.CHOOSING, part=1, answered=True),
                rounds={ROUND: both},
                words_by_mail=True,
            ),
            _CHOSEN[-1],
            _CHOSEN[:-1],
        ),
        Scene(
            "waiting",
            view(conversation=conversation(State.WAITING, part=1, answered=True), rounds={ROUND: shared}),
            _WAITED[-1],
            _CHOSEN,
        ),
        Scene(
            "care",
            view(
                conversation=conversation(State.CHOOSING, answered=True),
                rounds={ROUND: round_view(written=(answer(),))},
            ),
            post(CardKind.CARE, ROUND, WRITTEN),
            _QUESTION,
        ),
        Scene(
            "not-now",
            view(conversation=conversation(State.CHOOSING, part=1, answered=True), rounds={ROUND: both}),
            post(CardKind.NOT_NOW, "", WRITTEN),
            _CHOSEN,
        ),
        Scene("opened", view(State.IDLE, opened_round()), _OPENED[-1], _WAITED),
        Scene("opened-said", view(State.IDLE, said), _OPENED[-1], _WAITED),
        Scene(
            "opened-changed",
            view(
                State.IDLE,
                opened_round(
                    heard=(Heard(0, PARTNERS, changed=True), Heard(1, None, "A.2")),
                    other_question=QUESTIONS[1],
                ),
            ),
            _OPENED[-1],
            _WAITED,
        ),
        Scene(
            "opened-elsewhere",
            view(
                State.IDLE,
                opened_round(
                    heard=(Heard(0, None, elsewhere=True),),
                    turns=(Turn(mine=False, text=None, asks=True, elsewhere=True),),
                ),
            ),
            _OPENED[-1],
            _WAITED,
        ),
        Scene("turn-answer", view(State.IDLE, answered), post(CardKind.TURN_ANSWER, ROUND, AFTER), _OPENED),
        Scene("turn", view(State.IDLE, unread), post(CardKind.TURN, ROUND, AFTER), _OPENED),
        Scene(
            "turn-declined",
            view(State.IDLE, opened_round(turns=(Turn(False, None, True, declined=True),))),
            post(CardKind.TURN, ROUND, AFTER),
            _OPENED,
        ),
        Scene(
            "turn-read",
            view(State.IDLE, opened_round(turns=(asks,))),
            post(CardKind.TURN, ROUND, AFTER),
            _OPENED,
        ),
        Scene(
            "turn-answered",
            view(State.IDLE, opened_round(turns=(replace(asks, answer="That I had nothing to add yet."),))),
            post(CardKind.TURN, ROUND, AFTER),
            _OPENED,
        ),
        Scene("opened-taken-back", view(State.IDLE, unsaid), _OPENED[-1], _WAITED),
        Scene(
            "turn-taken-back",
            view(State.IDLE, opened_round(turns=(Turn(False, None, True, taken_back=True),))),
            post(CardKind.TURN, ROUND, AFTER),
            _OPENED,
        ),
        Scene(
            "turn-answer-taken-back",
            view(State.IDLE, opened_round(turns=(replace(said.turns[0], answer_taken_back=True),))),
            post(CardKind.TURN_ANSWER, ROUND, AFTER),
            _OPENED,
        ),
        Scene(
            "not-opened",
            view(State.IDLE, round_view(state=RoundState.NOT_OPENED, written=(answer(), added()))),
            post(CardKind.NOT_OPENED, ROUND, AFTER),
            _WAITED,
        ),
        Scene(
            "less-often",
            view(
                conversation=conversation(State.ASKED, standing=Standing.SILENT), rounds={ROUND: round_view()}
            ),
            post(CardKind.LESS_OFTEN, "", LATER),
            _QUESTION,
        ),
        Scene("help", asked, post(CardKind.HELP, "", LATER), _QUESTION),
        Scene("deletion-ahead", view(), post(CardKind.DELETION_AHEAD, "2027-03-01 2026-04-01", LATER)),
        Scene("deleted", view(), post(CardKind.DELETED, "2027-03-01 2026-04-01", LATER)),
        Scene(
            "alone-offer",
            view(
                State.IDLE,
                round_view(state=RoundState.NOT_OPENED),
                conversation=conversation(State.IDLE, unopened=2),
            ),
            post(CardKind.ALONE_OFFER, "", AFTER),
            _WAITED,
        ),
        Scene(
            "alone",
            view(conversation=conversation(State.IDLE, alone=True)),
            post(CardKind.ALONE, "", AFTER),
            _WAITED,
        ),
        Scene("together", view(), post(CardKind.ALONE, "", AFTER), _WAITED),
        Scene("new-partner", view(), post(CardKind.NEW_PARTNER, "e" * 32, LATER)),
        Scene("call", replace(asked, callers=CALLERS), post(CardKind.CALL, "", LATER), _QUESTION),
        Scene("call-nobody", asked, post(CardKind.CALL, "", LATER), _QUESTION),
        Scene("call-asked", replace(asked, callers=_called()), post(CardKind.CALL, "", LATER), _QUESTION),
        Scene(
            "call-answered",
            replace(asked, callers=_called(seen_at=AFTER)),
            post(CardKind.WILL_CALL, "e" * 32, AFTER),
            _QUESTION,
        ),
        Scene(
            "call-gone",
            replace(asked, callers=_called(how="", gone=True)),
            post(CardKind.CANNOT_CALL, "e" * 32, AFTER),
            _QUESTION,
        ),
        Scene("call-wanted", view(), post(CardKind.CALL_WANTED, "e" * 32, LATER)),
        Scene(
            "paused",
            view(
                conversation=_stands(Standing.PAUSED, resume_at=ASKED + timedelta(days=14)),
                rounds={ROUND: round_view()},
            ),
            post(CardKind.PAUSED, "", LATER),
            _QUESTION,
        ),
        Scene(
            "paused-still",
            view(
                conversation=_stands(Standing.PAUSED, resume_at=ASKED + timedelta(days=14)),
                rounds={ROUND: round_view()},
            ),
            post(CardKind.PAUSED, STILL, LATER),
            _QUESTION,
        ),
        Scene(
            "stopped-still",
            view(
                conversation=conversation(State.WAITING, standing=Standing.STOPPED, answered=True),
                rounds={ROUND: both},
            ),
            post(CardKind.STOPPED, STILL, LATER),
            _WAITED,
        ),
        Scene(
            "stopped",
            view(
                conversation=conversation(State.WAITING, standing=Standing.STOPPED, answered=True),
                rounds={ROUND: shared},
            ),
            post(CardKind.STOPPED, "", LATER),
            _WAITED,
        ),
        Scene(
            "withdrawn",
            view(
                conversation=conversation(State.WITHDRAWN, answered=True),
                rounds={ROUND: shared},
            ),
            post(CardKind.WITHDRAWN, "", LATER),
            _WAITED,
        ),
        Scene(
            "withdrawn-taken-back",
            view(
                conversation=conversation(State.WITHDRAWN, answered=True),
                rounds={ROUND: both},
            ),
            post(CardKind.WITHDRAWN, "taken back", LATER),
            _WAITED,
        ),
        Scene(
            "agreed-again",
            view(conversation=conversation(State.WAITING), rounds={ROUND: both}),
            post(CardKind.STARTED, "agreed again", LATER),
            _WAITED,
        ),
        Scene(
            "left",
            view(
                conversation=conversation(
                    State.WAITING, standing=Standing.LEFT, answered=True, resume_at=LATER + timedelta(days=1)
                ),
                rounds={ROUND: shared},
            ),
            post(CardKind.LEFT, "", LATER),
        ),
        Scene(
            "left-for-good",
            view(conversation=conversation(State.WAITING, standing=Standing.LEFT, answered=True)),
            post(CardKind.LEFT, "", LATER),
        ),
        Scene(
            "partner-left",
            view(partner_left=True, partner_joined=False),
            post(CardKind.PARTNER_LEFT, "", LATER),
        ),
        Scene(
            "stopped-taken-back",
            view(
                conversation=conversation(State.WAITING, standing=Standing.STOPPED, answered=True),
                rounds={ROUND: both},
            ),
            post(CardKind.STOPPED, "taken back", LATER),
            _WAITED,
        ),
        Scene(
            "start-again",
            view(conversation=_stands(Standing.STOPPED), rounds={ROUND: round_view()}),
            post(CardKind.START_AGAIN, "", LATER),
            (*_QUESTION, post(CardKind.STOPPED, "", LATER)),
        ),
        Scene(
            "less-often-chosen",
            view(conversation=conversation(State.ASKED, every=2), rounds={ROUND: round_view()}),
            post(CardKind.STARTED, LESS_OFTEN, LATER),
            (*_QUESTION, post(CardKind.LESS_OFTEN, "", LATER)),
        ),
        Scene(
            "later-chosen",
            view(
                conversation=_stands(Standing.PAUSED, resume_at=ASKED + timedelta(days=28)),
                rounds={ROUND: round_view()},
            ),
            post(CardKind.PAUSED, LATER_CHOSEN, LATER),
            (*_QUESTION, post(CardKind.LESS_OFTEN, "", LATER)),
        ),
        Scene(
            "every-week-chosen",
            view(State.ASKED, round_view()),
            post(CardKind.STARTED, EVERY_WEEK, LATER),
            _QUESTION,
        ),
        Scene(
            "less-often-while-paused",
            view(
                conversation=_stands(Standing.PAUSED, resume_at=ASKED + timedelta(days=14), every=2),
                rounds={ROUND: round_view()},
            ),
            post(CardKind.PAUSED, LESS_OFTEN, LATER),
            _QUESTION,
        ),
        Scene("started", asked, post(CardKind.STARTED, "", LATER), _QUESTION),
        Scene(
            "reflection",
            view(
                State.IDLE,
                opened_round(),
                fates={
                    LINE: FateView(
                        LINE,
                        ANSWER,
                        "2",
                        "We will open module 2 with this.",
                        answer().id,
                        stands=True,
                        digest_at=LATER,
                    )
                },
            ),
            post(CardKind.REFLECTION, ROUND, LATER),
            _OPENED,
        ),
        Scene(
            "reflection-by-mail",
            view(
                State.IDLE,
                opened_round(
                    written=(
                        answer(
                            sharing=Sharing(True, Facilitators.NAMED, by_mail=True), opened=True, mailed=True
                        ),
                    )
                ),
                words_by_mail=True,
            ),
            post(CardKind.REFLECTION, ROUND, LATER),
            _OPENED,
        ),
        Scene(
            "reflection-said-back",
            view(
                State.IDLE,
                opened_round(
                    written=(), turns=(*said.turns, replace(asks, answer="That I had nothing to add yet."))
                ),
            ),
            post(CardKind.REFLECTION, ROUND, LATER),
            _OPENED,
        ),
        Scene(
            "held-back",
            view(State.IDLE, opened_round(), fates={LINE: FateView(LINE, ANSWER)}),
            post(CardKind.HELD_BACK, LINE, AFTER),
            _OPENED,
        ),
        Scene(
            "fate",
            view(
                State.IDLE,
                opened_round(),
                fates={
                    LINE: FateView(
                        LINE, ANSWER, "2", "We will open module 2 with this, without saying whose it is."
                    )
                },
            ),
            post(CardKind.FATE, LINE, AFTER),
            _OPENED,
        ),
        Scene("digest", view(), post(CardKind.DIGEST, "d" * 32, AFTER)),
        Scene(
            "question-last",
            view(State.ASKED, last_round(), modules=MODULES),
            post(CardKind.QUESTION, ROUND),
            _JOINING,
        ),
        Scene(
            "keepsake",
            view(State.IDLE, opened_round(closing=True), modules=MODULES),
            post(CardKind.KEEPSAKE, ROUND, AFTER),
            _OPENED,
        ),
        Scene(
            "keepsake-wants-on",
            view(
                conversation=conversation(State.IDLE, wants_on=True),
                rounds={ROUND: opened_round(closing=True)},
                modules=MODULES,
            ),
            post(CardKind.KEEPSAKE, ROUND, AFTER),
            _OPENED,
        ),
        Scene(
            "keepsake-went-on",
            view(
                conversation=conversation(State.IDLE, wants_on=True, went_on_at=AFTER),
                rounds={ROUND: opened_round(closing=True)},
                modules=MODULES,
            ),
            post(CardKind.KEEPSAKE, ROUND, AFTER),
            _OPENED,
        ),
        Scene(
            "question-ours",
            view(conversation=_ours(State.ASKED), rounds={ROUND: round_view(pair="e" * 32)}),
            post(CardKind.QUESTION, ROUND),
            _JOINING,
        ),
        Scene(
            "who-sees-ours",
            view(
                conversation=_ours(State.CHOOSING),
                rounds={ROUND: round_view(pair="e" * 32, written=(answer(),))},
            ),
            post(CardKind.WHO_SEES, ROUND),
            _QUESTION,
        ),
        Scene(
            "less-often-ours",
            view(conversation=_ours(State.ASKED, standing=Standing.SILENT), rounds={ROUND: round_view()}),
            post(CardKind.LESS_OFTEN, "", LATER),
            _QUESTION,
        ),
        Scene(
            "partner-left-ours",
            view(conversation=_ours(State.IDLE), partner_left=True, partner_joined=False),
            post(CardKind.PARTNER_LEFT, "", LATER),
        ),
        Scene(
            "keepsake-and-on",
            view(
                State.IDLE,
                opened_round(closing=True),
                modules=(*MODULES, replace(MODULES[0], starts_on=OPENS.date())),
            ),
            post(CardKind.KEEPSAKE, ROUND, AFTER),
            _OPENED,
        ),
    )


def live_scene(kind: CardKind) -> Scene:
    """The scene in which a card of this kind is what the conversation waits on."""
    return next(
        s for s in scenes() if s.post.kind is kind and s.post.subject == live_subject(s.view.conversation)
    )


def digest(**changes: object) -> DigestView:
    base = DigestView(
        id="d" * 32,
        programme_title="Leading together, north",
        zone="Europe/London",
        from_at=datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
        to_at=datetime(2026, 3, 15, 8, 0, tzinfo=UTC),
        next_module="2",
        question=QUESTIONS[2],
        reason="Four of the lines below are about who decides, and when.",
        counts=Counts(people=12, answered=11, kept=9, held=0),
        taken_back=1,
        lines=(
            LineView("1" * 32, "The real talk was before I came in.", "power and decisions", "", ""),
            LineView(
                "2" * 32,
                "I did not notice that the papers only went out to staff.",
                "power and decisions",
                "Ben Hale",
                "2",
                question=QUESTIONS[0],
            ),
            LineView(
                "3" * 32,
                "I would like to be paid like the others at the table.",
                "time and pay",
                "",
                "",
                "We have asked for this to be settled before module 2.",
                QUESTIONS[1],
                added=True,
            ),
        ),
        beside=(Beside(QUESTIONS[0], ANSWER, "Amara Diallo", PARTNERS, "Ben Hale"),),
    )
    return replace(base, **changes)  # type: ignore[arg-type]
