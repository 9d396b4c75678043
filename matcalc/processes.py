"""Processes in which work is done that may take too long or too much memory: it ends alone, and harms no other.

They are forked from one that has loaded the package already, so that a new one starts at once.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from matcalc.errors import UnsupportedError

if TYPE_CHECKING:
    from pebble import ProcessPool

MEMORY = 4 << 30
"""Bytes of address space that a process may have."""


class DiedError(Exception):
    """A process ended before its work was done."""


def pool(count: int, preload: Sequence[str], extra: str, memory: int = MEMORY, folder: str = "") -> ProcessPool:
    """A pool of processes, 0 for one a core, each with a limit of memory.

    `preload`: the modules that all of them have. `folder`: where they keep files for a moment, which one that is ended
    leaves behind. `extra`: the name of the extra to install where pebble is missing; UnsupportedError says so.
    """
    try:
        from pebble import ProcessPool
    except ImportError:
        hint = f'in the folder of matcalc: pip install ".[{extra}]"'
        raise UnsupportedError("work in processes needs the package pebble", hint=hint) from None
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        from multiprocessing import forkserver

        context.set_forkserver_preload(list(preload))
        with _without_this_folder():
            forkserver.ensure_running()
    return ProcessPool(
        max_workers=count or os.cpu_count() or 1, context=context, initializer=_limited, initargs=[memory, folder]
    )


@contextlib.contextmanager
def _without_this_folder() -> Iterator[None]:
    # A Python that is started here would import what lies in the current folder first: somebody's random.py, or a
    # checkout. Python 3.10 knows no way to forbid it.
    name = "PYTHONSAFEPATH"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def result(future: Any) -> Any:
    """What the work gave. Raises TimeoutError after its time, DiedError where its process ended or had no memory."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except BrokenProcessPool:
        hint = "in a script, call it below the line: if __name__ == '__main__':"
        raise UnsupportedError("the processes that judge could not be started", hint=hint) from None
    except (ProcessExpired, MemoryError):
        raise DiedError from None


def _limited(memory: int, folder: str) -> None:
    tempfile.tempdir = folder or None
    # A formula that wants more memory ends its own process.
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
