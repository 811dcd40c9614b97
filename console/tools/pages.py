"""All pages of one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.queries import Args

PAGE = 500


async def rows_of(client: ControlClient, kind: str, args: Args, limit: int | None = None) -> list[Any]:
    """Rows of a kind (:data:`engine.control.queries.KINDS`), at most ``limit``; every page otherwise."""
    rows: list[Any] = []
    cursor: str | None = None
    while True:
        wanted = PAGE if limit is None else min(PAGE, limit - len(rows))
        page = await client.query(kind, args, cursor=cursor, limit=wanted)
        rows += page.items
        cursor = page.cursor
        if cursor is None or (limit is not None and len(rows) >= limit):
            return rows
