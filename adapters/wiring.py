"""The only place where real things meet."""

from bot.ports import Prompts
from prompts.bank import load as load_bank
from prompts.followups import load as load_followups
from prompts.signposts import load_floor, load_signposts


def load_prompts() -> Prompts:
    """All the words that the product speaks with; a fault in any of them refuses to start."""
    frames, lexicon = load_followups()
    return Prompts(load_bank(), frames, lexicon, load_floor(), load_signposts())
