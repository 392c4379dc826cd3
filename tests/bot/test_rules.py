"""The rules refuse bad questions for the right reason and let good ones through.

Each table is a list of promises: the good pass every rule, the bad fail at least the rules named beside them.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.rules import Kind, Rule, faults, is_open
from bot.questions.wording import blanked, likeness, question_sentence, quotations, reading_grade, sentences

GOOD = [
    "Think of the last decision about your challenge. Where was it really made?",
    "What do you believe about your partner's week that you have never checked?",
    "What do you know about this that your partner cannot know?",
    "What did you last hold back in front of them?",
    "Which word do people use for you that you would never choose?",
    "What would you stop doing if you were certain that they would step in?",
    "What did you go along with this month?",
    "Where does it show who your partner answers to?",
    "If this work ended tomorrow, what would be lost that only the two of you had?",
    "What changed because of you? Name something others could see.",
    "What have you stopped explaining?",
    "What in the other's words did you not know before today?",
    "Which of the other's words would you like to hear more about?",
    "What did you both leave out?",
    "Who was in the room when it was settled?",
    "Can you tell me more about what was at stake?",
    "Why does it matter so much to you?",
    "When the two of you disagree, what happens to your voice?",
    "If they step back, who notices?",
    "What is the difference between what you say and what you would sign?",
    "At whose table does this get talked about last?",
    "What must you never get wrong here?",
    "What would you not say with the door open?",
    "What lay behind the silence after you spoke?",
]

BAD = [
    ("How can you better support your patient leader?", {Rule.LABEL, Rule.ADVICE, Rule.ONE_SIDED}),
    ("Don't you think trust takes time?", {Rule.LEADING, Rule.OPEN}),
    ("How did that make you feel and what will you do next?", {Rule.SINGLE, Rule.THERAPY}),
    ("On a scale from 1 to 10, how equal is your relationship?", {Rule.SCALE}),
    ("Why didn't you speak up?", {Rule.BLAME}),
    ("What are your key learnings around co-production?", {Rule.JARGON, Rule.ANYBODY}),
    ("Have you tried telling them?", {Rule.ADVICE, Rule.OPEN}),
    ("Tell me about a time you felt vulnerable.", {Rule.PRESUMES, Rule.DEMAND, Rule.FEELING}),
    # The same faults in other words: the rules are about kinds of sentence.
    ("How could you empower your service user leader more?", {Rule.LABEL, Rule.ADVICE, Rule.JARGON}),
    ("Isn't it hard to share a table with them?", {Rule.LEADING, Rule.OPEN}),
    ("You both want the same thing, don't you?", {Rule.LEADING, Rule.OPEN}),
    ("What did they obviously get wrong?", {Rule.LEADING}),
    ("Who decided, and when were you told?", {Rule.SINGLE}),
    ("What was said and how?", {Rule.SINGLE}),
    ("Which of you waits longer, and for what?", {Rule.SINGLE}),
    ("What happened? What did you do?", {Rule.ONE_MARK}),
    ("What they left out.", {Rule.ONE_MARK}),
    ("How much of the talking did you do?", {Rule.OPEN}),
    ("When did you last meet?", {Rule.OPEN}),
    ("What is your partner's job title?", {Rule.OPEN}),
    ("Who is your partner?", {Rule.OPEN}),
    ("Did anything change?", {Rule.OPEN}),
    ("Out of ten, how would you rate the last meeting?", {Rule.SCALE}),
    ("Why did you let it go?", {Rule.BLAME}),
    ("How could you leave that to them?", {Rule.BLAME}),
    ("Whose fault was the delay?", {Rule.BLAME}),
    ("What if you asked them directly?", {Rule.ADVICE}),
    ("What could your partner do to be more open?", {Rule.ADVICE}),
    ("What will help to build trust between you?", {Rule.ADVICE}),
    ("What is stopping you from asking them?", {Rule.BLAME}),
    ("What did you do wrong?", {Rule.BLAME}),
    ("What did you feel when it ended?", {Rule.THERAPY}),
    ("What is your view of shared leadership?", {Rule.ANYBODY}),
    ("Which of these was it: the money, the time or the people?", {Rule.OPEN}),
    ("Would you say you are equal?", {Rule.OPEN}),
    ("Given that trust comes first, what comes next?", {Rule.LEADING}),
    ("It must be hard for you. Who knows about it?", {Rule.VOICE}),
    ("Maybe you should talk first. What would happen then?", {Rule.ADVICE}),
    ("What should you do about the gap?", {Rule.ADVICE}),
    ("Would it help to meet without the others?", {Rule.ADVICE, Rule.OPEN}),
    ("What does the doctor in the pair never hear?", {Rule.LABEL}),
    ("What did your lived experience bring to it?", {Rule.LABEL, Rule.ONE_SIDED}),
    ("What do managers not see here?", {Rule.LABEL}),
    ("What made you so defensive in that meeting?", {Rule.LABEL, Rule.PRESUMES}),
    ("What are you angry about this week?", {Rule.FEELING}),
    ("How are you feeling about the work?", {Rule.THERAPY}),
    ("What comes up for you when they speak?", {Rule.THERAPY}),
    ("Share what you learned. What was it?", {Rule.DEMAND}),
    ("Tell me what was decided?", {Rule.DEMAND}),
    ("What did they say? Describe every part of it in as much detail as you can.", {Rule.DEMAND}),
    ("Think of a day when you felt ignored. What happened?", {Rule.PRESUMES}),
    ("What went well this week?", {Rule.ANYBODY}),
    ("What are your main challenges?", {Rule.ANYBODY}),
    ("What does good leadership look like to you?", {Rule.ANYBODY}),
    ("Which stakeholders need more engagement?", {Rule.JARGON}),
    ("What does your organisation want from this?", {Rule.ONE_SIDED}),
    ("When you were ill, what did you need from people?", {Rule.ONE_SIDED}),
    ("Great! What happened next?", {Rule.VOICE}),
    ("Thank you for sharing. What else was there?", {Rule.VOICE}),
    (
        "What did you and your partner say to each other in the last of the long meetings that you had with "
        "all of the others before the end of the year?",
        {Rule.LENGTH},
    ),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_question_passes_every_rule(text: str) -> None:
    assert faults(text) == ()


@pytest.mark.parametrize(("text", "rules"), BAD)
def test_a_bad_question_fails_for_its_own_reason(text: str, rules: set[Rule]) -> None:
    assert rules <= {fault.rule for fault in faults(text)}


def test_every_rule_can_be_broken() -> None:
    shown = {rule for _, rules in BAD for rule in rules}
    assert set(Rule) - shown == {Rule.PLAIN, Rule.ECHO, Rule.REPEAT}, "those three have tests of their own"


def test_a_fault_names_the_words_it_is_about() -> None:
    (fault,) = (fault for fault in faults("What do clinicians miss?") if fault.rule is Rule.LABEL)
    assert "clinicians" in fault.why


def test_words_a_person_chose_are_not_held_against_a_question() -> None:
    text = "What does a service user see in that room that others miss?"
    assert {fault.rule for fault in faults(text)} == {Rule.LABEL}
    assert faults(text, own_words={"service user"}) == ()


def test_one_chosen_word_does_not_open_the_door_to_another() -> None:
    text = "What does a patient see in that room?"
    assert Rule.LABEL in {fault.rule for fault in faults(text, own_words={"service", "user", "carer"})}


def test_two_chosen_words_do_not_join_into_a_label() -> None:
    text = "What does a service user see in that room?"
    assert Rule.LABEL in {fault.rule for fault in faults(text, own_words=("service", "user"))}


ANSWER = "They thanked me for my story. I was furious, and I let it go."


@pytest.mark.parametrize(
    "text",
    [
        "You wrote “furious”. What was it protecting?",
        "You wrote “I let it go”. What stays with you from that?",
        "What did being furious tell you?",
        "You wrote “They thanked me for my story”. What happened next?",
        "You wrote “I was furious”. What would you like to be understood about that?",
        "You wrote “I was furious”. If you wrote one more line after that, what would it say?",
    ],
)
def test_a_follow_up_in_their_own_words_passes(text: str) -> None:
    assert faults(text, kind=Kind.MADE, answer=ANSWER) == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("What was your anger protecting?", Rule.FEELING),
        ("What happened after that?", Rule.ECHO),
        ("You wrote “I was livid”. What was that about?", Rule.ECHO),
        ("You wrote “furious”. Why didn't you say so?", Rule.BLAME),
        ("You wrote “furious”. Was it about the story?", Rule.OPEN),
    ],
)
def test_a_follow_up_that_strays_from_their_words_is_refused(text: str, rule: Rule) -> None:
    assert rule in {fault.rule for fault in faults(text, kind=Kind.MADE, answer=ANSWER)}


def test_a_follow_up_without_an_answer_cannot_echo() -> None:
    assert Rule.ECHO in {fault.rule for fault in faults("What did the silence mean to you?", kind=Kind.MADE)}


def test_the_banks_own_follow_ups_owe_no_echo() -> None:
    assert faults("What happened just before that?", kind=Kind.FALLBACK, answer=ANSWER) == ()


def test_quotation_marks_hide_nothing_when_nobody_was_quoted() -> None:
    assert Rule.LABEL in {fault.rule for fault in faults("What does “patient” leave out?")}


def test_what_a_person_wrote_is_quoted_with_its_question_mark() -> None:
    answer = "I asked them: who is this for? Nobody spoke."
    assert faults("You wrote “who is this for?”. What happened next?", kind=Kind.MADE, answer=answer) == ()


def test_curly_and_straight_apostrophes_are_the_same() -> None:
    assert {fault.rule for fault in faults("Why didn’t you ask?")} == {
        fault.rule for fault in faults("Why didn't you ask?")
    }


def test_a_question_asked_before_is_a_repeat_in_slightly_other_words() -> None:
    earlier = ("What did you go along with this month?",)
    assert Rule.REPEAT in {f.rule for f in faults("What did you go along with last month?", earlier=earlier)}
    assert faults("What did you hold on to when nobody else did?", earlier=earlier) == ()


def test_plain_english_is_judged_by_whoever_counts_syllables() -> None:
    def vowels(word: str) -> int:
        return max(1, len(re.findall(r"[aeiouy]+", word)))

    hard = "What organisational responsibilities determine accountability here?"
    assert Rule.PLAIN in {fault.rule for fault in faults(hard, syllables=vowels)}
    assert Rule.PLAIN not in {fault.rule for fault in faults(hard)}
    assert faults("What did you leave out?", syllables=vowels) == ()


OPEN = [
    "What did you see?",
    "So, um, how- how did that go?",
    "Tell me more about the meeting.",
    "Can you say a bit more about that?",
    "And your partner, what do they say?",
    "I wonder what they made of it.",
    "If it stopped, who would mind?",
    "What would you do if they said no?",
    "Anything else?",
]
CLOSED = [
    "Did you see it?",
    "So you went?",
    "It was fine, right?",
    "How often do you meet?",
    "When was that?",
    "Have you got what you need?",
    "I wonder if you could meet them.",
    "Okay, and do they know?",
    "That was hard, wasn't it?",
    "What number would you give it?",
]


@pytest.mark.parametrize("text", OPEN)
def test_an_invitation_is_open(text: str) -> None:
    assert is_open(text)


@pytest.mark.parametrize("text", CLOSED)
def test_a_check_is_closed(text: str) -> None:
    assert not is_open(text)


def test_quoting_does_not_open_a_closed_question() -> None:
    assert not is_open("You wrote “what a day”. Was it?")


def test_a_text_is_taken_apart_where_a_reader_would() -> None:
    text = "You wrote “who asked? Nobody.” What happened next?"
    assert quotations(text) == ("who asked? Nobody.",)
    assert question_sentence(blanked(text)) == "What happened next?"
    assert sentences("One. Two? Three") == ("One.", "Two?", "Three")


def test_longer_sentences_and_words_read_harder() -> None:
    def vowels(word: str) -> int:
        return max(1, len(re.findall(r"[aeiouy]+", word)))

    assert reading_grade("Who spoke? Who left?", vowels) < reading_grade(
        "Who spoke before everybody left?", vowels
    )
    assert reading_grade("", vowels) == 0.0


@given(st.text(max_size=300), st.sampled_from(Kind), st.one_of(st.none(), st.text(max_size=80)))
def test_nothing_that_can_be_typed_breaks_the_rules(text: str, kind: Kind, answer: str | None) -> None:
    found = faults(text, kind=kind, answer=answer, syllables=len)
    assert len({fault.rule for fault in found}) == len(found)
    assert is_open(text) in (True, False)


@given(st.text(max_size=100))
def test_a_text_without_a_question_mark_is_never_a_question(text: str) -> None:
    assert faults(text.replace("?", ""))


@given(st.sampled_from(GOOD), st.sampled_from(GOOD))
def test_likeness_is_mutual_and_whole_only_for_the_same(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert (likeness(one, other) == 1.0) == (one == other)
