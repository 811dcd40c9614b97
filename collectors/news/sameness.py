"""Whether two pieces of news are one: the same address, the same title, or nearly the same words.

Titles that differ in a number are two: "25" and "50 basis points" are not one piece of news.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from engine.domain.units import HOUR_NS, Nanoseconds

_WORD = re.compile(r"[a-z0-9]+(?:[.,][0-9]+)*")
_OUTLET = re.compile(r"\s+[-|–—]\s+[^-|–—]{2,40}$")
_TRACKING = re.compile(r"utm_|fbclid|gclid|mc_|ref$|ref_|cmpid|smid|share", re.IGNORECASE)
_SMALL = frozenset(
    ["a", "an", "the", "of", "in", "on", "at", "to", "for", "and", "or", "as", "is", "are", "by", "with"]
)
_ALIKE, _LEAST_WORDS = 0.75, 4
_MOST, _AGE_NS = 5_000, 36 * HOUR_NS


class _Known(msgspec.Struct, frozen=True):
    words: frozenset[str]
    at_ns: Nanoseconds


class Sameness:
    """Remembers the first tellings of the last day and a half, 5,000 at most."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._by_url: dict[str, str] = {}
        self._by_title: dict[str, str] = {}
        self._by_word: defaultdict[str, set[str]] = defaultdict(set)

    def first_of(self, item_id: str, title: str, url: str, now_ns: Nanoseconds) -> str:
        """The id of the first telling; the item's own if it is the first."""
        self._forget(now_ns)
        if item_id in self._known:
            return item_id
        address, bare = plain_url(url), " ".join(words_of(title))
        found = self._by_url.get(address) if address else None
        found = found or self._by_title.get(bare) or self._nearly(frozenset(words_of(title)))
        first = found if found is not None and found in self._known else item_id
        if first == item_id:
            self._known[item_id] = _Known(frozenset(words_of(title)), now_ns)
            for word in sorted(self._known[item_id].words):
                self._by_word[word].add(item_id)
        if address:
            self._by_url.setdefault(address, first)
        self._by_title.setdefault(bare, first)
        return first

    def _nearly(self, words: frozenset[str]) -> str | None:
        if len(words) < _LEAST_WORDS:
            return None
        shared = Counter(one for word in words for one in self._by_word.get(word, ()))
        for one, count in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
            other = self._known[one].words
            is_alike = count >= _ALIKE * (len(words) + len(other) - count)
            if is_alike and len(other) >= _LEAST_WORDS and _numbers(words) == _numbers(other):
                return one
        return None

    def _forget(self, now_ns: Nanoseconds) -> None:
        while self._known:
            oldest, known = next(iter(self._known.items()))
            if len(self._known) <= _MOST and now_ns - known.at_ns <= _AGE_NS:
                return
            del self._known[oldest]
            for word in sorted(known.words):
                self._by_word[word].discard(oldest)
                if not self._by_word[word]:
                    del self._by_word[word]
            self._by_url = {url: one for url, one in self._by_url.items() if one != oldest}
            self._by_title = {title: one for title, one in self._by_title.items() if one != oldest}


def words_of(title: str) -> list[str]:
    """The words that count, in their order, without the outlet's name at the end."""
    bare = _OUTLET.sub("", title.lower().replace("’", "'").replace("'s ", " "))
    return [word for word in _WORD.findall(bare) if word not in _SMALL]


def plain_url(url: str) -> str:
    """An address without what only tells where the reader came from; empty for what is none."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = parts.hostname.removeprefix("www.").removeprefix("m.")
    kept = [(name, value) for name, value in parse_qsl(parts.query) if not _TRACKING.match(name)]
    query = f"?{urlencode(sorted(kept))}" if kept else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word[0].isdigit())
