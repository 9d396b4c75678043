"""What worker.js calls: a request as JSON text in, the answer as JSON text out, whatever happens.

There is no NumPy in the page. Derivations and proofs need none; a checked answer gets the proof's verdict with a
counterexample, and no diagnosis.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.web import fragments
from matcalc.web.service import answered_text, refused

LATER = ("sympy", "mpmath")
"""Packages that are loaded after the first derivation is shown; their name is the answer until they are there."""
_ELSEWHERE = "matcalc on your own machine answers this"
_DIAGNOSED = "matcalc on your own machine says what kind of mistake it is, and where"
_SAYS = {"failed": ("wrong", "✗", ""), "proved": ("right", "✓", "Right"), "agrees": ("right", "✓", "Right")}


def respond(operation: str, body: str) -> str:
    """The answer of an operation, or the name of a package that must be loaded first."""
    try:
        found: Mapping[str, Any] = answered_text(operation, body.encode())
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in LATER:
            return missing
        if missing == "numpy" and operation == "check":
            return _verdict(json.loads(body))
        found = refused(UnsupportedError(f"a page without a server has no {missing}", hint=_ELSEWHERE))
    except (MemoryError, RecursionError):
        found = refused(UnsupportedError("this is too large for a page without a server", hint=_ELSEWHERE))
    except Exception as error:
        found = refused(
            MatcalcError(f"a mistake in matcalc itself, sorry: {type(error).__name__}", hint="please report it")
        )
    return json.dumps(found, ensure_ascii=False)


def _verdict(request: Mapping[str, Any]) -> str:
    # What `verify` says of an answer, in the place of what `check` would say.
    asked = {"candidate" if name == "answer" else name: value for name, value in request.items()}
    answer = respond("verify", json.dumps(asked))
    if answer in LATER:
        return answer
    found = json.loads(answer)
    if "verification" not in found:
        return answer
    status = found["verification"][found["name"]]["status"]
    kind, sign, says = _SAYS.get(status, ("wrong", "?", "Not decided"))
    # A badge "wrong" says it already, and opens into the counterexample.
    head = "" if status == "failed" else f'<p class="{kind}"><span aria-hidden="true">{sign}</span> {says}</p>'
    note = "" if kind == "right" else f'<p class="note">{escape(_DIAGNOSED)}.</p>'
    return json.dumps(
        {**found, "html": f'<div class="verdict">{head}<div class="badges">{found["badges"]}</div>{note}</div>'}
    )


def pictured(answer: str, svg: str) -> str:
    """The answer about a graph, with its picture, which another program of the page draws."""
    from matcalc.drawing.as_picture import fitting  # loaded with the first picture

    found = json.loads(answer)
    svg = fitting(svg[svg.index("<svg") :])
    return json.dumps({**found, "svg": svg, "missing": "", "html": fragments.graph(svg, "", found["mermaid"])})


def warm() -> None:
    """Load what proofs need, while nobody waits."""
    respond("verify", json.dumps({"source": "J = ||X w - y||^2", "wrt": ["w"], "candidate": "2 X'(X w - y)"}))
