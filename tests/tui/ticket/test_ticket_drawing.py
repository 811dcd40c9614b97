"""The surface as text: every figure at its place, and what gives way where there is little room."""

from __future__ import annotations

import msgspec
import pytest
from ticket_scene import BOUNDS, buy, held, scene, sell

from console.tui.cells import plain_rows
from console.tui.ticket import events
from console.tui.ticket.bounds import Left
from console.tui.ticket.drawing import MIN_HEIGHT, MIN_WIDTH, surface
from console.tui.ticket.editing import Draft
from console.tui.ticket.entry import Entry
from console.tui.ticket.entry_state import step
from console.tui.ticket.scene import Scene
from console.tui.ticket.ticket import Ticket
from engine.domain.order import Leg, TimeInForce


def reviewed(ticket: Ticket, there: Scene) -> Entry:
    entry = step(Entry(), events.Opened(Draft(ticket), there, "")).entry
    return step(entry, events.Key("enter", 0, there, "id-1")).entry


def text(entry: Entry, there: Scene, width: int = 40, height: int = 18) -> str:
    return plain_rows(surface(entry, there, None, width, height))


def test_a_review_of_an_entry() -> None:
    there = scene(label="$95,000 or above", usual_c=700)
    assert (
        text(reviewed(buy(Leg.NO, 700, 4_400), there), there)
        == """\
 SIM  REVIEW  KEYS armed
BUY 7 NO at 44  GTC
KXBTCD-26NOV2117-T95000 $95,000 or above
fills now  5 at 44
rests      2 at 44
cost       $3.08
fee        $0.0863, all taken $0.1208
worst/best -$3.2008 / +$3.8337
break-even 45.24 % must win
position   flat -> 7 NO
cash       $1,000.00 on shard 0
plan       none: no TP, no SL
limits     10, $5.00 an order
book       age 0.2s  like it: none
Enter SEND  Esc back  i if  L load"""
    )


def test_a_review_of_a_close() -> None:
    there = scene(position=held(), is_armed=False)
    close = sell(count_c=1_000, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
    assert (
        text(reviewed(close, there), there)
        == """\
 SIM  REVIEW  KEYS locked
CLOSE 10 YES at 55  IOC
KXBTCD-26NOV2117-T95000
fills now  10 at 55.5
rests      nothing
brings     $5.55
fee        $0.173
worst/best +$0.35 realised before fee
break-even -
position   this CLOSES 10 YES -> flat
cash       $1,000.00 on shard 0
plan       as it is: this only reduces
limits     none: it only reduces
book       age 0.2s  like it: none
Enter SEND  Esc back  i if  L load"""
    )


@pytest.mark.parametrize("venue", ["sandbox", "paper", "demo", "live"])
def test_whose_money_it_is_stands_first(venue: str) -> None:
    there = scene(venue=venue)
    word = "SIM" if venue == "sandbox" else venue.upper()
    assert text(reviewed(buy(), there), there).startswith(f" {word}  REVIEW")


def test_in_the_least_room_all_figures_and_the_first_refusal_are_there() -> None:
    there = scene(is_attached=False, is_armed=False, is_book_fresh=False)
    shown = text(reviewed(buy(far=True), there), there, MIN_WIDTH, MIN_HEIGHT).splitlines()
    assert shown[2] == "with far"
    assert shown[14].startswith("book       ~ stale")
    assert shown[-1].startswith("A arm  Esc back"), "Enter sends nothing while something forbids it"
    roomy = text(reviewed(buy(), there), there, MIN_WIDTH, MIN_HEIGHT).splitlines()
    assert roomy[-2].startswith("! the engine is not there")


def test_in_less_room_than_a_review_needs_it_is_told_why_nothing_is_sent() -> None:
    there = scene(is_roomy=False)
    shown = text(reviewed(buy(), there), there, 58, 9).splitlines()
    assert len(shown) == 9
    assert shown[1].startswith("BUY 5 YES at 59")
    assert shown[-3].startswith("! terminal: too small for a whole review; wanted 80x24")
    assert shown[-1].startswith("Esc back")


def test_enter_is_told_as_sending_only_while_it_sends() -> None:
    assert text(reviewed(buy(), scene()), scene()).splitlines()[-1].startswith("Enter SEND")
    stale = scene(is_book_fresh=False)
    assert text(reviewed(buy(), stale), stale).splitlines()[-1].startswith("Esc back")


def test_a_stale_book_is_marked_in_the_ticket() -> None:
    there = scene(is_book_fresh=False)
    entry = step(Entry(), events.Opened(Draft(buy()), there, "")).entry
    assert "~bid 56 ask 58" in text(entry, there)


def test_of_what_is_left_of_the_limits_the_scarcest_is_told_in_words() -> None:
    others = (
        Left("market_loss", "ud", 10_000_000, 2_450_000),
        Left("total_share", "share", 2_000, 1_500),
        Left("bot_entries_per_day", "times", 30, 30),
        Left("entries_per_minute", "times", 6, 5),
        Left("total_loss", "ud", 40_000_000, 2_450_000),
    )
    there = scene(bounds=msgspec.structs.replace(BOUNDS, others=others))
    assert "left: entries per minute 1, total share 5 %, market loss $7.55" in " ".join(
        text(reviewed(buy(Leg.YES, 100, 5_800), there), there, 60).split()
    )
