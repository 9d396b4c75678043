"""The description of the JSON interface in OpenAPI 3.1, made from the table of operations; openapi.json keeps it.

python -m matcalc.web.openapi > matcalc/web/openapi.json
"""

from __future__ import annotations

import json
from typing import Any

from matcalc import __version__
from matcalc.web.operations import OPERATIONS, Operation, described
from matcalc.web.requests import request_schema

_TEXT = {"type": "string"}
_PLACE = {"type": ["integer", "null"]}
_READING = {
    "type": "object",
    "description": "`source` and `shapes` are the program with this reading put in.",
    "properties": {"meaning": _TEXT, "text": _TEXT, "source": _TEXT, "shapes": {"type": "array", "items": _TEXT}},
    "required": ["meaning", "text", "source", "shapes"],
}
ERROR = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "description": "ParseError, ShapeError, AmbiguousError, LimitError, …"},
        "message": {"type": "string", "description": "What is wrong, and why."},
        "hint": {"type": "string", "description": "What to write instead."},
        "line": _PLACE,
        "column": _PLACE,
        "text": {"type": "string", "description": "The offending piece of the text."},
        "declaration": {
            "type": "string",
            "description": "The one of `shapes` that line and column are in, or nothing.",
        },
        "said": {"type": "string", "description": "All of it as text, with a caret below the place."},
        "instead": {"type": "string", "description": "Another operation that answers the same request, or nothing."},
        "names": {"type": "array", "items": _TEXT, "description": "The names of which the request must choose one."},
        "readings": {"type": "array", "items": _READING},
    },
    "required": [
        "kind",
        "message",
        "hint",
        "line",
        "column",
        "text",
        "declaration",
        "said",
        "instead",
        "names",
        "readings",
    ],
}
_REFUSED = {
    "type": "object",
    "properties": {"error": {"$ref": "#/components/schemas/Error"}, "html": _TEXT},
    "required": ["error", "html"],
}
REFUSALS = {
    "400": "The request does not say what the operation needs.",
    "413": "The request is too long.",
    "415": "The request is not JSON.",
    "422": "The program or the answer in it could not be understood, is not supported, or takes too long.",
    "429": "Too many requests at once, or within a minute.",
}
"""What each status of a refusal means."""


def described_interface() -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "matcalc",
            "version": __version__,
            "description": "Matrix derivatives with steps and proofs. Nothing that is sent is run, kept or logged.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {f"/api/{name}": {"post": _path(name, operation)} for name, operation in OPERATIONS.items()},
        "components": {"schemas": {"Error": ERROR, "Refused": _REFUSED}},
    }


def _path(name: str, operation: Operation) -> dict[str, Any]:
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}
    return {
        "operationId": name,
        "summary": described(operation),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": request_schema(operation.fields)}},
        },
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": _answer(operation)}}},
            **{status: {"description": says, "content": refused} for status, says in REFUSALS.items()},
        },
    }


def _answer(operation: Operation) -> dict[str, Any]:
    kinds = {name.rstrip("?"): kind for name, kind in operation.answers.items()}
    return {
        "type": "object",
        "properties": {name: {} if kind == "any" else {"type": kind} for name, kind in kinds.items()},
        "required": [name for name in operation.answers if not name.endswith("?")],
        "additionalProperties": False,
    }


def written() -> str:
    """The description as the text of its file."""
    return json.dumps(described_interface(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(written(), end="")
