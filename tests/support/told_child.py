"""A collector for tests: each word of the file ``do`` in the folder ``TOLD_CHILD`` is something that it does,
in their order; then it waits for more. Once it said that it is live it does so each second, with its last
value. It writes its process number to ``pid`` first."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from collectors.observations import Headline, Health, Observation, encode

_EACH_S = 0.02
_A_THOUSAND = 1_000


def write(*frames: bytes) -> None:
    sys.stdout.buffer.write(b"".join(frames))
    sys.stdout.buffer.flush()


def value(text: str, key: str = "BTC-USD") -> bytes:
    now_ns = time.time_ns()
    return encode(Observation("spot", key, text, now_ns, now_ns, source="coinbase"))


def health(*, connected: bool = True, note: str = "", age_s: float = 0.0) -> bytes:
    return encode(Health("coinbase", connected, age_s, 5.0, note))


def headline(name: str) -> bytes:
    now_ns = time.time_ns()
    return encode(Headline(name, f"Something about {name}", "rss", now_ns, now_ns - 10**9))


def flood(thousands: str) -> None:
    frames = b"".join(value(f"{95_000 + place % 100}") for place in range(_A_THOUSAND))
    for _ in range(int(thousands)):
        write(frames)


def say(text: str) -> None:
    print(text.replace("_", " "), file=sys.stderr, flush=True)


WORDS: dict[str, Callable[[str], object]] = {
    "live": lambda _: write(health()),
    "down": lambda note: write(health(connected=False, note=note.replace("_", " "), age_s=3.0)),
    "value": lambda text: write(value(text)),
    "news": lambda name: write(headline(name)),
    "flood": flood,
    "keys": lambda count: [write(value("1", f"K{place}")) for place in range(int(count))],
    "garbage": lambda _: print("Traceback (most recent call last):", flush=True),
    "say": say,
    "end": lambda code: sys.exit(int(code)),
    "deaf": lambda _: signal.signal(signal.SIGTERM, signal.SIG_IGN),
}


def main() -> None:
    folder = Path(os.environ["TOLD_CHILD"])
    (folder / "pid").write_text(str(os.getpid()))
    done, beat_s, is_live, last = 0, 0.0, False, ""
    while True:
        if is_live and time.monotonic() - beat_s > 1:
            beat_s = time.monotonic()
            write(health(), value(last) if last else b"")
        try:
            words = (folder / "do").read_text().split()
        except FileNotFoundError:
            words = []
        for word in words[done:] if len(words) >= done else words:
            name, _, argument = word.partition("=")
            WORDS[name](argument)
            is_live = is_live or name == "live"
            last = argument if name == "value" else last
        done = len(words)
        time.sleep(_EACH_S)


if __name__ == "__main__":
    main()
