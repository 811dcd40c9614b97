"""What the panels look like, in every state, as text beside this file.

``SPARKO_PICTURES=write`` draws them anew; look at the difference before it is kept.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from panel_states import PANELS, STATES, picture

from console.tui.panels.base import Panel, Place

PICTURES = Path(__file__).parent / "pictures"
PLACES = (Place(30, 16), Place(58, 16), Place(118, 16))


def pictures_of(panel: Panel) -> str:
    """Every state at three widths."""
    found = []
    for state, desk_of in STATES.items():
        for place in PLACES:
            view = panel.view(desk_of().desk, place)
            found.append(f"--- {state} {place.width}x{place.height}\n{picture(view, place)}\n")
    return "\n".join(found)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.code)
def test_a_panel_looks_as_it_was_agreed(panel: Panel) -> None:
    path = PICTURES / f"{panel.code.lower()}.txt"
    drawn = pictures_of(panel)
    if os.environ.get("SPARKO_PICTURES") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn)
    assert drawn == path.read_text()
