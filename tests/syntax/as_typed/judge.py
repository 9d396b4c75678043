"""Reads the text of a case by matcalc's own door, and says what came of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

import matcalc
from matcalc.dims import DimSum, dim_value

from . import draws
from .case import ASKED, REFUSED, Case

RIGHT, SILENT, WRONG, CRASHED = "right", "right, not noted", "WRONG", "CRASHED"
OUTCOMES = (WRONG, CRASHED, SILENT, REFUSED, ASKED, RIGHT)
"""What may come of a text, the worst first."""


class Verdict(NamedTuple):
    """What came of a case; `good` if it is what was to come; `detail` in a line or more."""

    outcome: str
    good: bool
    detail: str = ""


class Mismatch(Exception):
    """What was read is not what was meant."""


def judge(case: Case) -> Verdict:
    """What comes of the case."""
    try:
        derivation = _derived(case)
    except matcalc.AmbiguousError as error:
        return _asked(case, error) if case.meant != REFUSED else _refused(case, error)
    except matcalc.MatcalcError as error:
        return _refused(case, error)
    except Exception as error:
        return Verdict(CRASHED, False, f"{type(error).__name__}: {error}")
    read = _read(derivation)
    if others := sorted(set(derivation.program.functions) - set(draws.FUNCTIONS)):
        return Verdict(REFUSED, False, f"{', '.join(others)}: an unknown function; read as {read}")
    if case.meant in (ASKED, REFUSED):
        return Verdict(WRONG, False, f"answered, was to be {case.meant}; read as {read}")
    try:
        _compare(case, case.meant, derivation)
    except Mismatch as error:
        return Verdict(WRONG, False, f"{error}; read as {read}")
    except matcalc.MatcalcError as error:
        return Verdict(WRONG, False, f"no value: {error.message}; read as {read}")
    if case.noted and not derivation.program.notes:
        return Verdict(SILENT, False, f"read as {read}")
    return Verdict(RIGHT, True)


def _refused(case: Case, error: matcalc.MatcalcError) -> Verdict:
    # What is to be refused may as well be asked; but the words that lead on are to be said, not quoted from the text.
    said = f"{error} {error.hint}".replace(error.source_line or "\0", "").lower()
    missing = [words for words in case.says.split(" | ") if words.lower() not in said]
    wanted = REFUSED in (case.meant, *case.also.split())
    return Verdict(REFUSED, wanted and not missing, f"does not say {missing}: {error}" if missing else str(error))


def _derived(case: Case, text: str | None = None, shapes: str = "") -> Any:
    options: dict[str, Any] = {"shapes": [*filter(None, [*case.shapes.split("; "), shapes])]}
    if case.language:
        if "language" not in inspect.signature(matcalc.derive).parameters:
            raise matcalc.UnsupportedError(f"there is no language={case.language!r} yet")
        options["language"] = case.language
    source: Any = case.text if text is None else text
    return matcalc.derive(source, case.wrt.split(), verify=False, **options)


def _read(derivation: Any) -> str:
    """The program as understood, in a line."""
    program = derivation.program
    shapes = ", ".join(f"{s.name} {'×'.join(map(str, s.shape))}" for s in program.inputs)
    definitions = "; ".join(f"{s.name} = {_formula(s.definition, program)}" for s in program.definitions)
    return f"{definitions} [{shapes}]"


def _formula(node: Any, program: Any) -> Any:
    from matcalc.api.formula import Expr

    return Expr(node, program.inputs)


# ------------------------------------------------------------------------------------------------- what was answered


def _meant(case: Case, meant: str, values: Mapping[str, Any], letters: Mapping[str, int]) -> float:
    if callable(case.text) and not meant:
        return draws.scalar(case.text(**{draws.plain(k): v for k, v in values.items()}))
    return draws.scalar(draws.value(meant, values, letters))


def expected(case: Case, meant: str, square: bool) -> tuple[dict[str, Any], dict[str, int], float, dict[str, Any]]:
    """Values, letters, the objective there and its slopes: all by NumPy."""
    names = draws.names_of(case.sizes)
    letters = draws.letters_of(names, square)
    values = draws.draw(names, letters, 11 + square)

    def objective(at: Mapping[str, Any]) -> float:
        return _meant(case, meant, at, letters)

    if case.gradients:
        slopes = {name: np.asarray(draws.value(text, values, letters)) for name, text in case.gradients.items()}
        return values, letters, np.nan, slopes
    by_name = {name.name: name for name in names}
    slopes = {name: draws.slope(objective, values, by_name[name]) for name in case.wrt.split()}
    return values, letters, objective(values), slopes


def _compare(case: Case, meant: str, derivation: Any) -> None:
    for square in (False, True):
        values, letters, wanted, slopes = expected(case, meant, square)
        _shapes(case, derivation.program, values, letters)
        functions = {name: draws.FUNCTIONS[name] for name in derivation.program.functions if name in draws.FUNCTIONS}
        given = _named(derivation.program, values, letters)
        objective = derivation.program.objective
        if not case.gradients:
            _same("J", _formula(objective, derivation.program).evaluate(given, functions), wanted)
        for name, slope in slopes.items():
            _same(f"dJ/d{name}", derivation[_own(derivation, name)].evaluate(given, functions), slope)


def _own(derivation: Any, name: str) -> str:
    # W2 may be held as layer 2 of W.
    return name if name in derivation else next(key for key in derivation if draws.plain(key) == draws.plain(name))


def _named(program: Any, values: Mapping[str, Any], letters: Mapping[str, int]) -> dict[str, Any]:
    """The values by matcalc's own names; a letter of a size that it holds as an input has that size."""
    plain = {draws.plain(name): found for name, found in values.items()}
    sizes = {letter: float(size) for letter, size in letters.items()}
    known = {**sizes, **plain}
    return {s.name: known[draws.plain(s.name)] for s in program.inputs if draws.plain(s.name) in known}


