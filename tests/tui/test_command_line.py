from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.tui.codes import BY_NAME, CODES
from console.tui.command_line import (
    LAST_SHOWN,
    LONGEST,
    History,
    NotUnderstood,
    Offer,
    RowNumber,
    Typed,
    clean,
    matching,
    offers,
    parse,
)

TICKERS = ("KXBTCD-26NOV2117-T95000", "KXBTCD-26NOV2117-T95250", "KXHIGHNY-26NOV21-B55.5")
PAIRS = tuple((ticker, "Bitcoin price" if "BTC" in ticker else "New York high") for ticker in TICKERS)


@pytest.mark.parametrize(
    ("line", "ticker", "code", "args"),
    [
        ("pos", "", "POS", ()),
        ("KXBTCD-26NOV2117-T95000 gp 1h", TICKERS[0], "GP", ("1H",)),
        ("  highny   omon ", TICKERS[2], "EVT", ()),
        ("by 10@57", "", "BY", ("10@57",)),
        ("..", "", "MENU", ()),
        ("find new york", "", "FIND", ("NEW", "YORK")),
    ],
)
def test_lines_that_are_understood(line: str, ticker: str, code: str, args: tuple[str, ...]) -> None:
    assert parse(line, TICKERS) == Typed(ticker, BY_NAME[code], args)


def test_a_ticker_alone_loads_its_market() -> None:
    assert parse("T95250", TICKERS) == Typed(TICKERS[1], None, ())


def test_a_number_runs_the_row() -> None:
    assert parse("12", TICKERS) == RowNumber(12)
    assert parse("", TICKERS) is None


@pytest.mark.parametrize(
    ("line", "word", "said"),
    [
        ("POSS", "POSS", "neither a code nor a known market"),
        ("BTCD", "BTCD", "2 markets and events"),
        ("T95000 GPP", "GPP", "no such code"),
        ("pos 3", "POS", "wanted nothing after it"),
        ("find", "FIND", "wanted text after it"),
    ],
)
def test_lines_that_are_not_understood_say_why(line: str, word: str, said: str) -> None:
    found = parse(line, TICKERS)
    assert isinstance(found, NotUnderstood)
    assert found.word == word
    assert said in found.text


def test_every_code_and_alias_is_understood_by_its_name() -> None:
    for name, code in BY_NAME.items():
        needed = "x" if code.args and not code.args.startswith("[") else ""
        found = parse(f"{name} {needed}", ())
        assert isinstance(found, Typed)
        assert found.code is code


@given(st.text(max_size=1_000))
def test_any_text_is_read_without_failing(text: str) -> None:
    parse(text, TICKERS)
    offers(text, PAIRS)
    cleaned = clean(text)
    assert len(cleaned) <= LONGEST
    assert cleaned.isprintable()


def test_offers_find_codes_by_their_beginning_then_by_their_letters() -> None:
    assert offers("bo", PAIRS)[0].insert == "BOOK "
    assert offers("wtch", PAIRS)[0].label == "WATCH"


def test_offers_find_codes_by_what_they_do_and_markets_by_their_title() -> None:
    assert any(offer.label == "CASH" for offer in offers("limits", PAIRS))
    assert any(offer.label == TICKERS[2] for offer in offers("high", PAIRS))


def test_after_a_market_codes_are_offered_with_the_market_kept() -> None:
    assert offers("T95000 g", PAIRS)[0].insert == "T95000 GP "
    assert len(offers("T95000 ", PAIRS, most=99)) == len(CODES)
    assert offers("T95000 GP ", PAIRS) == []


def test_matching_lists_all_for_nothing_and_the_best_first_otherwise() -> None:
    names = [Offer(name, name, f"does {name}") for name in ("zoom", "freeze", "theme")]
    assert matching("", names) == names
    assert matching("fre", names)[0].label == "freeze"


def test_history_walks_back_and_forth_and_keeps_what_was_being_typed() -> None:
    history = History(["pos", "gp 1h"])
    history.add("ord")
    history.add("pos")
    assert history.lines == ["gp 1h", "ord", "pos"]
    assert [history.older("dra") for _ in range(4)] == ["pos", "ord", "gp 1h", "gp 1h"]
    assert [history.newer("") for _ in range(3)] == ["ord", "pos", "dra"]
    assert history.newer("x") == "x"


def test_last_shows_the_newest_first() -> None:
    history = History([str(number) for number in range(20)])
    assert history.last() == [str(number) for number in range(19, 19 - LAST_SHOWN, -1)]
