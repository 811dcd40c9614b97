"""Signs requests: three headers, made anew for each one."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from engine.kalshi.credentials import Credentials
from engine.wire.signing import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, text_to_sign


class Signer:
    """Makes the headers of a request or a WebSocket upgrade; never reuse them, not even for a retry.

    ``exchange_now_ms`` gives the exchange's time (the machine's, corrected by the measured offset). A slow
    key (RSA of 3072 bits or more) signs in a worker thread, so that the loop goes on.
    """

    def __init__(self, credentials: Credentials, exchange_now_ms: Callable[[], int]) -> None:
        self._credentials = credentials
        self._exchange_now_ms = exchange_now_ms
        self._workers: ThreadPoolExecutor | None = None

    @property
    def credentials(self) -> Credentials:
        return self._credentials

    async def headers(self, method: str, path: str) -> dict[str, str]:
        """The headers for ``method`` and ``path`` (from the host's root; a query is ignored)."""
        timestamp_ms = self._exchange_now_ms()
        text = text_to_sign(timestamp_ms, method, path)
        if self._credentials.signs_slowly:
            loop = asyncio.get_running_loop()
            signature = await loop.run_in_executor(self._worker_pool(), self._credentials.sign, text)
        else:
            signature = self._credentials.sign(text)
        return {
            KEY_HEADER: self._credentials.key_id,
            TIMESTAMP_HEADER: str(timestamp_ms),
            SIGNATURE_HEADER: base64.b64encode(signature).decode("ascii"),
        }

    def close(self) -> None:
        """Ends the worker threads; signing again starts new ones."""
        if self._workers is not None:
            self._workers.shutdown(wait=False, cancel_futures=True)
            self._workers = None

    def _worker_pool(self) -> ThreadPoolExecutor:
        if self._workers is None:
            self._workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="kalshi-signer")
        return self._workers

    def __repr__(self) -> str:
        return f"Signer({self._credentials!r})"
