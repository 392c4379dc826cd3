"""When an answer is met with where people can turn. Every line here is invented.

The floor misses people: these tests hold what it must never miss, and what it must never take for danger.
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety.signpost import Floor, Signpost, compile_phrase, needs_care, rests_questions
from prompts.signposts import FaultySignposts, load_floor, load_signposts, parse_floor, parse_signposts

FLOOR = load_floor()

NAMED = """
I want to kill myself
i wanna die
I just want to die, nothing helps
Sometimes I think about suicide.
I have been having suicidal thoughts since March
Last year I tried to take my own life
I don’t want to be alive
I dont want to live any more
I wish I was dead
I wish I'd never been born
They would all be better off without me
I can't see the point of it, no reason to go on.
I have started to self-harm again
I've been self harming
I burned myself on purpose
I keep hurting myself and hiding it
I took an overdose on Sunday
He overdosed and I found him
My husband hits me
my carer slaps me when nobody is there
He threatened to kill me
I was abused as a child and this brings it back
My son is being abused in that home
She was raped
I am scared to go home
We had a safeguarding concern about her and nobody rang back
I am afraid I will hurt someone.
I keep having thoughts of killing people
I don't feel safe at home
I never thought I would want to die
I don't know if I want to live
I want to end it all
I am so tired of living.
im planning to kill him tonight
It would be easier if I wasn't here.
I AM GOING TO KILL MYSELF
i’m not joking, i am going to end my own life
""".strip().splitlines()

NO_RISK = """
This is killing me, three forms for one bus fare.
The acronyms are killing me
I was dying to say something
We are dying for a decision
They want to kill the project
The board killed our idea in two minutes.
Over my dead body will we do another survey.
That timetable is a suicide mission
It would be career suicide to say that out loud.
I could have killed him when he read out my line.
My manager is going to kill me when she sees the budget
I am furious. I am absolutely raging, and I have every right to be.
I hate him. I hate the lot of them.
I wanted to die of embarrassment when the slide came up
I nearly died when they asked me to chair
The idea died a death in committee
The conversation died.
I have been killing myself over this report
I am not suicidal, I am angry.
I never said I wanted to hurt anyone.
It is an abuse of power and they know it
They abused our trust
I work on suicide prevention with the council
She runs the domestic abuse service and I sit on its board.
I have done the safeguarding training twice
It hit me that nobody had asked.
He hit me with another form
She beat me to it
I cut myself off from the group for a month
We shot ourselves in the foot
I was thrown under the bus in that meeting
He stabbed me in the back
I did not want to be here tonight, the trains were a mess.
I do not want to be here for the photo only.
I live with it, you live with it, they do not.
There is no point going on about the minutes
The board would be better off without me, I only slow it down.
I feel invisible in that room
I have had enough of being consulted
I lost the will to live somewhere around slide forty.
I will fight them on this
I gave up on that committee
I disappeared for a week to finish it
We cut the budget and I felt like a murderer of good ideas
I overdosed on acronyms this week
I would rather die than sit through that again
""".strip().splitlines()

RESTS = """
My mum died on Friday
We lost my brother in spring and I have not said it here.
The funeral is tomorrow so I cannot come
I was assaulted on the way home
He was stabbed outside the clinic
We are homeless from Monday
I am sleeping in my car
They evicted us
I cannot go on
I can't cope any more
I am at the end of my tether.
A patient on my ward passed away this morning
I feel hopeless
""".strip().splitlines()


@pytest.mark.parametrize("line", NAMED)
def test_harm_that_is_named_is_met_with_signposts(line: str) -> None:
    assert needs_care(line, FLOOR)
    assert rests_questions(line, FLOOR)


@pytest.mark.parametrize("line", NO_RISK)
def test_anger_idiom_denial_and_the_language_of_services_are_not_risk(line: str) -> None:
    assert not needs_care(line, FLOOR)
    assert not rests_questions(line, FLOOR)


@pytest.mark.parametrize("line", RESTS)
def test_loss_violence_no_home_and_no_strength_rest_the_questions_without_being_called_danger(
    line: str,
) -> None:
    assert rests_questions(line, FLOOR)
    assert not needs_care(line, FLOOR)


def test_harm_is_heard_in_the_middle_of_a_long_answer_and_after_an_idiom() -> None:
    talk = "We met on Tuesday and the minutes were wrong again. "
    assert needs_care(talk * 50 + "This is killing me. I want to kill myself. " + talk * 50, FLOOR)


def test_a_denial_covers_only_what_it_denies() -> None:
    assert not needs_care("I am not saying I want to die.", FLOOR)
    assert needs_care("I am not angry. I want to die.", FLOOR)
    assert needs_care("It is not the meeting, I want to die", FLOOR)


def test_curly_apostrophes_capitals_and_line_breaks_change_nothing() -> None:
    assert needs_care("I DON’T WANT\nTO LIVE ANYMORE", FLOOR)


@given(st.text())
@settings(deadline=None)
def test_any_text_is_answered(text: str) -> None:
    assert needs_care(text, FLOOR) in (True, False)
    assert rests_questions(text, FLOOR) or not needs_care(text, FLOOR)


def test_a_hundred_kilobytes_are_read_in_a_moment() -> None:
    text = "I was furious because nobody asked me, and I can't go on holiday. " * 1600
    started = time.process_time()
    assert not needs_care(text, FLOOR)
    assert time.process_time() - started < 1


def test_the_signposts_name_the_four_ways_and_a_programme_can_give_its_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    hows = " ".join(signpost.how for signpost in load_signposts())
    assert all(way in hows for way in ("999", "111", "option 2", "116 123", "SHOUT", "85258"))
    own = tmp_path_factory.mktemp("own") / "ours.toml"
    own.write_text(
        '[[signpost]]\nname = "Duty desk"\nhow = "Ring 1"\nwhen = "days"\nabout = "Ours."\n', "utf-8"
    )
    assert load_signposts(own) == (Signpost("Duty desk", "Ring 1", "days", "Ours."),)


def test_a_faulty_file_is_refused_with_every_fault_named() -> None:
    with pytest.raises(FaultySignposts, match=r"how is missing.*when is missing.*phone is unknown"):
        parse_signposts({"signpost": [{"name": "A", "about": "B", "phone": "1"}]})
    with pytest.raises(FaultySignposts, match=r"unknown group 'who'.*rests: no phrase.*harmless: no phrase"):
        parse_floor({"risk": {"a": ["kill <who>"]}})


def test_a_phrase_may_not_end_in_a_word_that_can_be_left_out() -> None:
    # "want to be (alive)" would also mean "want to be", and meet every wish with an ambulance.
    for faulty in ("want to be (alive)", "", ".. die", "Kill", "don't"):
        with pytest.raises(ValueError, match=r"no word|is empty"):
            compile_phrase(faulty)


def test_the_floor_does_not_show_itself_empty() -> None:
    assert all(len(phrases) > 20 for phrases in (FLOOR.risk, FLOOR.rests, FLOOR.harmless))
    assert not needs_care("I want to kill myself", Floor(("nothing",), ("nothing",), ("nothing",)))
