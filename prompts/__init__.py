"""The words: questions, follow-ups and signposts, as data, and what loads them."""
