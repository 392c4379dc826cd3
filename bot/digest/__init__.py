"""The weekly digest: what it may hold, and how it is put together. Pure."""
