"""XRAY tells what is proven, what is old, and all that is in the results."""

from __future__ import annotations

from panel_desk import full_desk
from panel_events import NOW
from panel_results import results, row

from console.tui import roles
from console.tui.cells import plain_rows
from console.tui.lookups import Results
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.xray import XrayPanel
from engine.domain.units import DAY_NS, HOUR_NS
from engine.domain.xray import Xray

WIDE, PHONE = Place(118, 60), Place(30, 60)


def seen(found: Xray | None, place: Place = WIDE) -> View:
    hands = full_desk()
    hands.desk.xray[""] = Results(found)
    return XrayPanel().view(hands.desk, place)


def test_every_row_of_every_group_is_there_with_its_verdict() -> None:
    text = plain_rows(seen(results()).rows)
    for group in results().groups:
        assert f"by {group.name}" in text
        for one in group.rows:
            assert any(one.label in line and one.verdict.value in line for line in text.splitlines())
    assert "50 to 60c" in text
    assert "57.0-77.9" in text


def test_a_gain_is_never_shown_without_its_verdict() -> None:
    """In the narrowest place too."""
    lines = plain_rows(seen(results(), PHONE).rows).splitlines()
    kxhighny = next(line for line in lines if "KXHIGHNY" in line)
    assert "-4.14" in kxhighny
    assert "unproven" in kxhighny


def test_an_old_import_says_how_to_read_what_is_new() -> None:
    fresh, old = (seen(results(complete_ns=NOW - age_ns)) for age_ns in (20 * HOUR_NS, 2 * DAY_NS))
    assert "old" not in plain_rows(fresh.rows).split("\n")[1]
    assert any(span == roles.WARNING for _, span in old.rows[1])
    assert "sparko import account" in plain_rows(old.rows[1:2])
    assert old.age_s == 2 * 86_400


def test_nothing_closed_and_nothing_imported_are_two_things() -> None:
    never, nothing = seen(None), seen(results(overall=row("all", 0, events=0)))
    assert never.state is nothing.state is PanelState.EMPTY
    assert "was not imported yet" in plain_rows(never.rows)
    assert "nothing was closed yet; 211 fills, 3 contracts open" in plain_rows(nothing.rows)


def test_what_has_no_value_is_named() -> None:
    assert "left out: KXA-1, KXB-2" in plain_rows(seen(results(unpriced=("KXA-1", "KXB-2"))).rows)


def test_the_sums_of_a_broken_import_are_said_to_be_of_a_part() -> None:
    broken = seen(results(complete_ns=None))
    assert "NOT COMPLETE, these sums are of a part" in plain_rows(broken.rows[1:2])
    assert broken.age_s is None
