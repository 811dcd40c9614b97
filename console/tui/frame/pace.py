"""How often the screen is looked at: often while something may change, seldom while nothing can."""

from __future__ import annotations

from textual.timer import Timer


class Pace:
    """Two timers of one work, of which one runs."""

    def __init__(self, fast: Timer, slow: Timer) -> None:
        self._fast = fast
        self._slow = slow
        self._is_slow = False
        slow.pause()

    def hurry(self) -> None:
        if self._is_slow:
            self._is_slow = False
            self._slow.pause()
            self._fast.resume()

    def rest(self) -> None:
        if not self._is_slow:
            self._is_slow = True
            self._fast.pause()
            self._slow.resume()
