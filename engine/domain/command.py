"""What people and programs ask of the engine.

Ids are minted by the asker or the shell, never by the core, so that a re-run gives the same orders.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms
from engine.domain.trigger import ConditionTerms, Ticket
from engine.domain.units import CountC, Nanoseconds, PriceBp


class Request(msgspec.Struct, frozen=True, tag_field="do", omit_defaults=True, gc=False):
    """Tagged, so that one decoder reads them all."""


class PlaceOrder(Request, frozen=True, tag="place"):
    """An order in prices of ``leg``; the core puts it on the YES book.

    ``opens`` false is a close: reducing only, never more than is held. ``key`` makes it idempotent: a second
    request with the same key is answered with the first one's order.
    """

    client_order_id: str
    ticker: str
    leg: Leg
    buys: bool
    price_bp: PriceBp
    count_c: CountC
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    opens: bool = True
    post_only: bool = False
    key: str = ""
    again: bool = False
    """Send although it looks like a repetition of a recent order."""
    far: bool = False
    """Send although the price lies outside 3 to 97 cents."""
    plan: PlanTerms | None = None
    """What guards the position that this entry opens, from its first fill on."""
    flip: bool = False
    """Send although it would turn what is held into the other leg."""


class CancelOrder(Request, frozen=True, tag="cancel"):
    """By client order id or by the exchange's order id."""

    order: str


class CancelAll(Request, frozen=True, tag="cancel_all"):
    """Every working order of ours, in one market or (empty) in all."""

    ticker: str = ""


class ClosePosition(Request, frozen=True, tag="close"):
    """Sells ``count_c`` of what is held (0: all) at the book's price for that size, immediate or cancel.

    ``limit_bp``, a price of the leg held, bounds it where given.
    """

    client_order_id: str
    ticker: str
    count_c: CountC = 0
    limit_bp: PriceBp | None = None


class WatchMarkets(Request, frozen=True, tag="watch"):
    """Adds markets to the universe for as long as somebody looks at them; replaces the asker's last list."""

    tickers: tuple[str, ...]


class Arm(Request, frozen=True, tag="arm"):
    """Takes, renews or (0) gives back the one lease under which interactive entries are sent."""

    seconds: int


class SetMode(Request, frozen=True, tag="mode"):
    """RUNNING, NO_NEW_ENTRIES or HALTED: the same or a stricter one. HALTED cancels the entries that work."""

    mode: str
    reason: str = ""


class Resume(Request, frozen=True, tag="resume"):
    """Back to RUNNING, whatever took entries off. ``reason`` is not empty and is kept in the journal."""

    reason: str


class SetPlan(Request, frozen=True, tag="plan"):
    """Attaches a plan to what is held in a market, or changes the one that it has."""

    ticker: str
    plan: PlanTerms


class DropPlan(Request, frozen=True, tag="plan_drop"):
    """The position is not guarded any more."""

    ticker: str


class Kill(Request, frozen=True, tag="kill"):
    """HALTED, and every resting entry is canceled. Exits stay on unless ``exits_off``."""

    exits_off: bool = False
    reason: str = ""


class SetExits(Request, frozen=True, tag="exits"):
    """Switches exits by plan on again, or off."""

    is_on: bool
    reason: str = ""


class SetStage(Request, frozen=True, tag="stage"):
    """A strategy is ``off``, ``shadow`` (decides, never orders) or ``money``. ``confirmed_name`` is the
    strategy's name typed by a person, which going up on a real-money venue needs."""

    strategy: str
    stage: str
    confirmed_name: str = ""


class SetLimit(Request, frozen=True, tag="limit"):
    """``value`` in the unit of the limit. Lowering acts at once; raising on LIVE needs a reason, and time."""

    name: str
    value: int
    reason: str = ""


class AddCondition(Request, frozen=True, tag="condition"):
    """Watches for ``terms`` from now on. True already at this moment is refused without ``now``."""

    condition_id: str
    terms: ConditionTerms
    now: bool = False


class ChangeCondition(Request, frozen=True, tag="condition_change"):
    """``change`` is enable, disable or remove."""

    condition_id: str
    change: str


class SetLoad(Request, frozen=True, tag="load"):
    """Puts a reviewed ticket into a slot, 1 to 9, until ``expires_ns``; None empties the slot."""

    slot: int
    ticket: Ticket | None
    expires_ns: Nanoseconds | None = None


class FireLoad(Request, frozen=True, tag="load_fire"):
    """Sends the ticket of a slot, once; the slot is empty afterwards."""

    slot: int
    client_order_id: str


class Acknowledge(Request, frozen=True, tag="ack"):
    """Somebody has seen an urgent alert, or (empty) all of them: it is not sent again."""

    alert_id: str = ""


class TryAlerts(Request, frozen=True, tag="alert_test"):
    """Sends a test message to every sink."""


AlertBody: TypeAlias = Acknowledge | TryAlerts
"""What is answered beside the core: it is not about money."""

CommandBody: TypeAlias = (
    PlaceOrder
    | CancelOrder
    | CancelAll
    | ClosePosition
    | WatchMarkets
    | Arm
    | SetMode
    | Resume
    | SetPlan
    | DropPlan
    | Kill
    | SetExits
    | SetStage
    | SetLimit
    | AddCondition
    | ChangeCondition
    | SetLoad
    | FireLoad
)
