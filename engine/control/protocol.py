"""The frames between the engine and its consoles and commands: JSON texts over a WebSocket.

The client speaks first, with :class:`Hello`; the engine answers :class:`Welcome` or :class:`Refused`, then
sends the topic ``desk``, which everyone gets. A topic is a :class:`Snapshot` and then :class:`Delta`
frames, each of which names in ``since`` the revision that it goes on from; whoever has another one asks
anew with :class:`Resync`. Commands and queries are answered by id, in any order.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.forecasts import ForecastRows, ModelRow, ScanRow
from engine.control.rows.history import LogRow
from engine.control.rows.markets import IndexRow, Levels, MarketRow, QuoteRow, TradeRow
from engine.control.rows.orders import ConditionRow, LoadRow, OrderRow, PlanRow
from engine.control.rows.outside import OutsideRows
from engine.control.rows.status import StatusRow
from engine.domain.command import AlertBody, CommandBody

PROTOCOL = 1
OLDEST_PROTOCOL = 0
"""A change that an older peer would misread takes the next number; the one before is still spoken. New
optional fields and new frames that are sent on request only take none: unknown fields are passed over."""

DESK = "desk"
WATCH = "watch"
LOG = "log"
INDEX = "index"
OUTSIDE = "outside"
BOOK_PREFIX = "book:"
TAPE_PREFIX = "tape:"
FORECAST_PREFIX = "forecast:"


def book_topic(ticker: str) -> str:
    return BOOK_PREFIX + ticker


def tape_topic(ticker: str) -> str:
    return TAPE_PREFIX + ticker


def forecast_topic(ticker: str) -> str:
    return FORECAST_PREFIX + ticker


class Role(StrEnum):
    """A viewer sees everything and changes nothing."""

    VIEW = "view"
    OPERATE = "operate"


class Frame(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """Tagged by ``t``, so that one decoder reads each direction."""


# From the client.


class Hello(Frame, frozen=True, tag="hello"):
    """``protocol`` is the newest that the client speaks, ``oldest`` the oldest (None: the same one).

    ``client`` names the client for as long as it lives, over all its connections: it holds the arm lease
    and the watch list. Version 0 has neither ``oldest`` nor ``client``; the engine makes one up for each
    connection.
    """

    protocol: int
    role: Role = Role.OPERATE
    name: str = ""
    oldest: int | None = None
    client: str = ""


class Subscribe(Frame, frozen=True, tag="subscribe"):
    topic: str


class Unsubscribe(Frame, frozen=True, tag="unsubscribe"):
    topic: str


class Resync(Frame, frozen=True, tag="resync"):
    """The picture of a topic is not to be trusted: a snapshot is wanted."""

    topic: str


class CommandRequest(Frame, frozen=True, tag="command"):
    """``command_id`` is the client's; asked again, with the same body, it is answered as before."""

    command_id: str
    body: CommandBody | AlertBody
    is_interactive: bool = False


class Query(Frame, frozen=True, tag="query"):
    """``args`` are those of the kind (:mod:`engine.control.queries`), ``cursor`` that of the page before."""

    query_id: int
    kind: str
    args: msgspec.Raw = msgspec.Raw(b"{}")
    cursor: str | None = None
    limit: int = 100


ClientFrame: TypeAlias = Hello | Subscribe | Unsubscribe | Resync | CommandRequest | Query


# From the engine.


class Welcome(Frame, frozen=True, tag="welcome"):
    """``protocol`` is the one spoken from here on; ``client`` the name by which the engine knows the
    client; version 0 does not tell it."""

    protocol: int
    role: Role
    venue: str
    pid: int
    client: str = ""
    account: str = ""
    build: str = ""
    run_id: str = ""


class RefusedCode(StrEnum):
    PROTOCOL = "PROTOCOL"
    NOT_ALLOWED = "NOT_ALLOWED"
    BAD_HELLO = "BAD_HELLO"


class Refused(Frame, frozen=True, tag="refused"):
    """The connection ends. ``protocol`` and ``oldest`` are what the engine speaks."""

    code: RefusedCode
    text: str
    protocol: int
    oldest: int


