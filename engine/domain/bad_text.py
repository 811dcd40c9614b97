"""What a person typed cannot be read."""

from __future__ import annotations

_SHOWN = 60


class BadText(ValueError):
    """One line: the field, what was got, what would be right."""

    def __init__(self, field: str, got: str, wanted: str) -> None:
        super().__init__(f"{field}: got {got[:_SHOWN]!r}, wanted {wanted}")
        self.field, self.got, self.wanted = field, got, wanted
