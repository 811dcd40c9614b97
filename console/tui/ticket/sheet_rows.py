"""The condition being written and the pad, as rows."""

from __future__ import annotations

import textwrap

from console.tui import numbers, roles
from console.tui.cells import Row, clip_row
from console.tui.desk import Desk
from console.tui.panels.labels import market_label
from console.tui.panels.loads import price_now_bp
from console.tui.ticket.condition_draft import WHEN_WANTED, ConditionDraft, ConditionField
from console.tui.ticket.draft_rows import headline, mode_row
from console.tui.ticket.pad import Pad
from console.tui.ticket.scene import Scene
from engine.domain.order import Leg
from engine.domain.trigger import LOAD_SLOTS
from engine.domain.trigger_text import text_of_ticket

CONDITION_KEYS = (("Enter", "ARM IT"), ("Esc", "leave"), ("tab", "field"))
PAD_KEYS = (("1-9", "SEND"), ("Esc", "leave"), ("d", "empty"), ("A", "arm"))


def condition_surface(draft: ConditionDraft, scene: Scene, width: int, height: int) -> tuple[Row, ...]:
    """At most ``height`` rows, the keys last."""
    plan = draft.ticket.take_profit or draft.ticket.stop_loss
    rows: list[Row] = [mode_row("CONDITION", scene), *headline(draft.ticket, scene)]
    if plan:
        said = f"TP {draft.ticket.take_profit or '-'}  SL {draft.ticket.stop_loss or '-'}"
        rows.append(((said, roles.LABEL),))
    rows += [_condition_field(draft, field) for field in ConditionField]
    rows += _wrapped(draft.note or f"such as {WHEN_WANTED}", width, draft.note != "")
    rows += _wrapped("The engine watches, also when nobody is here; the risk gate looks at the order.", width)
    return _with_keys(rows, CONDITION_KEYS, width, height)


def _condition_field(draft: ConditionDraft, field: ConditionField) -> Row:
    is_here = draft.at is field
    match field:
        case ConditionField.WHEN:
            text = f"{draft.when}_" if is_here else draft.when or "-"
        case ConditionField.EXPIRES:
            text = f"{draft.expires}_" if is_here else draft.expires or "never"
        case ConditionField.NOW:
            text = "sent at once" if draft.now else "refused"
    return (
        (f"{'>' if is_here else ' '}{field.value:<8}", roles.ACCENT if is_here else roles.LABEL),
        (text, roles.SELECTED if is_here else roles.TEXT),
    )


def pad_surface(pad: Pad, desk: Desk, scene: Scene, width: int, height: int) -> tuple[Row, ...]:
    rows: list[Row] = [mode_row("LOADED", scene)]
    for slot in range(1, LOAD_SLOTS + 1):
        load = desk.replica.desk.loads.get(slot)
        if load is None or load.ticket is None:
            rows.append(((f" {slot} ", roles.TITLE), ("empty", roles.LABEL)))
            continue
        ticket = load.ticket
        tone = roles.YES if (ticket.leg is Leg.YES) == ticket.buys else roles.NO
        now = numbers.cents(price_now_bp(desk, ticket))
        rows.append(
            (
                (f" {slot} ", roles.TITLE),
                (text_of_ticket(ticket), tone),
                (f" now {now} ", roles.TEXT),
                (market_label(desk.market(ticket.ticker), ticket.ticker), roles.LABEL),
            )
        )
    if not desk.replica.desk.loads:
        rows += _wrapped("Nothing is loaded. L on a REVIEW loads its ticket.", width)
    rows += _wrapped(pad.note, width, is_warning=True)
    return _with_keys(rows, PAD_KEYS, width, height)


def _wrapped(text: str, width: int, is_warning: bool = False) -> list[Row]:
    role = roles.WARNING if is_warning else roles.LABEL
    return [((line, role),) for line in textwrap.wrap(text, max(width, 1))]


def _with_keys(
    rows: list[Row], keys: tuple[tuple[str, str], ...], width: int, height: int
) -> tuple[Row, ...]:
    foot: list[tuple[str, str]] = []
    for key, does in keys:
        foot += [(f"{key} ", roles.TITLE), (f"{does}  ", roles.LABEL)]
    return tuple(clip_row(row, width) for row in (*rows[: max(0, height - 1)], tuple(foot)))
