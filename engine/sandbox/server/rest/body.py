"""JSON bodies of requests, decoded into wire Structs; a wrong type is refused in the exchange's words."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from starlette.requests import Request

from engine.sandbox.server.answers import BodyRefusal, bad_request
from engine.sandbox.server.lenient_nulls import decoded
from engine.wire.errors import ErrorBody

T = TypeVar("T", bound=msgspec.Struct)

_WRONG_TYPE = re.compile(r"Expected `([^`]+)`, got `([^`]+)`(?: - at `\$(.*)`)?")
_MISSING = re.compile(r"Object missing required field `([^`]+)`(?: - at `\$(.*)`)?")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_BAD_BYTE = re.compile(r"byte (\d+)")
_JSON_WORDS = {"int": "number", "float": "number", "str": "string", "bool": "bool", "array": "array"}
_GO_WORDS = {
    "str": "string",
    "int": "int64",
    "bool": "bool",
    "float": "float64",
    "array": "[]",
    "object": "struct",
}


def invalid_parameters(details: str) -> BodyRefusal:
    """400: a field of a readable body breaks its rule. ``details`` says field, what came, what was wanted."""
    return BodyRefusal(400, ErrorBody("invalid_parameters", "invalid parameters", details))


def failed_rule(schema: str, field: str, tag: str) -> BodyRefusal:
    """400 for a body's field, in the words of the exchange's validator."""
    name = "".join(part.capitalize() for part in field.split("_"))
    return invalid_parameters(
        f"Key: '{schema}.{name}' Error:Field validation for '{name}' failed on the '{tag}' tag"
    )


async def read_body(request: Request, kind: type[T], schema: str, *, may_be_empty: bool = False) -> T:
    """The body as ``kind``; ``schema`` is the exchange's name of it, for messages.

    Raises BodyRefusal: 400 ``invalid_content_type`` unless it is JSON, the flat ``bad_request`` when it
    cannot be decoded, ``invalid_parameters`` when a required field is missing.
    """
    text = await request.body()
    if may_be_empty and not text.strip():
        text = b"{}"
    else:
        _require_json(request)
    try:
        found = decoded(text, kind)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error), schema) from None
    except msgspec.DecodeError as error:
        raise bad_request(_syntax(str(error), text)) from None
    except UnicodeDecodeError:
        raise bad_request("invalid character in string literal: not UTF-8") from None
    except RecursionError:
        raise bad_request("exceeded max depth") from None
    _require_integers(found, schema)
    return found


def _require_integers(value: object, schema: str) -> None:
    """Refuses a number beyond 64 bits, which nothing here could keep."""
    if isinstance(value, list):
        for part in value:
            _require_integers(part, schema)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            found = getattr(value, field)
            if isinstance(found, int) and not _INT64_MIN <= found <= _INT64_MAX:
                into = f"Go struct field {schema}.{field} of type int64"
                raise bad_request(f"json: cannot unmarshal number {found} into {into}")
            _require_integers(found, schema)


def _require_json(request: Request) -> None:
    got = request.headers.get("content-type", "")
    if got.partition(";")[0].strip().lower() != "application/json":
        details = f"content type: got {got!r}, wanted 'application/json'"
        raise BodyRefusal(400, ErrorBody("invalid_content_type", "invalid content type", details))


def _wrong_shape(problem: str, schema: str) -> BodyRefusal:
    missing = _MISSING.match(problem)
    if missing is not None:
        return failed_rule(schema, missing[1], "required")
    wrong = _WRONG_TYPE.match(problem)
    if wrong is None:
        return bad_request(f"json: {problem}")
    wanted, got, path = wrong[1], wrong[2], wrong[3] or ""
    field = ".".join(part for part in re.split(r"\[[^\]]*\]|\.", path) if part)
    into = f"Go struct field {schema}.{field}" if field else "Go value"
    return bad_request(
        f"json: cannot unmarshal {_JSON_WORDS.get(got, got)} into {into} of type {_go(wanted)}"
    )


def _go(wanted: str) -> str:
    first = wanted.partition(" | ")[0]
    return _GO_WORDS.get(first, first)


def _syntax(problem: str, text: bytes) -> str:
    if not text.strip():
        return "EOF"
    found = _BAD_BYTE.search(problem)
    if found is None or int(found[1]) >= len(text):
        return "unexpected EOF"
    character = chr(text[int(found[1])])
    return f"invalid character {character!r} looking for beginning of value"
