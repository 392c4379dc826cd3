"""The property that everything serves: what the partner does cannot be told from what I see, until the opening.

Two runs that differ only in what the partner did are equal for me to the byte, in pages, posts, cards and
times. At the opening they differ by one bit and by the opened words, and the rounds that follow again in
nothing else. The runs are compared with one in which the partner does as little as that outcome needs.
"""

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from bot.messages import CardKind
from tests.properties.conftest import TIMES
from tests.properties.runs import (
    MOMENTS,
    OPENING,
    PRIVATE,
    SECOND_OPENING,
    Do,
    Note,
    Script,
    Told,
    differences,
    play,
    without_the_words,
)
from tests.properties.world import Grounds

EXAMPLES = {"sqlite": 2 * TIMES, "postgresql": TIMES}
"""How many drawn scripts each of mine is played against, besides the three that are always played."""

MINE: dict[str, Script] = {
    "I share at once": {0: (Do.SHARE,), 9: (Do.WHY,), 10: (Do.SHARE,)},
    "I do nothing": {},
    "I ask for another, put it off and answer late": {
        0: (Do.ANOTHER, Do.WHY, Do.PUT_OFF),
        4: (Do.SHARE_MORE,),
        10: (Do.ANOTHER, Do.SKIP),
    },
    "I share, stop, and start again": {0: (Do.SHARE,), 3: (Do.STOP,), 8: (Do.START,)},
    "I share, withdraw, and agree again": {0: (Do.SHARE,), 3: (Do.WITHDRAW,), 8: (Do.AGREE,)},
}


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """What the partner does: one or two things in some of the moments; often a whole answer early on."""
    script: dict[int, tuple[Do, ...]] = {}
    if draw(st.booleans()):
        script[0] = (draw(st.sampled_from((Do.SHARE, Do.SHARE_MORE, Do.ANSWER, Do.WRITE, Do.SHARE_UP))),)
    busy = draw(st.lists(st.integers(0, len(MOMENTS) - 1), max_size=6, unique=True))
    for number in sorted(busy):
        more = draw(st.lists(st.sampled_from(PRIVATE), min_size=1, max_size=2))
        script[number] = script.get(number, ()) + tuple(more)
    return script


class Comparison:
    """Runs against one script of mine; each is compared with one that came out the same for me."""

    def __init__(self, grounds: Grounds, mine: Script) -> None:
        self.grounds = grounds
        self.mine = mine
        self.nothing = play(grounds, mine, {})
        self.after_first = {self.nothing.first: self.nothing}
        self.after_second = {(self.nothing.first, self.nothing.second): self.nothing}

    def check(self, theirs: Script) -> Told:
        told = play(self.grounds, self.mine, theirs)
        early = differences(told.notes[:OPENING], self.nothing.notes[:OPENING])
        assert not early, f"before the opening I can tell what the partner did: {early}"
        twin = self.after_first.setdefault(told.first, told)
        between = differences(told.notes[:SECOND_OPENING], twin.notes[:SECOND_OPENING])
        assert not between, f"between two openings I can tell what the partner did: {between}"
        twin = self.after_second.setdefault((told.first, told.second), told)
        late = differences(told.notes, twin.notes)
        assert not late, f"after the same openings I can tell what else the partner did: {late}"
        self.one_bit(told)
        return told

    def one_bit(self, told: Told) -> None:
        """However it came out: as many posts at the same times, and one of two kinds at the opening."""
        for mine, plain in zip(told.notes[: SECOND_OPENING + 1], self.nothing.notes, strict=False):
            assert _times(mine) == _times(plain), "whether it opened shows in more than what the notice says"
        if told.first is not None:
            for other in self.after_first.values():
                if other.first is not None and len(other.first) == len(told.first):
                    here, there = told.notes[OPENING], other.notes[OPENING]
                    blank = without_the_words(here, told.first), without_the_words(there, other.first)
                    assert blank[0] == blank[1], "two openings differ by more than the opened words"


def _times(note: Note) -> list[tuple[str, object]]:
    notice = {CardKind.OPENED.value, CardKind.NOT_OPENED.value}
    # After two that did not open something is offered, which follows from what both have seen.
    kinds = [(kind, at) for _, kind, _, at in note.posts if kind != CardKind.ALONE_OFFER.value]
    return [("notice" if kind in notice else kind, at) for kind, at in kinds]


ALL = [("sqlite", mine) for mine in MINE]
SOME = [("postgresql", "I share at once"), ("postgresql", "I share, stop, and start again")]


@pytest.mark.slow
@pytest.mark.parametrize(("grounds", "mine"), [*ALL, *SOME], indirect=["grounds"])
def test_what_the_partner_does_cannot_be_told_from_anything_that_i_see(grounds: Grounds, mine: str) -> None:
    comparison = Comparison(grounds, MINE[mine])

    @given(theirs=scripts())
    @example(theirs={0: (Do.SHARE,)})
    @example(theirs={0: (Do.SHARE_OTHER,), 2: (Do.STOP,)})
    @example(theirs={0: (Do.SHARE, Do.WITHDRAW), 2: (Do.AGREE, Do.SHARE_NOW), 8: (Do.WITHDRAW,)})
    @example(theirs={0: (Do.SHARE, Do.TAKE_BACK), 1: (Do.PAUSE,)})
    @example(theirs={0: (Do.OTHER_HOURS,), 4: (Do.AWAY, Do.LESS_OFTEN), 7: (Do.HOURS, Do.EVERY_WEEK)})
    @settings(max_examples=EXAMPLES[grounds.backend], phases=(Phase.explicit, Phase.generate))
    def alike(theirs: Script) -> None:
        comparison.check(theirs)

    alike()


@pytest.mark.slow
def test_my_next_question_does_not_depend_on_which_questions_the_partner_swapped_in(
    sqlite_grounds: Grounds,
) -> None:
    comparison = Comparison(sqlite_grounds, {9: (Do.WHY,)})
    for theirs in ((Do.ANOTHER,) * 3, (Do.ANOTHER, Do.SHARE, Do.UNNAMED), (Do.SKIP,)):
        told = comparison.check({0: theirs, 10: theirs})
        assert told.notes[-1].page == comparison.nothing.notes[-1].page


@pytest.mark.slow
def test_the_comparison_sees_an_opening(sqlite_grounds: Grounds) -> None:
    mine = MINE["I share at once"]
    opened = play(sqlite_grounds, mine, {0: (Do.SHARE,)})
    assert opened.first is not None
    found = differences(opened.notes, play(sqlite_grounds, mine, {}).notes)
    assert found[0].startswith("Thu 19 17:00")
