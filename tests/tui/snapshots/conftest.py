"""Pictures are kept as what they are: newer snapshot libraries read another name for the ending of a file."""

from __future__ import annotations

from pytest_textual_snapshot import SVGImageExtension

SVGImageExtension.file_extension = "svg"
