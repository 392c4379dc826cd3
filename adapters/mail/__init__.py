"""Mail: notices that something is there to read, and the way to it."""
