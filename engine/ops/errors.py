"""What keeps an engine from starting, or ends it: always one line."""

from __future__ import annotations


class OpsError(Exception):
    """The text is one line that names what was got and what would be right."""
