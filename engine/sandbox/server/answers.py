"""Answers: how a value or a refusal becomes bytes, in one place."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.sandbox.core.refusal import Refusal
from engine.wire.errors import ErrorBody, ErrorShape, error_bytes

JSON_TYPE = "application/json"

TOO_MANY_REQUESTS = ErrorBody("", "too many requests", shape=ErrorShape.TEXT)

_encoder = msgspec.json.Encoder()


class BodyRefusal(Exception):
    """A request refused with a body of its own: authentication, decoding, validation, limits."""

    def __init__(self, status: int, body: ErrorBody) -> None:
        self.status = status
        self.body = body
        super().__init__(f"{status} {body}")


def json_response(value: object, status: int = 200) -> Response:
    """``value`` (Structs, lists, dicts) as JSON; fields that are ABSENT are left out."""
    return Response(_encoder.encode(value), status, media_type=JSON_TYPE)


def empty_response(status: int = 204) -> Response:
    return Response(status_code=status)


def refusal_response(refusal: Refusal | BodyRefusal | ErrorBody, status: int | None = None) -> Response:
    """The body of a refusal in its own shape. An ErrorBody needs a status, the others bring theirs."""
    if isinstance(refusal, Refusal):
        body = ErrorBody(refusal.code, refusal.message, refusal.details)
        return Response(error_bytes(body), status or refusal.status, media_type=JSON_TYPE)
    if isinstance(refusal, BodyRefusal):
        return Response(error_bytes(refusal.body), status or refusal.status, media_type=JSON_TYPE)
    if status is None:
        raise ValueError("refusal_response: an ErrorBody needs a status")
    return Response(error_bytes(refusal), status, media_type=JSON_TYPE)


def bad_request(details: str) -> BodyRefusal:
    """A body that could not be decoded, in the exchange's flat shape; ``details`` is one line."""
    return BodyRefusal(400, ErrorBody("bad_request", "bad request", details, ErrorShape.FLAT))


def not_found(details: str = "") -> BodyRefusal:
    return BodyRefusal(404, ErrorBody("not_found", "not found", details))


async def on_refusal(request: Request, error: Exception) -> Response:
    """The exception handler for Refusal and BodyRefusal."""
    if isinstance(error, Refusal | BodyRefusal):
        return refusal_response(error)
    raise error


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, as a nested body with the status's own words."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = HTTPStatus(status).phrase.lower()
    answer = refusal_response(ErrorBody(words.replace(" ", "_"), words), status)
    if isinstance(error, HTTPException) and error.headers:
        # The methods that a path has, with 405.
        answer.headers.update(error.headers)
    return answer


async def on_crash(request: Request, error: Exception) -> Response:
    """A fault of ours. The traceback goes to the log through the server's own error middleware."""
    return refusal_response(ErrorBody("internal_server_error", "internal server error"), 500)
