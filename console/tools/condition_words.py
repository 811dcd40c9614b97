"""Conditions as the command line tells them: a document, a sentence, a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from console.tools.prepared import wants_json

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.rows.orders import ConditionRow


def condition_document(row: ConditionRow, waits: str = "") -> dict[str, Json]:
    """``when`` and ``do`` are as a person would write them again; ``waits``: why it sees nothing now."""
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
        "waits": waits or None,
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


def print_conditions(found: list[tuple[ConditionRow, str]]) -> None:
    """A row each, and under it what it waits for, what it does, why it sees nothing now, and what became of
    it."""
    import shutil

    from console.tools.output import Column, table_lines, wrapped
    from console.tools.words import eastern, short_names

    rows = [row for row, _ in found]

    names = short_names([row.condition_id for row in rows])
    columns = [Column("ID"), Column("STATE"), Column("MARKET", is_flexible=True), Column("UNTIL ET")]
    shown = [
        [name, row.state.value, row.terms.ticket.ticker, eastern(row.terms.expires_ns)]
        for name, row in zip(names, rows, strict=True)
    ]
    width = shutil.get_terminal_size((80, 24)).columns
    head, *lines = table_lines(columns, shown, width=width)
    typer.echo(head)
    for line, (row, waits) in zip(lines, found, strict=True):
        typer.echo(f"{line}\n  {_what(row)}")
        if waits:
            typer.echo(wrapped(f"  {waits}", indent=4))
        if row.cause:
            typer.echo(f"  {row.cause}")


def _sentence(row: ConditionRow) -> str:
    note = f"; {row.cause}" if row.cause else ""
    return f"{row.state.value.upper()}: {row.terms.ticket.ticker}: {_what(row)} ({row.condition_id}){note}"


def _what(row: ConditionRow) -> str:
    """``when yes_bid<=42: buy no 10 @ 60 tp +20 sl -10``."""
    from console.tools.prepared import plan_text
    from engine.domain.trigger_text import text_of_ticket, text_of_trigger

    ticket = row.terms.ticket
    order = f"{text_of_ticket(ticket)} {plan_text(ticket.plan)}".rstrip()
    return f"when {text_of_trigger(row.terms.trigger)}: {order}"
