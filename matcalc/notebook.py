"""`%load_ext matcalc` in IPython and notebooks: the magics %matcalc and %%matcalc, which are the command line.

A result shows itself as mathematics and is the cell's value.
"""

from __future__ import annotations

import io
import shlex
from contextlib import redirect_stderr
from typing import TYPE_CHECKING, Any

from matcalc.cli import COMMANDS, run
from matcalc.cli.frame import SERVERS

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Registers the magics; IPython calls it."""
    from IPython.core.magic import no_var_expand

    no_var_expand(matcalc)  # braces and dollar signs are mathematics here
    shell.register_magic_function(matcalc, "line_cell")  # type: ignore[arg-type]


def matcalc(line: str, cell: str | None = None) -> Any:
    """A command of matcalc, derive where none is named, with the options of the command line.

    `%matcalc "J = ||X w - y||^2" --wrt w`, or with the program in the cell:

        %%matcalc --wrt W1,W2 --explain
        J = sum((y - f(f(X W1) W2))^2)

    `%matcalc --help` lists the commands, `%matcalc derive --help` the options.
    """
    from IPython.core.display_functions import display
    from IPython.core.error import UsageError

    try:
        words = shlex.split(line)
    except ValueError:
        message = "a quote has no partner: write the program in double quotes, or in the cell below %%matcalc"
        raise UsageError(message) from None
    if cell is not None:
        words += [cell.strip()] if "--" in words else ["--", cell.strip()]
    first = words[0] if words else "--help"
    if first in SERVERS:
        raise UsageError(f"{first} takes a terminal for itself: run matcalc {first} there")
    if first not in COMMANDS and first not in ("-h", "--help", "--version"):
        words.insert(0, "derive")
    found: list[Any] = []
    complaint = io.StringIO()
    with redirect_stderr(complaint):
        run(words or [first], found.append)
    *before, last = found or [None]
    for result in before:
        display(result)  # type: ignore[no-untyped-call]
    if said := complaint.getvalue().rstrip():
        raise UsageError(said)
    return last
