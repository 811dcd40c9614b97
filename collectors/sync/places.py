"""Other lakes: a folder, an object store, or a folder on another machine over ssh.

A lake elsewhere is read as its manifests tell: they name its segments, and nothing else of it is wanted.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs as fs

from engine.lake.errors import is_full
from engine.lake.layout import MANIFESTS, draft_of, make_folder
from engine.lake.tables import TABLES

_TIMEOUT_S = 30
_MOST_S = 3_600
_PIECE = 1 << 20
_REMOTE = re.compile(r"(?:[A-Za-z0-9_.-]+@)?[A-Za-z0-9_.-]+:.+")
_SSH = f"ssh -o BatchMode=yes -o ConnectTimeout={_TIMEOUT_S}"
RSYNC = "rsync"


class PlaceFailed(Exception):
    """Another lake that cannot be reached, or not be read. One line."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


class Place(Protocol):
    """Paths are relative to the lake."""

    name: str

    def pull_manifests(self, into: Path) -> None:
        """Every manifest that is there, under its own path, and no other. Raises PlaceFailed, and OSError
        where our own disk is full."""
        ...

    def pull(self, paths: Sequence[str], into: Path) -> None:
        """What there is of these; what is not there is left out. Raises PlaceFailed, and OSError where our
        own disk is full."""
        ...


class StorePlace:
    """A folder or an object store, by a file system of Arrow's: local, ``s3://``, ``gs://``, ``file://``."""

    def __init__(self, name: str, system: fs.FileSystem, root: str) -> None:
        self.name = name
        self._system = fs.SubTreeFileSystem(root, system)
        self._is_local = system.type_name == "local"

    def pull_manifests(self, into: Path) -> None:
        self._pulled(lambda: self._fetch_what_stays(self._not_staged(into), into))

    def pull(self, paths: Sequence[str], into: Path) -> None:
        self._pulled(lambda: self._fetch_what_stays(self._there(paths), into))

    def push(self, lake: Path, paths: Sequence[str]) -> None:
        """Puts files of our lake there, each whole. Raises PlaceFailed."""
        self._tried(lambda: self._store(lake, paths))

    def remove(self, paths: Iterable[str]) -> int:
        """Takes those away that are there; returns how many. Raises PlaceFailed."""
        removed = 0

        def work() -> None:
            nonlocal removed
            wanted = set(paths)
            for folder in sorted({path.partition("/")[0] for path in wanted}):
                infos = self._system.get_file_info(
                    fs.FileSelector(folder, allow_not_found=True, recursive=True)
                )
                for info in infos:
                    if info.path in wanted:
                        self._system.delete_file(info.path)
                        removed += 1

        self._tried(work)
        return removed

    def _not_staged(self, into: Path) -> list[str]:
        """Manifests that were not fetched before; they never change. Those that are there no more go."""
        found = []
        for table in TABLES:
            selector = fs.FileSelector(f"{table}/{MANIFESTS}", allow_not_found=True)
            infos = self._system.get_file_info(selector)
            names = {Path(info.path).name for info in infos}
            for path in (into / table / MANIFESTS).glob("*.json"):
                if path.name not in names:
                    path.unlink()
            for info in infos:
                staged = into / info.path
                is_new = not staged.exists() or staged.stat().st_size != info.size
                if info.path.endswith(".json") and "/." not in info.path and is_new:
                    found.append(info.path)
        return sorted(found)

    def _there(self, paths: Sequence[str]) -> list[str]:
        infos = self._system.get_file_info(list(paths))
        return [info.path for info in infos if info.type is fs.FileType.File]

    def _fetch(self, paths: Sequence[str], into: Path) -> None:
        for path in paths:
            make_folder((into / path).parent)
            with self._system.open_input_stream(path) as source, (into / path).open("wb") as file:
                while data := source.read(_PIECE):
                    file.write(data)

    def _fetch_what_stays(self, paths: Sequence[str], into: Path) -> None:
        """One that goes before it is read is left out too."""
        for path in paths:
            try:
                self._fetch([path], into)
            except FileNotFoundError:
                (into / path).unlink(missing_ok=True)

    def _store(self, lake: Path, paths: Sequence[str]) -> None:
        """An object appears when it is whole; a file is given its name then."""
        for path in paths:
            folder, _, name = path.rpartition("/")
            self._system.create_dir(folder, recursive=True)
            draft = f"{folder}/{draft_of(Path(name)).name}" if self._is_local else path
            with (lake / path).open("rb") as file, self._system.open_output_stream(draft) as target:
                while data := file.read(_PIECE):
                    target.write(data)
            if draft != path:
                self._system.move(draft, path)

    def _pulled(self, work: Callable[[], None]) -> None:
        """That our own disk is full is not the place's fault, and raised as it is."""
        try:
            work()
        except (OSError, pa.ArrowException) as error:
            if isinstance(error, OSError) and is_full(error):
                raise
            raise PlaceFailed(self.name, _words(error)) from None

    def _tried(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (OSError, pa.ArrowException) as error:
            raise PlaceFailed(self.name, _words(error)) from None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


class RsyncPlace:
    """A folder on another machine, as ``user@host:path``; ssh asks for no password."""

    def __init__(self, name: str) -> None:
        self.name = name

    def pull_manifests(self, into: Path) -> None:
        wanted = [f"--include=/{table}/" for table in TABLES]
        wanted += [f"--include=/*/{MANIFESTS}/", f"--include=/*/{MANIFESTS}/*.json", "--exclude=*"]
        self._run(["--delete", *wanted], into)

    def pull(self, paths: Sequence[str], into: Path) -> None:
        make_folder(into)
        listed = into / ".wanted"
        listed.write_text("".join(f"{path}\n" for path in paths))
        # Some may have been compacted away meanwhile: 23 and 24 say that a part was not got.
        self._run([f"--files-from={listed}"], into, also_good=(23, 24))

    def _run(self, options: Sequence[str], into: Path, also_good: Sequence[int] = ()) -> None:
        make_folder(into)
        command = [RSYNC, "-a", "--prune-empty-dirs", f"--timeout={_TIMEOUT_S}", f"--rsh={_SSH}", *options]
        command += ["--", f"{self.name.rstrip('/')}/", f"{into}/"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_MOST_S, check=False)
        except FileNotFoundError:
            raise PlaceFailed(self.name, "rsync is not installed on this machine") from None
        except subprocess.TimeoutExpired:
            raise PlaceFailed(self.name, f"not done within {_MOST_S} s") from None
        if done.returncode not in (0, *also_good):
            words = " ".join((done.stderr or done.stdout).split())[-200:]
            raise PlaceFailed(self.name, f"rsync ended with {done.returncode}: {words}")


def place_of(text: str) -> StorePlace | RsyncPlace:
    """From what a person writes: a folder, an address such as ``s3://bucket/lake``, or ``user@host:path``.

    Raises PlaceFailed for what is none of these.
    """
    if text.startswith("-") or not text.strip():
        raise PlaceFailed(shlex.quote(text), "wanted a folder, s3://bucket/path or user@host:path")
    if "://" in text:
        return _store(text)
    if _REMOTE.fullmatch(text) and not text.startswith(("/", ".")):
        return RsyncPlace(text)
    folder = Path(text).expanduser().absolute()
    return StorePlace(text, fs.LocalFileSystem(), str(folder))


def _store(text: str) -> StorePlace:
    try:
        system, root = fs.FileSystem.from_uri(text)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise PlaceFailed(urlsplit(text).scheme, _words(error)) from None
    return StorePlace(text, system, root)
