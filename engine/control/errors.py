"""Why a client has no engine to talk to. Each says so in one line."""

from __future__ import annotations

from pathlib import Path


class ControlError(Exception):
    """Anything between a client and its engine."""


class EngineNotRunning(ControlError):
    """Nobody listens on the socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"no engine is running on {path}")
        self.path = path


class EngineSilent(ControlError):
    """Something listens and does not answer in time: the engine hangs, or is starting or ending."""

    def __init__(self, path: Path, waited_s: float) -> None:
        super().__init__(f"the engine on {path} did not answer within {waited_s:g} s")
        self.path, self.waited_s = path, waited_s


class EngineBusy(ControlError):
    """Somebody listens and turns this client away: too many others, or the engine is just ending."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the engine on {path} takes no more clients now; close one, or try again")
        self.path = path


class ProtocolMismatch(ControlError):
    """The engine and this program speak no common version."""

    def __init__(self, ours: int, theirs: int, text: str) -> None:
        super().__init__(f"{text} (this program speaks {ours}, the engine {theirs})")
        self.ours, self.theirs = ours, theirs


class NotAllowed(ControlError):
    """Another user's engine, or a command of a viewer."""


class ConnectionLost(ControlError):
    """The connection ended. What became of ``command_id`` is not known; asked again by the same id it is
    answered with the first one's outcome."""

    def __init__(self, text: str, command_id: str = "") -> None:
        super().__init__(text)
        self.command_id = command_id


class NoAnswer(ControlError):
    """The engine is connected and did not answer in time."""

    def __init__(self, what: str, waited_s: float) -> None:
        super().__init__(f"{what}: no answer within {waited_s:g} s")
        self.what, self.waited_s = what, waited_s


class QueryRefused(ControlError):
    """``code`` is one of engine.control.protocol.ControlCode."""

    def __init__(self, kind: str, code: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind, self.code = kind, code
