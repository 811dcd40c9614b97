"""The plan being written, as rows: what is held, each field with the level it comes to, and the keys."""

from __future__ import annotations

import textwrap

from console.tui import roles
from console.tui.cells import Row, clip_row
from console.tui.numbers import cents, contracts
from console.tui.ticket.draft_rows import mode_row
from console.tui.ticket.exit_plan import level_bp
from console.tui.ticket.messages import mean_bp, mean_cents
from console.tui.ticket.plan_draft import PlanDraft, PlanField
from console.tui.ticket.scene import Scene
from engine.domain.bad_text import BadText
from engine.domain.order import Leg
from engine.domain.plan_text import parse_target
from engine.domain.units import PriceBp

_WIDTH = 10
_TARGETS = (PlanField.TAKE_PROFIT, PlanField.STOP_LOSS, PlanField.DISASTER)
_WHAT = {
    PlanField.STOP_LOSS: "two looks 5 s apart",
    PlanField.DISASTER: "one look",
    PlanField.TRAILING: "c below the best price",
    PlanField.HOLD: "min after the entry",
}
KEYS = (("Enter", "SET"), ("Esc", "leave"), ("tab", "field"), ("o", "take"), ("h", "hold"), ("d", "drop"))


def plan_surface(draft: PlanDraft, scene: Scene, width: int, height: int) -> tuple[Row, ...]:
    """At most ``height`` rows, the keys last."""
    position = draft.position
    tone = roles.YES if position.leg is Leg.YES else roles.NO
    leg = "" if position.leg is None else position.leg.upper()
    now = mean_cents(position.exit_ud, position.count_c) if position.exit_ud is not None else "-"
    entry = mean_cents(position.cost_ud, position.count_c)
    rows: list[Row] = [
        mode_row("PLAN", scene),
        ((f"{contracts(position.count_c)} {leg}", tone), (f" entry {entry}, brings {now}", roles.TEXT)),
        ((f"{position.ticker} {scene.label}".rstrip(), roles.LABEL),),
        *(_field(draft, field) for field in PlanField),
        _settlement(draft),
    ]
    for said in (draft.note, _sells_now(draft)):
        rows += [((line, roles.WARNING),) for line in textwrap.wrap(said, max(width, 1))]
    keys: list[tuple[str, str]] = []
    for key, does in KEYS:
        keys += [(f"{key} ", roles.TITLE), (f"{does}  ", roles.LABEL)]
    return tuple(clip_row(row, width) for row in (*rows[: max(0, height - 1)], tuple(keys)))


def _field(draft: PlanDraft, field: PlanField) -> Row:
    is_here = draft.at is field
    text = draft.text(field)
    shown = f"{text}_" if is_here else text or "-"
    return (
        (f"{'>' if is_here else ' '}{field.value:<{_WIDTH}}", roles.ACCENT if is_here else roles.LABEL),
        (f"{shown:<7}", roles.SELECTED if is_here else roles.TEXT),
        (_told(draft, field, text), roles.LABEL),
    )


def _told(draft: PlanDraft, field: PlanField, text: str) -> str:
    """The level that a target comes to, and how it is carried out."""
    what = _WHAT.get(field, "taken at once" if draft.takes else "rests there")
    if field not in _TARGETS or not text:
        return f" {what}" if text else ""
    level = _level_bp(draft, field)
    if level is None:
        return ""
    return f" at {cents(level)}, {what}" if level > 0 else " below 0: none"


def _level_bp(draft: PlanDraft, field: PlanField) -> PriceBp | None:
    """What a field comes to with the entry as it is; None of one that is empty or no price yet."""
    position, text = draft.position, draft.text(field)
    try:
        target = parse_target(text, field.value)
    except BadText:
        return None
    return level_bp(target, mean_bp(position.cost_ud, position.count_c))


def _sells_now(draft: PlanDraft) -> str:
    """What of the plan the price has reached already, beyond the entry on its side: it sells as soon as it is
    set. Empty if nothing has."""
    position = draft.position
    if position.exit_ud is None or position.count_c <= 0:
        return ""
    mark_bp = position.exit_ud // position.count_c
    entry_bp = mean_bp(position.cost_ud, position.count_c)
    for field in _TARGETS:
        level = _level_bp(draft, field)
        if level is None:
            continue
        is_gain = field is PlanField.TAKE_PROFIT
        if entry_bp < level <= mark_bp if is_gain else mark_bp <= level < entry_bp:
            return f"{field.value} {cents(level)} is reached: it brings {cents(mark_bp)}, so Enter sells"
    return ""


def _settlement(draft: PlanDraft) -> Row:
    said = "yes: it is held until it is paid" if draft.to_settlement else "no"
    return ((f" {'to payout':<{_WIDTH}}", roles.LABEL), (said, roles.TEXT))