def _shapes(case: Case, program: Any, values: Mapping[str, Any], letters: Mapping[str, int]) -> None:
    given = _named(program, values, letters)
    sizes: dict[str, int] = {}
    for symbol in program.inputs:
        if symbol.name not in given:
            raise Mismatch(f"the name {symbol.name} is nobody's")
        shape = np.shape(given[symbol.name])
        lengths = shape if len(shape) == 2 else (*shape, 1, 1)[:2]
        for dim, length in zip(symbol.shape, lengths, strict=True):
            if isinstance(dim, DimSum):
                fits = set(_letters(dim)) - set(sizes) or dim_value(dim, sizes) == length
            else:
                fits = (sizes.setdefault(dim, length) if isinstance(dim, str) else dim) == length
            if not fits:
                read, meant = ("×".join(map(str, shape)) for shape in (symbol.shape, lengths))
                raise Mismatch(f"{symbol.name} is {read}, meant {meant}")


def _letters(dim: DimSum) -> Iterator[str]:
    for monomial, _ in dim.terms:
        yield from monomial


def _same(what: str, found: Any, wanted: Any) -> None:
    found, wanted = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    if found.size == wanted.size == 1:
        found, wanted = found.reshape(()), wanted.reshape(())
    if found.shape != wanted.shape:
        raise Mismatch(f"{what} has the shape {found.shape}, meant {wanted.shape}")
    if not np.allclose(found, wanted, rtol=2e-5, atol=2e-6):
        raise Mismatch(f"{what} = {_short(found)}, meant {_short(wanted)}")


def _short(a: Any) -> str:
    text = re.sub(r"\s+", " ", np.array2string(np.asarray(a), precision=4))
    return text if len(text) < 60 else text[:57] + "…"


# ------------------------------------------------------------------------------------------------------ what was asked


def _asked(case: Case, error: Any) -> Verdict:
    good = ASKED in (case.meant, *case.also.split())
    if not good or case.meant != ASKED:
        return Verdict(ASKED, good, str(error))
    if len(error.readings) < 2:
        return Verdict(ASKED, False, f"{len(error.readings)} readings, at least two are to be shown: {error}")
    told = []
    for reading in error.readings:
        for attempt in _attempts(case, error, reading.text):
            try:
                told.append(attempt())
                break
            except matcalc.MatcalcError:
                continue
        else:
            return Verdict(ASKED, False, f"the reading {reading.text!r} is not read: {error}")
    missing = []
    for meant in case.meanings:
        if not any(_means(case, meant, derivation) for derivation in told):
            missing.append(meant)
    return Verdict(ASKED, not missing, f"no reading means {missing}: {error}" if missing else "")


def _attempts(case: Case, error: Any, reading: str) -> list[Callable[[], Any]]:
    """A reading's text stands for the part that is asked about, or for the whole, or is a declaration."""
    text = str(case.text)
    found: list[Callable[[], Any]] = []
    if error.text and error.text in text:
        lines = text.split("\n")
        if error.line and lines[error.line - 1][(error.column or 1) - 1 :].startswith(error.text):
            line, at = lines[error.line - 1], (error.column or 1) - 1
            lines[error.line - 1] = line[:at] + reading + line[at + len(error.text) :]
            whole = "\n".join(lines)
        else:
            whole = text.replace(error.text, reading, 1)
        found.append(lambda: _derived(case, whole))
    found.append(lambda: _derived(case, shapes=reading))
    found.append(lambda: _derived(case, reading))
    return found


def _means(case: Case, meant: str, derivation: Any) -> bool:
    # "sizes => value" where the names have other lengths than in the case.
    sizes, arrow, meant = meant.rpartition(" => ")
    case = replace(case, sizes=sizes) if arrow else case
    try:
        _compare(case, meant, derivation)
    except (Mismatch, matcalc.MatcalcError, ValueError, KeyError, StopIteration):
        return False
    return True
