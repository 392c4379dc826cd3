"""People who do anything at all, in any order, through the doors of the product; and what must hold each time.

The rules are what can happen. `look_round` is what must be true afterwards, whoever did what: it reads every
page, every post, every digest and the decrypted words, and asks the oracle about each token that it finds.
"""

import random
import sys
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RULE_MARKER, RuleBasedStateMachine, initialize, rule

from bot.conversation.state import RoundState, Standing
from bot.digest.model import DigestView
from bot.messages import Action, CardKind, Edited, Joined, Outgoing, Pressed, Said
from bot.model import Facilitators, Hours
from bot.view import Written
from bot.when import is_within, next_weekly
from tests.cast import ADA, BEN, FAY, MONDAY, NAMES, XAN, Character, programme
from tests.properties.oracle import Kind, Message, Oracle
from tests.properties.world import (
    ASKED,
    FACILITATORS,
    INVITED,
    MEMBERS,
    PARTNER,
    Grounds,
    Page,
    World,
    strings,
    token,
    tokens,
    who_is,
)

PEOPLE = st.sampled_from((ADA, ADA, BEN, BEN, *MEMBERS))
PIECES = st.sampled_from(
    (
        "",
        "I was furious, because nobody had asked me. ",
        "I assume they think I am only here to nod. ",
        "<script>alert(1)</script><b>&amp;",
        "مرحبا بكم في الاجتماع ",
        "👩🏽‍⚕️ it went well 🎉 ",
        "make them stop ",
        "“quoted” \\ %s {0} $$ ",
        "I want to die. ",
        "a\u200bb\u202e\u0301c ",
    )
)
STOPS = st.sampled_from(("stop", "Stop.", " STOP!! ", "stop 🛑", "ＳＴＯＰ", "stop" + "!" * 60))
NOT_STOPS = st.sampled_from(("make them stop {}", "stop it {}", "stop" + " " * 50 + "asking {}", "{} stop"))
UPWARD = st.sampled_from(tuple(Facilitators))
HOURS = st.sampled_from(
    (
        ("Europe/London", "09:00", "20:00"),
        ("Europe/London", "21:00", "23:59"),
        ("Pacific/Auckland", "08:00", "09:00"),
    )
)
NUMBER = st.integers(0, 10_000)
ONCE = frozenset({CardKind.TURN, CardKind.TURN_ANSWER, CardKind.OPENED, CardKind.NOT_OPENED, CardKind.DIGEST})
BY_THE_CLOCK = ONCE | {CardKind.NUDGE, CardKind.HELD_BACK, CardKind.FATE, CardKind.LESS_OFTEN}
LONGEST = timedelta(days=20)
"""After how long a story stays where it is; a long silence may take it three weeks further."""

REFUSALS = frozenset({CardKind.NOT_NOW, CardKind.BEFORE_CONSENT, CardKind.START_AGAIN})


