"""What happens to a ticket, and what is to be done because of it."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from console.tui.ticket.editing import Draft
from console.tui.ticket.flight import Flight
from console.tui.ticket.scene import Scene
from engine.control.protocol import CommandAnswer
from engine.control.rows.orders import OrderRow
from engine.domain.units import Nanoseconds


class Opened(msgspec.Struct, frozen=True):
    """A ticket is asked for. ``reviews`` goes on to REVIEW at once."""

    draft: Draft
    scene: Scene
    fresh_id: str
    reviews: bool = False


class Key(msgspec.Struct, frozen=True):
    """``mono_ns`` is when it was pressed; ``fresh_id`` an id that nobody used."""

    key: str
    mono_ns: Nanoseconds
    scene: Scene
    fresh_id: str = ""


class Painted(msgspec.Struct, frozen=True):
    """The surface as it is now stands on the screen."""

    mono_ns: Nanoseconds


class SceneMoved(msgspec.Struct, frozen=True):
    """The book, the position, the lease, or anything else that a review looks at is another."""

    scene: Scene


class OrderSeen(msgspec.Struct, frozen=True):
    """The engine's picture has this order."""

    order: OrderRow


class Answered(msgspec.Struct, frozen=True):
    answer: CommandAnswer


class ConnectionLost(msgspec.Struct, frozen=True):
    """A command ended without an answer because the engine went away."""

    command_id: str
    text: str


class NoAnswer(msgspec.Struct, frozen=True):
    """A command got none in time from an engine that is there."""

    command_id: str
    text: str


class NeverArrived(msgspec.Struct, frozen=True):
    """The engine was asked for the order of this command and has none."""

    command_id: str


class Tick(msgspec.Struct, frozen=True):
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


class Send(msgspec.Struct, frozen=True):
    """Give the command to the engine, for the first time."""

    flight: Flight


class AskAgain(msgspec.Struct, frozen=True):
    """Give the same command with the same id: the engine answers what became of the first."""

    flight: Flight


class LookUp(msgspec.Struct, frozen=True):
    """Ask for the order by its client order id."""

    flight: Flight


Effect: TypeAlias = Send | AskAgain | LookUp
