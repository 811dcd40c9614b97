"""Conditions as the command line tells them: a document, a sentence, a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from console.tools.prepared import wants_json

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.rows import ConditionRow


def condition_document(row: ConditionRow) -> dict[str, Json]:
    """``when`` and ``do`` are as a person would write them again."""
    from console.tools.prepared import plan_document
    from console.tools.units import iso
    from engine.domain.trigger_text import text_of_ticket, text_of_trigger

    terms = row.terms
    return {
        "condition_id": row.condition_id,
        "state": row.state.value,
        "ticker": terms.ticket.ticker,
        "when": text_of_trigger(terms.trigger),
        "do": text_of_ticket(terms.ticket),
        **plan_document(terms.ticket.plan),
        "oco": list(terms.cancels),
        "created_time": iso(row.created_ns),
        "expires_time": iso(terms.expires_ns),
        "ended_time": iso(row.ended_ns),
        "client_order_id": row.client_order_id or None,
        "cause": row.cause or None,
    }


def tell_condition(row: ConditionRow, *, as_json: bool) -> None:
    """Prints, and ends with 1 where its order was refused. Raises typer.Exit."""
    from console.tools.failure import REFUSED
    from console.tools.output import print_json

    if wants_json(as_json):
        print_json(condition_document(row))
    else:
        typer.echo(_sentence(row))
    if row.state == "fired" and not row.client_order_id:
        typer.echo(f"error: {row.cause}", err=True)
        raise typer.Exit(REFUSED)


def _sentence(row: ConditionRow) -> str:
    from console.tools.prepared import plan_text
    from engine.domain.trigger_text import text_of_ticket, text_of_trigger

    terms = row.terms
    order = " ".join(part for part in (text_of_ticket(terms.ticket), plan_text(terms.ticket.plan)) if part)
    note = f"; {row.cause}" if row.cause else ""
    what = f"{terms.ticket.ticker}: when {text_of_trigger(terms.trigger)}, {order}"
    return f"{row.state.value.upper()}: {what} ({row.condition_id}){note}"


def print_conditions(rows: list[ConditionRow]) -> None:
    from console.tools.output import Column, print_table
    from console.tools.prepared import plan_text
    from console.tools.words import eastern, short_names
    from engine.domain.trigger_text import text_of_ticket, text_of_trigger

    flexible = [Column(head, is_flexible=True) for head in ("MARKET", "WHEN", "DO")]
    columns = [Column("ID"), Column("STATE"), *flexible, Column("UNTIL ET")]
    names = short_names([row.condition_id for row in rows])
    shown = [
        [
            name,
            row.state.value,
            row.terms.ticket.ticker,
            text_of_trigger(row.terms.trigger),
            " ".join((text_of_ticket(row.terms.ticket), plan_text(row.terms.ticket.plan))).strip(),
            eastern(row.terms.expires_ns),
        ]
        for name, row in zip(names, rows, strict=True)
    ]
    print_table(columns, shown)
    for name, row in zip(names, rows, strict=True):
        if row.cause:
            typer.echo(f"{name}: {row.cause}")
