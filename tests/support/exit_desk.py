"""A position whose take profit is met, on a running engine: how it comes about, and what became of it."""

from __future__ import annotations

from typing import Any

from daemon_client import lively_quotes
from plain_http import ask
from running_daemon import SMALL_WORLD, RunningDaemon
from small_world import Signer, order_body
from wide_limits import WIDE_LIMITS_TABLE

from engine.control.client import ControlClient
from engine.control.protocol import AnswerState
from engine.control.rows.markets import QuoteRow
from engine.domain.command import CommandBody, PlaceOrder, SetExits
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms, Target
from engine.ledger.verifying import verify_file
from engine.sandbox.server.wall import SystemWall

EXIT_CONFIG = f"post_timeout_s = 0.8\n{WIDE_LIMITS_TABLE}{SMALL_WORLD}"
ORDERS = "/portfolio/events/orders"
GAIN_BP = 600
COUNT_C = 300


class Rival:
    """Another customer of the exchange, who moves a market."""

    def __init__(self, desk: RunningDaemon) -> None:
        made = desk.side_door("POST", "keys")
        self._signer = Signer(SystemWall(), made["key_id"], made["private_key"])
        self._rest = desk.endpoint.rest

    def buy(self, ticker: str, price_bp: int, count: str) -> dict[str, Any]:
        """Bids, through what is offered below; waits for its answer."""
        path = f"/trade-api/v2{ORDERS}"
        body = order_body(price=f"{price_bp / 10_000:.4f}", ticker=ticker, count=count)
        url = self._rest + ORDERS
        answer = ask("POST", url, body, self._signer.headers("POST", path))
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


async def accepted(client: ControlClient, body: CommandBody) -> None:
    answer = await client.command(body)
    assert answer.state is AnswerState.ACCEPTED, answer


async def bought(client: ControlClient, *, takes: bool) -> QuoteRow:
    """Three YES of a market with a plan; returns its quote of before. On a busy machine the outcome may be
    unknown for a while."""
    quote = next(q for q in await lively_quotes(client, 1))
    assert quote.ask_bp is not None
    plan = PlanTerms(take_profit=Target(GAIN_BP), takes=takes)
    entry = PlaceOrder(
        "entry",
        quote.ticker,
        Leg.YES,
        True,
        quote.ask_bp,
        COUNT_C,
        TimeInForce.IMMEDIATE_OR_CANCEL,
        plan=plan,
        again=True,
    )
    answer = await client.command(entry)
    assert answer.state in (AnswerState.ACCEPTED, AnswerState.UNKNOWN), answer
    await client.until(lambda replica: quote.ticker in replica.desk.plans)
    return quote


def exits_at_exchange(desk: RunningDaemon) -> list[dict[str, Any]]:
    rows = desk.side_door("GET", "orders")["orders"]
    return [row for row in rows if str(row.get("client_order_id", "")).startswith("x")]


def is_met(desk: RunningDaemon) -> bool:
    """Whether the fault had its request."""
    return all(rule["times"] == 0 for rule in desk.side_door("GET", "faults")["rules"])


def sold_c(desk: RunningDaemon) -> int:
    return sum(round(float(row["fill_count_fp"]) * 100) for row in exits_at_exchange(desk))


def all_is_over(desk: RunningDaemon, ticker: str) -> None:
    """Sold once at the exchange, closed in the ledger, and the journal makes the money that was kept.

    Consoles hear of it before the ledger has it.
    """
    assert sold_c(desk) == COUNT_C
    desk.until(lambda: desk.money().positions[ticker].position.count_c == 0, "the ledger holds it still")
    money = desk.money()
    booked_c = sum(-b.fill.signed_count_c for b in money.fills_in[ticker] if b.client_order_id != "entry")
    assert booked_c == COUNT_C, (booked_c, money.fills_in[ticker])
    assert money.plans[ticker].retirement == "closed"
    desk.kill()
    assert verify_file(desk.home / "ledger.sqlite").is_sound


async def profit_met(client: ControlClient, desk: RunningDaemon, effect: str) -> QuoteRow:
    """A position whose profit may be taken, exits off, and a fault that the exit will meet; its quote."""
    quote = await bought(client, takes=True)
    await accepted(client, SetExits(False, "until the fault is there"))
    Rival(desk).buy(quote.ticker, (quote.ask_bp or 0) + GAIN_BP + 200, "5000.00")
    rule = {"effect": effect, "method": "POST", "path": ORDERS}
    desk.side_door("POST", "faults", rules=[rule])
    return quote
