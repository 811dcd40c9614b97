"""The private key that ``sparko sandbox`` leaves for its first client."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from engine.sandbox.server.keys import InvalidKey, KeyType, PrivateKey, generate, load_private, private_pem

FILE_NAME = "sandbox.pem"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFileError(Exception):
    """The key cannot be read or written. The text is one line."""


class KeyFile:
    """A key that lies in a folder already, or a new one that appears there whole when :meth:`keep` is called.

    Raises KeyFileError for a folder that cannot be written, or a file that is no RSA or Ed25519 private key
    or that others can read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._draft: Path | None = None
        self._made_folder = not folder.exists()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.key = self._existing() if self.path.exists() else self._new()
        except OSError as error:
            raise KeyFileError(f"key {self.path}: {error.strerror or error}") from None

    def keep(self) -> Path:
        """Puts a new key in its place, and returns where the key is."""
        if self._draft is not None:
            self._draft.rename(self.path)
            self._draft = None
        return self.path

    def discard(self) -> None:
        """Takes away what was begun and not kept."""
        if self._draft is None:
            return
        with contextlib.suppress(OSError):
            self._draft.unlink()
            if self._made_folder:
                self.path.parent.rmdir()

    def _existing(self) -> PrivateKey:
        mode = stat.S_IMODE(self.path.stat().st_mode)
        if mode & _OTHERS:
            raise KeyFileError(f"key {self.path}: got mode {mode:04o}, wanted 0600 (others must not read it)")
        try:
            return load_private(self.path.read_text("ascii"))
        except (InvalidKey, UnicodeDecodeError) as error:
            words = str(error) if isinstance(error, InvalidKey) else "private key: got no text, wanted PEM"
            raise KeyFileError(f"key {self.path}: {words}") from None

    def _new(self) -> PrivateKey:
        key = generate(KeyType.RSA)
        draft = self.path.with_name(f".{FILE_NAME}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._draft = draft
        with os.fdopen(descriptor, "w") as file:
            file.write(private_pem(key))
            file.flush()
            os.fsync(file.fileno())
        return key
