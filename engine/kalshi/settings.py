"""What may be set about the client, with the values it uses otherwise."""

from __future__ import annotations

import msgspec

from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds

USER_AGENT = "sparko-console/0.1"


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Durations are nanoseconds."""

    post_timeout_ns: Nanoseconds = 5 * SECOND_NS
    """A request that changes something: from the connection's first byte to the answer's last."""
    write_wait_ns: Nanoseconds = 2 * SECOND_NS
    """How long such a request may wait for its tokens; after that it is not sent, its book is old."""
    read_timeout_ns: Nanoseconds = 8 * SECOND_NS
    """One attempt of a read."""
    read_deadline_ns: Nanoseconds = 30 * SECOND_NS
    """A read with all its attempts and waits."""
    read_attempts: int = 6
    backoff_ns: Nanoseconds = 200 * MILLISECOND_NS
    """The longest wait before the second attempt; it doubles with each further one."""
    longest_backoff_ns: Nanoseconds = 5 * SECOND_NS
    connect_timeout_ns: Nanoseconds = 3 * SECOND_NS
    pool_timeout_ns: Nanoseconds = SECOND_NS
    connections: int = 16
    keepalive_ns: Nanoseconds = 20 * SECOND_NS
    """How long an idle connection is used again. Shorter than proxies keep theirs, so that a request rarely
    meets a connection that is just being closed."""
    most_pages: int = 1_000
    cutoff_age_ns: Nanoseconds = 600 * SECOND_NS
    """How long the border between live and historical data is believed."""
    proxy: str | None = None
    """A proxy to go through. Only this one: the environment's proxy variables and ``.netrc`` are not looked
    at, so that no setting of the machine sends keys and orders another way."""
