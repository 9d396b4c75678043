"""DOT to a picture: the Python package graphviz runs Graphviz's program dot, which computes the layout."""

from __future__ import annotations

from matcalc.errors import UnsupportedError

FORMS = ("svg", "png", "pdf")
LARGEST = 5_000
"""The most arrows in a picture: these take half a minute, and the time grows faster than their number."""
_WITHOUT = "DOT and Mermaid need nothing: to_dot() and to_mermaid(), on the command line --format dot or mermaid"


def picture(text: str, form: str) -> bytes:
    """The picture of a DOT text. Raises UnsupportedError for another form, or if Graphviz is missing."""
    if form not in FORMS:
        raise UnsupportedError(f"a picture is {', '.join(FORMS[:-1])} or {FORMS[-1]}, not {form!r}", text=str(form))
    arrows = sum('" -> "' in line for line in text.splitlines())
    if arrows > LARGEST:
        raise UnsupportedError(f"a graph of {arrows:,} arrows is too large to be laid out", hint=_WITHOUT)
    try:
        import graphviz
    except ImportError:
        raise UnsupportedError(
            f"a picture as {form.upper()} needs the Python package graphviz",
            hint=f"python -m pip install graphviz, and the program dot (Debian: apt install graphviz). {_WITHOUT}",
            text="graphviz",
        ) from None
    try:
        found: bytes = graphviz.Source(text).pipe(format=form)
    except graphviz.ExecutableNotFound:
        raise UnsupportedError(
            f"a picture as {form.upper()} needs Graphviz's program dot, and it is not found",
            hint=f"install Graphviz (Debian: apt install graphviz; macOS: brew install graphviz). {_WITHOUT}",
            text="dot",
        ) from None
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip().splitlines()
        message = f"Graphviz's program dot failed{': ' + said[0] if said else ''}"
        raise UnsupportedError(message, hint=_WITHOUT, text="dot") from None
    return found
