"""What a request may say: one row a field, from which come the check of a request and its JSON schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matcalc.errors import MatcalcError, nearest
from matcalc.syntax import LIMIT as LONG
from matcalc.web.limits import LimitError

SHORT = 2_000
"""Characters of a name or a declaration."""
MANY = 100
"""Names or declarations in a request."""


class RequestError(MatcalcError):
    """A request that does not say what its operation needs. `names`: the names of which it must choose one."""

    names: Sequence[str] = ()


@dataclass(frozen=True)
class RequestField:
    """One value of a request. `kind`: "text", "name", "names", "flag", "choice", "choices" or "number".

    Where several are taken, one may stand alone, without its list. `default`: None where a request must have the field.
    `choices`: the words of a choice. `most`: the largest number.
    """

    kind: str
    says: str
    default: Any = None
    choices: tuple[str, ...] = ()
    most: float = 0.0

    @property
    def schema(self) -> dict[str, Any]:
        """The same as a JSON schema."""
        found = dict(_SCHEMAS[self.kind])
        if self.kind == "choice":
            found["enum"] = list(self.choices)
        elif self.kind in _ONES:
            one = {"type": "string", "enum": list(self.choices)} if self.choices else _SCHEMAS["name"]
            found = {"anyOf": [{**found, "items": one}, one]}
        elif self.kind == "number":
            found["maximum"] = self.most
        if self.default is not None:
            found["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        return {**found, "description": self.says}

    def read(self, name: str, value: Any) -> Any:
        """The value, checked. Raises RequestError."""
        if self.kind in _ONES and isinstance(value, str):
            value = [value] if self.choices or value.strip() else []
        _refuse_halves(name, value)
        if self.kind == "text" and isinstance(value, str) and len(value) > LONG:
            said = f"{name} has {len(value):,} characters, and the limit is {LONG:,}"
            raise LimitError(said, hint="split it into several programs", text=name)
        if not _FITS[self.kind](value):
            raise RequestError(f"{name} is {_WORDS[self.kind]}", hint=self.says, text=name)
        if self.kind == "number" and not 0 < value <= self.most:
            raise RequestError(f"{name} is more than 0 and at most {self.most:g}", hint=self.says, text=name)
        words = () if not self.choices else (value,) if isinstance(value, str) else value
        for word in words:
            if word not in self.choices:
                hint = f"the choices are {', '.join(self.choices)}"
                raise RequestError(f"{name} has no choice {word[:50]}", hint=hint, text=word[:50])
        return tuple(value) if isinstance(value, list) else value


def _refuse_halves(name: str, value: object) -> None:
    """Refuse a surrogate that stands alone, which JSON can say and no text has."""
    for text in value if isinstance(value, list) else [value]:
        half = re.search("[\ud800-\udfff]", text) if isinstance(text, str) else None
        if half is not None:
            said = f"{name} has half a character, \\u{ord(half[0]):04x}, at place {half.start() + 1}"
            hint = "a character beyond U+FFFF is two halves in JSON, as \\ud835\\udc4b, or stands there itself"
            raise RequestError(said, hint=hint, text=name)


def _text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _texts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MANY and all(_text(one, SHORT) for one in value)


_SCHEMAS: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": LONG},
    "name": {"type": "string", "maxLength": SHORT},
    "names": {"type": "array", "maxItems": MANY},
    "flag": {"type": "boolean"},
    "choice": {"type": "string"},
    "choices": {"type": "array", "maxItems": MANY},
    "number": {"type": "number", "exclusiveMinimum": 0},
}
_ONES = ("names", "choices")
"""Kinds of which one value is taken for a list of it."""
_FITS: Mapping[str, Callable[[object], bool]] = {
    "text": lambda value: _text(value, LONG),
    "name": lambda value: _text(value, SHORT),
    "names": _texts,
    "flag": lambda value: isinstance(value, bool),
    "choice": lambda value: _text(value, SHORT),
    "choices": _texts,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
}
_WORDS = {
    "text": f"a text of at most {LONG:,} characters",
    "name": f"a text of at most {SHORT:,} characters",
    "names": f"a text or a list of at most {MANY} texts, each of at most {SHORT:,} characters",
    "flag": "true or false",
    "choice": "one of its choices, a text",
    "choices": "one of its choices, or a list of them",
    "number": "a number",
}


def request_schema(fields: Mapping[str, RequestField]) -> dict[str, Any]:
    """The JSON schema of a request with these fields."""
    required = [name for name, field in fields.items() if field.default is None]
    return {
        "type": "object",
        "properties": {name: field.schema for name, field in fields.items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def checked_request(fields: Mapping[str, RequestField], request: object) -> dict[str, Any]:
    """The values of all fields, those that are not given by their defaults. Raises RequestError."""
    if not isinstance(request, Mapping):
        raise RequestError("a request is a JSON object", hint='{"source": "J = ||X w - y||^2"}')
    for name in request:
        if name not in fields:
            raise RequestError(
                f"there is no field {str(name)[:50]}",
                hint=nearest(str(name)[:50], fields, f"the fields are {_listed(fields)}"),
            )
    found = {}
    for name, field in fields.items():
        if name in request:
            found[name] = field.read(name, request[name])
        elif field.default is None:
            raise RequestError(f"the field {name} is missing", hint=field.says, text=name)
        else:
            found[name] = field.default
    return found


def _listed(names: Sequence[str] | Mapping[str, RequestField]) -> str:
    return ", ".join(names)


def parsed_request(body: bytes) -> object:
    """A request as JSON text. Raises RequestError for what is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError("the request is not JSON in UTF-8", hint='{"source": "J = ||X w - y||^2"}') from None
