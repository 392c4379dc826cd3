"""Everything the bot can say, one function a card."""
