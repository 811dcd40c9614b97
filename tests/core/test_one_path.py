"""There is one way from a wish to the exchange, and it leads through the gate."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[2] / "engine"


def makers(name: str) -> list[str]:
    """Modules of the engine that call ``name(...)`` or ``module.name(...)``, once for each call."""
    return calls().get(name, [])


@cache
def calls() -> dict[str, list[str]]:
    """Every name that is called in the engine, and where."""
    found = defaultdict(list)
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                found[name].append(str(path.relative_to(ENGINE)))
    return dict(found)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("SubmitOrder", ["core/sender.py"]),
        ("OrderIntended", ["core/sender.py"]),
        ("OrderResent", ["core/sender.py"]),
        ("LimitRaiseAsked", ["core/limits.py"]),
        ("LimitsConfigured", ["core/limits.py"]),
        ("BreakerTripped", ["core/breakers.py"]),
        ("TripEnded", ["core/risk_day.py"]),
    ],
)
def test_made_in_one_place_only(name: str, where: list[str]) -> None:
    assert makers(name) == where


def test_the_gates_word_is_the_gates() -> None:
    assert set(makers("Allow")) == {"core/gate.py"}


def test_limits_and_breakers_change_in_one_place() -> None:
    assert set(makers("LimitSet")) == {"core/limits.py"}
    assert set(makers("BreakerReset")) == {"core/breakers.py"}


def test_who_may_send_is_few() -> None:
    """The sender belongs to what asks the gate first, and to nobody else."""
    owners = [path for path in makers("Sender") if path.startswith("core/")]
    holders = {
        str(path.relative_to(ENGINE))
        for path in (ENGINE / "core").rglob("*.py")
        if "engine.core.sender import" in path.read_text()
    }
    assert owners == ["core/parts.py"]
    assert holders == {"core/parts.py", "core/lookups.py", "core/placing.py"}


def test_money_changes_through_apply_alone() -> None:
    """Outside of recovery nothing in the core calls it but the desk."""
    for name in ("apply", "order_intended"):
        callers = {path for path in makers(name) if path.startswith("core/")}
        assert callers == {"core/desk.py", "core/money.py"}


def test_nothing_is_ordered_by_a_set() -> None:
    """No loop in the core runs over a set: its order would differ between processes."""
    for path in sorted((ENGINE / "core").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            loops = [node.iter] if isinstance(node, ast.For | ast.comprehension) else []
            for iterated in loops:
                assert not isinstance(iterated, ast.Set | ast.SetComp), f"{path.name}:{iterated.lineno}"
