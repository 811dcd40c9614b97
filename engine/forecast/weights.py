"""The file of TimesFM's weights: its hash, the lock that pins it, and fetching it once.

``weights.lock`` lies beside ``model.safetensors`` and names the repository, the commit and the SHA-256 that
we computed ourselves over the file. Only TimesFM 2.5 is fetched (its weights are under Apache-2.0); those of
3.0 may not be used in production and are never taken.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.forecast.errors import CannotServe

REPOSITORY = "google/timesfm-2.5-200m-pytorch"
FILE = "model.safetensors"
LOCK = "weights.lock"
_COMMIT = re.compile(r"[0-9a-f]{40}")

Fetch = Callable[[str, str, str, Path], str]
"""(repository, file, revision, folder) puts the file into the folder and answers the commit it is of."""


class WeightsLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    repository: str
    revision: str
    sha256: str


def sha256_of(path: Path) -> str:
    """Raises CannotServe when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CannotServe(f"{path}: {error.strerror}") from None


def read_lock(folder: Path) -> WeightsLock | None:
    """None where there is none. Raises CannotServe for one that cannot be read or names other weights."""
    path = folder / LOCK
    try:
        lock = msgspec.json.decode(path.read_bytes(), type=WeightsLock)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise CannotServe(f"{path}: {error}") from None
    if lock.repository != REPOSITORY:
        raise CannotServe(f"{path}: weights of {lock.repository}; only those of {REPOSITORY} are pinned")
    return lock


def check_pinned(folder: Path, sha256: str, allow_unpinned: bool) -> bool:
    """Whether the file is the one the lock names. Raises CannotServe unless it is or need not be."""
    lock = read_lock(folder)
    if lock is not None and lock.sha256 == sha256:
        return True
    if allow_unpinned:
        return False
    if lock is None:
        raise CannotServe(f"{folder} has no {LOCK}: --download writes it, --allow-unpinned does without")
    raise CannotServe(f"{folder / FILE} has sha256 {sha256}, {LOCK} says {lock.sha256}")


def download(folder: Path, revision: str, fetch: Fetch | None = None) -> WeightsLock:
    """Fetches the file, hashes it, writes the lock last. Raises CannotServe."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        commit = (fetch or _from_hub)(REPOSITORY, FILE, revision, folder)
    except (OSError, ValueError) as error:
        raise CannotServe(f"{REPOSITORY} cannot be fetched: {_first_line(error)}") from None
    if not _COMMIT.fullmatch(commit):
        raise CannotServe(f"{REPOSITORY} at {revision}: no commit is named")
    lock = WeightsLock(REPOSITORY, commit, sha256_of(folder / FILE))
    partial = folder / f"{LOCK}.part"
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(lock)) + b"\n")
    partial.replace(folder / LOCK)
    return lock


def _from_hub(repository: str, file: str, revision: str, folder: Path) -> str:
    os.environ.pop("HF_HUB_OFFLINE", None)
    try:
        from huggingface_hub import HfApi, hf_hub_download
    except ImportError:
        raise CannotServe("fetching needs the extra: pip install 'sparko-console[forecaster]'") from None
    commit = str(HfApi().model_info(repository, revision=revision).sha)
    hf_hub_download(repository, file, revision=commit, local_dir=folder)
    return commit


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
