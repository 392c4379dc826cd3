"""Setting up from two files that a programme lead writes: programme.toml and people.csv."""
