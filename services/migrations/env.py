"""Alembic's entry: run the migrations on the connection that `migrate` hands over."""

from typing import Any, Literal

from alembic import context

from ledger.tables import UtcTime
from services.migrations.tables import METADATA


def _render(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our type by its name; a migration imports it."""
    if kind == "type" and isinstance(item, UtcTime):
        autogen.imports.add("from ledger.tables import UtcTime")
        return "UtcTime()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
