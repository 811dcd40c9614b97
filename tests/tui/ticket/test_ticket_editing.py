"""Keys in a ticket, sizes by preset, and the codes that prefill one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ticket_scene import TICKER, buy, held, own_order, scene, sell

from console.tui.ticket.bounds import Bounds
from console.tui.ticket.editing import Draft, Field, press
from console.tui.ticket.entry_limits import blocks
from console.tui.ticket.prefill import BadCode, Prefill, prefill
from console.tui.ticket.scene import Scene
from console.tui.ticket.sizes import most_c, part_c
from console.tui.ticket.ticket import Ticket, Verb
from console.tui.ticket.typed import count_of, may_continue, price_of
from engine.domain.order import Leg, TimeInForce
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DOLLAR_UD


def typed(keys: list[str], there: Scene | None = None, draft: Draft | None = None) -> Draft:
    draft = draft or Draft(Ticket(TICKER, Leg.YES, count_c=100, price_bp=5_700))
    for key in keys:
        draft = press(draft, key, there or scene())
    return draft


@pytest.mark.parametrize(
    ("keys", "count_c", "price_bp"),
    [
        (["1"], 100, 5_700),
        (["4"], 1_000, 5_700),
        (["+"], 100, 5_800),
        (["-", "-"], 100, 5_500),
        (["]"], 100, 6_700),
        (["[", "shift+up"], 100, 5_700),
        (["j"], 100, 5_600),
        (["a"], 100, 5_800),
        (["tab", "4", "3", ".", "5"], 100, 4_350),
        (["tab", "4", "3", "backspace", "1"], 100, 4_100),
        (["s", "7"], 700, 5_700),
        (["tab", "tab", "2", ".", "2", "5"], 225, 5_700),
        (["5"], 800, 5_700),  # $5 worst loss with fee at 57 is 8 contracts
    ],
)
def test_keys_change_size_and_price(keys: list[str], count_c: int, price_bp: int) -> None:
    ticket = typed(keys).ticket
    assert (ticket.count_c, ticket.price_bp) == (count_c, price_bp)


def test_the_price_keys_are_those_of_the_leg() -> None:
    there = scene(grid=STRUCTURES["tapered_deci_cent"], bids=((9_500, 100),), asks=((9_600, 100),))
    no = Draft(Ticket(TICKER, Leg.NO, count_c=100))
    assert typed(["a"], there, no).ticket.price_bp == 500
    assert typed(["a", "+"], there, no).ticket.price_bp == 510
    assert typed(["j"], there, no).ticket.price_bp == 400


def test_a_close_takes_as_far_into_the_book_as_its_size_needs() -> None:
    there = scene(position=held())
    assert typed(["a"], there, Draft(sell(count_c=500))).ticket.price_bp == 5_600
    assert typed(["a"], there, Draft(sell(count_c=501))).ticket.price_bp == 5_500
    assert typed(["j"], there, Draft(sell(count_c=501))).ticket.price_bp == 5_800


def test_the_end_of_the_grid_is_said() -> None:
    draft = typed(["tab", "9", "8", "+", "+"])
    assert draft.ticket.price_bp == 9_900
    assert "last price" in draft.note


def test_parts_of_a_position_go_round() -> None:
    there = scene(position=held(count_c=1_000))
    sizes = []
    draft = Draft(sell(count_c=0))
    for _ in range(5):
        draft = press(draft, "%", there)
        sizes.append(draft.ticket.count_c)
    assert sizes == [200, 500, 700, 1_000, 200]
    assert "nothing is free" in typed(["%"]).note


def test_flags_turn_on_and_off_and_post_only_needs_a_resting_order() -> None:
    assert typed(["f", "g", "v", "p"]).ticket == Ticket(
        TICKER, Leg.YES, count_c=100, price_bp=5_700, far=True, again=True, flip=True, post_only=True
    )
    assert typed(["f", "f"]).ticket.far is False
    immediate = typed(["p", "o"])
    assert immediate.ticket.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
    assert not immediate.ticket.post_only
    assert "needs an order that rests" in press(immediate, "p", scene()).note


def test_what_means_nothing_says_so_and_changes_nothing() -> None:
    draft = typed([])
    for key in ("Q", "left", "6", "0", "."):
        pressed = press(draft, key, scene())
        assert pressed.ticket == draft.ticket
        assert pressed.note
    assert press(draft, "tab", scene()).field is Field.PRICE


def test_max_is_the_limit_and_never_the_balance() -> None:
    assert most_c(buy(price_bp=5_700), scene(bounds=Bounds())) is None
    assert most_c(sell(), scene(position=held(count_c=700))) == 700
    working = own_order(buys=False, opens=False, count_c=300, remaining_c=300)
    assert most_c(sell(), scene(position=held(count_c=700), orders=(working,))) == 400


@settings(derandomize=True)
@given(st.integers(1, 99), st.integers(0, 50), st.integers(0, 3_000))
def test_max_is_the_largest_size_that_passes(cents: int, dollars: int, count_c: int) -> None:
    there = scene(bounds=Bounds(count_c, dollars * DOLLAR_UD))
    most = most_c(buy(price_bp=cents * 100), there)
    assert most is not None

    def passes(size_c: int) -> bool:
        codes = {code for code, _ in blocks(buy(count_c=size_c, price_bp=cents * 100), there)}
        return not codes & {"ORDER_COUNT", "ORDER_DOLLARS"}

    assert most == 0 or passes(most)
    assert not passes(most + 100)


def test_parts_are_whole_contracts_where_there_are_any() -> None:
    assert [part_c(1_030, percent) for percent in (25, 50, 75, 100)] == [200, 500, 700, 1_030]
    assert part_c(150, 25) == 37


@settings(derandomize=True)
@given(st.integers(1, 9_999))
def test_a_price_is_read_as_it_is_written(price_bp: int) -> None:
    whole, part = divmod(price_bp, 100)
    assert price_of(f"{whole}.{part:02d}") == price_bp


def test_half_typed_numbers() -> None:
    assert (price_of(""), price_of("."), price_of("0"), price_of("100"), count_of("0")) == (None,) * 5
    assert price_of("5.") == 500
    assert may_continue("57.25")
    assert not may_continue("57.255")
    assert not may_continue("5.7.2")
    assert price_of("٥٧") is None


@pytest.mark.parametrize(
    ("code", "words", "wanted"),
    [
        ("BY", "10@57", Prefill(Verb.OPEN, Leg.YES, 1_000, 5_700)),
        ("bn", "2.5@43.5 ioc", Prefill(Verb.OPEN, Leg.NO, 250, 4_350, TimeInForce.IMMEDIATE_OR_CANCEL)),
        ("BY", "", Prefill(Verb.OPEN, Leg.YES)),
        ("BY", "@57 --far again", Prefill(Verb.OPEN, Leg.YES, 0, 5_700, far=True, again=True)),
        ("CLOSE", "", Prefill(Verb.CLOSE)),
        ("CLOSE", "5", Prefill(Verb.CLOSE, None, 500)),
        ("BY", "1@5 tp +20 SL 44", Prefill(Verb.OPEN, Leg.YES, 100, 500, take_profit="+20", stop_loss="44")),
    ],
)
def test_codes_prefill(code: str, words: str, wanted: Prefill) -> None:
    assert prefill(code, words.split()) == wanted


@pytest.mark.parametrize(
    "line", ["BY x@57", "BY 10@", "BY 10@100", "BY @", "BY 0@57", "BN 10@43 tp", "BZ 1@2"]
)
def test_bad_codes_say_what_would_be_right(line: str) -> None:
    code, *words = line.split()
    with pytest.raises(BadCode, match="wanted"):
        prefill(code, words)
