"""``sparko`` inside of this process, which spares half a second of start for each of a hundred commands. What
it talks to are the daemon's own socket and the exchange's own port."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner

from console.tools.app import app

_CODE = re.compile(r"\(([A-Z][A-Z_]+)\)")


class Ran(NamedTuple):
    """What a command came to; ``document`` is None where it printed none."""

    code: int
    document: Any
    line: str

    @property
    def deny_code(self) -> str:
        """From the document, else from the end of the line."""
        if isinstance(self.document, dict) and self.document.get("deny_code"):
            return str(self.document["deny_code"])
        found = _CODE.findall(self.line)
        return found[-1] if found else ""


def ran(home: Path, *words: str) -> Ran:
    """``sparko`` with these words, on this home; it says at most one line, and only where it fails."""
    found = CliRunner().invoke(app, [*words, "--home", str(home), "--json"])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    lines = found.stderr.splitlines()
    assert len(lines) == bool(found.exit_code), (words, found.exit_code, found.stderr)
    line = lines[0].removeprefix("error: ") if lines else ""
    return Ran(found.exit_code, json.loads(found.stdout) if found.stdout else None, line)


def done(home: Path, *words: str) -> Any:
    """The document of a command that does what it is told."""
    found = ran(home, *words)
    assert found.code == 0, (words, found)
    return found.document
