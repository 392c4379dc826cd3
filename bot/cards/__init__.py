"""Everything the bot can say, one function a card.

A card is made from its reader's view and from nothing else, so it cannot tell what the view does not hold.
"""

from bot.cards.joining import TERMS_VERSION, terms_wording
from bot.cards.make import make

__all__ = ["TERMS_VERSION", "make", "terms_wording"]
