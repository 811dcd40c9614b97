"""What every record of the journal is."""

from __future__ import annotations

import msgspec


class Fact(msgspec.Struct, frozen=True, tag_field="fact", omit_defaults=True, gc=False):
    """Tagged, so that one decoder reads every record of the journal."""
