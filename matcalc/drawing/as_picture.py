"""DOT to a picture: the Python package pygraphviz brings Graphviz, which computes the layout."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from matcalc.drawing.as_dot import FONT
from matcalc.errors import UnsupportedError

FORMS = ("svg", "png", "pdf")
SECONDS = 20.0
"""The longest that a layout may take: some 4,000 arrows of a deep network, some 1,000 of a dense one."""
_WITHOUT = "DOT and Mermaid need nothing: to_dot() and to_mermaid(), on the command line --format dot or mermaid"
_PROGRAM = Path(__file__).with_name("graphviz_process.py")


def picture(text: str, form: str) -> bytes:
    """The picture of a DOT text. Raises UnsupportedError for another form, without pygraphviz, or beyond SECONDS."""
    if form not in FORMS:
        raise UnsupportedError(f"a picture is {', '.join(FORMS[:-1])} or {FORMS[-1]}, not {form!r}", text=str(form))
    package = find_spec("pygraphviz")
    if package is None or package.origin is None:
        raise UnsupportedError(
            f"a picture as {form.upper()} needs the Python package pygraphviz",
            hint=f'python -m pip install "pygraphviz>=2", which brings Graphviz. {_WITHOUT}',
            text="pygraphviz",
        )
    # -I: what lies in the current folder is not imported; the folder of the package is named instead.
    command = [sys.executable, "-I", str(_PROGRAM), str(Path(package.origin).parents[1]), form, str(int(SECONDS) + 1)]
    try:
        made = subprocess.run(command, input=text.encode(), capture_output=True, timeout=SECONDS, check=True).stdout
    except subprocess.TimeoutExpired:
        arrows = sum('" -> "' in line for line in text.splitlines())
        said = f"Graphviz was stopped: a layout of these {arrows:,} arrows takes longer than {SECONDS:g} seconds"
        raise UnsupportedError(said, hint=_WITHOUT, text="graphviz") from None
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"").decode("utf-8", "replace").strip() or str(error)
        raise UnsupportedError(f"Graphviz failed: {said.splitlines()[-1]}", hint=_WITHOUT, text="graphviz") from None
    return fitting(made.decode()).encode() if form == "svg" else made


def fitting(svg: str) -> str:
    """The picture in fonts that every reader has, and that are no wider than the one it was laid out for."""
    return svg.replace(f'font-family="{FONT}"', 'font-family="Helvetica,Arial,sans-serif"')
