"""What worker.js calls: a request as JSON text in, the answer as JSON text out, whatever happens."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from matcalc.errors import UnsupportedError, defect
from matcalc.web import fragments
from matcalc.web.service import answered_text, refused

LATER = ("sympy", "mpmath")
"""Packages that are loaded after the first derivation is shown; their name is the answer until they are there."""
DEEPEST = 1_000
"""Brackets within each other that are read; many more of them overflow the browser's stack, which ends the engine."""
_ELSEWHERE = "matcalc on your own machine answers this"


def respond(operation: str, body: str) -> str:
    """The answer of an operation, or the name of a package that must be loaded first."""
    found: Mapping[str, Any]
    if _depth(body) > DEEPEST:
        found = refused(UnsupportedError("this is nested too deeply for a page without a server", hint=_ELSEWHERE))
        return json.dumps(found, ensure_ascii=False)
    try:
        found = answered_text(operation, body.encode())
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in LATER:
            return missing
        found = refused(UnsupportedError(f"a page without a server has no {missing}", hint=_ELSEWHERE))
    except (MemoryError, RecursionError):
        found = refused(UnsupportedError("this is too large for a page without a server", hint=_ELSEWHERE))
    except Exception as error:  # the page would wait for ever
        found = refused(defect(type(error).__name__))
    return json.dumps(found, ensure_ascii=False)


def _depth(text: str) -> int:
    """How many brackets stand within each other, the request's own included."""
    depth = deepest = 0
    for bracket in re.findall(r"[()\[\]{}]", text):
        depth += 1 if bracket in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


def pictured(answer: str, svg: str) -> str:
    """The answer about a graph, with its picture, which another program of the page draws."""
    from matcalc.drawing.as_picture import fitting  # loaded with the first picture

    found = json.loads(answer)
    svg = fitting(svg[svg.index("<svg") :])
    return json.dumps({**found, "svg": svg, "missing": "", "html": fragments.graph(svg, "", found["mermaid"])})


def warm() -> None:
    """Load what proofs need, while nobody waits."""
    respond("verify", json.dumps({"source": "J = ||X w - y||^2", "wrt": ["w"], "candidate": "2 X'(X w - y)"}))
