"""Pictures are kept as what they are: newer snapshot libraries read another name for the ending of a file."""

from __future__ import annotations

import pytest
from pytest_textual_snapshot import SVGImageExtension
from svg_pictures import Pictures
from syrupy import SnapshotAssertion

SVGImageExtension.file_extension = "svg"


@pytest.fixture
def pictures(snapshot: SnapshotAssertion) -> Pictures:
    return Pictures(snapshot.use_extension(SVGImageExtension))