class Machine(RuleBasedStateMachine):
    """One example: a world, an oracle, and everybody's doings."""

    grounds: Grounds

    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None

    @initialize(ground=st.sampled_from((ASKED, ASKED, ASKED, INVITED)))
    def begin(self, ground: str) -> None:
        self.world = World(self.grounds, ground)
        self.oracle = Oracle()
        self.count = 0
        self.posted_once: set[tuple[str, CardKind, str]] = set()
        self.late: list[Said] = []
        self.sources: list[tuple[Character, str]] = []
        self.digests_seen: set[str] = set()
        self.active: dict[Character, None] = {}
        self.acted: set[Character] = set()
        self.hours: dict[Character, Hours] = {}
        self.ends = self.w.now + LONGEST
        if ground == ASKED:
            self.oracle.agreed = set(MEMBERS)
        for who in MEMBERS:
            self.oracle.look(who, self.w.page(who), self.w.now)

    def teardown(self) -> None:
        if self.world is not None:
            try:
                if sys.exc_info()[0] is None:
                    self.look_round(MEMBERS, FACILITATORS)
            finally:
                self.world.close()

    @property
    def w(self) -> World:
        assert self.world is not None
        return self.world

    # ---- joining

    @rule(who=PEOPLE, far=st.integers(1, 4))
    def join(self, who: Character, far: int) -> None:
        """Somebody goes some way through the door, from wherever they are."""
        self.deliver(who, self.w.joined(who))
        steps = (Action.READ_ON, Action.AGREE, Action.CHOOSE_WORDS)
        for action in steps[: far - 1]:
            self.press(who, action)

    @rule(who=PEOPLE)
    def word_the_challenge(self, who: Character) -> None:
        found = self.new()
        text = f"Getting {found} heard"
        self.deliver(who, self.w.pressed(who, Action.PROPOSE, "", {"challenge": text}), quiet=True)
        page = self.w.page(who)
        if found in tokens(page.view.challenge, page.view.proposal):
            self.oracle.keep(found, who, Kind.CHALLENGE, "")
        self.look_round_for(who)

    @rule(who=PEOPLE)
    def confirm_the_challenge(self, who: Character) -> None:
        proposal = self.w.page(who).view.proposal
        self.press(who, Action.CONFIRM, str(proposal.version) if proposal else "1")

    # ---- writing

    @rule(who=PEOPLE, before=PIECES, after=PIECES, box=NUMBER)
    def say(self, who: Character, before: str, after: str, box: int) -> None:
        part = self.some(box, ["", "", "", *self.parts_on(who), "nonsense"])
        self.write(who, f"{before}{self.new()} {after}", part)

    @rule(who=PEOPLE, text=NOT_STOPS)
    def say_something_with_stop_in_it(self, who: Character, text: str) -> None:
        self.write(who, text.format(self.new()))
        assert (self.w.page(who).view.conversation.standing is Standing.STOPPED) == (
            who in self.oracle.stopped
        )

    @rule(who=PEOPLE, text=st.sampled_from(("that's it", "That’s it.", "help", "")))
    def say_a_command(self, who: Character, text: str) -> None:
        self.deliver(who, self.w.said(who, text))

    @rule(number=NUMBER, gone=st.booleans(), minutes=st.integers(-3, 3))
    def edit_a_message(self, number: int, gone: bool, minutes: int) -> None:
        if not self.sources:
            return
        who, source = self.some(number, self.sources)
        self.edit(who, source, gone, minutes)

    @rule(who=PEOPLE, gone=st.booleans(), wait=st.booleans())
    def change_before_the_original(self, who: Character, gone: bool, wait: bool) -> None:
        """An edit or a deletion overtakes the message that it changes, which comes now or much later."""
        original = self.w.said(who, f"First it read {self.new()}")
        self.edit(who, original.source, gone, 0)
        if wait:
            self.late.append(original)
        else:
            self.take_in_overtaken(original)

    @rule(number=NUMBER)
    def the_original_comes_late(self, number: int) -> None:
        if self.late:
            self.take_in_overtaken(self.late.pop(number % len(self.late)))

    @rule(who=PEOPLE, box=st.sampled_from(("words", "challenge", "a part")))
    def leave_a_draft(self, who: Character, box: str) -> None:
        found = self.new()

        async def keep() -> None:
            async with self.w.store.write() as tx:
                await tx.people.keep_draft(who.reader, box, f"Half {found}", self.w.now)

        self.w.do(keep())
        if who in self.oracle.agreed:
            self.oracle.forget_at(Kind.DRAFT, who, box)
            self.oracle.keep(found, who, Kind.DRAFT, box)
        self.look_round_for(who)

    # ---- answering

    @rule(
        who=PEOPLE,
        more=st.booleans(),
        partner=st.sampled_from((True, True, False)),
        upward=UPWARD,
    )
    def answer(self, who: Character, more: bool, partner: bool, upward: Facilitators) -> None:
        self.answer_all(who, more, partner, upward)

    def answer_all(self, who: Character, more: bool, partner: bool, upward: Facilitators) -> None:
        """A whole answer: written, ended, followed up or not, and who may see it; looked at when it stands."""
        self.take_in_said(who, self.w.said(who, f"I was {self.new()}, and I was cross."))
        self.deliver(who, self.w.pressed(who, Action.DONE))
        if more:
            self.take_in_said(who, self.w.said(who, f"More: {self.new()}"))
            self.deliver(who, self.w.pressed(who, Action.DONE))
        self.deliver(who, self.w.pressed(who, Action.DECLINE))
        self.choose(who, self.parts_on(who)[:2], partner, upward)

    @rule(
        who=PEOPLE,
        shares=st.sampled_from(((True, True), (True, True), (True, False), (False, True))),
        upward=UPWARD,
    )
    def both_of_a_pair_answer(self, who: Character, shares: tuple[bool, bool], upward: Facilitators) -> None:
        for each, partner in zip((who, PARTNER[who]), shares, strict=True):
            self.answer_all(each, False, partner, upward)

    @rule(
        upward=st.sampled_from((Facilitators.UNNAMED, Facilitators.UNNAMED, Facilitators.NAMED)), but=NUMBER
    )
    def all_answer_for_the_facilitators(self, upward: Facilitators, but: int) -> None:
        """Everybody of a programme answers, one of them perhaps only for themselves."""
        everybody = MEMBERS[:6]
        for number, who in enumerate(everybody):
            self.answer_all(who, False, False, Facilitators.NO if number == but % 9 else upward)

    @rule(who=PEOPLE, number=NUMBER, partner=st.none() | st.booleans(), upward=st.none() | UPWARD)
    def choose_who_sees(
        self, who: Character, number: int, partner: bool | None, upward: Facilitators | None
    ) -> None:
        """Choices for one's own parts, old and new, and for other people's."""
        own = self.parts_on(who)
        self.choose(who, [self.some(number, [*own, *own, *self.oracle.parts, "nonsense"])], partner, upward)

    @rule(who=PEOPLE, number=NUMBER, remove=st.booleans())
    def rewrite_a_part(self, who: Character, number: int, remove: bool) -> None:
        own = self.parts_on(who)
        part = self.some(number, [*own, *own, *self.oracle.parts, "nonsense"])
        if remove:
            self.oracle.remove(who, part)
            self.deliver(who, self.w.pressed(who, Action.REMOVE, part))
            self.look_round_for(who)
            return
        found = self.new()
        taken = who in self.oracle.agreed and self.oracle.rewrite(who, part)
        self.deliver(
            who, self.w.pressed(who, Action.EDIT, part, {f"text:{part}": f"Now {found}"}), quiet=True
        )
        if taken:
            self.oracle.keep(found, who, Kind.ANSWER, part)
        self.look_round_for(who)

    # ---- after the opening

    @rule(who=PEOPLE, number=NUMBER, asks=st.booleans())
    def say_back(self, who: Character, number: int, asks: bool) -> None:
        round_id = self.some(number, [*self.oracle.shown, *self.oracle.opens, "nonsense"])
        found = self.new()
        text = f"Why {found}?" if asks else f"Because {found}."
        self.deliver(who, self.w.pressed(who, Action.SAY_BACK, round_id, {"text": text}), quiet=True)
        mine = self.w.page(who).view.rounds.get(round_id)
        if mine is not None and found in tokens([turn for turn in mine.turns if turn.mine]):
            assert round_id in self.oracle.shown, "something was said back to a round that did not open"
            assert who not in self.oracle.stopped
            self.oracle.keep(found, who, Kind.TURN, round_id)
        self.look_round_for(who)

    @rule(who=PEOPLE, number=NUMBER, leave=st.booleans())
    def read_what_was_said_back(self, who: Character, number: int, leave: bool) -> None:
        round_id = self.some(number, [*self.oracle.shown, "nonsense"])
        said = any(
            word.kind is Kind.TURN and word.where == round_id and PARTNER[word.author] == who
            for word in self.oracle.words.values()
        )
        if said and not leave and who not in self.oracle.stopped:
            self.oracle.read.add((who, round_id))
        self.deliver(who, self.w.pressed(who, Action.LEAVE_UNREAD if leave else Action.READ, round_id))
        self.look_round_for(who)

    @rule(who=PEOPLE, number=NUMBER)
    def answer_back(self, who: Character, number: int) -> None:
        round_id = self.some(number, [*self.oracle.shown, *self.oracle.opens, "nonsense"])
        found = self.new()
        self.deliver(
            who, self.w.pressed(who, Action.ANSWER_BACK, round_id, {"text": f"It is {found}"}), quiet=True
        )
        mine = self.w.page(who).view.rounds.get(round_id)
        if mine is not None and found in tokens([turn for turn in mine.turns if not turn.mine]):
            assert (who, round_id) in self.oracle.read, "something unread was answered"
            self.oracle.keep(found, who, Kind.TURN_ANSWER, round_id)
        self.look_round_for(who)

    @rule(who=PEOPLE, number=NUMBER, answer=st.booleans())
    def take_back_what_was_said_back(self, who: Character, number: int, answer: bool) -> None:
        """One's own words are gone at once, whoever has read them, and also after a stop."""
        round_id = self.some(number, [*self.oracle.shown, *self.oracle.opens, "nonsense"])
        self.oracle.forget_at(Kind.TURN_ANSWER if answer else Kind.TURN, who, round_id)
        self.deliver(who, self.w.pressed(who, Action.UNSAY_ANSWER if answer else Action.UNSAY, round_id))
        self.look_round_for(who)

    @rule(facilitator=st.sampled_from(FACILITATORS), number=NUMBER)
    def answer_a_line(self, facilitator: Character, number: int) -> None:
        lines = [line for _, digest in self.w.digests(facilitator) for line in digest.lines]
        if not lines:
            return
        line = self.some(number, lines)
        found = self.new()

        async def reply() -> str | None:
            async with self.w.store.write() as tx:
                return await tx.digests.reply(facilitator.reader, line.id, f"We heard {found}", self.w.now)

        if self.w.do(reply()) is not None:
            (word,) = (self.oracle.words[each] for each in sorted(tokens(line.text))[:1])
            self.oracle.keep(found, facilitator, Kind.REPLY, word.where)
        self.look_round((), FACILITATORS)

    # ---- anything else that can be pressed

    @rule(
        who=PEOPLE,
        action=st.sampled_from(
            (
                Action.READ_ON,
                Action.AGREE,
                Action.DONE,
                Action.ANOTHER,
                Action.WHY,
                Action.PUT_OFF,
                Action.SKIP,
                Action.DECLINE,
                Action.CHOOSE_AGAIN,
                Action.LESS_OFTEN,
                Action.EVERY_WEEK,
                Action.LATER,
                Action.HELP,
                Action.CALL,
                Action.ALONE,
                Action.TOGETHER,
                Action.GO_ON,
                Action.NOT_ON,
                Action.SEND,
            )
        ),
        number=NUMBER,
    )
    def press_anything(self, who: Character, action: Action, number: int) -> None:
        about = ["", "", *self.w.page(who).view.rounds, *self.oracle.opens, *self.oracle.parts, "nonsense"]
        self.press(who, action, self.some(number, about))

    @rule(who=PEOPLE)
    def choose_words_for_oneself(self, who: Character) -> None:
        found = self.new()
        text = f"someone {found}"
        self.deliver(who, self.w.pressed(who, Action.CHOOSE_WORDS, "", {"words": text}), quiet=True)
        if found in tokens(self.w.page(who).view.words_for_me):
            self.oracle.forget_at(Kind.OWN, who, "")
            self.oracle.keep(found, who, Kind.OWN, "")
        self.look_round_for(who)

    @rule(who=PEOPLE, number=NUMBER)
    def ask_to_be_called(self, who: Character, number: int) -> None:
        """Whoever else is on the programme, members too, reads nothing of it."""
        found = self.new()
        callers = list(self.w.page(who).view.callers)
        fields = {"to": self.some(number, callers).person, "how": f"On {found}"}
        self.deliver(who, self.w.pressed(who, Action.ASK_CALL, "", fields), quiet=True)
        for caller in self.w.page(who).view.callers:
            if found in tokens(caller.how):
                self.oracle.keep(found, who, Kind.CALL, caller.call)
        self.look_round_for(who)

    @rule(who=PEOPLE, number=NUMBER)
    def need_no_call(self, who: Character, number: int) -> None:
        asked = [caller.call for caller in self.w.page(who).view.callers if caller.call]
        if asked:
            call = self.some(number, asked)
            self.oracle.forget_at(Kind.CALL, who, call)
            self.press(who, Action.NO_CALL, call)

    # ---- stopping

    @rule(who=PEOPLE, text=st.none() | STOPS)
    def stop(self, who: Character, text: str | None) -> None:
        """From any state, by word or by button: silence at once, and nobody else can tell."""
        others = [each for each in MEMBERS if each != who]
        before = {other: self.w.page(other) for other in others}
        self.deliver(who, self.w.pressed(who, Action.STOP) if text is None else self.w.said(who, text))
        self.oracle.stopped.add(who)
        page = self.w.page(who)
        assert page.view.conversation.standing is Standing.STOPPED, "stop did not work"
        assert CardKind.STOPPED in self.just_posted(page), "nothing says that it has stopped"
        assert {other: self.w.page(other) for other in others} == before, "somebody else's page changed"
        self.look_at_posts()

    @rule(who=PEOPLE)
    def take_back_everything(self, who: Character) -> None:
        self.oracle.take_back_all(who)
        self.press(who, Action.TAKE_BACK_ALL)

    @rule(who=PEOPLE, word=st.booleans())
    def start_again(self, who: Character, word: bool) -> None:
        self.oracle.stopped.discard(who)
        self.deliver(who, self.w.said(who, "Start again") if word else self.w.pressed(who, Action.START))

    @rule(who=PEOPLE)
    def withdraw(self, who: Character) -> None:
        """From any state: nothing is kept and nothing is sent from then on, and nobody else can tell."""
        if who not in self.oracle.agreed:
            self.press(who, Action.WITHDRAW)
            return
        others = [each for each in MEMBERS if each != who]
        before = {other: self.w.page(other) for other in others}
        self.deliver(who, self.w.pressed(who, Action.WITHDRAW))
        self.oracle.withdraw(who, self.shown_up_to(who))
        page = self.w.page(who)
        self.oracle.look(who, page, self.w.now)
        assert page.view.conversation.agreed_at is None, "they agree still"
        assert {other: self.w.page(other) for other in others} == before, "somebody else's page changed"
        self.look_round_for(who)

    @rule(who=PEOPLE)
    def pause(self, who: Character) -> None:
        self.press(who, Action.PAUSE)

    @rule(who=PEOPLE, days=st.integers(-1, 9))
    def go_away(self, who: Character, days: int) -> None:
        """Until a day; one that cannot be chosen changes nothing."""
        back = self.w.now.date() + timedelta(days=days)
        self.deliver(who, self.w.pressed(who, Action.AWAY, "", {"back": back.isoformat()}))
        self.look_round_for(who)

    @rule(who=PEOPLE, hours=HOURS)
    def choose_hours(self, who: Character, hours: tuple[str, str, str]) -> None:
        """Also after a stop; and the partner can tell nothing."""
        partners = PARTNER[who]
        before = self.w.page(partners)
        fields = dict(zip(("zone", "from", "to"), hours, strict=True))
        self.deliver(who, self.w.pressed(who, Action.HOURS, "", fields), quiet=True)
        self.hours[who] = Hours(hours[0], time.fromisoformat(hours[1]), time.fromisoformat(hours[2]))
        assert self.w.page(who).view.hours == self.hours[who]
        assert self.w.page(partners) == before, "the partner can tell that somebody chose hours"
        self.look_round_for(who)

    # ---- time

    @rule(moments=st.integers(1, 6))
    def time_passes(self, moments: int) -> None:
        if self.w.now > self.ends:
            return
        for _ in range(moments):
            moment = self.w.next_moment()
            if moment is not None:
                self.pass_to(max(moment, self.w.now))
        self.look_round(tuple(self.active), FACILITATORS)

    @rule()
    def time_passes_to_the_next_opening(self) -> None:
        if self.w.now > self.ends:
            return
        ahead = [at for at in self.oracle.opens.values() if at > self.w.now]
        if ahead:
            self.pass_through(min(ahead))
            self.look_round(tuple(self.active), FACILITATORS)

    @rule()
    def time_passes_to_the_next_digest(self) -> None:
        if self.w.now > self.ends:
            return
        self.pass_through(next_weekly(programme("", "").digest, self.w.now))
        self.look_round(tuple(self.active), FACILITATORS)

    @rule()
    def a_week_passes(self) -> None:
        if self.w.now > self.ends:
            return
        self.pass_through(self.w.now + timedelta(days=7))
        self.look_round(tuple(self.active), FACILITATORS)

    @rule(hours=st.sampled_from((1, 30, 60, 24 * 21)))
    def nothing_runs_for_a_while(self, hours: int) -> None:
        """The house is down, then finds at once all that fell due."""
        if self.w.now > self.ends:
            return
        self.look_at_posts()
        self.w.sleep_until(self.w.now + timedelta(hours=hours))
        self.after_time()
        self.look_round(tuple(self.active), FACILITATORS)

    # ---- several things at once

    @rule(
        who=st.lists(PEOPLE, min_size=1, max_size=3),
        seed=NUMBER,
        together=st.booleans(),
        kind=st.sampled_from(("say", "say", "skip", "another", "put off", "stop")),
    )
    def the_same_five_times_shuffled(
        self, who: list[Character], seed: int, together: bool, kind: str
    ) -> None:
        """Each delivery comes five times, in any order and perhaps all at once: it has one effect."""
        events: list[tuple[Character, Said | Pressed]] = []
        for each in who:
            events.append((each, self.w.said(each, f"Five times {self.new()}")))
            if kind != "say":
                action = {
                    "skip": Action.SKIP,
                    "another": Action.ANOTHER,
                    "put off": Action.PUT_OFF,
                    "stop": Action.STOP,
                }[kind]
                events.append((each, self.w.pressed(each, action)))
        order = events * 5
        random.Random(seed).shuffle(order)
        if together and kind == "say":
            self.acted |= set(who)
            self.w.at_once(*(self.w.receiving(event) for _, event in order))
            for each, event in events:
                assert isinstance(event, Said)
                self.place(each, event)
        else:
            seen: set[str] = set()
            for each, event in order:
                if event.key not in seen:
                    seen.add(event.key)
                    if isinstance(event, Said):
                        self.take_in_said(each, event)
                    else:
                        self.deliver(each, event)
                        if kind == "stop":
                            self.oracle.stopped.add(each)
                else:
                    before = self.w.fingerprint()
                    self.acted.add(each)
                    assert not self.w.take_in(event).new, "the same delivery counted twice"
                    assert self.w.fingerprint() == before, "the same delivery had a second effect"
        self.look_round_for(*who)
        kept = self.w.words()
        for _, event in events:
            if isinstance(event, Said):
                (found,) = tokens(event.text)
                assert sum(found in tokens(text) for text in kept) <= 1, "one answer was kept twice"

    @rule(who=PEOPLE)
    def two_things_at_once(self, who: Character) -> None:
        """Two different deliveries of one person, and one of their partner's, at the same moment."""
        self.acted |= {who, PARTNER[who]}
        said = [(each, self.w.said(each, f"At once {self.new()}")) for each in (who, who, PARTNER[who])]
        self.w.at_once(*(self.w.receiving(event) for _, event in said))
        for each, event in said:
            self.place(each, event)
        self.look_round_for(who, PARTNER[who])

    @rule(take_back=st.booleans(), who=st.sampled_from((ADA, BEN)), upward=UPWARD)
    def a_choice_races_the_opening(self, take_back: bool, who: Character, upward: Facilitators) -> None:
        """At the very instant of an opening somebody shares, or takes back: it falls on one side of it."""
        ahead = [
            (at, round_id)
            for round_id, at in self.oracle.opens.items()
            if at > self.w.now and who in self.oracle.halves.get(round_id, ())
        ]
        if not ahead:
            return
        opens_at, round_id = min(ahead)
        self.pass_through(opens_at - timedelta(seconds=1))
        mine = [
            name for name, part in self.oracle.parts.items() if (part.author, part.round) == (who, round_id)
        ]
        self.w.house.now = opens_at
        self.acted.add(who)
        yes = "no" if take_back else "yes"
        fields = {f"partner:{part}": yes for part in mine} | {f"facilitators:{p}": upward.value for p in mine}
        self.w.at_once(
            self.w.receiving(self.w.pressed(who, Action.CHOOSE, round_id, fields)), self.w.ticking()
        )
        self.w.wait_until(self.w.now)
        for each in self.oracle.halves[round_id]:
            self.oracle.look(each, self.w.page(each), self.w.now)
        without = self.is_open(self.oracle.counted(round_id))
        before = self.oracle.counted(round_id)
        for part in mine:
            self.oracle.choose(who, part, not take_back, upward, self.w.now)
        with_it = self.is_open(self.oracle.counted(round_id))
        opened = self.w.page(who).view.rounds[round_id].state is RoundState.OPENED
        assert opened in (without, with_it), "the opening fell on neither side of the choice"
        self.oracle.dealt_with.add(round_id)
        if opened:
            sides = self.oracle.counted(round_id) if with_it and not without else before
            shown = self.w.page(PARTNER[who]).view.rounds[round_id].heard
            if with_it and without and not take_back:
                # Open on either side of it: which of my parts count is what it fell on.
                more = self.oracle.counted(round_id)
                sides = more if len(shown) == len(more[who]) else before
            self.oracle.shown[round_id] = set().union(*sides.values())
        self.after_time()
        self.look_round(tuple(self.active), FACILITATORS)

    # ---- doing a thing, and keeping account of it

    def new(self) -> str:
        self.count += 1
        return token(self.count)

    @staticmethod
    def some(number: int, among: list[Any]) -> Any:
        return among[number % len(among)]

    @staticmethod
    def is_open(sides: dict[Character, set[str]]) -> bool:
        return len(sides) == 2 and all(sides.values())

    def parts_on(self, who: Character) -> list[str]:
        """The parts on somebody's page, those of their present round first."""
        view = self.w.page(who).view
        rounds = sorted(view.rounds.values(), key=lambda r: (r.id != view.conversation.round, r.opens_at))
        written: list[Written] = [part for round_ in rounds for part in round_.written]
        return [part.id for part in written]

    def deliver(
        self, who: Character, event: Said | Edited | Pressed | Joined, *, quiet: bool = False
    ) -> None:
        """One delivery, and a look at everything that went out because of it; `quiet` looks later."""
        self.active |= {who: None, PARTNER[who]: None}
        self.acted.add(who)
        assert self.w.take_in(event).new
        page = self.w.page(who)
        if who not in self.oracle.agreed and page.view.conversation.agreed_at is not None:
            assert isinstance(event, Pressed)
            assert event.action is Action.AGREE, "somebody agreed without agreeing"
            self.oracle.agreed.add(who)
        self.oracle.look(who, page, self.w.now)
        if not quiet and not isinstance(event, Said | Edited):
            self.look_at_posts()

    def just_posted(self, page: Page) -> set[CardKind]:
        return {post.kind for post in page.posts if post.posted_at == self.w.now}

    def press(self, who: Character, action: Action, subject: str = "") -> None:
        self.deliver(who, self.w.pressed(who, action, subject))
        self.look_round_for(who)

    def write(self, who: Character, text: str, part: str = "") -> None:
        self.take_in_said(who, self.w.said(who, text, part))
        self.look_round_for(who)

    def take_in_said(self, who: Character, event: Said) -> None:
        self.deliver(who, event)
        page = self.place(who, event)
        (found,) = tokens(event.text)
        if found not in self.oracle.words and (who, event.source) not in self.oracle.messages:
            assert REFUSALS & self.just_posted(page), "words were let fall without a sentence"

    def place(self, who: Character, event: Said) -> Page:
        """Find where somebody's words went, on their own page."""
        (found,) = tokens(event.text)
        page = self.w.page(who)
        self.oracle.look(who, page, self.w.now)
        part = self.oracle.part_with(page, found)
        if part:
            assert who not in self.oracle.stopped, "words were kept after a stop"
            self.oracle.keep(found, who, Kind.ANSWER, part)
            self.oracle.messages[who, event.source] = Message(event.at, found, part)
            self.sources.append((who, event.source))
        return page

    def edit(self, who: Character, source: str, gone: bool, minutes: int) -> None:
        """Change or delete a message; the newest event of it counts, in whatever order they come."""
        at = self.w.now + timedelta(minutes=minutes)
        found = self.new()
        self.deliver(who, self.w.edited(who, source, None if gone else f"Then it read {found}", at))
        known = self.oracle.messages.get((who, source))
        if known is None:
            page = self.w.page(who)
            part = self.oracle.part_with(page, found)
            if part:
                assert who not in self.oracle.stopped, "words were kept after a stop"
                self.oracle.keep(found, who, Kind.ANSWER, part)
            self.oracle.messages[who, source] = Message(at, found, part, gone=gone or not part)
        elif not known.gone and at >= known.at and (gone or who in self.oracle.agreed):
            self.oracle.forget(known.token)
            known.at, known.gone = at, gone
            if not gone:
                known.token = found
                self.oracle.keep(found, who, Kind.ANSWER, known.part)
        self.look_round_for(who)

    def take_in_overtaken(self, original: Said) -> None:
        """The original of what was changed already: its words count no more, whenever it comes."""
        who = who_is(original.account.external)
        self.deliver(who, original)
        self.look_round_for(who)

    def choose(
        self, who: Character, parts: list[str], partner: bool | None, upward: Facilitators | None
    ) -> None:
        fields = {}
        for part in parts:
            if partner is not None:
                fields[f"partner:{part}"] = "yes" if partner else "no"
            if upward is not None:
                fields[f"facilitators:{part}"] = upward.value
            self.oracle.choose(who, part, partner, upward, self.w.now)
        partners = PARTNER[who]
        before = self.w.page(partners)
        self.deliver(who, self.w.pressed(who, Action.CHOOSE, "", fields))
        if not self.oracle.shown:
            assert self.w.page(partners) == before, "the partner can tell that somebody chose"
        self.look_round_for(who)

    def pass_through(self, at: Any) -> None:
        """Let time pass from due moment to due moment."""
        while True:
            moment = self.w.next_moment()
            if moment is None or moment > at:
                break
            self.pass_to(max(moment, self.w.now))
        self.pass_to(at)

    def pass_to(self, at: Any) -> None:
        self.look_at_posts()
        self.w.wait_until(at)
        self.after_time()

    def after_time(self) -> None:
        matters = self.oracle.waits_for_the_clock(self.w.now)
        posts = self.w.new_posts()
        for who in self.active:
            if matters or any(who_is(each.account.external) == who for each in posts):
                self.oracle.look(who, self.w.page(who), self.w.now)
        self.oracle.open(self.w.now)
        self.look_at(posts)
        for facilitator in FACILITATORS:
            if any(each.account == facilitator.account for each in posts):
                self.look_for_new_digests(facilitator)

    # ---- what must be true, whoever did what

    def look_round_for(self, *who: Character) -> None:
        """After somebody did something: they, their partner, one stranger, and the facilitators."""
        stranger = MEMBERS[self.count % len(MEMBERS)]
        self.look_round((*who, *(PARTNER[each] for each in who), stranger), FACILITATORS)

    def look_round(self, members: tuple[Character, ...], facilitators: tuple[Character, ...]) -> None:
        self.look_at_posts()
        for who in dict.fromkeys(members):
            self.look_at_page(who)
        for facilitator in facilitators:
            for summary, digest in self.w.digests(facilitator):
                self.look_at_digest(facilitator, digest)
                assert summary.to_at <= self.w.now
        stray = tokens(self.w.words()) - self.oracle.words.keys()
        assert not stray, f"words that count no more, or never did, are kept: {sorted(stray)}"

    def look_at_page(self, who: Character) -> None:
        page = self.w.page(who)
        self.oracle.look(who, page, self.w.now)
        seen = page.tokens
        leaked = {found for found in seen if not self.oracle.may_see(who, found)}
        assert not leaked, f"{sorted(leaked)} on the page of {NAMES[who.id]}, where they may not stand"
        missing = self.oracle.must_see(who, set(page.view.rounds)) - seen
        assert not missing, f"{sorted(missing)} opened to somebody who cannot see them"
        mine = {
            found
            for found, word in self.oracle.words.items()
            if word.kind is Kind.ANSWER
            and word.author == who
            and self.oracle.parts[word.where].round in page.view.rounds
        }
        assert mine <= seen, f"{sorted(mine - seen)} are kept where their author cannot see them"

    def look_at_posts(self) -> None:
        """What went out since the last look: to whom, what was in it, and whether it may go out at all."""
        self.look_at(self.w.new_posts())

    def look_at(self, posts: list[Outgoing]) -> None:
        for each in posts:
            who = who_is(each.account.external)
            leaked = {f for f in tokens(*strings(each.card)) if not self.oracle.may_see(who, f)}
            assert not leaked, f"{sorted(leaked)} posted to somebody who may not see them"
            unasked = who in self.oracle.stopped and who not in self.acted
            assert not unasked, f"“{each.card.kind}” was posted after a stop"
            if each.card.kind in ONCE:
                name = (who.id, each.card.kind, each.card.subject)
                assert name not in self.posted_once, f"“{each.card.kind}” was posted twice"
                self.posted_once.add(name)
            if each.card.kind in BY_THE_CLOCK - {CardKind.DIGEST}:
                assert who in self.oracle.agreed or who in self.acted, (
                    f"“{each.card.kind}” was posted without consent"
                )
            if each.card.kind in BY_THE_CLOCK:
                assert is_within(self.hours.get(who, who.hours), self.w.now), (
                    f"“{each.card.kind}” was posted outside hours"
                )
                assert who not in self.oracle.stopped, f"“{each.card.kind}” was posted after a stop"
        self.acted.clear()

    def look_at_digest(self, reader: Character, digest: DigestView) -> None:
        """Nothing but lines that are shared upward now, each under the name chosen; unnamed from five on."""
        unnamed = set()
        replies = {f for f in tokens(digest) if self.is_reply_to(reader, f)}
        for line in digest.lines:
            found = tokens(line.text)
            assert found, "a line without its words"
            for each in found:
                assert self.oracle.upward(each, digest.to_at) == line.by, "a line under the wrong name"
                assert self.oracle.words[each].author.tenant == reader.tenant, "words crossed a tenant"
                if not line.by:
                    unnamed.add(self.oracle.words[each].author)
        assert not unnamed or len(unnamed) >= 5, "words without names from fewer than five"
        for beside in digest.beside:
            for each in tokens(beside):
                assert self.oracle.upward(each, digest.to_at), "side by side without both names"
                part = self.oracle.parts[self.oracle.words[each].where]
                assert part.round in self.oracle.shown, "side by side from a round that did not open"
        rest = tokens(digest) - tokens(digest.lines, digest.beside) - replies
        assert not rest

    def is_reply_to(self, reader: Character, found: str) -> bool:
        word = self.oracle.words.get(found)
        return word is not None and word.kind is Kind.REPLY and word.author.tenant == reader.tenant

    def shown_up_to(self, who: Character) -> datetime:
        """Until when the digests reach that their facilitators have."""
        ends = [summary.to_at for summary, _ in self.w.digests(self.facilitator_of(who))]
        return max(ends, default=MONDAY - timedelta(days=7))

    def look_for_new_digests(self, facilitator: Character) -> None:
        """A new digest holds every line that was shared by name in its period."""
        for summary, digest in self.w.digests(facilitator):
            if summary.id in self.digests_seen:
                continue
            self.digests_seen.add(summary.id)
            lines = tokens(digest.lines)
            for found, word in self.oracle.words.items():
                if word.kind is not Kind.ANSWER or not self.is_of(facilitator, word.author):
                    continue
                part = self.oracle.parts[word.where]
                since = self.oracle.upward_since(part)
                if part.facilitators is Facilitators.NAMED and since is not None:
                    due = summary.from_at < since <= summary.to_at
                    assert found in lines or not due, f"{found} was shared by name and is in no digest"

    @staticmethod
    def is_of(facilitator: Character, who: Character) -> bool:
        return facilitator == Machine.facilitator_of(who)

    @staticmethod
    def facilitator_of(who: Character) -> Character:
        return FAY if who in MEMBERS[:6] else XAN


def machine_on(grounds: Grounds, only: Collection[str] = ()) -> type[Machine]:
    """The machine, over databases of one kind; with `only`, nothing but these rules can happen."""
    left_out = [name for name in RULES if only and name not in only]
    return type("Machine", (Machine,), {"grounds": grounds, **dict.fromkeys(left_out)})


RULES = tuple(name for name, each in vars(Machine).items() if hasattr(each, RULE_MARKER))
"""The names of all rules."""
