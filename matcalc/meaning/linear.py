"""Linear algebra on arrays that are lists of rows, over any field: products, determinants, inverses, powers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations
from operator import add, mul
from typing import TypeAlias

from matcalc.errors import UnsupportedError
from matcalc.meaning.protocol import Entry, Field, Rows, TooLarge

Numbers: TypeAlias = tuple[int, int]
"""A shape."""


def entrywise(f: Callable[..., Entry], *arrays: Rows) -> Rows:
    """f of the entries of arrays of one shape."""
    return [[f(*entries) for entries in zip(*rows, strict=True)] for rows in zip(*arrays, strict=True)]


def everything(a: Rows) -> list[Entry]:
    """The entries, row by row."""
    return [x for row in a for x in row]


def transposed(a: Rows) -> Rows:
    """A'."""
    return [list(column) for column in zip(*a, strict=True)]


def product(field: Field, a: Rows, b: Rows) -> Rows:
    """A B."""
    columns = transposed(b)
    return [[field.dot(row, column) for column in columns] for row in a]


def constant(field: Field, shape: Numbers, value: Callable[[int, int], int]) -> Rows:
    """An array of the numbers 0, 1 and -1, by its positions."""
    numbers = {v: field.number(Fraction(v)) for v in (0, 1, -1)}
    return [[numbers[value(i, j)] for j in range(shape[1])] for i in range(shape[0])]


def eye(field: Field, n: int) -> Rows:
    """The identity."""
    return constant(field, (n, n), lambda i, j: int(i == j))


def square_root(field: Field, x: Entry) -> Entry:
    """The square root of an entry."""
    return field.power(x, field.number(Fraction(1, 2)))


def masked(field: Field, a: Rows, keep: Callable[[int, int], bool]) -> Rows:
    """A with zeros where `keep` does not hold."""
    zero = field.number(Fraction(0))
    return [[x if keep(i, j) else zero for j, x in enumerate(line)] for i, line in enumerate(a)]


def half_of(field: Field, a: Rows) -> Rows:
    """A, its diagonal halved."""
    half = field.number(Fraction(1, 2))
    return [[x * half if i == j else x for j, x in enumerate(line)] for i, line in enumerate(a)]


def side_by_side(*blocks: Rows) -> Rows:
    """[A, B, …]"""
    return [[x for line in lines for x in line] for lines in zip(*blocks, strict=True)]


def not_a_number(field: Field, shape: Numbers) -> Rows:
    """nan in every entry; of fields with digits only."""
    zero = field.number(Fraction(0))
    nan = field.divide(zero, zero)
    return [[nan] * shape[1] for _ in range(shape[0])]


# ------------------------------------------------------------------------------------------- determinants and inverses

WIDEST = 5
"""The largest matrix whose determinant or inverse is written out in formulas."""


def _minor(field: Field, a: Rows, rows: tuple[int, ...], columns: tuple[int, ...]) -> Entry:
    # Laplace's expansion along the first rows, minors of the last ones shared: n 2^n products.
    below: dict[tuple[int, ...], Entry] = {(): field.number(Fraction(1))}
    for count, i in enumerate(reversed(rows), 1):
        here: dict[tuple[int, ...], Entry] = {}
        for chosen in combinations(columns, count):
            terms = []
            for k, j in enumerate(chosen):
                term = a[i][j] * below[chosen[:k] + chosen[k + 1 :]]
                terms.append(-term if k % 2 else term)
            here[chosen] = field.sum(terms)
        below = here
    return below[columns]


GUARD = 30
"""Digits that cancellation may cost before a pivot counts as rounding error, and the matrix as singular."""


def rounding(field: Field) -> Entry:
    """The rounding error relative to 1."""
    return field.number(Fraction(1, 10 ** max(1, field.digits - GUARD)))


def _factored(field: Field, a: Rows) -> tuple[Rows, list[int], int] | None:
    # Doolittle's L U = P A with partial pivoting, L below U's diagonal in one array; the rows of A in their new order,
    # and the sign of that order. None for a matrix that is singular, as far as can be seen beside the size of its rows
    # and columns. Column by column, so that entries are sums of products, which a field adds up at once.
    n = len(a)
    nothing = rounding(field)
    columns = [max(abs(line[j]) for line in a) for j in range(n)]
    sizes = [max(abs(x) for x in line) for line in a]
    work = [list(line) for line in a]
    rows, sign = list(range(n)), 1
    for j in range(n):
        column: list[Entry] = []
        for i, line in enumerate(work):
            before = min(i, j)
            if before:
                line[j] = line[j] - field.dot(line[:before], column[:before])
            column.append(line[j])
        pivot = max(range(j, n), key=lambda i: abs(column[i]))
        if pivot != j:
            work[j], work[pivot] = work[pivot], work[j]
            rows[j], rows[pivot] = rows[pivot], rows[j]
            sizes[j], sizes[pivot] = sizes[pivot], sizes[j]
            sign = -sign
        if abs(work[j][j]) <= nothing * min(sizes[j], columns[j]):
            return None
        scale = field.divide(field.number(Fraction(1)), work[j][j])
        for line in work[j + 1 :]:
            line[j] = line[j] * scale
    return work, rows, sign


