"""The one way in: an operation's name and a request as plain data; the answer as plain data, whatever happens.

>>> answered("equal", {"a": "(A B)'", "b": "B' A'"})["ok"]
True
>>> answered("derive", {"source": "J = (x"})["error"]["kind"]
'ParseError'
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matcalc.errors import MatcalcError, nearest
from matcalc.web import fragments
from matcalc.web.operations import OPERATIONS
from matcalc.web.requests import RequestError, checked_request, parsed_request
from matcalc.web.understanding import failure


def answered(name: str, request: object) -> dict[str, Any]:
    """The answer of the operation called `name`; {"error": …} for a request that cannot be answered."""
    known: Mapping[str, Any] = {}
    try:
        operation = OPERATIONS.get(name)
        if operation is None:
            hint = nearest(name[:50], OPERATIONS, f"the operations are {', '.join(OPERATIONS)}")
            raise RequestError(f"there is no operation {name[:50]}", hint=hint)
        known = checked_request(operation.fields, request)
        answer: dict[str, Any] = finite(operation.run(known))
        return answer
    except MatcalcError as error:
        return refused(error, known)


def finite(value: Any) -> Any:
    """Plain data as JSON has it: numbers that JSON has not are None."""
    if isinstance(value, dict):
        return {name: finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def answered_text(name: str, body: bytes) -> dict[str, Any]:
    """The same for a request as JSON text."""
    try:
        request = parsed_request(body)
    except RequestError as error:
        return refused(error)
    return answered(name, request)


def refused(error: MatcalcError, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The answer that an error is; `known`: the fields of the request."""
    known = known or {}
    found = failure(error, known.get("source", ""), known.get("shapes", ()), known.get("language", ""))
    return {"error": found, "html": fragments.failure(found)}
