"""What stands in for NumPy in a browser, against NumPy; and checks with it, against checks with NumPy."""

from __future__ import annotations

import ast
import json
import math
import operator
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
from check.tables import TABLE

import matcalc
from matcalc.web.service import answered
from matcalc.web.static import arrays
from tests.derivations import CASES

Case = Callable[[Any], Any]
"""What a module of arrays, NumPy or the other, makes of arrays made by it."""

SPECIAL = [0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-300, -1e-9, 1e308, -1e308, 800.0, -800.0, math.inf, -math.inf, math.nan]
RANDOM = numpy.random.default_rng(5).normal(size=200).tolist()
SHAPES = [(), (3,), (2, 3), (1, 3), (2, 1), (1, 1)]
TOGETHER = [((2, 3), (2, 3)), ((2, 3), (1, 3)), ((2, 1), (2, 3)), ((2, 1), (1, 3)), ((3,), (2, 3)), ((1, 1), (2, 3)),
            ((3,), (3,)), ((), (2, 3)), ((2, 3), ()), ((2, 1), (3,)), ((1, 1), (3,)), ((1, 1), (1, 1))]  # fmt: skip


def filled(np: Any, shape: tuple[int, ...], values: list[float] = RANDOM, first: int = 0) -> Any:
    size = math.prod(shape)
    found = np.array((values * (1 + (first + size) // len(values)))[first : first + size] if shape else values[first])
    return found.reshape(shape) if shape else found


def definite(np: Any, n: int, first: int = 0) -> Any:
    a = filled(np, (n, n), first=first)
    return a @ a.T + np.eye(n)


def of_entries() -> Iterator[tuple[str, Case]]:
    names = [
        "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh",
        "tanh", "abs", "sign", "isfinite", "isnan",
    ]  # fmt: skip
    for name in [*names, "round"]:
        yield name, lambda np, name=name: getattr(np, name)(np.array(SPECIAL))
        for shape in SHAPES:
            yield name, lambda np, name=name, shape=shape: getattr(np, name)(filled(np, shape))
    yield "round", lambda np: np.round(np.array([0.25, 0.35, -1.05, 2.5, math.nan, math.inf]), 1)
    yield "round", lambda np: np.round(np.array([0.5, 1.5, 2.5, -0.5]))
    pairs = list(product(SPECIAL, SPECIAL))
    for name in ("add", "multiply", "divide", "power", "maximum", "minimum", "logaddexp"):
        yield name, lambda np, name=name: getattr(np, name)(*(np.array(side) for side in zip(*pairs, strict=True)))
        for one, two in TOGETHER:
            yield (
                name,
                lambda np, name=name, one=one, two=two: getattr(np, name)(filled(np, one), filled(np, two, first=7)),
            )
    yield "power", lambda np: [np.power(np.array(SPECIAL), e) for e in (2, 3, -1, -2.0, 0)]
    yield "power", lambda np: np.power(np.array([0.0, 1e-300, 4.0, -4.0, math.inf, math.nan]), 0.5)
    signs = ["add", "sub", "mul", "truediv", "lt", "le", "gt", "ge", "eq", "ne"]
    for name in signs:
        f = getattr(operator, name)
        yield name, lambda np, f=f: f(*(np.array(side) for side in zip(*pairs, strict=True)))
        yield name, lambda np, f=f: [f(filled(np, (2, 3)), 0.5), f(0.5, filled(np, (2, 3)))]
        for one, two in TOGETHER:
            yield name, lambda np, f=f, one=one, two=two: f(filled(np, one), filled(np, two, first=7))
    yield "pow", lambda np: [np.array([0.0, 2.0, -3.0]) ** e for e in (2, -1, -2.0, 0.5)] + [2.0 ** filled(np, (3,))]
    yield "not", lambda np: ~(filled(np, (2, 3)) > 0) & np.isfinite(filled(np, (2, 3))) | (filled(np, (2, 3)) > 1)
    yield "neg", lambda np: [-filled(np, (2, 3)), abs(filled(np, (2, 3)))]
    for one, two in TOGETHER:
        yield "where", lambda np, a=one, b=two: np.where(filled(np, a) > 0, filled(np, b), math.nan)
        yield "where", lambda np, a=one, b=two: np.where(filled(np, b) > 0, filled(np, a), filled(np, b))


def put_together() -> Iterator[tuple[str, Case]]:
    for one, two in [
        ((2, 3), (3, 4)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((3,), (3,)),
        ((1, 3), (3, 1)),
        ((3, 1), (1, 2)),
    ]:
        yield "matmul", lambda np, a=one, b=two: np.matmul(filled(np, a), filled(np, b, first=9))
        yield "matmul", lambda np, a=one, b=two: filled(np, a) @ filled(np, b, first=9)
    for name in ("sum", "mean", "max", "min"):
        for shape, axis, keep in product(SHAPES[1:], (None, 0, 1, -1), (False, True)):
            if axis != 1 or len(shape) == 2:
                yield (
                    name,
                    lambda np, name=name, s=shape, axis=axis, keep=keep: getattr(np, name)(
                        filled(np, s), axis=axis, keepdims=keep
                    ),
                )
        yield name, lambda np, name=name: getattr(np, name)(np.array([[1.0, math.nan], [math.inf, 2.0]]), axis=0)
    yield "sum", lambda np: [filled(np, (2, 3)).sum(axis=1, keepdims=True), filled(np, (2, 3)).sum()]
    yield "sum", lambda np: np.sum(filled(np, (2, 3)) > 0)
    yield "max", lambda np: np.max(filled(np, (2, 3)) - 9, initial=0.0)
    yield "max", lambda np: [filled(np, (2, 3)).max(), filled(np, (2, 3)).min(), filled(np, (2, 3)).argmax()]
    yield "argmax", lambda np: [np.argmax(np.array([1.0, 3.0, 3.0])), np.argmax(np.array([1.0, math.nan, 3.0]))]
    yield "argsort", lambda np: np.argsort(np.array([[2.0, 1.0], [2.0, 0.0]]), axis=None, kind="stable")
    yield "all", lambda np: [np.all(filled(np, (3,)) > -9), np.all(filled(np, (3,)) > 0), (filled(np, (3,)) > 0).any()]
    yield "prod", lambda np: np.prod(filled(np, (2, 3)))
    yield "cumsum", lambda np: [np.cumsum(filled(np, (3, 1)), axis=0), np.cumsum(filled(np, (3, 2)), axis=0)]
    yield "trace", lambda np: np.trace(filled(np, (3, 3)))
    yield "vdot", lambda np: np.vdot(filled(np, (2, 3)), filled(np, (2, 3), first=8))
    for shape in [(2, 3), (3, 2), (3, 3), (1, 3), (3, 1)]:
        for name in ("tril", "triu", "diag", "zeros_like"):
            yield name, lambda np, name=name, shape=shape: getattr(np, name)(filled(np, shape))
        yield "T", lambda np, shape=shape: filled(np, shape).T
        yield "ravel", lambda np, shape=shape: [filled(np, shape).ravel(), filled(np, shape).ravel("F")]
        yield "reshape", lambda np, shape=shape: [filled(np, shape).reshape(-1, 1), filled(np, shape).reshape((1, -1))]
        yield "tolist", lambda np, shape=shape: [row.tolist() for row in filled(np, shape)]
    yield "diag", lambda np: np.diag(filled(np, (3,)))
    yield "reshape", lambda np: filled(np, (6, 1)).reshape((2, 3), order="F")
    yield "reshape", lambda np: filled(np, (2, 3)).reshape((-1, 1), order="F")
    yield "reshape", lambda np: filled(np, (6,)).reshape((3, 2), order="F")
    yield "eye", lambda np: [np.eye(3), np.ones((2, 3)), np.zeros((2, 3)), np.zeros(3), np.full((2, 2), math.nan)]
    yield "ones", lambda np: [np.ones((2, 3)), np.ones(2)]
    yield "zeros", lambda np: [np.zeros((2, 3)), np.zeros(2)]
    yield "full", lambda np: [np.full((2, 3), 0.5), np.full(2, math.nan)]
    for axis in (0, 1):
        yield (
            "concatenate",
            lambda np, axis=axis: np.concatenate([filled(np, (2, 2)), filled(np, (2, 2), first=5)], axis),
        )
        yield "stack", lambda np, axis=axis: np.stack([filled(np, (3,)), filled(np, (3,), first=5)], axis=axis)
    yield "concatenate", lambda np: np.concatenate([filled(np, (3,)), filled(np, (2,))])
    yield "block", lambda np: np.block([[filled(np, (2, 2)), np.zeros((2, 1))], [np.ones((1, 2)), np.eye(1)]])
    yield "kron", lambda np: np.kron(filled(np, (2, 3)), filled(np, (3, 2), first=6))
    yield "broadcast_to", lambda np: [np.broadcast_to(filled(np, s), (2, 3)) for s in [(1, 1), (1, 3), (2, 1), (3,)]]
    yield "broadcast_to", lambda np: np.broadcast_to(0.5, (2, 3))
    yield "allclose", lambda np: [np.allclose(filled(np, (2, 2)), filled(np, (2, 2)) * (1 + e)) for e in (1e-9, 1e-2)]
    yield "allclose", lambda np: np.allclose(np.array([math.nan]), np.array([math.nan]))
    yield "iscomplexobj", lambda np: [np.iscomplexobj(np.array([1j, 2])), np.iscomplexobj(np.array([1.0, 2]))]
    yield (
        "array",
        lambda np: [np.array([[1, 2], [3, 4]], dtype=np.float64), np.array([filled(np, (2,)), filled(np, (2,))])],
    )
    yield "asarray", lambda np: [np.asarray([[1, 2.5]], dtype=float), np.asarray(3), np.asarray(filled(np, (2, 3)))]
    yield "dtype", lambda np: [np.asarray(x).dtype == object for x in ([None], [1.5], [[1, None]])]
    yield "item", lambda np: [np.array([[2.5]]).item(), float(np.array([[2.5]])[0, 0]), bool(np.array([[0.0]]))]
    yield "size", lambda np: [[a.size, a.ndim, *a.shape] for a in (filled(np, shape) for shape in SHAPES)]
    yield "len", lambda np: [len(filled(np, (2, 3))), len(filled(np, (3,)))]
    yield "pi", lambda np: [np.pi, np.inf, np.nan]
    for key in (0, -1, (1, 2), (-1, 0), slice(1), (slice(None), 1), (slice(None), slice(1, None)), (0, slice(None)),
                (slice(None), [2, 0]), [1, 0], (slice(None), slice(None, 1)), (slice(1, None), [1])):  # fmt: skip
        yield "part", lambda np, key=key: filled(np, (2, 3))[key]
        yield "set", lambda np, key=key: changed(filled(np, (2, 3)), key)
    for key in (0, slice(1, None), (slice(None), None), (None, slice(None)), [2, 0]):
        yield "part", lambda np, key=key: filled(np, (3,))[key]
    yield (
        "part",
        lambda np: [filled(np, (2, 3))[filled(np, (2, 3)) > 0], filled(np, (3,))[np.argsort(filled(np, (3,)))]],
    )
    yield "set", lambda np: changed(filled(np, (2, 3)), filled(np, (2, 3)) > 0)
    yield "set", lambda np: changed(filled(np, (3,)), np.argsort(filled(np, (3,)))[:2])


def changed(a: Any, key: Any) -> Any:
    a[key] = 7.0
    return a


def algebra() -> Iterator[tuple[str, Case]]:
    for n in (1, 2, 3, 5):
        for first in (0, 3, 11):
            square = lambda np, n=n, first=first: filled(np, (n, n), first=first)  # noqa: E731
            yield "linalg.inv", lambda np, a=square: np.linalg.inv(a(np))
            yield "linalg.det", lambda np, a=square: np.linalg.det(a(np))
            yield "linalg.slogdet", lambda np, a=square: list(np.linalg.slogdet(a(np)))
            yield "linalg.cond", lambda np, a=square: np.linalg.cond(a(np))
            yield (
                "linalg.matrix_power",
                lambda np, a=square: [np.linalg.matrix_power(a(np), k) for k in (0, 1, 2, 3, 6)],
            )
            for right in ((n,), (n, 2)):
                yield "linalg.solve", lambda np, a=square, b=right: np.linalg.solve(a(np), filled(np, b, first=20))
            spd = lambda np, n=n, first=first: definite(np, n, first)  # noqa: E731
            yield "linalg.cholesky", lambda np, a=spd: np.linalg.cholesky(a(np))
            yield "linalg.eigvalsh", lambda np, a=square: np.linalg.eigvalsh(a(np) + a(np).T)
            yield "linalg.eigh", lambda np, a=square: by_parts(*np.linalg.eigh(a(np) + a(np).T))
    for shape in [(1, 1), (3, 2), (2, 3), (4, 4), (5, 1), (1, 4)]:
        a = lambda np, shape=shape: filled(np, shape, first=13)  # noqa: E731
        yield "linalg.svd", lambda np, a=a: np.linalg.svd(a(np), compute_uv=False)
        yield "linalg.svd", lambda np, a=a: by_sides(*np.linalg.svd(a(np), full_matrices=False))
        yield "linalg.pinv", lambda np, a=a: np.linalg.pinv(a(np), rcond=1e-12)
        yield (
            "linalg.lstsq",
            lambda np, a=a: np.linalg.lstsq(a(np), filled(np, a(np).shape[:1], first=30), rcond=None)[0],
        )
    low = lambda np: filled(np, (4, 2)) @ filled(np, (2, 3), first=9)  # of rank 2  # noqa: E731
    yield "linalg.pinv", lambda np: np.linalg.pinv(low(np), rcond=1e-12)
    yield "linalg.lstsq", lambda np: np.linalg.lstsq(low(np), filled(np, (4,), first=30), rcond=None)[0]
    yield "linalg.svd", lambda np: np.linalg.svd(low(np), compute_uv=False)
    yield "linalg.svd", lambda np: np.linalg.svd(1e200 * filled(np, (3, 3)), compute_uv=False) / 1e200
    yield "linalg.svd", lambda np: np.linalg.svd(np.zeros((2, 3)), compute_uv=False)
    yield "linalg.eigvalsh", lambda np: np.linalg.eigvalsh(np.diag(np.array([2.0, -1.0, 2.0, 0.0])))
    hilbert = [[1 / (i + j + 1) for j in range(6)] for i in range(6)]
    yield "linalg.eigvalsh", lambda np: np.linalg.eigvalsh(np.array(hilbert))
    yield "linalg.inv", lambda np: np.linalg.inv(np.array([[0.0, 1.0], [1.0, 0.0]]))
    yield "linalg.det", lambda np: [np.linalg.det(np.zeros((2, 2))), np.linalg.det(np.array([[0.0, 1.0], [1.0, 0.0]]))]
    yield "linalg.slogdet", lambda np: [*np.linalg.slogdet(np.zeros((2, 2))), *np.linalg.slogdet(-np.eye(3))]
    yield "linalg.LinAlgError", lambda np: fails(np, lambda: np.linalg.inv(np.ones((2, 2))))
    yield "linalg.LinAlgError", lambda np: fails(np, lambda: np.linalg.solve(np.zeros((2, 2)), np.ones(2)))
    yield "linalg.LinAlgError", lambda np: fails(np, lambda: np.linalg.cholesky(-np.eye(2)))


def by_parts(values: Any, vectors: Any) -> Any:
    """What does not depend on the signs of the vectors."""
    return [values, vectors @ vectors.T, (vectors * values) @ vectors.T, abs(vectors)]


def by_sides(u: Any, s: Any, v: Any) -> Any:
    return [(u * s) @ v, s, abs(u), abs(v), u.T @ u, v @ v.T]


def fails(np: Any, f: Callable[[], Any]) -> bool:
    try:
        f()
    except np.linalg.LinAlgError as error:
        return isinstance(error, ValueError)
    return False


CASES_OF: dict[str, list[Case]] = {}
for _name, _case in (*of_entries(), *put_together(), *algebra()):
    CASES_OF.setdefault(_name, []).append(_case)


def plain(value: Any) -> Any:
    """Its shape and its entries."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    return [list(getattr(value, "shape", ())), value.tolist() if hasattr(value, "tolist") else value]


def alike(one: Any, two: Any) -> bool:
    """Whether values are the same but for rounding; nan is nan."""
    if isinstance(one, list) or isinstance(two, list):
        same = isinstance(one, list) and isinstance(two, list) and len(one) == len(two)
        return same and all(alike(a, b) for a, b in zip(one, two, strict=True))
    if one != one or two != two:
        return bool(one != one and two != two)
    return bool(one == two) or bool(abs(one - two) <= 1e-9 * max(1.0, abs(one)))


def agree(name: str, own: Any) -> bool:
    with numpy.errstate(all="ignore"):
        return all(alike(plain(case(own)), plain(case(numpy))) for case in CASES_OF[name])


@pytest.mark.parametrize("name", CASES_OF)
def test_it_makes_of_arrays_what_numpy_makes(name: str) -> None:
    assert agree(name, arrays)


def public() -> list[str]:
    names = [name for name in arrays.__all__ if name not in ("linalg", "ndarray", "errstate", "float64", "inf", "nan")]
    return [*names, *(name for name in CASES_OF if name.startswith("linalg.") and "Error" not in name)]


@pytest.mark.parametrize("name", public())
def test_an_error_in_a_function_is_caught(name: str) -> None:
    """Every function that is there is compared; and one that is a little wrong is told from NumPy's."""
    where, _, last = name.rpartition(".")
    own = SimpleNamespace(**{each: getattr(arrays, each) for each in arrays.__all__})
    own.linalg = SimpleNamespace(**vars(arrays.linalg))
    right = getattr(own.linalg if where else own, last)
    wrong = right + 1e-6 if name == "pi" else lambda *given, **options: spoilt(right(*given, **options))
    setattr(own.linalg if where else own, last, wrong)
    assert not agree(name, own)


def spoilt(value: Any) -> Any:
    """The same with a little error in the last entry, or the other truth."""
    if isinstance(value, tuple):
        return (*map(spoilt, value),)
    if isinstance(value, bool):
        return not value
    if not isinstance(value, arrays.ndarray):
        return value + 1e-6 * (1 + abs(value))
    last = value.entries[-1]
    return arrays.ndarray([*value.entries[:-1], spoilt(last)], value.shape)


# ------------------------------------------------------------------------------------------------- what is called of it

PACKAGE = Path(matcalc.__file__).parent
CALLERS = [
    file
    for room in ("check", "meaning", "verify")
    for file in sorted((PACKAGE / room).rglob("*.py"))
    if file.name != "own_code.py"  # runs a person's code, which no page does
]


def path(node: ast.expr) -> list[str]:
    """The names of a.b.c; none of what is no such chain."""
    if isinstance(node, ast.Name):
        return [node.id]
    inner = path(node.value) if isinstance(node, ast.Attribute) else []
    return [*inner, node.attr] if inner and isinstance(node, ast.Attribute) else []


def called(tree: ast.AST) -> set[str]:
    """The names of NumPy's that a module uses: np.linalg.inv as linalg.inv."""
    found = set()
    for node in ast.walk(tree):
        names = path(node) if isinstance(node, ast.Attribute) else []
        names = names[1:] if names[:2] == ["self", "_np"] else names
        if len(names) > 1 and names[0] in ("np", "numpy", "_np") and names[1] != "typing":
            found.add(".".join(names[1 : 2 + (names[1] == "linalg")]))
    return found - {"linalg"}


def test_it_has_every_function_that_is_called_and_no_other() -> None:
    used = set().union(*(called(ast.parse(file.read_text("utf-8"))) for file in CALLERS))
    there = {name for name in arrays.__all__ if name != "linalg"}
    inside = {
        name
        for name, value in vars(arrays.linalg).items()
        if getattr(value, "__module__", "") == arrays.linalg.__name__
    }
    there |= {f"linalg.{name}" for name in inside if name[0] != "_"}
    assert used == there


# ------------------------------------------------------------------------------------------------ checks by means of it

ASKING = """
import importlib, json, sys
sys.modules["numpy"] = importlib.import_module("matcalc.web.static.arrays")
from matcalc.web.service import answered
for name, asked in json.load(sys.stdin):
    print(json.dumps(answered(name, asked)))
"""
JUDGED = [
    ("hessian", {"source": "J = ||A - W H||^2", "wrt": ["W", "H"], "verify": False}),
    ("solve", {"source": "J = ||A Q - B||^2", "wrt": ["Q"], "subject": "Q' Q = I"}),
    ("solve", {"source": "max w'S w; S: n x n symmetric", "wrt": ["w"], "subject": "w'w = 1"}),
    ("verify", {"source": "J = norm_nuc(X)", "wrt": ["X"], "candidate": "polar(X)"}),
    ("equal", {"a": "logdet(A B)", "b": "logdet(A) + logdet(B)", "source": "A, B: n x n pd"}),
]


def test_checks_say_the_same_as_with_numpy(fuzz: bool) -> None:
    """Verdict, kind, place, sentences, and the counterexample with its numbers."""
    rows = list(TABLE.values())[:: 1 if fuzz else 24]
    requests: list[tuple[str, dict[str, Any]]] = [
        *(("check_derivation", {"source": c.source, "derivation": c.text}) for c in CASES[:: 1 if fuzz else 12]),
        *JUDGED,
        *(
            ("check", {"source": row.source, "wrt": [row.wrt], "answer": text})
            for row in rows
            for text in [*row.right, *(text for _, text in row.wrong)]
        ),
    ]
    command = [sys.executable, "-c", ASKING]
    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(requests)
    for asked, one in zip(requests, found, strict=True):
        assert "error" not in one, (asked, one["error"])
        assert one == json.loads(json.dumps(answered(*asked))), asked
