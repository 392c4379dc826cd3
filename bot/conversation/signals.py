"""What in a clause is worth asking about: a strong feeling, an assumption about somebody, an obligation.

A signal is a subject and a pattern that fill the clause from its first word, never a lone word in it:
"I was furious" is one, "a furious meeting" and "he said I was furious" are none. It chooses one question and
is forgotten: nothing here is kept, since a stored "anger" would be a label.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bot.conversation.clauses import Clause, Lexicon
from bot.conversation.grammar import ABOUT, AFTER_A_FEELING, NEGATIONS, TELLS


class Signal(StrEnum):
    """What was heard, as finely as the questions need it. TOLD: the words say what it was about."""

    FEELING_NOW = "feeling-now"
    FEELING_PAST = "feeling-past"
    FEELING_TOLD = "feeling-told"
    GLAD_NOW = "glad-now"
    GLAD_PAST = "glad-past"
    GLAD_TOLD = "glad-told"
    ASSUMPTION = "assumption"
    ASSUMPTION_OWNED = "assumption-owned"
    DUTY_NOW = "duty-now"
    DUTY_BEING = "duty-being"
    DUTY_PAST = "duty-past"
    RULE_NOW = "rule-now"
    RULE_PAST = "rule-past"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The lexicon, compiled. Built once for each lexicon."""

    feeling: re.Pattern[str]
    feeling_verb: re.Pattern[str]
    lone_feeling: re.Pattern[str]
    belief: re.Pattern[str]
    denial: re.Pattern[str]
    mood: re.Pattern[str]
    duty: re.Pattern[str]
    rule: re.Pattern[str]
    charge: re.Pattern[str]


_US = re.compile(r"\b(?:me|us|my|our|i|we|i'm|we're)\b")
_VIEWS = re.compile(r"\b(?:should|ought|must|shouldn't|yet)\b")


def find(clause: Clause, lexicon: Lexicon, *, alone: bool) -> Signal | None:
    """The signal of a clause that begins with its subject; None for most. `alone`: it is a whole sentence."""
    patterns = compile_patterns(lexicon)
    if alone and patterns.lone_feeling.fullmatch(clause.text):
        return Signal.FEELING_NOW
    return (
        _hear_feeling(clause, lexicon, patterns)
        or _hear_assumption(clause, patterns)
        or _hear_obligation(clause, lexicon, patterns)
    )


def _hear_feeling(clause: Clause, lexicon: Lexicon, patterns: Patterns) -> Signal | None:
    text = clause.text
    if verb := patterns.feeling_verb.match(text):
        tail = text[verb.end() :].split()
        bare = not tail and " " not in verb["verb"]
        dull = bare or tail in (["it"], ["that"]) or not lexicon.literal_objects.isdisjoint(tail[:1])
        return None if dull or _denies(tail) or _is_cut_from_its_when(clause) else Signal.FEELING_TOLD
    found = patterns.feeling.match(text)
    if found is None or (clause.mark in ("", ",") and clause.after in NEGATIONS):
        return None  # "I was angry, not hurt"
    word, past, tail = found["word"], found["past"] is not None, text[found.end() :].split()
    if _denies(tail) or (tail and not _may_follow(tail[0]) and tail[0] not in lexicon.feelings):
        return None
    felt = any(w.startswith("fe") for w in found["be"].split())
    if word in lexicon.felt_only and not felt and (past or "get" in found["be"] or word in lexicon.glad):
        return None
    following = tail[0] if tail else clause.after if clause.mark == "" or clause.after == "because" else ""
    if word in lexicon.weary and following not in ("of", "by"):
        return None
    if word in lexicon.willing and following == "to":
        return None
    if word in lexicon.fears and _is_polite_or_grave(word, tail, past):
        return None
    if not past and _is_cut_from_its_when(clause):
        return None
    told = following in ABOUT or not TELLS.isdisjoint(tail) or len(tail) > 5
    if word in lexicon.glad:
        return Signal.GLAD_TOLD if told else Signal.GLAD_PAST if past else Signal.GLAD_NOW
    return Signal.FEELING_TOLD if told else Signal.FEELING_PAST if past else Signal.FEELING_NOW


def _hear_assumption(clause: Clause, patterns: Patterns) -> Signal | None:
    text = clause.text
    found = patterns.belief.match(text) or patterns.denial.match(text) or patterns.mood.match(text)
    if found is None or _VIEWS.search(text) or _is_cut_from_its_when(clause):
        return None
    if found.re is patterns.belief and found.end() == len(text) and " " not in found["view"]:
        return None
    if found.groupdict().get("about_us") is not None and not _US.search(text, found.end()):
        return None
    return Signal.ASSUMPTION_OWNED if found["owned"] else Signal.ASSUMPTION


def _hear_obligation(clause: Clause, lexicon: Lexicon, patterns: Patterns) -> Signal | None:
    text = clause.text
    if _is_cut_from_its_when(clause) or clause.after in ("because", "otherwise") or " because " in text:
        return None  # where it comes from has been told
    if found := patterns.duty.match(text):
        past = found["past"] is not None
        if found["verb"] in lexicon.imposed_verbs:
            return Signal.RULE_PAST if past else Signal.RULE_NOW
        if "myself" in text.split():
            return None
        if past:
            return Signal.DUTY_PAST
        return Signal.DUTY_BEING if found["verb"].startswith("be ") else Signal.DUTY_NOW
    if found := patterns.rule.match(text):
        if found["past"]:
            return Signal.RULE_PAST if found["verb"].startswith("be ") else None  # else a plan, not a rule
        return Signal.RULE_NOW
    if found := patterns.charge.match(text):
        return Signal.DUTY_NOW if found["job"] else Signal.DUTY_BEING
    return None


