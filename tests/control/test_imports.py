"""A console starts fast and alone: the client loads nothing of the engine but its words."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval

import pytest

FORBIDDEN = (
    "engine.control.server",
    "engine.core",
    "engine.kalshi",
    "engine.ledger",
    "engine.ports",
    "engine.sandbox",
    "engine.wire",
    "cryptography",
    "httpx",
    "numpy",
    "pandas",
    "pyarrow",
    "sqlite3",
    "starlette",
    "uvicorn",
)


@pytest.mark.parametrize("module", ["client", "attachment", "replica", "protocol", "queries"])
def test_what_a_console_imports_loads_no_engine(module: str) -> None:
    program = (
        f"import sys; before = set(sys.modules); import engine.control.{module}\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        f"print([name for name in {FORBIDDEN!r} if name in sys.modules])\n"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded, foreign = told.stdout.splitlines()
    assert loaded == "[]"
    assert set(literal_eval(foreign)) <= {"engine", "msgspec", "websockets", "typing_extensions"}
