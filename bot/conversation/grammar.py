"""The closed-class words of English that clauses are cut by: conjunctions, pronouns, fillers, contractions.

Grammar, which does not change, stands here; vocabulary, which does, stands in prompts/followups.toml.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SUBJECTS = _set("i we he she they it nobody everyone everybody this that there now then you")
SUBORDINATORS = _set(
    "because although though when while if until unless which whereas since except whenever once where"
)
CONDITIONS = _set("if unless until whenever except suppose supposing")
NEGATIONS = _set("not never no nor neither nobody nothing none without hardly barely cannot")
LINKS = _set("and or so then")

# With one of these after it, a clause is quoted whole where twelve words allow it.
HANGING = _set("because when while since where once")
# Connectives that may be left off: what follows is claimed all the same ("because she does not trust me").
DROPPED = _set("because although though")
# Without a mark before them, these complete the clause that they follow: a quote that stops short is cut.
COMPLEMENTS = _set("that to than of about whether how what who why")

FILLERS = _set(
    "and but or so well um uh er erm oh yeah yes no okay ok right also anyway honestly actually literally "
    "tbh basically just then now look"
)
FILLER_PHRASES = tuple(
    tuple(phrase.split())
    for phrase in (
        "you know",
        "i mean",
        "to be honest",
        "to be fair",
        "of course",
        "kind of",
        "sort of",
        "even though",
        "i must admit",
        "i must say",
        "i have to say",
        "i have to admit",
        "the thing is",
        "the truth is",
        "in the end",
        "at first",
        "at the time",
        "by then",
        "that day",
        "after that",
        "as a result",
    )
)
TRAILERS = _set("um uh er though too anyway right really and but so because then lol tbh")

# A bare pronoun after one of these belongs to the words before it ("the day I was asked", "said he was").
STICKY = _set(
    "that what how who whom as than if when while where why because and or but so the a an my our his her "
    "their your this those these each every no any some is are was were am be been do does did have has "
    "had can could will would shall should may might must to of in on at by for with from about into over "
    "not thing things time way people person day moment reason part place bit first last only one like"
)
# Words of the person's own side, words that take a stand, and words too small to be a name.
OWN = _set("i we me us my our i'm i've we're we've")
STANCE = _set("even only still again yet not own alone myself")
SMALL = _set("a an and at for in of on the to with our we i")

# After a feeling: what it was about has been told, and "what was that about?" is answered already.
ABOUT = _set(
    "of about at by with that because for over to when while since how what he she they it nobody we i "
    "than enough having"
)
TELLS = _set("about of at by with that because over")
AFTER_A_FEELING = ABOUT | _set(
    "in on during around next through all again today yesterday and but or then after before even as "
    "inside afterwards there every the this most half now too from under among beside"
)

CONTRACTIONS = {
    "im": "i'm", "ive": "i've", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "cant": "can't",
    "couldnt": "couldn't", "wont": "won't", "wouldnt": "wouldn't", "shouldnt": "shouldn't", "isnt": "isn't",
    "arent": "aren't", "wasnt": "wasn't", "werent": "weren't", "havent": "haven't", "hasnt": "hasn't",
    "hadnt": "hadn't", "theyre": "they're", "theyve": "they've", "youre": "you're", "shes": "she's",
    "hes": "he's", "cos": "because", "coz": "because", "cuz": "because", "bc": "because", "cus": "because",
    "ppl": "people", "u": "you", "ur": "your",
}  # fmt: skip


def normalise(word: str) -> str:
    plain = word.replace("’", "'").replace("ʼ", "'").replace("‘", "'").lower()
    return CONTRACTIONS.get(plain, plain)


def base(norm: str) -> str:
    """The pronoun of a contraction: "i" of "i'm"."""
    return norm.split("'", 1)[0]
