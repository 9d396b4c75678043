"""The command that offers tools to an assistant."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from threading import Thread

import click

from matcalc.cli.frame import Command
from matcalc.errors import UnsupportedError


@click.command(cls=Command)
def mcp() -> int:
    """Offer tools to an assistant, over the Model Context Protocol on standard input and output.

    An assistant starts this command itself; docs/assistant.md says how it is told so. Needs the packages of the extra
    mcp.
    """
    for package in ("mcp", "pebble"):
        if find_spec(package) is None:
            hint = 'in the folder of matcalc: pip install ".[mcp]"'
            raise UnsupportedError(f"the tools need the Python package {package}", hint=hint, text=package)
    if sys.stdin is not None and sys.stdin.isatty():
        click.echo("matcalc waits for an assistant on standard input; docs/assistant.md. Ctrl-C leaves.", err=True)

    from matcalc.web.limits import Limits
    from matcalc.web.workers import Workers

    workers = Workers(Limits(workers=2))
    starting = Thread(target=workers.start)
    starting.start()

    from matcalc.mcp import serve  # its packages load while the processes do

    serve(workers, starting)
    return 0