def _small_enough(a: Rows) -> None:
    if len(a) > WIDEST:
        raise TooLarge(f"a determinant of size {len(a)} is too long to write out")


def det(field: Field, a: Rows) -> Entry:
    """The determinant. Raises TooLarge for formulas of a matrix that is wider than WIDEST."""
    if field.digits:
        found = _factored(field, a)
        if found is not None:
            factors, _, sign = found
            return reduce(mul, [factors[i][i] for i in range(len(a))], field.number(Fraction(sign)))
        total = field.sum(everything(a))
        return total - total  # 0, unless an entry is not a number
    _small_enough(a)
    whole = tuple(range(len(a)))
    return _minor(field, a, whole, whole)


def inv(field: Field, a: Rows) -> Rows:
    """The inverse; nan where there is none. Raises TooLarge as `det` does."""
    n = len(a)
    if field.digits:
        found = _factored(field, a)
        return not_a_number(field, (n, n)) if found is None else _inverse(field, *found[:2])
    _small_enough(a)
    whole = tuple(range(n))
    scale = field.divide(field.number(Fraction(1)), det(field, a))
    result = []
    for i in range(n):
        line = []
        for j in range(n):
            cofactor = _minor(field, a, whole[:j] + whole[j + 1 :], whole[:i] + whole[i + 1 :])
            line.append((-cofactor if (i + j) % 2 else cofactor) * scale)
        result.append(line)
    return result


def _inverse(field: Field, factors: Rows, rows: Sequence[int]) -> Rows:
    # (P'L U)⁻¹, column by column: L y = P e_j from where P e_j has its 1, then U x = y.
    n = len(factors)
    zero, one = field.number(Fraction(0)), field.number(Fraction(1))
    scales = [field.divide(one, factors[i][i]) for i in range(n)]
    backward = [line[:i:-1] for i, line in enumerate(factors)]
    columns: Rows = [[]] * n
    for first, j in enumerate(rows):
        y = [zero] * first + [one]
        for i in range(first + 1, n):
            y.append(-field.dot(factors[i][first:i], y[first:]))
        x = [y[-1] * scales[-1]]  # from the last entry on
        for i in reversed(range(n - 1)):
            x.append((y[i] - field.dot(backward[i], x)) * scales[i])
        columns[j] = x[::-1]
    return transposed(columns)


def pinv(field: Field, a: Rows) -> Rows:
    """The Moore-Penrose inverse; in formulas that of a matrix of full rank.

    With digits by a factorization of full rank, A = B C (Ben-Israel & Greville, 1.6): C'(C C')⁻¹ (B'B)⁻¹ B'.
    """
    n, m = len(a), len(a[0])
    if not field.digits:
        if n == m:
            return inv(field, a)
        flat = transposed(a)
        if n > m:
            return product(field, inv(field, product(field, flat, a)), flat)
        return product(field, flat, inv(field, product(field, a, flat)))
    total = field.sum(everything(a))
    zero = total - total  # nan, if an entry is not a number
    b, c = _full_rank(field, a) if zero == 0 else ([], [])
    if not c:
        return [[zero] * n for _ in range(m)]
    b_, c_ = transposed(b), transposed(c)
    left = product(field, c_, inv(field, product(field, c, c_)))
    return product(field, left, product(field, inv(field, product(field, b_, b)), b_))


def _full_rank(field: Field, a: Rows) -> tuple[Rows, Rows]:
    # B, columns of A, and C with A = B C, by elimination with complete pivoting.
    work = [list(line) for line in a]
    nothing = rounding(field) * max(abs(x) for x in everything(a))
    free = list(range(len(a)))
    pivots: list[tuple[int, int]] = []
    while free:
        left = [j for j in range(len(a[0])) if j not in [q for _, q in pivots]]
        i, j = max(((i, j) for i in free for j in left), key=lambda at: abs(work[at[0]][at[1]]), default=(0, 0))
        if not left or not abs(work[i][j]) > nothing:
            break
        free.remove(i)
        pivots.append((i, j))
        scale = field.divide(field.number(Fraction(1)), work[i][j])
        work[i] = [x * scale for x in work[i]]
        for k in range(len(work)):
            if k != i:
                factor = work[k][j]
                work[k] = [x - factor * y for x, y in zip(work[k], work[i], strict=True)]
    return [[line[j] for _, j in pivots] for line in a], [work[i] for i, _ in pivots]


