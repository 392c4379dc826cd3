"""What one message asks of the database, as the driver gets it: every statement, with its parameters.

BEGIN and COMMIT are counted apart. The check that a pooled connection still lives is not a statement here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from storage.database import Database


@dataclass
class Recorded:
    """The statements since the last `clear`, and how many transactions began and were committed."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    begun: int = 0
    committed: int = 0

    def clear(self) -> None:
        self.statements, self.begun, self.committed = [], 0, 0


@contextmanager
def recording(database: Database) -> Iterator[Recorded]:
    """Listen to everything that goes to `database` on the product's own path."""
    found, engine = Recorded(), database.engine.sync_engine

    def execute(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            # What is executed many times is many statements.
            found.statements += [(sql, each) for each in (parameters if many else [parameters])]

    def begin(_connection: Any) -> None:
        found.begun += 1

    def commit(_connection: Any) -> None:
        found.committed += 1

    listeners: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", execute),
        ("begin", begin),
        ("commit", commit),
    ]
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
