"""Runs the migrations on the connection that `storage.migrate` opened."""

from typing import Any, Literal

from alembic import context

from storage.tables import Utc, metadata


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A migration is history: it names what the database knows, not types of ours that may change.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Utc) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
