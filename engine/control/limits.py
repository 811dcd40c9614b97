"""How much any one client, and all together, may ask of the engine."""

from __future__ import annotations

import msgspec


class ControlLimits(msgspec.Struct, frozen=True):
    """Times in seconds, sizes in bytes."""

    clients: int = 64
    sockets: int = 128
    """Connections in any state; more are ended at once."""
    silent_s: float = 0.5
    """After which a connection that has not said hello gives way to another, if there is no place left."""
    connects_each_s: float = 100.0
    connects_burst: int = 200
    open_s: float = 5.0
    """To finish the opening handshake, and then to say hello."""
    frame_bytes: int = 256 * 1024
    """The longest text that a client may send."""
    frames_each_s: float = 200.0
    frames_burst: int = 400
    """A client that sends more is read more slowly; the rest waits in its own buffers."""
    asked_bytes_each_s: float = 1_000_000.0
    asked_bytes_burst: int = 8_000_000
    """Of answers to queries and of snapshots that a client asks for. Making a megabyte takes the engine some
    30 ms, so one that asks for more is read more slowly, too."""
    bad_frames: int = 5
    """Frames of garbage after which a client is sent away."""
    commands: int = 32
    """Of one client, waiting for their answers."""
    queries: int = 4
    topics: int = 24
    outbox_frames: int = 1_024
    outbox_bytes: int = 1024 * 1024
    """What waits to be sent to one client; beyond it its topics begin anew with snapshots."""
    transport_bytes: int = 8 * 1024 * 1024
    """What a connection may hold beyond that, unsent."""
    send_s: float = 15.0
    """A client that takes nothing for so long is given up."""
    ping_s: float = 10.0
    ping_timeout_s: float = 20.0
    quotes_each_s: float = 8.0
    status_s: float = 1.0
    """Between two rows of status while nothing else changes."""
    rows_per_frame: int = 250
    """Markets in one frame of ``watch``."""
    desk_bytes: int = 250_000
    """Of one frame of ``desk``. What would be longer is told by a snapshot that shows less."""
    orders_shown: int = 200
    ended_shown: int = 50
    positions_shown: int = 200
    fills_shown: int = 100
    lines_shown: int = 200
    commands_kept: int = 10_000
    """Command ids whose request is remembered, so that an id is not used for another."""
