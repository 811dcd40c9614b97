"""The ledger's tables, as numbered steps that only go forward.

``journal`` is the truth: one row per fact. ``meta`` and all other tables are projections, written in the same
transaction and made anew from the journal when :data:`PROJECTION_VERSION` changes.
"""

from __future__ import annotations

import msgspec

APPLICATION_ID = 0x53504B4F
"""``SPKO`` in the header of the file: what tells a ledger from any other SQLite file."""

PROJECTION_VERSION = 6
"""Counts what projections have been: raised when :func:`engine.core.money.apply` makes other rows of the same
facts, or when a kept shape changes. A file with another number has them made anew from its journal."""


class Migration(msgspec.Struct, frozen=True):
    """What takes a file from schema ``number - 1`` to ``number``, in one transaction."""

    number: int
    statements: tuple[str, ...]


_FIRST = Migration(
    1,
    (
        """CREATE TABLE journal (
            seq INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            payload BLOB NOT NULL,
            hash BLOB NOT NULL)""",
        "CREATE INDEX journal_subject ON journal (subject, seq)",
        "CREATE INDEX journal_at ON journal (at)",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE orders (
            no INTEGER PRIMARY KEY,
            client_order_id TEXT NOT NULL UNIQUE,
            order_id TEXT NOT NULL,
            ticker TEXT NOT NULL,
            owner TEXT NOT NULL,
            state TEXT NOT NULL,
            updated_at INTEGER NOT NULL,
            value BLOB NOT NULL)""",
        "CREATE INDEX orders_order_id ON orders (order_id)",
        "CREATE INDEX orders_ticker ON orders (ticker)",
        "CREATE INDEX orders_state ON orders (state)",
        """CREATE TABLE fills (
            no INTEGER PRIMARY KEY,
            identity TEXT NOT NULL UNIQUE,
            ticker TEXT NOT NULL,
            client_order_id TEXT NOT NULL,
            at INTEGER NOT NULL,
            value BLOB NOT NULL)""",
        "CREATE INDEX fills_ticker ON fills (ticker)",
        "CREATE INDEX fills_order ON fills (client_order_id)",
        "CREATE INDEX fills_at ON fills (at)",
        """CREATE TABLE positions (
            no INTEGER PRIMARY KEY,
            ticker TEXT NOT NULL UNIQUE,
            value BLOB NOT NULL)""",
        """CREATE TABLE settlements (
            no INTEGER PRIMARY KEY,
            ticker TEXT NOT NULL UNIQUE,
            at INTEGER NOT NULL,
            value BLOB NOT NULL)""",
        "CREATE INDEX settlements_at ON settlements (at)",
        """CREATE TABLE runs (
            no INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            value BLOB NOT NULL)""",
        """CREATE TABLE latest (
            no INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            value BLOB NOT NULL,
            UNIQUE (kind, key))""",
    ),
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST,)
PROJECTION_TABLES = ("orders", "fills", "positions", "settlements", "runs", "latest")
