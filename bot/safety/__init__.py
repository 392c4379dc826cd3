"""Care: when no question is asked, and where people can turn."""
