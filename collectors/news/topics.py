"""What a piece of news is about, by its words: a category, and the series of markets that it may move."""

from __future__ import annotations

import re

import msgspec

_CRYPTO = ("KXBTC", "KXBTCD", "KXETH", "KXETHD")
_STOCKS = ("KXINX", "KXINXU", "KXNASDAQ100", "KXNASDAQ100U")
_CITIES = (
    (r"new york|central park|nyc\b|manhattan", ("KXHIGHNY", "KXLOWTNYC")),
    (r"chicago|cook county, il", ("KXHIGHCHI", "KXLOWTCHI")),
    (r"los angeles", ("KXHIGHLAX", "KXLOWTLAX")),
    (r"miami", ("KXHIGHMIA", "KXLOWTMIA")),
    (r"austin|travis county", ("KXHIGHAUS", "KXLOWTAUS")),
    (r"denver", ("KXHIGHDEN", "KXLOWTDEN")),
    (r"philadelphia", ("KXHIGHPHIL", "KXLOWTPHIL")),
)
_RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("crypto", r"bitcoin|\bbtc\b|ethereum|\beth\b|crypto|stablecoin|coinbase|binance", _CRYPTO),
    (
        "economy",
        r"federal reserve|\bfed\b|\bfomc\b|interest rates?|inflation|\bcpi\b|\bppi\b|payrolls?|unemployment|"
        r"jobless|\bgdp\b|treasury yields?|tariffs?",
        (*_STOCKS, *_CRYPTO),
    ),
    ("stocks", r"s&p 500|nasdaq|dow jones|wall street|stock market|circuit breaker", _STOCKS),
    ("travel", r"\btsa\b|air travel|airports?|flight cancel|\bfaa\b|government shutdown", ("KXTSAW",)),
    (
        "weather",
        r"heat advisory|excessive heat|extreme heat|heat wave|cold front|freeze warning|frost advisory|"
        r"winter storm|blizzard|thunderstorm|hurricane|tropical storm|wind chill|record high",
        (),
    ),
)
_WORDS = tuple((name, re.compile(pattern), series) for name, pattern, series in _RULES)
_PLACES = tuple((re.compile(pattern), series) for pattern, series in _CITIES)
OTHER = "other"


class Topic(msgspec.Struct, frozen=True):
    """``categories`` are in the order of the table, ``other`` alone if there is none."""

    categories: tuple[str, ...]
    series: tuple[str, ...]


def topic_of(title: str, summary: str = "") -> Topic:
    """The title decides; the summary names places of weather."""
    text = title.lower()
    matched = [(name, series) for name, pattern, series in _WORDS if pattern.search(text)]
    found = [one for _, series in matched for one in series]
    if any(name == "weather" for name, _ in matched):
        where = f"{text} {summary.lower()}"
        found += [one for pattern, series in _PLACES if pattern.search(where) for one in series]
    categories = tuple(name for name, _ in matched) or (OTHER,)
    return Topic(categories, tuple(dict.fromkeys(found)))
