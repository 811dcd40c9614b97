"""Reading the lake: by DuckDB, as Arrow or as a pandas frame.

Each row of a key comes once, the latest received, however often it was written: by two nodes, by a collector
that was killed and asked again, or by a compaction that was cut short. Rows of one key lie in one partition,
and a partition of one file has each key once already: only the others pay for telling rows apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from engine.lake.errors import Unreadable
from engine.lake.selection import EVERYTHING, Selection, partitions_of, while_files_move
from engine.lake.table import RECEIVED, Table
from engine.lake.tables import TABLES

_NOTHING = "lake_nothing_of_"


class LakeReader:
    """One connection. ``threads`` and ``memory_limit`` (as ``2GB``) bound what it takes; None: all there is.

    Files that were written before a column was added have null in it.
    """

    def __init__(self, root: Path, *, threads: int | None = None, memory_limit: str | None = None) -> None:
        self.root = root
        config: dict[str, str | bool | int | float | list[str]] = {"python_enable_replacements": False}
        if threads is not None:
            config["threads"] = threads
        if memory_limit is not None:
            config["memory_limit"] = memory_limit
        self._connection = duckdb.connect(config=config)
        self._viewed: dict[str, str] = {}
        """The query of each view."""

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> LakeReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def query(
        self,
        table: Table,
        selection: Selection = EVERYTHING,
        *,
        columns: Sequence[str] | None = None,
        all_versions: bool = False,
        in_order: bool = False,
    ) -> str:
        """The query of the wanted rows, for use inside another one given to :meth:`sql`."""
        wanted = list(table.schema.names if columns is None else columns)
        parts = partitions_of(self.root, table, selection)
        many = [path for paths in parts.values() if len(paths) > 1 for path in paths]
        single = [path for paths in parts.values() if len(paths) == 1 for path in paths]
        if table.keeps_versions or table.spreads:
            many, single = many + single, []
        names = ", ".join(map(_quoted, dict.fromkeys([*wanted, *(table.sorting if in_order else ())])))
        sources = [f"SELECT {names} FROM {self._nothing(table)}"]
        if single or (many and all_versions):
            files = single + (many if all_versions else [])
            sources.append(f"SELECT {names} FROM ({self._files(table, files)})")
        if many and not all_versions:
            sources.append(f"SELECT {names} FROM ({self._files(table, many)}) {_latest(table)}")
        query = " UNION ALL ".join(f"({source})" for source in sources)
        order = f" ORDER BY {', '.join(map(_quoted, table.sorting))}" if in_order else ""
        return f"SELECT {', '.join(map(_quoted, wanted))} FROM ({query}){order}"

    def sql(self, query: str) -> pa.Table:
        """The answer of any query; of views, whatever is joined meanwhile. One with the text of :meth:`query`
        in it names files, and has to be made again once they were joined. Raises Unreadable."""
        while True:
            viewed = self._viewed
            try:
                return self._answered(query)
            except Unreadable:
                if not viewed:
                    raise
                self.make_views()
                if self._viewed == viewed:
                    raise

    def sql_frame(self, query: str) -> pd.DataFrame:
        """The answer of any query as :meth:`frame` gives it."""
        return self.sql(query).to_pandas(types_mapper=pd.ArrowDtype)

    def _answered(self, query: str) -> pa.Table:
        with self._torn_is_unreadable():
            found = self._connection.sql(query).to_arrow_table()
        if found is None:
            raise ValueError("a query that answers nothing was given to the lake")
        return found

    @contextmanager
    def _torn_is_unreadable(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise Unreadable(self.root, str(error).splitlines()[0]) from None

    def arrow(
        self,
        table: Table,
        selection: Selection = EVERYTHING,
        *,
        columns: Sequence[str] | None = None,
        all_versions: bool = False,
        in_order: bool = False,
    ) -> pa.Table:
        """The wanted rows; a compaction may go on meanwhile. Raises Unreadable."""

        def query() -> str:
            return self.query(table, selection, columns=columns, all_versions=all_versions, in_order=in_order)

        return while_files_move(query, self._answered)

    def frame(
        self,
        table: Table,
        selection: Selection = EVERYTHING,
        *,
        columns: Sequence[str] | None = None,
        all_versions: bool = False,
        in_order: bool = False,
    ) -> pd.DataFrame:
        """Whole numbers stay whole and null stays null: its columns are backed by Arrow."""
        rows = self.arrow(table, selection, columns=columns, all_versions=all_versions, in_order=in_order)
        return rows.to_pandas(types_mapper=pd.ArrowDtype)

    def make_views(self) -> tuple[str, ...]:
        """A view of each table, under its name, for queries over several. They are of the files of now: made
        again, they have what was closed since. Returns the names. Raises Unreadable."""

        def make(queries: dict[str, str]) -> None:
            for name, query in queries.items():
                with self._torn_is_unreadable():
                    self._connection.execute(f"CREATE OR REPLACE VIEW {_quoted(name)} AS {query}")
            self._viewed = queries

        while_files_move(lambda: {name: self.query(table) for name, table in TABLES.items()}, make)
        return tuple(TABLES)

    def _nothing(self, table: Table) -> str:
        """An empty relation of the table's columns: its types lead, and a file may lack the newest."""
        name = f"{_NOTHING}{table.name}"
        self._connection.register(name, table.schema.empty_table())
        return name

    def _files(self, table: Table, files: Sequence[Path]) -> str:
        paths = ", ".join(_text(str(path)) for path in sorted(files))
        read = f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
        return f"SELECT * FROM {self._nothing(table)} UNION ALL BY NAME SELECT * FROM {read}"


def _latest(table: Table) -> str:
    keys = ", ".join(map(_quoted, table.key))
    order = f" ORDER BY {_quoted(RECEIVED)} DESC" if table.has_received else ""
    return f"QUALIFY row_number() OVER (PARTITION BY {keys}{order}) = 1"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
