"""Blocks, Kronecker products and stacked columns: what is read, which shapes follow, and what is refused."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selection import some
from syntax.reading import noted, refusal, shapes
from work import calls

from matcalc import operators as ops
from matcalc.dims import Dim, dim_add, dim_mul
from matcalc.errors import MatcalcError, ParseError, ShapeError, UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol
from matcalc.operators import T, hadamard, matmul, minus, ones, power, scale, term, zeros
from matcalc.syntax import parse, parse_expression
from matcalc.syntax.sizes import Added, Multiplied
from matcalc.syntax.solve import Solver

S, N, ND = (1, 1), ("n", 1), ("n", "d")


def plus(*dims: Dim) -> Dim:
    """Their sum."""
    whole: Dim = 0
    for dim in dims:
        whole = dim_add(whole, dim)
    return whole


DK, NH = dim_mul("d", "k"), dim_mul("n", "h")

INFERRED: dict[str, dict[str, tuple[object, object]]] = {
    # The whole from its parts, wherever it stands.
    "J = ||[A, B] x - y||^2": {"A": ND, "B": ("n", "h"), "x": (plus("d", "h"), 1), "y": N},
    "J = ||y - [A, B] x||^2": {"y": N, "A": ND, "B": ("n", "h"), "x": (plus("d", "h"), 1)},
    "J = y' [A; B] x": {"y": (plus("n", "d"), 1), "A": ("n", "h"), "B": ("d", "h"), "x": ("h", 1)},
    "J = sum([C; [A, B]])": {"C": ("n", plus("d", "h")), "A": ("k", "d"), "B": ("k", "h")},
    "J = ||[X, 𝟏] w - y||^2": {"X": ND, "w": (plus("d", 1), 1), "y": N},
    "X: n x d; J = ||[X, 𝟏] w - y||^2": {"X": ND, "w": (plus("d", 1), 1), "y": N},
    "J = sum([A, B, C] x)": {"A": ND, "B": ("n", "h"), "C": ("n", "k"), "x": (plus("d", "h", "k"), 1)},
    "J = sum([A, A] x)": {"A": ND, "x": (dim_mul(2, "d"), 1)},
    # The last part from the whole and the others.
    "X: 3 x 7; A: 3 x 2; J = ||X - [A, B]||": {"X": (3, 7), "A": (3, 2), "B": (3, 5)},
    "X: 7 x 3; J = ||X - [A; 1, 2, 3]||": {"X": (7, 3), "A": (6, 3)},
    "z: n; J = ||z - [x; 1]||": {"z": N, "x": (plus("n", -1), 1)},
    "x: 6; J = ||[A, A] x||": {"x": (6, 1), "A": ("n", 3)},
    "A: n x p; B: n x q; J = ||[A, B, C] ones(p + q + r)||": {"A": ("n", "p"), "B": ("n", "q"), "C": ("n", "r")},
    "J = ones(m + k)' [x; ones(k)]": {"x": ("m", 1)},
    # Two sums that make one whole have equal parts.
    "J = ||[A, B] [x; y]||^2": {"A": ND, "B": ("n", "h"), "x": ("d", 1), "y": ("h", 1)},
    "A: n x p; B: n x q; J = ||[A, B] [X; Y]||": {"A": ("n", "p"), "B": ("n", "q"), "X": ("p", "d"), "Y": ("q", "d")},
    "J = sum([A, B; C, D])": {"A": ND, "B": ("n", "h"), "C": ("k", "d"), "D": ("k", "h")},
    "J = tr([A, B; C, D])": {"A": ("n", "n"), "B": ND, "C": ("d", "n"), "D": ("d", "d")},
    "J = sum([A, [B, C]] [x; y; z])": {
        "A": ND, "B": ("n", "h"), "C": ("n", "k"), "x": ("d", 1), "y": ("h", 1), "z": ("k", 1),
    },
    # But not where their sizes are known to differ.
    "A: 2 x 3; B: 2 x 4; C: 1 x 5; J = sum([A, B; C, D])": {"A": (2, 3), "B": (2, 4), "C": (1, 5), "D": (1, 2)},
    # Lower case: scalars, columns beside a matrix and in a stack.
    "J = ||[a, b; c, g]||": {"a": S, "b": S, "c": S, "g": S},
    "J = [a, b] [c; 2]": {"a": S, "b": S, "c": S},
    "J = ||[X, y] w||": {"X": ND, "y": N, "w": (plus("d", 1), 1)},
    "J = sum([A, b; c', s])": {"A": ND, "b": N, "c": ("d", 1), "s": S},
    "J = w' [x; 1]": {"w": (plus("n", 1), 1), "x": N},
    "s: scalar; J = w' [s; 1]": {"s": S, "w": (2, 1)},
    "J = ||[x; lam]||": {"x": N, "lam": S},
    "J = ||[x, y] A||": {"x": S, "y": S, "A": (2, "n")},
    "J = x' x + ||[x, y] A||": {"x": N, "y": N, "A": (2, "d")},
    "J = ||[1, 2; 3, 4] - A||": {"A": (2, 2)},
    # Zeros of any size.
    "J = sum([A, 0; 0, B] x)": {"A": ND, "B": ("h", "k"), "x": (plus("d", "k"), 1)},
    "A: n x n; J = tr([A, x; 0, 1])": {"A": ("n", "n"), "x": N},
    "J = ||[0, 1; 1, 0] x||": {"x": (2, 1)},
    "J = w' [x; 0]": {"w": (plus("n", 1), 1), "x": N},
    # Kronecker products, stacked columns.
    "J = ||(A ⊗ B) x - y||^2": {"A": ND, "B": ("h", "k"), "x": (DK, 1), "y": (NH, 1)},
    "J = ||kron(A, B) vec(X) - y||^2": {"A": ND, "B": ("h", "k"), "X": ("k", "d"), "y": (NH, 1)},
    "J = ||(x ⊗ y) - vec(A)||": {"x": N, "y": ("d", 1), "A": ("d", "n")},
    "J = ||vec(A) - vec(B)||": {"A": ND, "B": ND},
    "J = sum(x ⊗ y)": {"x": N, "y": ("d", 1)},
    "J = sum(s A ⊗ B) + s": {"s": S, "A": ND, "B": ("h", "k")},
    "J = tr(A ⊗ B)": {"A": ("n", "n"), "B": ("d", "d")},
    "A: n x n; J = tr(A ⊗ B)": {"A": ("n", "n"), "B": ("d", "d")},
    "A: n x n; B: m x m; J = tr((A ⊗ B) C)": {
        "A": ("n", "n"), "B": ("m", "m"), "C": (dim_mul("m", "n"), dim_mul("m", "n")),
    },
    "A: 2 x 3; X: 6 x 12; J = ||X - A ⊗ B||": {"A": (2, 3), "X": (6, 12), "B": (3, 4)},
    "A: n x n; J = ||(A ⊗ I) ones(n m) - y||": {"A": ("n", "n"), "y": (dim_mul("m", "n"), 1)},
    "x: 6; B: 2 x 4; J = ||x - vec(A)|| + ||A' B||": {"x": (6, 1), "B": (2, 4), "A": (2, 3)},
    "J = ||unvec(x, n, m) y||": {"x": (dim_mul("m", "n"), 1), "y": ("m", 1)},
    "J = sum(unvec(x, 2, 3) + A)": {"x": (6, 1), "A": (2, 3)},
    "A: n x m; J = sum(ptrace1(M, k) .* A)": {
        "A": ("n", "m"), "M": (dim_mul("k", "n"), dim_mul("k", "m")),
    },
    "M: 6 x 4; J = sum(ptrace2(M, 2) x)": {"M": (6, 4), "x": (2, 1)},
    "J = sum(rowrange(X, 2, n) w)": {"X": ("d", "h"), "w": ("h", 1)},
    "J = rowrange(x, 2, n)' y": {"x": ("d", 1), "y": (plus("n", -1), 1)},
    "A: 4 x 5; J = sum(colrange(A, 2, 4) x)": {"A": (4, 5), "x": (3, 1)},
    "J = y' colrange(A, m + 1, m + k) x": {"y": N, "A": ND, "x": ("k", 1)},
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), INFERRED.items())
def test_inferred(text: str, expected: dict[str, tuple[object, object]]) -> None:
    assert shapes(text) == expected


A, B, C, x, y, s = (
    Symbol(name, shape)
    for name, shape in {"A": ("n", "n"), "B": ("n", "n"), "C": ("n", "n"), "x": N, "y": N, "s": S}.items()
)
BUILT = {
    "[A, x; y', s]": term(ops.VCAT, term(ops.HCAT, A, x), term(ops.HCAT, T(y), s)),
    "[A, B] [x; y]": matmul(term(ops.HCAT, A, B), term(ops.VCAT, x, y)),
    "[A, 0; 0, B]": term(ops.VCAT, term(ops.HCAT, A, zeros("n", "n")), term(ops.HCAT, zeros("n", "n"), B)),
    "[A, 𝟏]": term(ops.HCAT, A, ones("n")),
    "[A - B, s x]": term(ops.HCAT, minus(A, B), scale(s, x)),
    "[x, y]'": T(term(ops.HCAT, x, y)),
    "-[x; y]": scale(Number(-1), term(ops.VCAT, x, y)),
    "[x; y].^2": power(term(ops.VCAT, x, y), 2),
    "x ⊗ y": term(ops.KRON, x, y),
    "2 A ⊗ s B": scale(hadamard(Number(2), s), term(ops.KRON, A, B)),
    "A x ⊗ B y": term(ops.KRON, matmul(A, x), matmul(B, y)),
    "A ⊗ B * (x ⊗ y)": matmul(term(ops.KRON, A, B), term(ops.KRON, x, y)),
    "(A ⊗ B)'": T(term(ops.KRON, A, B)),
    "A ⊗ B + B ⊗ A": term(ops.PLUS, term(ops.KRON, A, B), term(ops.KRON, B, A)),
    "x'y A ⊗ B": scale(matmul(T(x), y), term(ops.KRON, A, B)),
    "vec(A B)": term(ops.VEC, matmul(A, B)),
    "unvec(vec(A), n, n)": term(ops.UNVEC, term(ops.VEC, A), Size("n"), Size("n")),
    "ptrace1(A ⊗ B, n)": term(ops.PTRACE1, term(ops.KRON, A, B), Size("n")),
    "rowrange(A, 2, n)": term(ops.ROWRANGE, A, Number(2), Size("n")),
    "colrange(A, 1, 1)": term(ops.COLRANGE, A, Number(1), Number(1)),
    "colrange([A, B], n + 1, 2 n)": term(ops.COLRANGE, term(ops.HCAT, A, B), Size(plus("n", 1)), Size(dim_mul(2, "n"))),
}


@pytest.mark.parametrize(("text", "expected"), BUILT.items())
def test_built(text: str, expected: Node) -> None:
    names = {symbol.name: symbol for symbol in (A, B, C, x, y, s)}
    assert parse_expression(text, names) is expected
    assert parse_expression(text, names, shape=expected.shape) is expected


NOTED = {
    "[A, 0; 0, B]": "0 is read as a block of zeros, n×n",
    "sum([A B; B A])": "in [A B; B A] A B and B A are products; blocks side by side are separated by commas",
}


@pytest.mark.parametrize(("text", "note"), NOTED.items())
def test_noted(text: str, note: str) -> None:
    assert noted(text) == (note,)


@pytest.mark.parametrize("text", ["[A B; B]", "[x; 1]", "[A, B; B, A]", "[0, 1; 1, 0]", "[A B, C]", "A ⊗ B"])
def test_nothing_to_note(text: str) -> None:
    assert noted(text) == ()


def test_a_vector_that_only_a_stack_makes_one_is_noted() -> None:
    assert parse("J = w' [x; 1]").notes == ("x is taken to be a vector in [x; 1]; for a number declare x: scalar",)
    assert parse("J = w' [f(x); 1]").notes == ("f(x) is taken to be a vector in [f(x); 1]",)
    for text in ("J = w' [x; 1] + x'x", "x: n; J = w' [x; 1]", "J = w' [X; 𝟏]", "J = ||A x|| + w' [x; 1]"):
        assert parse(text).notes == ()
    assert shapes("x: scalar; J = w' [x; 1]") == {"x": S, "w": (2, 1)}


REFUSED: dict[str, tuple[type[MatcalcError], str | None, str, str | None]] = {
    "A: n x n; B: m x m; J = sum([A, B])": (
        ShapeError,
        "A is n×n and B is m×m: blocks side by side must have equally many rows",
        "",
        "A, B",
    ),
    "A: n x n; B: n x m; J = sum([A; B])": (
        ShapeError,
        "A is n×n and B is n×m: blocks above each other must have equally many columns",
        "B' would fit",
        "A; B",
    ),
    "X: n x d; J = ||[X, 1] w||": (
        ShapeError,
        "X is n×d and 1 is 1×1: blocks side by side must have equally many rows",
        "1 is a scalar; for a column of ones write ones(n)",
        "X, 1",
    ),
    "X: n x d; s: scalar; J = sum([X; s])": (
        ShapeError,
        "X is n×d and s is 1×1: blocks above each other must have equally many columns",
        "s is a scalar; for a row with it in every entry write s * ones(d)'",
        "X; s",
    ),
    "J = sum([1, 2; 3])": (
        ShapeError,
        "[1, 2] is 1×2 and 3 is 1×1: blocks above each other must have equally many columns",
        "3 is a scalar; for a row with it in every entry write 3 * ones(2)'",
        "1, 2; 3",
    ),
    "A: n x m; B: n x k; C: n x p; J = sum([A, B; C])": (
        ShapeError,
        "[A, B] is n×(k + m) and C is n×p: blocks above each other must have equally many columns",
        "a size that is a sum or a product must follow from its parts: declare their shapes",
        "A, B; C",
    ),
    "z: n; J = ||[x; y] - z||": (
        ShapeError,
        None,
        "a size that is a sum or a product must follow from its parts: declare their shapes",
        "[x; y] - z",
    ),
    "X: n x 2; A: n x 3; J = ||[A, B] - X||": (ShapeError, None, "", "[A, B] - X"),
    "x: n; J = ||vec(A) - x||": (
        ShapeError,
        None,
        "a size that is a sum or a product must follow from its parts: declare their shapes",
        "vec(A) - x",
    ),
    "A: 2 x 2; x: 5; J = ||(A ⊗ B) x||": (ShapeError, None, "", "(A ⊗ B) x"),
    "x: 5; J = sum(unvec(x, 2, 3))": (
        ShapeError,
        "x is 5×1, so unvec(x, 2, 3) has no meaning: the column must have as many entries as the matrix",
        "",
        "unvec(x, 2, 3)",
    ),
    "A: 3 x 4; J = sum(rowrange(A, 2, 4))": (
        ShapeError,
        "A is 3×4, so rowrange(A, 2, 4) has no meaning: it has 3 rows",
        "",
        "rowrange(A, 2, 4)",
    ),
    "A: n x m; J = sum(colrange(A, 2, m + 1))": (
        ShapeError,
        "A is n×m, so colrange(A, 2, m + 1) has no meaning: it has m columns",
        "",
        "colrange(A, 2, m + 1)",
    ),
    "A: 3 x 4; J = sum(rowrange(A, 3, 2))": (
        ShapeError,
        "rowrange(A, 3, 2) has no meaning: the range is empty",
        "",
        "rowrange(A, 3, 2)",
    ),
    "M: n x n; J = sum(ptrace1(M, 2))": (
        ShapeError,
        "M is n×n, so ptrace1(M, 2) has no meaning: rows and columns must be multiples of 2",
        "",
        "ptrace1(M, 2)",
    ),
    "J = " + " ⊗ ".join(["A"] * 60) + " : B": (
        UnsupportedError,
        "a size here would be a sum of more than 500 terms, or a product of more than 50 factors",
        "declare smaller sizes",
        "A",
    ),
    "A: 3 x 3; J = sum(" + "kron(A, " * 200 + "A" + ")" * 201: (UnsupportedError, None, "declare smaller sizes", None),
    "J = sum(" + " ⊗ ".join(f"[A{i}, B{i}]" for i in range(20)) + ")": (UnsupportedError, None, "", None),
    "J = [A, , B]": (ParseError, "a block is missing before ,", "", ","),
    "J = [A, B; ]": (ParseError, "a block is missing before this bracket", "", "]"),
    "J = []": (ParseError, "there is nothing in these brackets", "", "]"),
    "J = [1 2; 3 4]": (ParseError, "two numbers stand side by side: 1 2", "", "1 2"),
    "J = sum([A\n- B])": (
        ParseError, None, "end the row before it with a semicolon, or its last line with the sign", "-",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    kind, message, hint, place = REFUSED[text]
    error = refusal(text)
    assert type(error) is kind
    assert message is None or error.message == message
    assert not hint or error.hint == hint
    assert place is None or error.text == place
    assert error.line is not None and error.column is not None


# ------------------------------------------------------------------------------------------ against sizes that are real


@given(st.integers(0, 10**9))
def test_the_block_that_is_not_declared_has_the_size_that_is_left(seed: int) -> None:
    choose = random.Random(seed)
    rows, columns = choose.randint(2, 4), choose.randint(2, 4)
    heights, widths = ([choose.randint(1, 5) for _ in range(n)] for n in (rows, columns))
    left = (choose.randrange(rows), choose.randrange(columns))
    names = {f"B{i}{j}": (heights[i], widths[j]) for i in range(rows) for j in range(columns)}
    grid = "; ".join(", ".join(f"B{i}{j}" for j in range(columns)) for i in range(rows))
    declared = "; ".join(f"{n}: {h} x {w}" for n, (h, w) in names.items() if n != f"B{left[0]}{left[1]}")
    if (heights[left[0]], widths[left[1]]) != (1, 1):  # a capital is no scalar
        found = parse(f"{declared}; J = ||[{grid}] - M||^2")
        assert {s.name: s.shape for s in found.inputs} == {**names, "M": (sum(heights), sum(widths))}


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=4), st.data())
def test_the_factor_that_is_not_declared_has_the_size_that_is_left(
    sizes: list[tuple[int, int]], data: st.DataObject
) -> None:
    left = data.draw(st.integers(0, len(sizes) - 1))
    if 1 in sizes[left]:  # a capital that nothing declares is no vector
        return
    declared = "; ".join(f"A{i}: {n} x {m}" for i, (n, m) in enumerate(sizes) if i != left)
    n, m = (math.prod(pair[k] for pair in sizes) for k in (0, 1))
    product = " ⊗ ".join(f"A{i}" for i in range(len(sizes)))
    found = parse(f"{declared}; K: {n} x {m}; J = ||K - {product}||^2")
    assert found.symbol(f"A{left}").shape == sizes[left]


LETTERS = st.sampled_from(["n", "m", "k"])
SIZES = st.recursive(
    LETTERS | st.integers(1, 4),
    lambda inner: st.tuples(st.sampled_from([dim_add, dim_mul]), inner, inner).map(lambda t: t[0](t[1], t[2])),
    max_leaves=6,
)


@given(SIZES, SIZES, st.integers(1, 3))
def test_sizes_are_read_as_they_are_shown(rows: Dim, columns: Dim, less: int) -> None:
    names = {"X": Symbol("X", ("n", "m")), "y": Symbol("y", ("k", 1))}
    for size in (rows, columns, dim_mul(rows, columns), dim_add(dim_mul(2, rows), columns)):
        assert parse_expression(f"eye({size})", names).shape == (size, size)
    smaller = dim_add(dim_mul("n", dim_mul("m", rows)), -less)  # n m … - 1
    if not isinstance(smaller, int):
        assert parse_expression(f"ones({smaller}, {columns})", names) is ones(smaller, columns)


@given(SIZES, SIZES)
def test_sizes_of_given_symbols_may_be_sums_and_products(rows: Dim, columns: Dim) -> None:
    X, w = Symbol("X", (rows, columns)), Symbol("w", (columns, 1))
    if (1, 1) not in (X.shape, w.shape) and 1 not in X.shape:
        assert parse_expression("X w", {"X": X, "w": w}) is matmul(X, w)
        assert parse_expression("X 𝟏", {"X": X}, shape=(rows, 1)).args[-1] is ones(columns)


SPELLED_SIZES: dict[str, Dim] = {
    "n m": dim_mul("n", "m"),
    "n*m": dim_mul("n", "m"),
    "m n": dim_mul("n", "m"),
    "2 n": dim_mul(2, "n"),
    "2n": dim_mul(2, "n"),
    "n + m": plus("n", "m"),
    "m + 1": plus("m", 1),
    "1 + m": plus("m", 1),
    "n - 1": plus("n", -1),
    "2 (n + m)": plus(dim_mul(2, "n"), dim_mul(2, "m")),
    "(n + 1) (m + 1)": plus(dim_mul("n", "m"), "n", "m", 1),
    "n^2": dim_mul("n", "n"),
    "n²": dim_mul("n", "n"),
    "n + n - n": "n",
    "n - m + m": "n",
    "-1 n + 2 n": "n",
    "2 + 3": 5,
    "2 * 3": 6,
}


@pytest.mark.parametrize(("text", "size"), SPELLED_SIZES.items())
def test_spellings_of_sizes(text: str, size: Dim) -> None:
    assert parse(f"X: n x m; J = ||ones({text})||").objective.definition is term(ops.NORM, ones(size))
    found = parse(f"J = ||A ones({text})||")  # in sizes that nothing else names
    assert found.symbol("A").shape[1] == size


@pytest.mark.parametrize(
    "text", ["n / 2", "n - n", "-n", "2 - 3", "x", "n + x", "n.^2", "n^n", "n^-1", "0 n", "n'", "f(n)", "sqrt(n)"]
)
def test_what_is_no_size(text: str) -> None:
    error = refusal(f"X: n x m; x: n; J = ||ones({text})||")
    assert isinstance(error, MatcalcError)
    assert error.line == 1


def test_a_size_is_not_a_value_as_well() -> None:
    assert refusal("n: scalar; J = sum(ones(2 n))").message.startswith("a size must be a positive whole number")
    assert refusal("n = 2; J = sum(ones(n + 1))").message == "n is both a size and a defined name"
    found = parse("J = sum(ones(2 n)) / n")
    assert found.inputs == ()


def test_a_product_with_ones_is_its_other_factor() -> None:
    solver = Solver()
    whole, part = solver.dim(), solver.dim()
    solver.add(Multiplied(whole, (solver.one, part)))
    solver.settle()
    assert solver.root(whole) == solver.root(part)
    one = solver.dim()
    solver.add(Multiplied(solver.one, (one, solver.dim())))
    solver.settle()
    assert solver.is_one(one)


def test_what_cannot_be_solved_is_left() -> None:
    solver = Solver()
    part = solver.dim()
    solver.add(Added(solver.value("n"), (solver.value("m"), part)))
    solver.add(Multiplied(solver.value(7), (solver.value(2), solver.dim())))
    solver.settle()
    assert solver.known(part) is None


LONG: dict[str, tuple[int, Callable[[int], str]]] = {
    "names in a row": (900, lambda n: "J = sum([" + ", ".join(f"a{i}" for i in range(n)) + "])"),
    "names in a stack": (900, lambda n: "J = sum([" + "; ".join(f"a{i}" for i in range(n)) + "])"),
    "matrices times vectors": (
        900,
        lambda n: f"J = sum([{', '.join(f'A{i}' for i in range(n))}] [" + "; ".join(f"x{i}" for i in range(n)) + "])",
    ),
    "rows in lines": (900, lambda n: "J = sum([" + "\n".join(f"a{i}, 1" for i in range(n)) + "])"),
    "numbers": (1000, lambda n: "J = sum([" + "; ".join(["1, 2, 3, 4"] * n) + "])"),
    "blocks on a diagonal": (
        30,
        lambda n: (
            "J = sum([" + "; ".join(", ".join(f"A{i}" if i == j else "0" for j in range(n)) for i in range(n)) + "])"
        ),
    ),
    "brackets in brackets": (1500, lambda n: "J = sum(" + "[" * n + "A" + ", B]" * n + ")"),
    "stacked columns": (2500, lambda n: "J = sum(" + "vec(" * n + "A" + ")" * n + ")"),
    "Kronecker products in layers": (
        150,
        lambda n: (
            "\n".join(f"z{i} = tanh((W{i} ⊗ V{i}) z{i - 1} + b{i})" for i in range(1, n)) + f"\nJ = sum(z{n - 1})"
        ),
    ),
    "brackets in sizes": (2500, lambda n: "J = sum(ones(" + "(" * n + "n" + ")" * n + "))"),
    "a long size": (900, lambda n: "J = sum(ones(" + " + ".join(f"a{i}" for i in range(n)) + "))"),
    "ranges": (750, lambda n: "J = sum(" + "rowrange(" * n + "A" + ", 1, n)" * n + ")"),
    "distances of distances": (750, lambda n: "J = sum(" + "sqdist(" * n + "A" + ")" * n + ")"),
    "layers of a network": (
        320,
        lambda n: (
            "a0 = X\n"
            + "\n".join(f"z{i} = a{i - 1} W{i} + 1 b{i}'\na{i} = tanh(z{i})" for i in range(1, n + 1))
            + f"\nJ = 1/n ||a{n} - Y||^2"
        ),
    ),
}
"""By name: how long it is at its longest, and what is written of such a length."""


@pytest.mark.parametrize("kind", some([*LONG], len(LONG) // 2))
def test_long_programs_are_read_in_proportion_to_their_length(kind: str) -> None:
    most, written = LONG[kind]
    short, long = (
        calls(lambda text=text: parse(text)) / len(text)  # type: ignore[misc]
        for text in (written(most // 4), written(most))
    )
    assert long <= 1.5 * short, f"{short:.1f} calls for each character, of the longer program {long:.1f}"


@pytest.mark.parametrize(
    "text",
    [
        "J = " + " ⊗ ".join(["A"] * 2000) + " : B",
        "J = sum(" + "kron(" * 1500 + "A" + ", B)" * 1500 + ")",
        "A: 3 x 3; J = sum(" + " ⊗ ".join(["A"] * 2000) + ")",
        "J = sum(ones(" + " ".join(f"(a{i} + b{i})" for i in range(100)) + "))",
        "J = sum(ones(" + " * ".join(["1e399"] * 100) + "))",
        "J = sum(" + "ones(" * 2000 + "n" + ")" * 2000 + ")",
    ],
)
def test_huge_sizes_are_refused_with_little_work(text: str) -> None:
    error = None

    def work() -> None:
        nonlocal error
        error = refusal(text)

    calls(work, most=200 * len(text))
    assert isinstance(error, (UnsupportedError, ShapeError)) and len(str(error)) < 2000


def test_a_list_of_numbers_is_a_row() -> None:
    read = parse("J = (1, -2, 1/3) x")
    assert read.symbol("x").shape == (3, 1)
    assert read.objective.definition is parse("J = [1, -2, 1/3] x").objective.definition
    assert any("is read as the row" in note for note in read.notes)


def test_a_list_with_a_prime_is_a_column() -> None:
    read = parse("J = (1, 2, 3)' : x")
    assert read.symbol("x").shape == (3, 1)
    assert read.objective.definition is parse("J = [1, 2, 3]' : x").objective.definition
    assert any("is read as the column" in note for note in read.notes)
    assert parse("a, b: scalar; c: scalar\nJ = sum((a, b)^T c)").objective.is_scalar


@pytest.mark.parametrize("text", ["J = (a, b) x", "J = sum((1, c) + x)", "J = f(1, 2)' x"])
def test_a_list_without_one_is_refused(text: str) -> None:
    with pytest.raises(MatcalcError):
        parse(text)
