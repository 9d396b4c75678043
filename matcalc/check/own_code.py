"""Somebody's own code held against the derivation: their objective and gradient, called at the points of comparison.

The code may take NumPy arrays, PyTorch tensors or what JAX makes of arrays. Vectors are passed as 1-D arrays, or else
as columns, whichever the code can take.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from matcalc.check.answer_key import AnswerKey
from matcalc.check.samples import SamplePoint
from matcalc.check.verdict import CREDIT, Verdict
from matcalc.errors import MatcalcError, UnsupportedError

EXACT, ROUGH = 1e-7, 1e-4
"""What may be between equal numbers, as a share of the largest: in double precision, and after single precision or
difference quotients."""
WRONG = 8
"""Wrong entries are listed up to so many."""


class _Unusable(Exception):
    """The code raised an error, or returned what is no array; the text says so."""


def checked_function(key: AnswerKey, f: Callable[..., Any] | None, grad: Callable[..., Any]) -> Verdict:
    """The verdict on code for the gradient, and if `f` is given on whether this is the objective.

    Raises UnsupportedError where the code cannot be called with the program's names.
    """
    if key.program.functions:
        named = ", ".join(key.program.functions)
        raise UnsupportedError(f"code cannot be called with the unknown function {named}", hint="write tanh, relu, …")
    code = _Code(key, grad)
    try:
        found = [code.gradient(point) for point in key.points]
        truths = [point.at(key.gradient) for point in key.points]
        verdict = _Comparison(key, code, found, truths).verdict()
        notes = _objective(key, f) if f is not None else ()
    except _Unusable as error:
        return Verdict("unreadable", code.called, None, str(error))
    return replace(verdict, notes=(*verdict.notes, *notes), score=CREDIT[verdict.kind])


# --------------------------------------------------------------------------------------------------------- calling code


class _Code:
    # A function of the program's names; how it takes vectors is tried at the first point.

    def __init__(self, key: AnswerKey, function: Callable[..., Any]) -> None:
        self.key = key
        self.function = function
        self.called = getattr(function, "__name__", "") or "the function"
        self.inputs = key.program.inputs
        self.by_name = _by_name(function, [s.name for s in self.inputs])
        self.torch = _torch_of(function)
        self.columns = False

    def gradient(self, point: SamplePoint) -> Any:
        """What it returns there, as an array."""
        found = self.value(point)
        name = self.key.variable.name
        if isinstance(found, Mapping):
            if name not in found:
                keys = ", ".join(map(str, found))
                raise _Unusable(f"{self.called} returns a dict without {name}: its keys are {keys}")
            found = found[name]
        return self._array(found)

    def number(self, point: SamplePoint) -> float:
        """What it returns there, as a number."""
        found = self._array(self.value(point))
        if found.size != 1:
            raise _Unusable(f"{self.called} returns an array of shape {found.shape}, and the objective is a number")
        return float(found.reshape(()))

    def value(self, point: SamplePoint) -> Any:
        """What it returns there. Vectors are 1-D arrays, or columns where it cannot take these."""
        first: Exception | None = None
        for columns in (self.columns, True):
            arguments = {s.name: self._argument(point.values[s], columns) for s in self.inputs if s in point.values}
            try:
                found = self.function(**arguments) if self.by_name else self.function(*arguments.values())
            except Exception as error:  # whatever a person's code raises; the verdict names it
                first = first or error
                continue
            self.columns = columns
            return found
        shapes = ", ".join(f"{s.name} {_shape(point.values[s])}" for s in self.inputs if s in point.values)
        raise _Unusable(f"{self.called} raised {type(first).__name__}: {first}, with {shapes}")

    def _argument(self, value: Any, columns: bool) -> Any:
        import numpy as np

        if value.shape == (1, 1):
            return float(value[0, 0])
        plain = np.array(value if columns or value.shape[1] > 1 else value[:, 0])
        return plain if self.torch is None else self.torch.as_tensor(plain)

    def _array(self, found: Any) -> Any:
        import numpy as np

        if hasattr(found, "detach"):
            found = found.detach().cpu().numpy()
        try:
            array = np.asarray(found)
            if array.dtype == object or not np.issubdtype(array.dtype, np.number):
                raise TypeError
        except (TypeError, ValueError):
            raise _Unusable(f"{self.called} returns {type(found).__name__}, which is no array of numbers") from None
        return array


def _by_name(function: Callable[..., Any], names: Sequence[str]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = {p.kind for p in parameters}
    needed = [p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if all(p.name in names for p in needed) and (
        len(parameters) == len(names) or inspect.Parameter.VAR_KEYWORD in kinds
    ):
        return all(p.kind != p.POSITIONAL_ONLY for p in parameters)
    if inspect.Parameter.VAR_POSITIONAL in kinds or len(needed) <= len(names) <= len(parameters):
        return False
    listed = ", ".join(names)
    raise UnsupportedError(
        f"the function has {len(parameters)} arguments, and the problem has the names {listed}",
        hint=f"def grad({listed}): …",
    )


def _torch_of(function: Callable[..., Any]) -> Any:
    # PyTorch, if the code speaks of it; every other library takes arrays of NumPy.
    torch = sys.modules.get("torch")
    used = inspect.unwrap(function)
    return torch if torch is not None and any(v is torch for v in getattr(used, "__globals__", {}).values()) else None


def _shape(value: Any) -> str:
    return "×".join(map(str, value.shape))


# ------------------------------------------------------------------------------------------------------------ objective


def _objective(key: AnswerKey, f: Callable[..., Any]) -> tuple[str, ...]:
    # Whether f is the program's objective; a multiple of it explains a multiple of the gradient.
    code = _Code(key, f)
    values = [(code.number(point), float(point.at(key.program.objective)[0, 0])) for point in key.points]
    if all(abs(a - b) <= ROUGH * max(1.0, abs(b)) for a, b in values):
        return ()
    ratios = [a / b if b else 0.0 for a, b in values]
    name = key.program.objective.name
    if factor := _factor(ratios, key.points):
        return (f"{code.called} is {factor} times {name}, so its gradient has that factor, too",)
    a, b = values[0]
    return (f"{code.called} is not {name}: at the first point it is {a:.6g}, and {name} is {b:.6g}",)


# ----------------------------------------------------------------------------------------------------------- comparison


@dataclass
class _Comparison:
    key: AnswerKey
    code: _Code
    found: Sequence[Any]
    truths: Sequence[Any]

    def verdict(self) -> Verdict:
        wrong = [(r, t) for r, t in zip(self.found, self.truths, strict=True) if not _fits(r, t)]
        if wrong:
            return self._misshapen()
        self.found = [r.reshape(t.shape).astype(float) for r, t in zip(self.found, self.truths, strict=True)]
        if self._agrees(self.truths, EXACT):
            return self._said("right", "")
        if self._agrees(self.truths, ROUGH):
            return replace(self._said("right", ""), notes=("equal to about four digits, as single precision is",))
        for find in (self._multiple, self._transposed, self._other_convention, self._terms, self._special):
            found = find()
            if found is not None:
                return found
        return self._entries()

    def _said(self, kind: str, said: str, rule: str = "") -> Verdict:
        return Verdict(kind, self.code.called, None, said, rule)

    def _agrees(self, truths: Sequence[Any], share: float = ROUGH) -> bool:
        return all(_near(r, t, share) for r, t in zip(self.found, truths, strict=True))

    # ------------------------------------------------------------------------------------------------------- shapes

    def _misshapen(self) -> Verdict:
        result, truth = next((r, t) for r, t in zip(self.found, self.truths, strict=True) if not _fits(r, t))
        shapes = f"{self.code.called} returns {_shape(result) or 'a number'}, and the gradient is {_shape(truth)}"
        if all(r.ndim == 2 and _near(r, t.T, ROUGH) for r, t in zip(self.found, self.truths, strict=True)):
            return self._said("transpose", f"{shapes}: it is the transpose; return the transpose of that")
        for order, words in (("C", "row by row"), ("F", "column by column")):
            if all(r.size == t.size and _near(r.ravel(), t.ravel(order), ROUGH) for r, t in self._pairs()):
                said = f"{shapes}: it is the gradient {words}; reshape it to the shape of {self.key.variable.name}"
                return self._said("layout", said)
        for axis in (0, 1):
            if all(r.ndim == 2 and _near(r.sum(axis).ravel(), t.ravel(), ROUGH) for r, t in self._pairs()):
                kind = "bias" if self.key.truth.bias else "sum"
                return self._said(kind, f"{shapes}: the sum over axis {axis} is missing; add .sum(axis={axis})")
        if result.ndim == 2 and truth.shape[1] == 1 and result.shape == (truth.shape[0], truth.shape[0]):
            shapes += ": a column beside a 1-D array spreads to a square; give both the same shape"
        return self._said("shape", shapes)

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        return zip(self.found, self.truths, strict=True)

    # ------------------------------------------------------------------------------------------------- the whole array

    def _multiple(self) -> Verdict | None:
        ratios = [float((r * t).sum() / (t * t).sum()) if t.any() else 0.0 for r, t in self._pairs()]
        if not all(_near(r, c * t, ROUGH) for c, (r, t) in zip(ratios, self._pairs(), strict=True)):
            return None
        if not any(ratios):
            return self._said("other", f"{self.code.called} returns zeros")
        factor = _factor(ratios, self.key.points)
        if factor == "-1":
            return self._said("sign", f"{self.code.called} returns the negative of the gradient")
        rule = "a constant factor comes from the objective: d(a^2) = 2 a da, d mean = 1/n d sum"
        if factor:
            return self._said("factor", f"{self.code.called} returns {factor} times the gradient", rule)
        return self._said(
            "chain", f"{self.code.called} returns a multiple of the gradient that differs from point to point"
        )

    def _transposed(self) -> Verdict | None:
        square = [(r, t) for r, t in self._pairs() if r.shape[0] == r.shape[1] > 1]
        if square and all(_near(r, t.T, ROUGH) for r, t in square) and len(square) == len(self.found):
            return self._said("transpose", f"{self.code.called} returns the transpose of the gradient")
        return None

    def _other_convention(self) -> Verdict | None:
        for name, node in self.key.conventions.items():
            if self._agrees([point.at(node) for point in self.key.points]):
                return self._said("convention", f'{self.code.called} returns the gradient by the convention "{name}"')
        return None

    def _terms(self) -> Verdict | None:
        # The gradient is a sum over the places of the variable: with which factors is this one?
        import numpy as np

        places = [node for _, node in self.key.by_place]
        if not places:
            return None
        rows = [np.stack([point.at(node).ravel() for node in places], 1) for point in self.key.points]
        system, right = np.concatenate(rows), np.concatenate([r.ravel() for r in self.found])
        factors, *_ = np.linalg.lstsq(system, right, rcond=None)
        if not _near(system @ factors, right, ROUGH):
            return None
        off = [(k, c) for k, c in enumerate(factors.tolist()) if abs(c - 1) > ROUGH]
        name, count = self.key.variable.name, len(places)
        rule = f"{name} occurs {count} times, so that the product rule gives {count} terms"
        kinds = {0: "product-rule", 2: "count", -1: "sign"}
        kind = next((kinds[round(c)] for _, c in off if round(c) in kinds and abs(c - round(c)) < ROUGH), "factor")
        said = "; ".join(f"the term of occurrence {k + 1} of {name} has the factor {c:.4g}" for k, c in off)
        return self._said(kind, f"{said}, and must have 1", rule)

    def _special(self) -> Verdict | None:
        for subset in self.key.subsets:
            try:
                points = self.key.special(subset)
                pairs = [(self.code.gradient(point), point.at(self.key.gradient)) for point in points]
            except (MatcalcError, _Unusable):
                continue
            if pairs and all(_fits(r, t) and _near(r.reshape(t.shape), t, ROUGH) for r, t in pairs):
                return self._said("subset", f"{self.code.called} is right only {subset.said}")
        return None

    # ------------------------------------------------------------------------------------------------- single entries

    def _entries(self) -> Verdict:
        import numpy as np

        found, truth = self.found[0], self.truths[0]
        apart = abs(found - truth) > ROUGH * max(float(abs(truth).max()), 1e-12)
        wrong = [(int(i), int(j)) for i, j in np.argwhere(apart)]
        i, j = np.unravel_index(int(np.argmax(abs(found - truth))), truth.shape)
        said = f"{_which(wrong, truth.shape)} wrong; most of all {_entry(int(i), int(j), truth.shape)}"
        said += f", which is {found[i, j]:.6g} and must be {truth[i, j]:.6g} at\n"
        values = self.key.points[0].values
        said += "\n".join(f"  {s.name} = {np.round(values[s], 3).tolist()}" for s in values)
        return self._said("other", said)


def _fits(found: Any, truth: Any) -> bool:
    """Whether an array has the gradient's shape; a vector may be a 1-D array."""
    vector = truth.shape[1] == 1 and found.shape == truth.shape[:1]
    return bool(found.shape == truth.shape or vector or (truth.size == 1 and found.size == 1))