def _denies(tail: list[str]) -> bool:
    return bool(tail) and (tail[0] in NEGATIONS or tail[0].endswith("n't") or tail[:2] == ["any", "more"])


def _may_follow(word: str) -> bool:
    """What can follow an adjective that stands alone; before a noun it would only describe the noun."""
    return word in AFTER_A_FEELING or word.endswith(("ing", "ly", "n't"))


def _is_polite_or_grave(word: str, tail: list[str], past: bool) -> bool:
    """'I am afraid not' is politeness; to fear a person may be danger, and is no matter for a question."""
    if not past and tail[:1] not in (["of"], ["to"]) and (word == "afraid" or not tail):
        return True
    return tail[:1] == ["of"] and tail[1:2] in (["him"], ["her"], ["them"], ["my"], ["going"], ["what"])


def _is_cut_from_its_when(clause: Clause) -> bool:
    """'I feel small' said of 'when she opens her folder': the cut would make it hold for always."""
    return clause.mark in ("", ",") and clause.after in ("when", "while", "where", "once", "whenever")


@lru_cache(maxsize=4)
def compile_patterns(lexicon: Lexicon) -> Patterns:
    deg = f"(?: {_any(lexicon.degrees)})*"
    adv = f"(?: {_any(lexicon.adverbs)})*"
    adjective = f"(?P<word>{_any(lexicon.feelings | lexicon.glad | lexicon.felt_only | lexicon.weary)})"
    hedge = "(?:i (?:think|guess|suppose)(?: that)? |maybe |perhaps )?"
    view = "(?:think|feel|reckon|suspect|believe|guess|suppose)(?: like)?(?: that)?"
    someone = rf"(?:maybe |perhaps )?(?P<owned>i (?:really |still |just )?{view} )?(?:he|she|they)"
    now = (
        rf"(?:i'm|we're){deg}(?: left)?(?: feeling)?|(?:i've|we've){deg} been(?: feeling)?"
        rf"|(?:i|we){deg} (?:am|are|feel|get|have been)(?: feeling)?"
    )
    went = r"(?:left|(?:came|went|walked|drove|sat|stood) (?:away|out|home|off|there|back))(?: feeling)?"
    past = rf"(?:i|we){deg} (?:was|were|felt|got|had been|{went}|ended up)(?: left)?(?: feeling)?"
    duty = f"(?P<verb>{_any(lexicon.duty_verbs | lexicon.imposed_verbs)}|be {_any(lexicon.duty_being)})"
    about_us = _any(lexicon.mind_verbs_about_us)
    must = "must|should|ought to"
    expected = "(?:supposed|meant|expected) to"
    return Patterns(
        feeling=re.compile(rf"^{hedge}(?P<be>(?P<now>{now})|(?P<past>{past})){deg} {adjective}(?= |$)"),
        feeling_verb=re.compile(rf"^{hedge}(?:i|we){deg} (?P<verb>{_any(lexicon.feeling_verbs)})(?= |$)"),
        lone_feeling=re.compile(rf"(?:{_any(lexicon.degrees)} )?{_any(lexicon.feelings)}"),
        belief=re.compile(
            rf"^{someone}{adv} (?P<view>{_any(lexicon.mind_verbs)}|(?P<about_us>{about_us}))(?= |$)"
        ),
        denial=re.compile(
            rf"^{someone}{adv} (?:(?:don't|doesn't|do not|does not){adv} {_any(lexicon.denied)}(?= |$)"
            rf"|(?:didn't|did not){adv} {_any(lexicon.denied_past)}(?= |$))"
        ),
        mood=re.compile(
            rf"^{someone}(?:(?:'s|'re){adv}|{adv} (?:is|are|seems?|seemed|feels?|looked){adv})"
            rf"(?: not)?{adv} {_any(lexicon.moods_of_others)}(?= |$)"
        ),
        duty=re.compile(
            rf"^(?:(?:i|we){adv} (?:have|have got|end up having|keep having|(?P<past>had|ended up having))"
            rf"|(?:i've|we've){adv} got|(?:i'm|we're){adv} having) to{adv} {duty}(?= |$)"
        ),
        rule=re.compile(
            rf"^(?:(?:i|we){adv} (?:{must})"
            rf"|(?:(?:i'm|we're)|(?:i|we) (?:am|are|(?P<past>was|were))){adv} {expected})"
            rf"{adv} {duty}(?= |$)"
        ),
        charge=re.compile(
            rf"^(?:(?:i'm|we're|(?:i|we) (?:am|are|feel)){adv} responsible for (?=\w)"
            rf"|(?P<job>(?:my|our) (?:job|role) is to) {duty}(?= |$))"
        ),
    )


def _any(words: frozenset[str]) -> str:
    """An alternation, longest first, so that a phrase wins over its first word."""
    return f"(?:{'|'.join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))})"
