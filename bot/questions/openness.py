"""Whether a question is open: does it invite more than yes, no, a number, a date or a name?

The last thing asked decides, because that is what gets answered. Written for how people type and speak,
so fillers and stutters are forgiven. It looks at the form of a question only, never at its subject.
"""

import re

from bot.questions.patterns import AUXILIARY
from bot.questions.wording import plain, sentences, without_quotations

_WH = r"(?:what|how|why|where|who|whom|whose|which)"

_FILLER = re.compile(
    r"^(?:[\s,.;:…\-–—\"“”]+|(?:and|but|so|or|okay|ok|um+|uh+|er|erm|h?mm+|mhm|well|yeah|yes|no|right|"
    r"now|then|oh|ah|"
    r"wow|all right|alright|great|good|sure|fine|look|i guess|i mean|you know|like|just|because|"
    r"'cause|also|again|"
    r"maybe|please|actually|basically|honestly|in fact|interesting|exactly|(?:can|could|"
    r"may) i ask(?: you)?)\b)+"
)
_REPEATED = re.compile(r"\b([a-z']+)(?:\s*-+\s*|\s*,?\s+)(?=\1\b)")
_BROKEN_OFF = re.compile(r"\b([a-z]{1,3})-+\s?(?=\1)")

SCALE = re.compile(
    r"\b(?:on|same) (?:a |the |that )?scale\b|\bscale (?:of|from)\b|\bout of (?:ten|five|10|5|100)\b|"
    r"\b(?:0|1|zero|one) (?:to|and|through|being) (?:5|7|10|100|five|seven|ten|a hundred)\b|"
    r"\bwhat (?:number|score|percentage|per cent|mark)\b|\b(?:rate|score) (?:your|the|how|it)\b"
)
# Degrees are answered by an amount ("very", "twice a week"): closed, whatever the sentence looks like.
_DEGREE = re.compile(
    r"\bhow (?:much|many|often|long|old|soon|far|likely|well|close|big|large|high|low|frequently|"
    r"recently|regularly|"
    r"confident|important|ready|sure|certain|willing|interested|equal|happy|satisfied|comfortable|"
    r"difficult|easy|"
    r"hard|motivated|committed|serious|severe|strongly|able)\b"
)
_FACT = re.compile(
    r"\b(?:what|which)(?:'s| is| was| are)? (?:the |your |their |his |her )?"
    r"(?:date|year|month|age|names?|address|surname|job title|phone number)\b|"
    r"\b(?:what|which) are (?:the |your )?(?:two|three|four|five|\d)\b|"
    r"\bwhich of (?:these|the following)\b|"
    r"\bwhat (?:time|day)(?:'s| is| was| does| did| will) (?:it|the|that|this|your)\b|"
    r"\b(?:what|which)(?:'s| is| was| are) (?:the |your |their |his |her )?\w+'s (?:names?|age|"
    r"address|job title)\b|"
    r"\bwho(?:'s| is| was| are) (?:your|the|this|that|he|she|they)\b(?: [\w']+){0,2}\?"
)
_DATE = re.compile(rf"\bwhen(?:'s| {AUXILIARY})\b")
_TAG = re.compile(
    r"[, ]\b(?:right|huh|eh|yeah|yes|no|ok|okay|correct|is that (?:right|so|it|correct|fair)|or not|or what|"
    rf"{AUXILIARY} (?:i|you|he|she|it|we|they|that|there))\W*$"
)
_INVITATION = re.compile(
    r"\b(?:can|could|would|will|won't|might) you (?:please |just |maybe |also |perhaps )*"
    r"(?:tell|describe|say (?:a |some|more|what|how)|share|give|talk|explain|walk|help|show|take|"
    r"elaborate|expand|speak|"
    r"think of|picture)\b|"
    r"\b(?:would|do) you (?:like|want|mind|care) (?:to )?(?:tell|say|shar|talk|describ|explain)"
)
_COMMAND = re.compile(
    r"\b(?:tell (?:me|us)|talk (?:to me|me through|about)|walk (?:me|us)|describe|explain|show me|fill me in|"
    r"help me (?:to )?(?:understand|see)|say (?:a bit |a little |some )?more|let me (?:know|hear)|"
    r"give me (?:an|some|a sense|a picture)|share (?:with me )?(?:a|some|what|how|your)|"
    r"i(?:'d| would)? (?:like|love|want) to (?:hear|know|understand)|curious (?:about|to))\b"
)
_MORE = re.compile(
    r"\b(?:what|who|how|where) else\b|\banything (?:else|more|other)\b|\bany other (?:thoughts|ways|ideas)\b"
)
_BEGINS = re.compile(
    r"^(?:(?:in|at|to|for|from|with|by|on|of|about|under|after|before|through|against|behind|without) )?"
    rf"{_WH}(?:'s|'re|'d|'ve|'ll)?\b"
)
_AFTER_A_CLAUSE = re.compile(r"[,:;–—] ?(?:what|how|why|where|who|whose)\b")
_INVERTED = re.compile(
    rf"\b{_WH}(?:'s|'re|'d|\b)(?: [\w']+){{0,4}}? {AUXILIARY}\b|\b(?:what|how|who|where)'s\b"
)
_WONDERING = re.compile(rf"\b(?:wonder(?:ing|ed)?|curious)\b.*\b{_WH}\b")
_WHETHER = re.compile(r"\bwonder(?:ing|ed)?,? (?:[\w']+ ){0,2}?(?:if|whether)\b")
_AUXILIARY_FIRST = re.compile(rf"^{AUXILIARY}\b")


def is_open(text: str) -> bool:
    return why_closed(text) is None


def why_closed(text: str, *, strictly: bool = False) -> str | None:
    """What makes the question closed, in a few words; None if it is open.

    Spoken aloud, "Is there anything else?" invites as much as it asks. Strictly, in writing, it does not.
    """
    tidy = _tidied(text)
    parts = sentences(tidy)
    asked = [part for part in parts if part.rstrip(' -–—"”').endswith("?") or _COMMAND.search(part)]
    core = _FILLER.sub("", (asked or list(parts) or [""])[-1])
    if strictly and _AUXILIARY_FIRST.match(core) and not _INVITATION.match(core):
        return "it can be answered with yes or no"
    return _why_sentence_closed(core)


def _tidied(text: str) -> str:
    """Lower case, without quotations, notes in brackets, stutters and doubled words."""
    low = plain(without_quotations(text)).lower()
    if "[" in low:
        low = re.sub(r"\[[^\]]*\]", " ", low)
    if "-" in low or _REPEATED.search(low):
        for _ in range(3):
            low = _REPEATED.sub("", _BROKEN_OFF.sub("", low))
    return " ".join(low.split())


def _why_sentence_closed(core: str) -> str | None:
    if SCALE.search(core):
        return "it asks for a score"
    if _INVITATION.search(core):
        return None
    if _AUXILIARY_FIRST.match(core):
        return None if _MORE.search(core) else "it can be answered with yes or no"
    if _MORE.search(core):
        return None
    if _DEGREE.search(core):
        return "it asks for an amount"
    if _FACT.search(core):
        return "it asks for a date, a name or another bare fact"
    if _DATE.search(core):
        return "it asks for a date"
    if _BEGINS.match(core) or _COMMAND.search(core):
        return None
    if _TAG.search(core):
        return "it ends by asking for agreement"
    if _WHETHER.search(core):
        return "it can be answered with yes or no"
    if _INVERTED.search(core) or _WONDERING.search(core) or _AFTER_A_CLAUSE.search(core):
        return None
    return "it states something and asks for a nod"
