"""One person's conversation: its table of moves, its pure step, and the follow-up to an answer."""
