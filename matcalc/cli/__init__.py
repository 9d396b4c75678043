"""The command line: arguments in, text out, and an exit status.

This room uses matcalc.api and does no mathematics. Errors become one message on standard error. Exit status: 0 done; 1
an answer or a verification is wrong; 2 not understood; 3 not supported; 70 a defect of matcalc; 130 interrupted; 141
the output was closed by its reader.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NoReturn

import click

from matcalc import __version__
from matcalc.cli.assisting import mcp
from matcalc.cli.checking import check
from matcalc.cli.deriving import derive, jacobian, verify
from matcalc.cli.files import complain
from matcalc.cli.frame import Group, shown
from matcalc.cli.grading import grade
from matcalc.cli.graph import graph
from matcalc.cli.hessians import hessian
from matcalc.cli.library import examples, notation, rules
from matcalc.cli.practising import practice
from matcalc.cli.serving import serve
from matcalc.cli.site import site
from matcalc.cli.stationary import solve
from matcalc.errors import UnsupportedError, defect


@click.group(
    cls=Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=shown(
        'matcalc derive "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2',
        'matcalc derive "J = ||X w - y||^2" --wrt w --output hand-in.tex',
        'matcalc verify "J = ||X w - y||^2" --wrt w --candidate "2 X\'(X w - y)"',
    ),
)
@click.version_option(__version__, message="matcalc %(version)s")
@click.pass_context
def _cli(ctx: click.Context) -> None:
    """Matrix derivatives that show their work: step by step, with the rule beside every line, and proved."""
    if ctx.invoked_subcommand is not None:
        return
    interactive = ctx.obj is None and all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    if interactive and find_spec("prompt_toolkit"):
        from matcalc.cli.prompt import opened

        opened(run, _cli.commands, f"matcalc {__version__}")
        return
    click.echo(ctx.get_help())
    if interactive:
        click.echo("\nA prompt opens here where prompt_toolkit is installed: python -m pip install prompt_toolkit")


for _command in (
    derive,
    jacobian,
    hessian,
    solve,
    graph,
    verify,
    check,
    grade,
    rules,
    notation,
    examples,
    practice,
    serve,
    mcp,
    site,
):
    _cli.add_command(_command)


COMMANDS = frozenset(_cli.commands)
"""The names of the commands."""


def run(arguments: Sequence[str] | None = None, receive: Callable[[Any], object] | None = None) -> int:
    """Run the command line and return its exit status. `arguments` default to those of the process.

    `receive` takes a result as an object, in place of a text on standard output: a derivation, a verdict.
    """
    try:
        return int(_cli.main(arguments, prog_name="matcalc", standalone_mode=False, obj=receive) or 0)
    except click.UsageError as error:
        hint = f"{error.ctx.command_path} --help shows how" if error.ctx else "matcalc --help shows how"
        if "unexpected extra argument" in error.format_message():
            hint = "put the whole expression in one pair of quotes"
        complain(f"{error.format_message()}\nhint: {hint}")
        return 2
    except click.ClickException as error:
        complain(error.format_message())
        return 2
    except UnsupportedError as error:
        complain(str(error))
        return error.exit_status
    except click.Abort:
        complain("interrupted")
        return 130
    except Exception as error:  # a terminal shows a sentence, and no traceback
        if os.environ.get("MATCALC_DEBUG"):
            raise
        hint = "please report it, with the command; MATCALC_DEBUG=1 shows where it happened"
        said = defect(f"{type(error).__name__}: {error}", hint)
        complain(str(said))
        return said.exit_status


def main() -> NoReturn:
    """The command `matcalc`."""
    # A start makes many long-lived objects; frequent garbage collection would add a twentieth to its time.
    gc.set_threshold(50_000)
    status = run()
    gc.freeze()  # what is left goes with the process: a search for cycles in it would add a tenth to a short run
    sys.exit(status)
