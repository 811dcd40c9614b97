"""``sparko`` imports the command that is to run, and no other; plain words need no pydantic."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_control import FakeControl

from console.tools.app import COMMANDS
from console.tools.commands import Listed

_RUN = (
    "import sys\n"
    "from importlib import import_module\n"
    "program, code, *words = sys.argv[1:]\n"
    "try:\n"
    "    import_module(program).app(words)\n"
    "except SystemExit as end:\n"
    "    assert end.code == int(code), end.code\n"
    "import json\n"
    "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
)


def modules(*words: str, program: str = "console.tools.app", code: int = 0) -> set[str]:
    """What a process has imported when these words are done and it ends with that code."""
    ran = subprocess.run(
        [sys.executable, "-c", _RUN, program, str(code), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stderr.splitlines()[-1]))


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
@pytest.mark.parametrize("width", [40, 80, 400])
def test_the_line_in_the_list_is_the_commands_own(listed: Listed, width: int) -> None:
    assert listed.get_short_help_str(width) == listed.loaded().get_short_help_str(width)


def test_the_list_imports_none_of_what_it_lists() -> None:
    imported = modules("--help")
    places = {f"console.tools.{listed.place.partition(':')[0]}" for listed in COMMANDS}
    assert not imported & places
    assert not imported & {"asyncio", "pydantic", "msgspec"}


@pytest.mark.parametrize("words", [("status",), ("orders", "--json"), ("positions", "--venue", "sandbox")])
def test_a_look_at_the_engine_imports_one_command_and_no_pydantic(
    words: tuple[str, ...], engine: FakeControl, tmp_path: Path
) -> None:
    engine.rows = {"orders": [], "positions": []}
    imported = modules(*words, "--home", str(tmp_path))
    assert "pydantic" not in imported
    assert "console.tools.order" not in imported


def test_the_desk_reads_its_options_without_pydantic(tmp_path: Path) -> None:
    """Here it ends where a terminal is missing, which it asks for once they are read."""
    imported = modules("--theme", "mono", "--home", str(tmp_path), program="console.cli", code=1)
    assert "typer" in imported
    assert "pydantic" not in imported


def test_a_name_that_is_nearly_one_is_guessed(sparko: Any) -> None:
    ran = sparko("statsu")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean 'status'" in ran.err
