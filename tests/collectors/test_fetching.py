"""One GET of an outside address, over real sockets: what fails is one typed line without any secret."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from email.utils import formatdate

import pytest
from outside import Asked, Reply, http_source, json_reply

from collectors.fetching import Fetcher, FetchSettings, Request, json_of, retry_after_s
from collectors.taking import FaultKind, SourceFault
from engine.domain.units import SECOND_NS
from engine.kalshi.clock import SystemClock

SECRET = "s3cr3t/key+1"
PAGE = b"<html><head><title>Access Denied</title></head><body>no</body></html>"
NOW_NS = 1_795_000_000 * SECOND_NS


GZIP = {"Content-Encoding": "gzip"}


def packed(*parts: bytes) -> Reply:
    return Reply(200, b"".join(gzip.compress(part) for part in parts), GZIP)


def fetcher(**settings: float) -> Fetcher:
    limits = FetchSettings(deadline_s=settings.get("deadline_s", 5.0), most_bytes=1_000)
    return Fetcher(SystemClock(), (SECRET,), limits)


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(403, PAGE), FaultKind.REFUSED, "HTTP 403 Access Denied"),
        (
            Reply(429, b"slow down", {"Retry-After": "17"}),
            FaultKind.RATE_LIMITED,
            "slow down (asks for 17 s)",
        ),
        (Reply(503, b"{}"), FaultKind.SERVER, "HTTP 503"),
        (Reply(404, f"no {SECRET} here".encode()), FaultKind.STATUS, "no *** here"),
        (Reply(200, PAGE), FaultKind.NOT_JSON, "a page instead of JSON: Access Denied"),
        (Reply(200, b"Please limit requests"), FaultKind.NOT_JSON, "no JSON: Please limit requests"),
        (Reply(200, b"[1, 2"), FaultKind.NOT_JSON, "no JSON: [1, 2"),
        (Reply(200, b""), FaultKind.NOT_JSON, "no JSON: empty"),
        (Reply(200, b"7" * 2_000), FaultKind.TOO_LARGE, "more than 1000 bytes"),
        (Reply(breaks=True), FaultKind.UNREACHABLE, "127.0.0.1"),
        (packed(b"[1]" * 2_000), FaultKind.TOO_LARGE, "more than 1000 bytes"),
        (packed(b"[1]", b"[2]" * 2_000), FaultKind.TOO_LARGE, "more than 1000 bytes"),
        (Reply(200, b"\x1f\x8b\x08 no gzip", GZIP), FaultKind.SHAPE, "no gzip: Error"),
        (Reply(200, packed(b"[1, 2]").body[:-9], GZIP), FaultKind.SHAPE, "a gzip that is cut off"),
        (Reply(200, b"[1]", {"Content-Encoding": "br"}), FaultKind.SHAPE, "packed as 'br', wanted gzip"),
        (
            Reply(200, packed(packed(b"[1]").body).body, {"Content-Encoding": "gzip, gzip"}),
            FaultKind.SHAPE,
            "packed as 'gzip, gzip'",
        ),
        (Reply(302, b"", {"Location": "https://x.example"}), FaultKind.STATUS, "no request with a key goes"),
    ],
)
async def test_what_is_no_answer_is_one_line(reply: Reply, kind: FaultKind, words: str) -> None:
    async with http_source(lambda _: reply) as source:
        client = fetcher()
        request = Request(url=f"{source.url}/data", params={"apikey": SECRET}, is_keyed=True)
        with pytest.raises(SourceFault) as caught:
            json_of(await client.get(request))
        await client.aclose()
    fault = caught.value.fault
    assert fault.kind is kind
    assert words in fault.detail
    assert "/data" in fault.detail
    assert "\n" not in fault.detail
    assert SECRET not in fault.detail
    assert "s3cr3t" not in fault.detail


@pytest.mark.parametrize("body", [packed(b"[1, 2]"), packed(b"[1,", b" 2]"), Reply(200, b"[1, 2]")])
async def test_a_packed_body_is_unpacked(body: Reply) -> None:
    async with http_source(lambda _: body) as source:
        client = fetcher()
        assert json_of(await client.get(Request(url=source.url))) == [1, 2]
        await client.aclose()
    assert source.asked[0].headers["accept-encoding"] == "gzip"


async def test_a_few_bytes_that_say_they_are_gigabytes_take_no_room() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    data = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(32)) + bomb.flush()
    async with http_source(lambda _: Reply(200, data, GZIP)) as source:
        client = fetcher()
        tracemalloc.start()
        with pytest.raises(SourceFault, match="too_large"):
            await client.get(Request(url=source.url))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await client.aclose()
    assert most < 8 << 20


async def test_an_answer_that_never_comes_is_given_up() -> None:
    async with http_source(lambda _: Reply(hangs=True)) as source:
        client = fetcher(deadline_s=0.2)
        with pytest.raises(SourceFault, match=r"unreachable: .*no answer in 0\.2 s"):
            await client.get(Request(url=source.url))
        await client.aclose()


async def test_a_key_follows_no_redirect_and_a_plain_request_does() -> None:
    def answer(asked: Asked) -> Reply:
        return json_reply([1]) if asked.path == "/new" else Reply(302, headers={"Location": "/new"})

    async with http_source(answer) as source:
        client = fetcher()
        assert json_of(await client.get(Request(url=f"{source.url}/old"))) == [1]
        with pytest.raises(SourceFault, match=r"status: .*HTTP 302"):
            await client.get(Request(url=f"{source.url}/old", is_keyed=True))
        await client.aclose()
        assert [asked.path for asked in source.asked] == ["/old", "/new", "/old"]


async def test_what_did_not_change_is_not_sent_again() -> None:
    def answer(asked: Asked) -> Reply:
        is_known = asked.headers.get("if-none-match") == '"one"'
        return Reply(304) if is_known else json_reply({"a": 1}, ETag='"one"')

    async with http_source(answer) as source:
        client, request = fetcher(), Request(url=source.url)
        first, second = await client.get(request), await client.get(request)
        client.forget(request)
        third = await client.get(request)
        await client.aclose()
    assert [body.is_same for body in (first, second, third)] == [False, True, False]


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": formatdate(1_795_000_090, usegmt=True)}, 90.0),
        ({"retry-after": formatdate(1_794_999_000, usegmt=True)}, 0.0),
        ({"x-rate-limit-reset": "1795000045"}, 45.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "99999999"}, 86_400.0),
        ({}, None),
    ],
)
def test_how_long_a_refusal_asks_to_wait(headers: dict[str, str], wanted: float | None) -> None:
    assert retry_after_s(headers, NOW_NS) == wanted
