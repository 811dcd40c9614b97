"""A home: the folder of one engine, bound at its first start to one venue, exchange and account."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from engine.ops.errors import OpsError

_BINDING = "binding.json"


class HomeError(OpsError):
    """The home cannot be used. One line."""


class Binding(msgspec.Struct, frozen=True):
    """What a home trades for good. ``exchange`` is a sandbox's world id, or the host of a real exchange."""

    venue: str
    exchange: str
    account: str

    def __str__(self) -> str:
        return f"venue {self.venue}, exchange {self.exchange}, account {self.account}"


class HomeMismatch(HomeError):
    def __init__(self, root: Path, bound: Binding, wanted: Binding) -> None:
        super().__init__(f"home {root}: bound to {bound}; got {wanted}")
        self.bound, self.wanted = bound, wanted


class Home:
    """Where everything of one engine lies. Nothing is made before :meth:`make`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config.toml"
        self.ledger = root / "ledger.sqlite"
        self.socket = root / "engine.sock"
        self.exchange = root / "exchange"
        self.logs = root / "logs"
        self.inputs = root / "lake" / "inputs"
        self.decisions = root / "decisions.sqlite"
        self.account = root / "account.sqlite"
        """What the exchange has on record of the account, as imported; no part of the ledger."""
        self.coverage = root / "forecast-coverage.json"
        self.key = root / "exchange.pem"
        """The key of an external sandbox, from its side door; its id and address are in :attr:`external`."""
        self.external = root / "exchange.json"

    def check(self) -> None:
        """Raises HomeError for what can never be a home. Changes nothing."""
        try:
            is_other = self.root.exists() and not self.root.is_dir()
        except OSError as error:
            raise HomeError(f"home {self.root}: cannot be read: {error.strerror}") from None
        if is_other:
            raise HomeError(f"home {self.root}: got a file, wanted a folder")

    def make(self) -> None:
        """Makes the folder, for its user alone. Raises HomeError."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise HomeError(f"home {self.root}: cannot be made: {error.strerror}") from None
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise HomeError(f"home {self.root}: cannot be written")

    def binding(self) -> Binding | None:
        """What the home is bound to; None before its first start. Raises HomeError for a damaged file."""
        path = self.root / _BINDING
        try:
            return msgspec.json.decode(path.read_bytes(), type=Binding)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise HomeError(f"home {self.root}: {_BINDING} cannot be read: {error}") from None

    def check_ledger(self) -> None:
        """Raises HomeError where a home that was used has no ledger any more: with an empty one its positions
        would stand unguarded, and nobody would know why. Changes nothing."""
        bound = self.binding()
        log = self.ledger.with_name(f"{self.ledger.name}-wal")
        is_empty = self.ledger.exists() and not self.ledger.stat().st_size
        if bound is not None and (is_empty or not (self.ledger.exists() or log.exists())):
            what = f"its {self.ledger.name} is {'empty' if is_empty else 'gone'}"
            raise HomeError(
                f"home {self.root}: bound to {bound}, and {what}; put it or a backup back, or remove "
                f"{_BINDING} to begin with an empty one"
            )

    def check_venue(self, venue: str) -> None:
        """Raises HomeError if the home is bound to another venue, whatever its exchange and account.
        Changes nothing."""
        bound = self.binding()
        if bound is not None and bound.venue != venue:
            raise HomeError(f"home {self.root}: bound to {bound}; got --venue {venue}")

    def bind(self, wanted: Binding) -> None:
        """Binds at the first start; raises HomeMismatch at any later one that wants something else."""
        bound = self.binding()
        if bound is None:
            write_whole(self.root / _BINDING, msgspec.json.encode(wanted))
        elif bound != wanted:
            raise HomeMismatch(self.root, bound, wanted)


def write_whole(path: Path, data: bytes) -> None:
    """Writes a small file so that a reader, and a crash, sees all of it or none. Mode 0600."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
