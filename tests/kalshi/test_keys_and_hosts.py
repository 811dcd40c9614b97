from __future__ import annotations

import asyncio
import base64
import copy
import logging
import pickle
import threading
from pathlib import Path

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kalshi_clients import MOCK_REST, Script, credentials, order

from engine.kalshi.client import KalshiClient, KalshiReader
from engine.kalshi.credentials import (
    CredentialError,
    Credentials,
    KeyKind,
    load_credentials,
    load_credentials_file,
)
from engine.kalshi.hosts import (
    DEMO,
    LIVE,
    LIVE_OLDER,
    Endpoint,
    HostRefused,
    Venue,
    VenueMismatch,
    endpoint_of,
)
from engine.kalshi.signer import Signer
from engine.wire.signing import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER


def pem_of(key: object, password: bytes | None = None) -> str:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def large_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 4096)


def is_signed(key: Ed25519PrivateKey, signature: bytes, text: bytes) -> bool:
    """Whether the signature is that of the text, by the public half of the key."""
    try:
        key.public_key().verify(signature, text)
    except InvalidSignature:
        return False
    return True


def threads_that_sign(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Filled with the thread of each signature that is made from here on."""
    threads: list[int] = []
    original = Credentials.sign

    def noted(self: Credentials, text: bytes) -> bytes:
        threads.append(threading.get_ident())
        return original(self, text)

    monkeypatch.setattr(Credentials, "sign", noted)
    return threads


async def test_rsa_signature_is_pss_with_a_salt_of_32_bytes(rsa_key: rsa.RSAPrivateKey) -> None:
    signer = Signer(load_credentials("key", pem_of(rsa_key), Venue.LIVE), lambda: 1_790_000_000_123)
    headers = await signer.headers("get", "/trade-api/v2/portfolio/balance?subaccount=1")
    assert headers[KEY_HEADER] == "key"
    assert headers[TIMESTAMP_HEADER] == "1790000000123"
    rsa_key.public_key().verify(
        base64.b64decode(headers[SIGNATURE_HEADER]),
        b"1790000000123GET/trade-api/v2/portfolio/balance",
        padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32),
        hashes.SHA256(),
    )


async def test_ed25519_signature_is_raw_and_made_on_the_loop(monkeypatch) -> None:
    key = Ed25519PrivateKey.generate()
    threads = threads_that_sign(monkeypatch)
    signer = Signer(load_credentials("key", pem_of(key), Venue.LIVE), lambda: 5)
    headers = await signer.headers("POST", "/x")
    assert threads == [threading.get_ident()]
    signature = base64.b64decode(headers[SIGNATURE_HEADER])
    assert is_signed(key, signature, b"5POST/x")
    assert not is_signed(key, signature, b"6POST/x"), "another time is another text"


async def test_a_large_rsa_key_signs_in_another_thread(large_rsa_key, monkeypatch) -> None:
    slow = Credentials("key", large_rsa_key, Venue.LIVE)
    threads: list[int] = []
    original = Credentials.sign
    may_sign = threading.Event()

    def noted(self: Credentials, text: bytes) -> bytes:
        threads.append(threading.get_ident())
        assert may_sign.wait(10)
        return original(self, text)

    monkeypatch.setattr(Credentials, "sign", noted)
    signer = Signer(slow, lambda: 5)
    task = asyncio.create_task(signer.headers("GET", "/x"))
    turns = 0
    while not threads:
        await asyncio.sleep(0)
        turns += 1
    assert not task.done()  # the signature waits for us, so the loop was not blocked by it
    may_sign.set()
    headers = await task
    signer.close()
    assert threads[0] != threading.get_ident()
    large_rsa_key.public_key().verify(
        base64.b64decode(headers[SIGNATURE_HEADER]),
        b"5GET/x",
        padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32),
        hashes.SHA256(),
    )


@pytest.mark.parametrize(("bits", "is_slow"), [(2048, False), (3072, True)])
def test_which_keys_leave_the_loop(bits: int, is_slow: bool) -> None:
    assert Credentials("key", rsa.generate_private_key(65537, bits), Venue.LIVE).signs_slowly is is_slow


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(pem_of(Ed25519PrivateKey.generate()))
    path.chmod(0o640)
    with pytest.raises(CredentialError, match=r"mode 640 .* wanted 600"):
        load_credentials_file("key", path, Venue.DEMO)
    path.chmod(0o600)
    loaded = load_credentials_file("key", path, Venue.DEMO)
    assert (loaded.kind, loaded.venue) == (KeyKind.ED25519, Venue.DEMO)


def test_keys_of_the_wrong_kind_are_one_clear_line(rsa_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    public = rsa_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    small = rsa.generate_private_key(65537, 1024)
    cases = {
        pem_of(ec.generate_private_key(ec.SECP256R1())): "kind EC",
        public.decode(): "a public key",
        pem_of(rsa_key, b"word"): "passphrase",
        pem_of(rsa_key)[:400] + "\n-----END PRIVATE KEY-----\n": "cannot be read",
        "hello": "no PEM block",
        "": "no PEM block",
        pem_of(small): "1024 bits",
    }
    for text, said in cases.items():
        with pytest.raises(CredentialError, match=said) as refusal:
            load_credentials("key", text, Venue.LIVE)
        assert "\n" not in str(refusal.value)
        assert refusal.value.__cause__ is None
    with pytest.raises(CredentialError, match="No such file"):
        load_credentials_file("key", tmp_path / "absent", Venue.LIVE)
    with pytest.raises(CredentialError, match="key id"):
        load_credentials("key\r\nX: y", pem_of(rsa_key), Venue.LIVE)


async def test_no_key_material_anywhere(caplog: pytest.LogCaptureFixture, rsa_key) -> None:
    """A canary: parts of the key and of the signatures must not be in any text that we or httpx make."""
    caplog.set_level(logging.DEBUG)
    pem = pem_of(rsa_key)
    held = load_credentials("abcdefgh-secret-id", pem, Venue.SANDBOX)
    script = Script().on("POST", "/portfolio/events/orders", httpx.ReadError("lost"))
    script.on("GET", "/portfolio/balance", {"error": {"code": "x", "message": "y"}}, status=401)
    client = KalshiClient(endpoint_of(MOCK_REST), held, http_transport=httpx.MockTransport(script))
    texts = [repr(held), str(held), repr(client), repr(client.signer), f"{held!r:>200}"]
    texts.append(repr(await client.writes.orders.create(order())))
    from engine.kalshi.budget_queue import Lane

    try:
        await client.reads(Lane.RECONCILE).portfolio.balance()
    except Exception as problem:
        texts += [repr(problem), str(problem), repr(problem.__cause__), repr(vars(problem))]
    await client.aclose()
    signatures = [request.headers[SIGNATURE_HEADER] for request in script.requests]
    everything = "\n".join(texts) + caplog.text
    assert len(signatures) == 2
    body_lines = pem.splitlines()[1:-1]
    for secret in [*body_lines, *signatures, "abcdefgh-secret-id", str(rsa_key.private_numbers().d)]:
        assert secret not in everything
    for attempt in (lambda: pickle.dumps(held), lambda: copy.copy(held), lambda: copy.deepcopy(held)):
        with pytest.raises(TypeError):
            attempt()


def test_named_hosts_know_their_venue() -> None:
    assert endpoint_of("https://external-api.kalshi.com/trade-api/v2/") == LIVE
    assert endpoint_of("https://api.elections.kalshi.com/trade-api/v2") == LIVE_OLDER
    assert endpoint_of("https://external-api.demo.kalshi.co/trade-api/v2") == DEMO
    local = endpoint_of("http://127.0.0.1:8080/trade-api/v2")
    assert (local.venue, local.ws_url) == (Venue.SANDBOX, "ws://127.0.0.1:8080/trade-api/ws/v2")
    assert endpoint_of("http://[::1]:80/trade-api/v2").venue is Venue.SANDBOX


@pytest.mark.parametrize(
    "url",
    [
        "http://external-api.kalshi.com/trade-api/v2",
        "https://external-api.kalshi.com.evil.example/trade-api/v2",
        "https://external-api.kalshi.com:8443/trade-api/v2",
        "https://user:pass@external-api.kalshi.com/trade-api/v2",
        "https://external-api.kalshi.com/trade-api/v1",
        "https://localhost.example/trade-api/v2",
        "http://192.168.1.5/trade-api/v2",
        "ftp://127.0.0.1/trade-api/v2",
        "nonsense",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(HostRefused):
        endpoint_of(url)


def test_two_addresses_must_be_of_one_venue() -> None:
    with pytest.raises(HostRefused):
        endpoint_of("https://external-api.kalshi.com/trade-api/v2", DEMO.ws_url)
    with pytest.raises(HostRefused):
        Endpoint(Venue.DEMO, LIVE.rest_url, DEMO.ws_url)


@pytest.mark.parametrize(
    ("key_venue", "endpoint"),
    [(Venue.DEMO, LIVE), (Venue.LIVE, DEMO), (Venue.LIVE, endpoint_of(MOCK_REST)), (Venue.SANDBOX, LIVE)],
)
def test_a_key_never_goes_to_another_venue(key_venue: Venue, endpoint: Endpoint) -> None:
    with pytest.raises(VenueMismatch) as refusal:
        KalshiReader(endpoint, credentials(key_venue))
    assert (refusal.value.key_venue, refusal.value.endpoint_venue) == (key_venue, endpoint.venue)


def test_the_reading_type_has_no_way_to_act() -> None:
    client = KalshiReader(endpoint_of(MOCK_REST), credentials())
    assert not hasattr(client, "writes")
    from engine.kalshi.budget_queue import Lane

    names = {
        name
        for group in vars(client.reads(Lane.COLLECT)).values()
        for name in dir(group)
        if not name.startswith("_")
    }
    verbs = (
        "create",
        "cancel",
        "amend",
        "decrease",
        "reset",
        "trigger",
        "delete",
        "upgrade",
        "between",
        "send",
    )
    assert not [name for name in names if name.startswith(verbs)]
    assert {"orders", "fills", "balance", "orderbook"} <= names