# --------------------------------------------------------------------------------------------------- powers and factors

HIGHEST = 64
"""The highest power of a matrix that is written out in formulas."""


class Square:
    """A square matrix A, or A + εE with ε² = 0: a rational function f of it has the differential of f beside ε.

    These are the matrices [A, E; 0, A], whose function is [f(A), L; 0, f(A)] with the Fréchet derivative L of f at A in
    direction E (Mathias 1996; Higham 2008, (3.16)), at three eighths of the cost.
    """

    __slots__ = ("a", "e", "field")

    def __init__(self, field: Field, a: Rows, e: Rows | None = None) -> None:
        self.field = field
        self.a = a
        self.e = e

    def __add__(self, other: Square) -> Square:
        both = self.e is not None and other.e is not None
        e = added(self.e or [], other.e or []) if both else self.e or other.e
        return Square(self.field, added(self.a, other.a), e)

    def __mul__(self, other: Square) -> Square:
        field = self.field
        if self.e is not None and other.e is not None:
            e: Rows | None = product(field, side_by_side(self.e, self.a), other.a + other.e)
        elif self.e is not None:
            e = product(field, self.e, other.a)
        else:
            e = None if other.e is None else product(field, self.a, other.e)
        return Square(field, product(field, self.a, other.a), e)

    def times(self, s: Entry) -> Square:
        """s A for a number s."""
        return Square(self.field, scaled(s, self.a), None if self.e is None else scaled(s, self.e))

    def inverse(self) -> Square:
        """A⁻¹, whose differential is -A⁻¹ E A⁻¹."""
        field = self.field
        a = inv(field, self.a)
        if self.e is None:
            return Square(field, a)
        return Square(field, a, [[-x for x in line] for line in product(field, product(field, a, self.e), a)])

    @property
    def parts(self) -> list[Entry]:
        """All entries."""
        return everything(self.a) + everything(self.e or [])


def power(a: Square, exponent: Entry) -> Square:
    """A^k, by squaring. Raises UnsupportedError where k is not whole, TooLarge for formulas above HIGHEST."""
    k = a.field.whole(exponent)
    if k is None:
        raise UnsupportedError("a power of a matrix needs a whole exponent here")
    if abs(k) > HIGHEST and not a.field.digits:
        raise TooLarge(f"a matrix to the power {k} is too long to write out")
    n = len(a.a)
    base = a if k >= 0 else a.inverse()
    result: Square | None = None
    k = abs(k)
    while k:
        if k & 1:
            result = base if result is None else result * base
        k >>= 1
        if k:
            base = base * base
    return result or Square(a.field, eye(a.field, n), None if a.e is None else masked(a.field, a.e, _nowhere))


def _nowhere(i: int, j: int) -> bool:
    return False


def added(a: Rows, b: Rows) -> Rows:
    """A + B."""
    return entrywise(add, a, b)


def scaled(s: Entry, a: Rows) -> Rows:
    """s A."""
    return [[s * x for x in line] for line in a]


def chol(field: Field, a: Rows) -> Rows:
    """The lower triangular L with positive diagonal and L L' = A, row by row (Cholesky-Banachiewicz).

    With digits nan where A is not symmetric positive definite; formulas look at the lower triangle only.
    """
    n = len(a)
    zero, nothing = field.number(Fraction(0)), rounding(field)
    if field.digits:
        size = max(abs(x) for x in everything(a))
        if not all(abs(a[i][j] - a[j][i]) <= nothing * size for i in range(n) for j in range(i)):
            return not_a_number(field, (n, n))
    lower: Rows = []
    for i in range(n):
        line: list[Entry] = []
        for j in range(i):
            rest = a[i][j] - field.dot(line, lower[j][:j]) if j else a[i][j]
            line.append(field.divide(rest, lower[j][j]))
        pivot = a[i][i] - field.dot(line, line) if i else a[i][i]
        if field.digits and not pivot > nothing * a[i][i]:
            return not_a_number(field, (n, n))
        lower.append([*line, square_root(field, pivot), *[zero] * (n - i - 1)])
    return lower
