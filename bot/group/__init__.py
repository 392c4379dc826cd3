"""A team's reflection in a channel: one question, and answers that nobody sees until one moment. Pure."""
