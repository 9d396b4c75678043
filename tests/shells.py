"""IPython without a terminal: cells are run, and what a notebook would show is returned."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock


class Ran(NamedTuple):
    """What came of a cell: the texts that it printed, what it shows in each format, and the error that ended it."""

    printed: str
    complained: str
    shown: list[dict[str, str]]
    error: BaseException | None
    result: Any


@contextmanager
def fresh_shell() -> Iterator[Any]:
    """A shell that knows nothing of the user's, and leaves nothing behind."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Caught(DisplayHook):
        """Keeps what a kernel would send, in place of printing it."""

        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.data: list[dict[str, str]] = []

        def write_output_prompt(self) -> None: ...
        def write_format_data(self, format_dict: dict[str, str], md_dict: object = None) -> None:
            self.data.append(format_dict)

        def finish_displayhook(self) -> None:
            self._is_active = False

    class Shell(InteractiveShell):
        displayhook_class = Caught

    config = Config()
    config.HistoryManager.enabled = False
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, IPYTHONDIR=folder):
        Shell.clear_instance()
        shell = Shell.instance(config=config)
        shell.display_formatter.active_types = shell.display_formatter.format_types
        try:
            yield shell
        finally:
            Shell.clear_instance()


def run_cell(shell: Any, text: str) -> Ran:
    """Runs a cell as a notebook does."""
    from IPython.utils.capture import capture_output

    shell.displayhook.data.clear()
    with capture_output() as caught:
        result = shell.run_cell(text, store_history=True)
    return Ran(
        caught.stdout,
        caught.stderr,
        [*(output.data for output in caught.outputs), *shell.displayhook.data],
        result.error_before_exec or result.error_in_exec,
        result.result,
    )