def _near(one: Any, two: Any, share: float) -> bool:
    import numpy as np

    if one.shape != two.shape or not np.isfinite(one).all():
        return False
    return bool(abs(one - two).max() <= share * max(float(abs(two).max()), 1e-9))


def _factor(ratios: Sequence[float], points: Sequence[SamplePoint]) -> str:
    """The factor that the ratios are: a number, or one with a size; "" if they are neither."""
    if max(ratios) - min(ratios) <= ROUGH * max(map(abs, ratios)):
        return _number(ratios[0])
    for size in points[0].sizes:
        for power, words in ((1, size), (-1, f"1/{size}")):
            alone = [c / point.sizes[size] ** power for c, point in zip(ratios, points, strict=True)]
            if max(alone) - min(alone) <= ROUGH * max(map(abs, alone)):
                number = _number(alone[0])
                return words if number == "1" else f"{number} {words}"
    return ""


def _number(value: float) -> str:
    near = Fraction(value).limit_denominator(60)
    return str(near) if abs(float(near) - value) <= ROUGH * abs(value) else f"{value:.6g}"


def _which(wrong: Sequence[tuple[int, int]], shape: tuple[int, int]) -> str:
    """The entries that are wrong, as the subject of a sentence; indices count from 0, as they do in code."""
    rows, columns = shape
    places = set(wrong)
    diagonal = {(i, i) for i in range(min(shape))}
    if len(places) == rows * columns:
        return "every entry is"
    if rows == columns > 1 and places == diagonal:
        return "the diagonal is"
    if rows == columns > 1 and not places & diagonal and len(places) == rows * columns - rows:
        return "all but the diagonal is"
    for axis, name, length in ((0, "row", columns), (1, "column", rows)):
        lines = sorted({place[axis] for place in places})
        if length > 1 and len(places) == length * len(lines):
            return f"{name}{'s' * (len(lines) > 1)} {', '.join(map(str, lines))} {'are' if len(lines) > 1 else 'is'}"
    listed = ", ".join(_entry(i, j, shape) for i, j in wrong[:WRONG])
    more = f" and {len(wrong) - WRONG} more" if len(wrong) > WRONG else ""
    return f"{'entries' if len(wrong) > 1 else 'entry'} {listed}{more} {'are' if len(wrong) > 1 else 'is'}"


def _entry(i: int, j: int, shape: tuple[int, int]) -> str:
    return f"[{i}]" if shape[1] == 1 else f"[{i}, {j}]"
