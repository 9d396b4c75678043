"""Malformed inputs through the command line and Python: a MatcalcError with words, a status, no traceback, no hang.

Long searches with `--fuzz`: 100,000 inputs. A failure names its seed: `check(seed, LONG_DEPTH)` runs it again.
"""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

import pytest
from malformed_texts import COMMANDS, Malformed, Spoiler
from selection import some

import matcalc
from matcalc import cli
from matcalc.errors import MatcalcError

ORDINARY, LONG = 600, 100_000
"""Inputs in the ordinary run, and with `--fuzz`."""
DEPTH, LONG_DEPTH = 60, 2_000
SECONDS, LONG_SECONDS = 60, 120
"""After so long an input hangs; a machine that has much to do gets some more than it needs."""
BYTES = 3 << 30
"""No input takes more memory than this, all that is loaded included."""


class Hung(BaseException):
    """An input took too long. No Exception, which might be caught on its way."""


@contextmanager
def alarm(seconds: int) -> Iterator[None]:
    """Raise Hung where what is done inside takes longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In an empty directory, and in bounded memory."""
    import resource

    monkeypatch.chdir(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


def typed(given: Malformed, command: str) -> tuple[int, str, str]:
    """The status of a command line, what it writes, and what it says on standard error."""
    arguments = [command, given.source, "--time-limit", "0.5"]
    arguments = arguments[: 2 if command == "graph" else 4]
    for shape in given.shapes:
        arguments += ["--shape", shape]
    if given.wrt:
        arguments += ["--wrt", given.wrt]
    arguments += given.options
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    typed_in = io.TextIOWrapper(io.BytesIO(given.formula.encode("utf-8", "surrogateescape")), "utf-8")
    with redirect_stdout(out), redirect_stderr(err), mock.patch.object(sys, "stdin", typed_in):
        status = cli.run(arguments)
    return status, *(stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]


def called(given: Malformed, seed: int) -> Any:
    """What a function of the package returns."""
    text, shapes, wrt = given.source, given.shapes, given.wrt
    which = seed % 7
    if which == 0:
        return matcalc.derive(text, [wrt], shapes=shapes, verify=False).to_text()
    if which == 1:
        return str(matcalc.gradient(text, wrt, shapes=shapes))
    if which == 2:
        return str(matcalc.jacobian(text, wrt, shapes=shapes, verify=False))
    if which == 3:
        return matcalc.verify(text, wrt, given.formula, shapes=shapes, time_limit=0.5)
    if which == 4:
        return matcalc.equal(given.formula, text, given.source, time_limit=0.5)
    if which == 5:
        return matcalc.derive(text, wrt, shapes=shapes, time_limit=0.5).to_json()
    return matcalc.parse(text, shapes).source


def check(seed: int, depth: int = DEPTH, seconds: int = SECONDS) -> str:
    """'refused' or 'answered'; raises where anything but a MatcalcError with words comes, or nothing in time."""
    given = Spoiler(seed, depth).input()
    command = COMMANDS[seed % len(COMMANDS)]
    said = f"seed {seed}, {given.kind}: {str(given)[:1500]}"
    try:
        with alarm(seconds):
            status, out, err = typed(given, command)
    except Hung:
        raise AssertionError(f"{command} hangs, {said}") from None
    except BaseException as error:
        raise AssertionError(f"{command} raises {type(error).__name__}: {error}, {said}") from error
    assert status in (0, 1, 2, 3), f"{command} ends with {status}, {err[:500]}, {said}"
    assert "Traceback" not in err, f"{command}: {err[:500]}, {said}"
    unproved = status == 3 and out  # a verification that was skipped says why on the page
    assert status < 2 or unproved or err.startswith("matcalc: "), f"{command}: status {status}, {err[:500]}, {said}"
    assert err.count("matcalc: ") <= 1 + given.source.count("matcalc"), f"{command}: {err[:500]}, {said}"
    try:
        with alarm(seconds):
            called(given, seed)
    except Hung:
        raise AssertionError(f"function {seed % 7} hangs, {said}") from None
    except MatcalcError as error:
        assert error.message and str(error) and error.exit_status in (2, 3), said
        return "refused"
    except BaseException as error:
        raise AssertionError(f"function {seed % 7} raises {type(error).__name__}: {error}, {said}") from error
    return "answered"


@pytest.mark.parametrize("block", some(range(5), 3))
def test_malformed_inputs(block: int, fuzz: bool, bounded: None) -> None:
    count = (LONG if fuzz else ORDINARY) // 5
    limits = (LONG_DEPTH, LONG_SECONDS) if fuzz else (DEPTH, SECONDS)
    outcomes = [check(seed, *limits) for seed in range(block * count, (block + 1) * count)]
    assert outcomes.count("answered") >= 0.02 * count, "hardly anything is read"
    assert outcomes.count("refused") >= 0.3 * count, "hardly anything is malformed"
