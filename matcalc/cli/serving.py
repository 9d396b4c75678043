"""The command that serves the page."""

from __future__ import annotations

import os

import click

from matcalc.cli.frame import Command, shown
from matcalc.errors import UnsupportedError


@click.command(
    cls=Command,
    epilog=shown("matcalc serve --open", "matcalc serve --host 0.0.0.0 --port 8000 --workers 8"),
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at; 0.0.0.0 for all.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 for a free one."
)
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Processes that derive; one a core by default.")
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
def serve(host: str, port: int, workers: int, opened: bool) -> int:
    """Serve the page and the JSON interface until it is stopped with Ctrl-C.

    What is typed there is never run, kept or logged. Needs the packages of the extra web.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes share the cores
    try:
        import pebble  # noqa: F401
        import uvicorn  # noqa: F401

        from matcalc.web.limits import Limits
        from matcalc.web.server import serve
    except ImportError as error:
        raise UnsupportedError(
            f"the page needs the Python package {error.name}",
            hint='in the folder of matcalc: pip install ".[web]"',
            text=str(error.name),
        ) from None
    serve(host, port, Limits(workers=workers), opened)
    return 0
