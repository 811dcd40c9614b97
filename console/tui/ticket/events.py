"""What happens to a ticket, and what is to be done because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from console.tui.ticket.editing import Draft
from console.tui.ticket.flight import Flight
from console.tui.ticket.scene import Scene
from engine.control.protocol import CommandAnswer
from engine.control.rows.orders import OrderRow
from engine.domain.units import Nanoseconds


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket is asked for. ``reviews`` goes on to REVIEW at once."""

    draft: Draft
    scene: Scene
    fresh_id: str
    reviews: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """``mono_ns`` is when it was pressed; ``fresh_id`` an id that nobody used."""

    key: str
    mono_ns: Nanoseconds
    scene: Scene
    fresh_id: str = ""


@dataclass(frozen=True, slots=True)
class Painted:
    """The surface as it is now stands on the screen."""

    mono_ns: Nanoseconds


@dataclass(frozen=True, slots=True)
class SceneMoved:
    """The book, the position, the lease, or anything else that a review looks at is another."""

    scene: Scene


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """The engine's picture has this order."""

    order: OrderRow


@dataclass(frozen=True, slots=True)
class Answered:
    answer: CommandAnswer


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """A command ended without an answer because the engine went away."""

    command_id: str
    text: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A command got none in time from an engine that is there."""

    command_id: str
    text: str


@dataclass(frozen=True, slots=True)
class NeverArrived:
    """The engine was asked for the order of this command and has none."""

    command_id: str


@dataclass(frozen=True, slots=True)
class Tick:
    mono_ns: Nanoseconds
    is_attached: bool


Event: TypeAlias = (
    Opened
    | Key
    | Painted
    | SceneMoved
    | OrderSeen
    | Answered
    | ConnectionLost
    | NoAnswer
    | NeverArrived
    | Tick
)


@dataclass(frozen=True, slots=True)
class Send:
    """Give the command to the engine, for the first time."""

    flight: Flight


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Give the same command with the same id: the engine answers what became of the first."""

    flight: Flight


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask for the order by its client order id."""

    flight: Flight


Effect: TypeAlias = Send | AskAgain | LookUp
