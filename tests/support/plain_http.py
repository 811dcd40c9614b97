"""Requests to this machine over plain HTTP: past any proxy, and without certificates, whose loading would
take fifty milliseconds of each."""

from __future__ import annotations

import httpx


def ask(
    method: str, url: str, body: object = None, headers: dict[str, str] | None = None, timeout_s: float = 30
) -> httpx.Response:
    """The answer, whatever its status. Raises httpx.TransportError without one."""
    return httpx.request(
        method, url, json=body, headers=headers, timeout=timeout_s, trust_env=False, verify=False
    )


def client_to(root: str, timeout_s: float = 30) -> httpx.AsyncClient:
    """For many requests."""
    return httpx.AsyncClient(base_url=root, timeout=timeout_s, trust_env=False, verify=False)
