"""Who asks: the key ring, the check of the three headers, and scopes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec
from starlette.requests import Request

from engine.domain.units import MILLISECOND_NS
from engine.sandbox.server.answers import BodyRefusal
from engine.sandbox.server.keys import KeyType, PublicKey, generate, is_signed_by, load_public, private_pem
from engine.sandbox.server.keys import public_pem as pem_of
from engine.wire.errors import ErrorBody
from engine.wire.signing import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, text_to_sign

CLOCK_TOLERANCE_MS = 15_000

READ = "read"
WRITE = "write"
ALL_SCOPES = (READ, WRITE)

Scopes: TypeAlias = tuple[str, ...]


class AuthRefusal(BodyRefusal):
    """A 401, or a 403 where the key may not do this, with the exchange's body."""


SIGNATURE_MISSING = ErrorBody("signature_is_missing_from_headers", "signature is missing from headers")
KEY_MISSING = ErrorBody("api_key_is_missing_from_headers", "api key is missing from headers")
TIMESTAMP_MISSING = ErrorBody("timestamp_is_missing_from_headers", "timestamp is missing from headers")
TIMESTAMP_EXPIRED = ErrorBody("header_timestamp_expired", "header timestamp expired")
UNKNOWN_KEY = ErrorBody("authentication_error", "authentication_error", "NOT_FOUND")
WRONG_SIGNATURE = ErrorBody("authentication_error", "authentication_error", "INCORRECT_API_KEY_SIGNATURE")


class KeyRecord(msgspec.Struct, frozen=True):
    """One API key as it is kept: the public half only."""

    key_id: str
    account_id: str
    public_pem: str
    scopes: Scopes = ALL_SCOPES


class Caller(msgspec.Struct, frozen=True):
    """Whose request it is. The account id is the exchange's ``user_id``."""

    account_id: str
    key_id: str
    scopes: Scopes

    def may(self, scope: str) -> bool:
        """Whether a scope is granted: itself, or the whole of which it is a part (``write::trade``)."""
        return scope in self.scopes or scope.partition("::")[0] in self.scopes


class NewKey(msgspec.Struct, frozen=True):
    """A fresh key; the private half is handed out once and not kept."""

    record: KeyRecord
    private_key: str


class KeyRing:
    """Every key that may sign. ``take_changes`` hands new records to the store."""

    def __init__(self, records: Iterable[KeyRecord] = ()) -> None:
        self._keys: dict[str, tuple[KeyRecord, PublicKey]] = {}
        self._unsaved: list[KeyRecord] = []
        for record in records:
            self._keys[record.key_id] = (record, load_public(record.public_pem))

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    @property
    def records(self) -> list[KeyRecord]:
        return [record for record, _ in self._keys.values()]

    def add(self, public_pem: str, account_id: str, scopes: Scopes = ALL_SCOPES) -> str:
        """Registers a public key and returns its id; raises InvalidKey for another kind of key."""
        key = load_public(public_pem)
        record = KeyRecord(str(uuid.uuid4()), account_id, public_pem, scopes)
        self._keys[record.key_id] = (record, key)
        self._unsaved.append(record)
        return record.key_id

    def create(self, account_id: str, scopes: Scopes = ALL_SCOPES, key_type: KeyType = KeyType.RSA) -> NewKey:
        """Makes a pair and registers its public half."""
        private = generate(key_type)
        key_id = self.add(pem_of(private.public_key()), account_id, scopes)
        return NewKey(self._keys[key_id][0], private_pem(private))

    def verify(self, headers: Mapping[str, str], method: str, path: str, wall_ms: int) -> Caller:
        """Checks the three headers of a request against its method and path (without query).

        ``headers`` is read by the names of ``engine.wire.signing`` and must ignore case, as Starlette's does.
        Raises AuthRefusal with the exchange's 401 body.
        """
        signature = headers.get(SIGNATURE_HEADER)
        key_id = headers.get(KEY_HEADER)
        timestamp = headers.get(TIMESTAMP_HEADER)
        if not signature:
            raise AuthRefusal(401, SIGNATURE_MISSING)
        if not key_id:
            raise AuthRefusal(401, KEY_MISSING)
        if not timestamp:
            raise AuthRefusal(401, TIMESTAMP_MISSING)
        signed_ms = _milliseconds(timestamp)
        if signed_ms is None or abs(signed_ms - wall_ms) > CLOCK_TOLERANCE_MS:
            raise AuthRefusal(401, TIMESTAMP_EXPIRED)
        found = self._keys.get(key_id)
        if found is None:
            raise AuthRefusal(401, UNKNOWN_KEY)
        record, key = found
        if not is_signed_by(key, signature, text_to_sign(signed_ms, method, path)):
            raise AuthRefusal(401, WRONG_SIGNATURE)
        return Caller(record.account_id, record.key_id, record.scopes)

    def take_changes(self) -> list[KeyRecord]:
        changed, self._unsaved = self._unsaved, []
        return changed


def _milliseconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None


async def require_caller(request: Request, scope: str) -> Caller:
    """The caller of a request whose key has ``scope`` (``read``, ``write`` or a part of one).

    Raises AuthRefusal: 401 with what is wrong with the headers, 403 without the scope. The gate in front of
    all routes has checked the headers and billed the request already; what it found lies in the scope.
    """
    found = request.scope.get(CALLER_KEY)
    if isinstance(found, AuthRefusal):
        raise found
    if not isinstance(found, Caller):
        world = request.app.state.world
        path = request.scope["path"]
        at_ms = world.wall.now_ns() // MILLISECOND_NS
        found = world.keys.verify(request.headers, request.method, path, at_ms)
    if not found.may(scope):
        raise AuthRefusal(403, scope_missing(found, scope))
    return found


CALLER_KEY = "sandbox.caller"
"""Where the gate leaves the Caller, or the AuthRefusal that a private endpoint answers with."""


def scope_missing(caller: Caller, scope: str) -> ErrorBody:
    """The code of a missing scope is not published; this one is our reading."""
    got = ", ".join(caller.scopes) or "none"
    return ErrorBody("forbidden", "forbidden", f"api key scopes: got {got}, wanted {scope}")