class DeskRows(msgspec.Struct, frozen=True, tag="desk", omit_defaults=True):
    """In a snapshot everything there is, up to the engine's bounds (``orders_left_out`` and
    ``positions_left_out`` say how many are not shown); in a delta what changed.

    ``orders`` are working, unknown, and lately ended ones; an ended order is a row too. A flat position
    leaves.
    """

    status: StatusRow | None = None
    cash: CashRow | None = None
    positions: tuple[PositionRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    fills: tuple[FillRow, ...] = ()
    """Newest last."""
    orders_left_out: int = 0
    positions_left_out: int = 0
    plans: tuple[PlanRow, ...] = ()
    """A retired one leaves."""
    conditions: tuple[ConditionRow, ...] = ()
    """A removed one leaves; those that ended stay for a while."""
    loads: tuple[LoadRow, ...] = ()
    """A slot without a ticket is empty."""
    scan: ScanRow | None = None
    """The last scan of the forecaster."""


class WatchRows(msgspec.Struct, frozen=True, tag="watch", omit_defaults=True):
    """Markets of the universe. ``left`` is how many rows are still to come in the next frames."""

    markets: tuple[MarketRow, ...] = ()
    quotes: tuple[QuoteRow, ...] = ()
    gone: tuple[str, ...] = ()
    left: int = 0
    models: tuple[ModelRow, ...] = ()


class BookRows(msgspec.Struct, frozen=True, tag="book", omit_defaults=True):
    """Levels on the YES leg. In a delta a level with count 0 is gone. A book that is not fresh must not be
    traded on; ``stale_reason`` says why."""

    bids: Levels = ()
    asks: Levels = ()
    is_fresh: bool = False
    stale_reason: str = ""


class LogRows(msgspec.Struct, frozen=True, tag="log", omit_defaults=True):
    """Oldest first."""

    lines: tuple[LogRow, ...] = ()


class TapeRows(msgspec.Struct, frozen=True, tag="tape", omit_defaults=True):
    """Public trades of one market since somebody follows it, oldest first."""

    trades: tuple[TradeRow, ...] = ()


class IndexRows(msgspec.Struct, frozen=True, tag="index", omit_defaults=True):
    """The last value of each index that moved."""

    values: tuple[IndexRow, ...] = ()


Rows: TypeAlias = (
    DeskRows | WatchRows | BookRows | LogRows | TapeRows | IndexRows | ForecastRows | OutsideRows
)


class Snapshot(Frame, frozen=True, tag="snapshot"):
    """The whole of a topic at ``rev``, which counts that topic's changes since the engine started."""

    topic: str
    rev: int
    rows: Rows


class Delta(Frame, frozen=True, tag="delta"):
    """What changed after ``since`` up to ``rev``."""

    topic: str
    since: int
    rev: int
    rows: Rows


class AnswerState(StrEnum):
    """ACCEPTED was done or is under way at the exchange; UNKNOWN may or may not be, and the engine is finding
    out; DENIED was not done, ``deny_code`` says why."""

    ACCEPTED = "accepted"
    DENIED = "denied"
    UNKNOWN = "unknown"


class CommandAnswer(Frame, frozen=True, tag="answer"):
    """``order`` is the order as it was when the answer was given."""

    command_id: str
    state: AnswerState
    client_order_id: str = ""
    deny_code: str = ""
    text: str = ""
    numbers: dict[str, int | str] = {}
    order: OrderRow | None = None


class QueryAnswer(Frame, frozen=True, tag="page"):
    """``items`` is a list of the kind's rows. ``cursor`` asks for the next page; None after the last.
    ``code`` is empty unless the query was refused."""

    query_id: int
    items: msgspec.Raw = msgspec.Raw(b"[]")
    cursor: str | None = None
    code: str = ""
    text: str = ""


class Trouble(Frame, frozen=True, tag="trouble"):
    """A frame of the client could not be used; ``about`` is its topic or kind."""

    code: str
    text: str
    about: str = ""


ServerFrame: TypeAlias = Welcome | Refused | Snapshot | Delta | CommandAnswer | QueryAnswer | Trouble


class ControlCode(StrEnum):
    """Refusals of the control layer itself; the core's own are engine.core.denial.DenyCode."""

    NOT_ALLOWED = "NOT_ALLOWED"
    COMMAND_ID_USED = "COMMAND_ID_USED"
    COMMAND_ID_INVALID = "COMMAND_ID_INVALID"
    TOO_MANY_COMMANDS = "TOO_MANY_COMMANDS"
    TOO_MANY_QUERIES = "TOO_MANY_QUERIES"
    TOO_MANY_TOPICS = "TOO_MANY_TOPICS"
    UNKNOWN_TOPIC = "UNKNOWN_TOPIC"
    UNKNOWN_QUERY = "UNKNOWN_QUERY"
    BAD_ARGS = "BAD_ARGS"
    BAD_CURSOR = "BAD_CURSOR"
    BAD_FRAME = "BAD_FRAME"
    NOT_FOUND = "NOT_FOUND"
    NO_ANSWER = "NO_ANSWER"
    FAILED = "FAILED"


class BadFrame(ValueError):
    """A text that is no frame of this protocol."""


_encoder = msgspec.json.Encoder()
_client_frames = msgspec.json.Decoder(ClientFrame)
_server_frames = msgspec.json.Decoder(ServerFrame)


def encode(frame: Frame) -> bytes:
    return _encoder.encode(frame)


def encode_value(value: Any) -> msgspec.Raw:
    """Rows or arguments, for the raw field of a frame."""
    return msgspec.Raw(_encoder.encode(value))


def decode_client_frame(text: str | bytes) -> ClientFrame:
    """Raises BadFrame."""
    try:
        frame: ClientFrame = _client_frames.decode(text)
        return frame
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(str(error)) from None


def decode_server_frame(text: str | bytes) -> ServerFrame:
    """Raises BadFrame."""
    try:
        frame: ServerFrame = _server_frames.decode(text)
        return frame
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(str(error)) from None


def agreed_protocol(hello: Hello) -> int | None:
    """The newest version that both speak; None if there is none."""
    oldest = hello.protocol if hello.oldest is None else hello.oldest
    newest = min(hello.protocol, PROTOCOL)
    return newest if newest >= max(oldest, OLDEST_PROTOCOL) else None
