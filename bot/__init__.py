"""The engine: decides what is asked, kept, shown and sent. Knows no platform, database or model vendor."""
