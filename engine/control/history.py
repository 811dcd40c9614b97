"""Answers queries: history from the ledger's reading connection, off the loop; the rest from the engine."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from engine.control.decisions import DecisionReader
from engine.control.evidence import evidence_rows
from engine.control.market_answers import MarketAnswers
from engine.control.market_rows import event_row, leg_row
from engine.control.model_rows import forecast_rows
from engine.control.money_rows import booked_fill_row, order_row, position_row, settlement_row
from engine.control.people import ANSWER_WITHIN_S, People
from engine.control.protocol import ControlCode, Query, QueryAnswer, encode_value
from engine.control.queries import (
    KINDS,
    MOST_ITEMS,
    CandlesArgs,
    DecisionsArgs,
    DryRunArgs,
    EventArgs,
    FactsArgs,
    FillsArgs,
    ForecastsArgs,
    JournalArgs,
    MarketsArgs,
    NoArgs,
    OrderArgs,
    OrdersArgs,
    PositionsArgs,
    SettlementsArgs,
    TradesArgs,
    WhyArgs,
)
from engine.control.queries import Page as Rows
from engine.control.rows.history import JournalRow, RunRow
from engine.control.xray import XrayReader
from engine.core.engine import Engine
from engine.ledger.errors import BadCursor, LedgerError
from engine.ledger.pages import FillFilter, JournalEntry, JournalFilter, OrderFilter, RunEntry
from engine.ledger.queries import LedgerQueries
from engine.ports import MarketReadFailed

_log = logging.getLogger(__name__)
Result = TypeVar("Result")


class Refusal(Exception):
    """A query that cannot be answered."""

    def __init__(self, code: ControlCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class History:
    """Gives one page at a time, of at most :data:`MOST_ITEMS` rows."""

    def __init__(
        self,
        engine: Engine,
        ledger: LedgerQueries,
        exchange: MarketAnswers | None = None,
        people: People | None = None,
        decisions: DecisionReader | None = None,
        xray: XrayReader | None = None,
    ) -> None:
        self._engine = engine
        self._results = xray
        self._verdicts = decisions
        self._people = people
        self._exchange = exchange
        self._ledger = ledger
        self._answers: dict[str, Callable[[Any, str | None, int], Awaitable[Rows[Any]]]] = {
            "orders": self._orders,
            "order": self._order,
            "fills": self._fills,
            "settlements": self._settlements,
            "journal": self._journal,
            "runs": self._runs,
            "markets": self._markets,
            "event": self._event,
            "positions": self._positions,
            "strategies": self._strategies,
            "facts": self._facts,
            "candles": self._candles,
            "trades": self._trades,
            "alerts": self._alerts,
            "sinks": self._sinks,
            "decisions": self._decisions,
            "why": self._why,
            "dry_run": self._dry_run,
            "forecasts": self._forecasts,
            "xray": self._xray,
        }

    async def answer(self, query: Query) -> QueryAnswer:
        """Never raises for what a client may ask."""
        try:
            rows = await self._rows(query)
            return QueryAnswer(query.query_id, encode_value(rows.items), rows.cursor)
        except Refusal as refusal:
            return QueryAnswer(query.query_id, code=refusal.code, text=str(refusal))
        except MarketReadFailed as error:
            return QueryAnswer(query.query_id, code=ControlCode.NO_ANSWER, text=str(error)[:400])
        except BadCursor as error:
            return QueryAnswer(query.query_id, code=ControlCode.BAD_CURSOR, text=str(error))
        except LedgerError as error:
            _log.error("query %s: %s", query.kind, error)
            return QueryAnswer(query.query_id, code=ControlCode.FAILED, text=str(error))

    async def _rows(self, query: Query) -> Rows[Any]:
        kind = KINDS.get(query.kind)
        if kind is None:
            text = f"query: got kind {query.kind[:40]!r}, wanted one of {', '.join(sorted(KINDS))}"
            raise Refusal(ControlCode.UNKNOWN_QUERY, text)
        try:
            args = msgspec.json.decode(query.args, type=kind.args)
        except msgspec.DecodeError as error:
            raise Refusal(ControlCode.BAD_ARGS, f"{query.kind}: {error}") from None
        limit = max(1, min(query.limit, MOST_ITEMS))
        return await self._answers[query.kind](args, query.cursor, limit)

    async def _orders(self, args: OrdersArgs, cursor: str | None, limit: int) -> Rows[Any]:
        wanted = OrderFilter(args.ticker, args.states, args.owner, args.updated_since_ns)
        page = await self._ledger.orders(wanted, cursor, limit)
        return Rows(tuple(order_row(record) for record in page.items), page.cursor)

    async def _order(self, args: OrderArgs, cursor: str | None, limit: int) -> Rows[Any]:
        """What the engine knows is newer than what is durable."""
        record = self._engine.desk.order(args.order) or await self._ledger.order(args.order)
        if record is None:
            text = f"order: got {args.order}, which is no order of this account"
            raise Refusal(ControlCode.NOT_FOUND, text)
        return Rows((order_row(record),))

    async def _fills(self, args: FillsArgs, cursor: str | None, limit: int) -> Rows[Any]:
        wanted = FillFilter(args.ticker, args.client_order_id, args.since_ns, args.until_ns)
        page = await self._ledger.fills(wanted, cursor, limit)
        money = self._engine.money
        return Rows(tuple(booked_fill_row(booked, money) for booked in page.items), page.cursor)

    async def _settlements(self, args: SettlementsArgs, cursor: str | None, limit: int) -> Rows[Any]:
        page = await self._ledger.settlements(args.since_ns, args.until_ns, cursor, limit)
        return Rows(tuple(settlement_row(booked) for booked in page.items), page.cursor)

    async def _journal(self, args: JournalArgs, cursor: str | None, limit: int) -> Rows[Any]:
        wanted = JournalFilter(args.subject, args.kinds, args.since_ns, args.until_ns)
        page = await self._ledger.journal(wanted, cursor, limit)
        return Rows(tuple(_journal_row(entry) for entry in page.items), page.cursor)

    async def _runs(self, args: NoArgs, cursor: str | None, limit: int) -> Rows[Any]:
        page = await self._ledger.runs(cursor, limit)
        return Rows(tuple(_run_row(entry) for entry in page.items), page.cursor)

    async def _markets(self, args: MarketsArgs, cursor: str | None, limit: int) -> Rows[Any]:
        """By ticker."""
        engine = self._engine
        text = args.text.casefold()
        found = sorted(
            market.ticker
            for market in engine.markets.values()
            if (not args.series or market.series_ticker == args.series)
            and (not args.event or market.event_ticker == args.event)
            and (not args.streamed or market.ticker in engine.books)
            and (not text or text in f"{market.ticker} {market.title} {market.yes_sub_title}".casefold())
        )
        names, following = _slice(found, cursor, limit)
        return Rows(tuple(leg_row(engine, engine.markets[name]) for name in names), following)

    async def _event(self, args: EventArgs, cursor: str | None, limit: int) -> Rows[Any]:
        event = self._engine.events.get(args.event_ticker)
        if event is None:
            text = f"event: got {args.event_ticker}, which is not among the {len(self._engine.events)} listed"
            raise Refusal(ControlCode.NOT_FOUND, text)
        return Rows((event_row(self._engine, event),))

    async def _positions(self, args: PositionsArgs, cursor: str | None, limit: int) -> Rows[Any]:
        """By ticker."""
        engine = self._engine
        held = engine.money.positions
        found = sorted(
            ticker
            for ticker, record in held.items()
            if (args.flat or record.position.count_c) and (not args.ticker or ticker == args.ticker)
        )
        names, following = _slice(found, cursor, limit)
        return Rows(tuple(position_row(held[name], engine.books.get(name)) for name in names), following)

    async def _strategies(self, args: NoArgs, cursor: str | None, limit: int) -> Rows[Any]:
        return Rows(evidence_rows(self._engine))

    async def _facts(self, args: FactsArgs, cursor: str | None, limit: int) -> Rows[Any]:
        return Rows(await self._asked().facts(args))

    async def _candles(self, args: CandlesArgs, cursor: str | None, limit: int) -> Rows[Any]:
        return Rows(await self._asked().candles(args))

    async def _trades(self, args: TradesArgs, cursor: str | None, limit: int) -> Rows[Any]:
        return Rows(await self._asked().trades(args, limit))

    async def _alerts(self, args: NoArgs, cursor: str | None, limit: int) -> Rows[Any]:
        """The cursor is the id of the last one of the page before."""
        before = None if cursor is None else _number(cursor)
        told = () if self._people is None else await _in_time(self._people.told())
        left = [row for row in told if before is None or int(row.alert_id) < before]
        page = left[:limit]
        return Rows(tuple(page), page[-1].alert_id if len(left) > limit else None)

    async def _sinks(self, args: NoArgs, cursor: str | None, limit: int) -> Rows[Any]:
        return Rows(() if self._people is None else await _in_time(self._people.sinks()))

    async def _decisions(self, args: DecisionsArgs, cursor: str | None, limit: int) -> Rows[Any]:
        if self._verdicts is None:
            return Rows(())
        return await _in_time(self._verdicts.decisions(args, cursor, limit))

    async def _why(self, args: WhyArgs, cursor: str | None, limit: int) -> Rows[Any]:
        """The exchange's id of an order stands for ours."""
        if self._verdicts is None:
            return Rows(())
        record = self._engine.desk.order(args.subject) or await self._ledger.order(args.subject)
        subject = args.subject if record is None else record.terms.client_order_id
        return Rows(await _in_time(self._verdicts.why(subject, limit)))

    async def _xray(self, args: NoArgs, cursor: str | None, limit: int) -> Rows[Any]:
        found = None if self._results is None else await _in_time(self._results.xray())
        return Rows(() if found is None else (found,))

    async def _dry_run(self, args: DryRunArgs, cursor: str | None, limit: int) -> Rows[Any]:
        return Rows(self._engine.dry_run(args.strategy)[:limit])

    async def _forecasts(self, args: ForecastsArgs, cursor: str | None, limit: int) -> Rows[Any]:
        """By ticker."""
        rows = forecast_rows(self._engine, args.series)
        names, following = _slice(list(rows), cursor, limit)
        return Rows(tuple(rows[name] for name in names), following)

    def _asked(self) -> MarketAnswers:
        if self._exchange is None:
            raise Refusal(ControlCode.FAILED, "this engine asks its exchange nothing for consoles")
        return self._exchange


async def _in_time(answer: Awaitable[Result]) -> Result:
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await answer
    except TimeoutError:
        raise Refusal(ControlCode.NO_ANSWER, "what keeps these rows does not answer") from None


def _number(cursor: str) -> int:
    try:
        return int(cursor)
    except ValueError:
        raise BadCursor(cursor[:40]) from None


def _slice(names: list[str], cursor: str | None, limit: int) -> tuple[list[str], str | None]:
    """The next names of a sorted list; the cursor is the last name of the page before, gone or not."""
    start = 0 if cursor is None else bisect_right(names, cursor)
    page = names[start : start + limit]
    return page, page[-1] if start + limit < len(names) else None


def _journal_row(entry: JournalEntry) -> JournalRow:
    fact = msgspec.to_builtins(entry.change)
    return JournalRow(entry.seq, entry.at, entry.kind, entry.subject, fact)


def _run_row(entry: RunEntry) -> RunRow:
    started = entry.started
    return RunRow(started.run_id, started.build, started.at, entry.ended_at)
