"""Looks at a home from outside and says what is well and what is not. Changes nothing; needs no engine."""

from __future__ import annotations

import shutil
import stat
from enum import StrEnum
from pathlib import Path

import msgspec

from engine.ledger.errors import LedgerError
from engine.ledger.verifying import verify_file
from engine.ops.config import read_config
from engine.ops.errors import OpsError
from engine.ops.home import Home

_LEAST_FREE_BYTES = 256 * 1024 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(msgspec.Struct, frozen=True):
    """``text`` says what was found and, unless it is well, what to do."""

    what: str
    verdict: Verdict
    text: str


def examine(root: Path, *, verify: bool) -> list[Finding]:
    """What there is to say about a home; with ``verify`` the whole ledger is read and folded."""
    home = Home(root)
    if not root.is_dir():
        return [Finding("home", Verdict.FAILED, f"{root} is not there; sparko-console makes it")]
    findings = [_folder(home), _binding(home), _config(home), _room(home), _ledger(home)]
    if verify and home.ledger.exists():
        findings.append(_verified(home))
    return findings


def _folder(home: Home) -> Finding:
    mode = stat.S_IMODE(home.root.stat().st_mode)
    if mode & _OTHERS:
        return Finding("home", Verdict.WARNING, f"mode {mode:03o} lets others in: chmod 700 {home.root}")
    return Finding("home", Verdict.OK, str(home.root))


def _binding(home: Home) -> Finding:
    try:
        bound = home.binding()
    except OpsError as error:
        return Finding("binding", Verdict.FAILED, str(error))
    return Finding("binding", Verdict.OK, "none yet: no engine has run here" if bound is None else str(bound))


def _config(home: Home) -> Finding:
    try:
        read_config(home.config)
    except OpsError as error:
        return Finding("config", Verdict.FAILED, str(error))
    return Finding("config", Verdict.OK, str(home.config) if home.config.exists() else "all defaults")


def _room(home: Home) -> Finding:
    free = shutil.disk_usage(home.root).free
    megabytes = free // 1024 // 1024
    if free < _LEAST_FREE_BYTES:
        return Finding("disk", Verdict.WARNING, f"{megabytes} MB free, wanted 256: the ledger needs room")
    return Finding("disk", Verdict.OK, f"{megabytes} MB free")


def _ledger(home: Home) -> Finding:
    if not home.ledger.exists():
        return Finding("ledger", Verdict.OK, "none yet")
    mode = stat.S_IMODE(home.ledger.stat().st_mode)
    if mode & _OTHERS:
        return Finding("ledger", Verdict.WARNING, f"mode {mode:03o} lets others in: chmod 600 {home.ledger}")
    log = home.ledger.with_name(home.ledger.name + "-wal")
    size = home.ledger.stat().st_size + (log.stat().st_size if log.exists() else 0)
    return Finding("ledger", Verdict.OK, f"{size // 1024} kB")


def _verified(home: Home) -> Finding:
    """The journal folds to the live money state, hash by hash."""
    try:
        found = verify_file(home.ledger)
    except LedgerError as error:
        return Finding("journal", Verdict.FAILED, str(error))
    if not found.is_sound:
        return Finding("journal", Verdict.FAILED, found.fault)
    text = f"{found.seq} records, head {found.head[:16]}, money state {found.live_hash[:16]}: equal"
    return Finding("journal", Verdict.OK, text)
