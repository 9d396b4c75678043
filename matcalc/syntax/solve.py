"""Solves for shapes: which dimensions are equal, and which arrays are scalars.

Two union-finds. A dimension's class holds what it is known to be: a value (a number or a declared name), or that it is
not 1. A kind's class holds whether its members are scalars or arrays; an expression and its transpose share a kind,
and so do the operand and the result of whatever acts entry by entry. Constraints that cannot say anything yet wait
until one of their classes learns something, so the work is near linear in the size of the program.

Sizes that are sums or products of others (sizes.py) are relations of dimensions alone, which run before all others.

Nothing is raised here. Dimensions that cannot be equal stay distinct, and building the expression reports them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import ClassVar, NamedTuple

from matcalc.dims import Dim

SCALAR, ARRAY = "scalar", "array"
SUPPOSED, STRONG = 1, 2
"""How strongly a use indicates an array: a sum of entries; a transpose or a norm."""


class Var(NamedTuple):
    """The shape of an expression while it is solved for: classes of dimensions, and of a kind."""

    rows: int
    columns: int
    kind: int


class Constraint(ABC):
    """A relation between shapes. `run` says what is certain and whether that was all; `suppose` says what is likely.

    One of dimensions alone (`of_sizes`) supposes nothing and runs while dimensions are named, too.
    """

    __slots__ = ("done", "index", "queued", "waiting")
    of_sizes: ClassVar[bool] = False
    late: ClassVar[int] = 1
    """What is supposed by those of a lesser number comes first."""

    def __init__(self) -> None:
        self.done = False
        self.queued = False
        self.waiting = False
        self.index = 0

    @abstractmethod
    def vars(self) -> tuple[Var, ...]:
        """The shapes that it waits for."""

    def dims(self) -> Iterable[int]:
        """The dimensions that it waits for beside those of the shapes."""
        return ()

    @abstractmethod
    def run(self, solver: Solver) -> bool:
        """Say what is certain. True when there is no more to say."""

    def suppose(self, solver: Solver) -> None:
        """Say what is likely, when nothing certain is left to be said; most have nothing more to say."""
        return


class OfOne(Constraint):
    """What is said of one shape."""

    __slots__ = ("var",)

    def __init__(self, var: Var) -> None:
        super().__init__()
        self.var = var

    def vars(self) -> tuple[Var, ...]:
        return (self.var,)


class Joined(Constraint):
    """out = left op right."""

    __slots__ = ("left", "out", "right")

    def __init__(self, left: Var, right: Var, out: Var) -> None:
        super().__init__()
        self.left, self.right, self.out = left, right, out

    def vars(self) -> tuple[Var, ...]:
        return self.left, self.right, self.out


class Solver:
    """The classes, and the constraints that wait."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._value: list[Dim | None] = []
        self._plural: list[bool] = []
        self._lean: list[bool | None] = []
        self._watching: list[list[Constraint]] = []
        self._kind_parent: list[int] = []
        self._state: list[str | None] = []
        self._told: list[int] = []
        self._greek: list[bool] = []
        self._leaves: list[list[Var]] = []
        self._kind_watching: list[list[Constraint]] = []
        self._values: dict[Dim, int] = {}
        self._queue: deque[Constraint] = deque()
        self._sizes: deque[Constraint] = deque()
        self._supposing: list[tuple[int, int, Constraint]] = []
        self._by_index: list[Constraint] = []
        self.one = self.value(1)
        self.scalar = self.var(self.one, self.one, SCALAR)

    # ------------------------------------------------------------------------------------------------- dimensions

    def dim(self, *, plural: bool = False, lean: bool | None = None) -> int:
        """A new dimension: not 1 if `plural`; by default 1 if `lean`, not 1 if `lean` is False, which prevails."""
        self._parent.append(len(self._parent))
        self._value.append(None)
        self._plural.append(plural)
        self._lean.append(lean)
        self._watching.append([])
        return len(self._parent) - 1

    def value(self, dim: Dim) -> int:
        """The dimension that is `dim`."""
        if dim not in self._values:
            self._values[dim] = self.dim(plural=dim != 1)
            self._value[self._values[dim]] = dim
        return self._values[dim]

    def root(self, dim: int) -> int:
        """The representative of a dimension's class."""
        parent = self._parent
        while parent[dim] != dim:
            parent[dim] = parent[parent[dim]]
            dim = parent[dim]
        return dim

    def known(self, dim: int) -> Dim | None:
        """A dimension's value."""
        return self._value[self.root(dim)]

    def is_one(self, dim: int) -> bool:
        """Whether a dimension is known to be 1."""
        return self._value[self.root(dim)] == 1

    def is_plural(self, dim: int) -> bool:
        """Whether a dimension is known not to be 1."""
        return self._plural[self.root(dim)]

    def may_be_one(self, dim: int) -> bool:
        """Whether a dimension may be 1."""
        return not self._plural[self.root(dim)]

    def leans(self, dim: int) -> bool:
        """Whether a dimension is 1 or, left alone, will be."""
        root = self.root(dim)
        return self._value[root] == 1 or (self._lean[root] is True and not self._plural[root])

    def leans_away(self, dim: int) -> bool:
        """Whether a dimension is not 1 or, left alone, will not be, as those of a capital."""
        root = self.root(dim)
        return self._plural[root] or (self._lean[root] is False and self._value[root] is None)

    def differ(self, a: int, b: int) -> bool:
        """Whether two dimensions have values, and not the same."""
        a, b = self.root(a), self.root(b)
        return self._value[a] is not None and self._value[b] is not None and self._value[a] != self._value[b]

    def compatible(self, a: int, b: int) -> bool:
        """Whether two dimensions may be one."""
        a, b = self.root(a), self.root(b)
        if self._value[a] is not None and self._value[b] is not None:
            return self._value[a] == self._value[b]
        return not ((self._plural[a] or self._plural[b]) and 1 in (self._value[a], self._value[b]))

    def is_row(self, var: Var) -> bool:
        """Whether it has one row, and certainly more columns."""
        return self.is_one(var.rows) and self.is_plural(var.columns)

    def is_column(self, var: Var) -> bool:
        """Whether it has one column, and more rows, unless it is a capital's that may have one."""
        return self.is_one(var.columns) and self.leans_away(var.rows)

    def is_matrix(self, var: Var) -> bool:
        """Whether it has several rows and several columns, unless it is a capital's that may have one."""
        return self.leans_away(var.rows) and self.leans_away(var.columns)

    def are_one(self, a: int, b: int) -> bool:
        """Whether two dimensions are known to be one."""
        return self.root(a) == self.root(b)

    def meet(self, a: int, b: int) -> None:
        """Two dimensions are one, unless a capital's would be 1 for no other reason."""
        for one, other in ((a, b), (b, a)):
            if self.is_one(one) and self.leans_away(other):
                return
        self.equal(a, b)

    def make_plural(self, dim: int) -> None:
        """A dimension is not 1."""
        root = self.root(dim)
        if not self._plural[root] and self._value[root] is None:
            self._plural[root] = True
            self._wake(self._watching[root])

    def equal(self, a: int, b: int) -> bool:
        """Two dimensions are one. False, and nothing is changed, where that cannot be."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return True
        va, vb = self._value[a], self._value[b]
        if va is not None and vb is not None:
            return False
        plural = self._plural[a] or self._plural[b]
        if plural and 1 in (va, vb):
            return False
        if len(self._watching[a]) < len(self._watching[b]):
            a, b, va, vb = b, a, vb, va
        value = va if va is not None else vb
        leans = (self._lean[a], self._lean[b])
        lean = False if False in leans else True if True in leans else None
        if value != va or plural != self._plural[a] or lean != self._lean[a]:
            self._wake(self._watching[a])
        if value != vb or plural != self._plural[b] or lean != self._lean[b]:
            self._wake(self._watching[b])
        self._parent[b] = a
        self._value[a], self._plural[a], self._lean[a] = value, plural, lean
        self._watching[a].extend(c for c in self._watching[b] if not c.done)
        self._watching[b] = []
        return True

    # ------------------------------------------------------------------------------------------------------ kinds

    def kind(self, state: str | None = None, *, greek: bool = False) -> int:
        """A new kind."""
        self._kind_parent.append(len(self._kind_parent))
        self._state.append(state)
        self._told.append(0)
        self._greek.append(greek)
        self._leaves.append([])
        self._kind_watching.append([])
        return len(self._kind_parent) - 1

    def _kind(self, kind: int) -> int:
        parent = self._kind_parent
        while parent[kind] != kind:
            parent[kind] = parent[parent[kind]]
            kind = parent[kind]
        return kind

    def var(self, rows: int, columns: int, state: str | None = None, *, greek: bool = False) -> Var:
        """A new shape."""
        return Var(rows, columns, self.kind(state, greek=greek))

    def unknown(self, *, greek: bool = False) -> Var:
        """A shape of which nothing is known."""
        return self.var(self.dim(), self.dim(), greek=greek)

    def leaf(self, *, greek: bool = False) -> Var:
        """The shape of a name that is a scalar or a column."""
        var = self.unknown(greek=greek)
        self._leaves[var.kind].append(var)
        return var

    def transposed(self, var: Var) -> Var:
        """The shape of the transpose."""
        return Var(var.columns, var.rows, var.kind)

    def state(self, var: Var) -> str | None:
        """Whether it is known to be a scalar, or an array."""
        rows, columns = self.root(var.rows), self.root(var.columns)
        if self._value[rows] == 1 and self._value[columns] == 1:
            return SCALAR
        if self._plural[rows] or self._plural[columns]:
            return ARRAY
        return self._state[self._kind(var.kind)]

    def is_greek(self, var: Var) -> bool:
        """Whether it is made of Greek letters alone, which are scalars unless there is a strong reason."""
        return self._greek[self._kind(var.kind)]

    def told(self, var: Var) -> int:
        """How strongly it was told to be an array."""
        return self._told[self._kind(var.kind)]

    def make_scalar(self, var: Var) -> None:
        """It is a scalar, if it can be."""
        if self.state(var) is None or (self.may_be_one(var.rows) and self.may_be_one(var.columns)):
            kind = self._kind(var.kind)
            self._state[kind] = SCALAR
            self.equal(var.rows, self.one)
            self.equal(var.columns, self.one)
            self._wake(self._kind_watching[kind])

    def make_array(self, var: Var) -> None:
        """It is an array."""
        kind = self._kind(var.kind)
        if self._state[kind] is None:
            self._state[kind] = ARRAY
            self._wake(self._kind_watching[kind])

    def tell(self, var: Var, strength: int) -> None:
        """It should be an array: a name becomes a column; what is made of names passes it on."""
        if self.state(var) is not None:
            return
        kind = self._kind(var.kind)
        if self._told[kind] >= strength:
            return
        self._told[kind] = strength
        for leaf in self._leaves[kind]:
            self._state[kind] = ARRAY
            self.equal(leaf.columns, self.one)
            self.make_plural(leaf.rows)
        self._wake(self._kind_watching[kind])

    def same(self, a: Var, b: Var) -> bool:
        """Two expressions have one shape. False where they cannot."""
        fits = self.equal(a.rows, b.rows)
        fits = self.equal(a.columns, b.columns) and fits
        ka, kb = self._kind(a.kind), self._kind(b.kind)
        if ka != kb:
            sa, sb = self._state[ka], self._state[kb]
            state = sa if sa is not None else sb
            told = max(self._told[ka], self._told[kb])
            if len(self._kind_watching[ka]) < len(self._kind_watching[kb]):
                ka, kb, sa, sb = kb, ka, sb, sa
            learnt_a = state != sa or told != self._told[ka]
            learnt_b = state != sb or told != self._told[kb]
            if learnt_a:
                self._wake(self._kind_watching[ka])
            if learnt_b:
                self._wake(self._kind_watching[kb])
            leaves = self._leaves[ka] + self._leaves[kb]
            self._kind_parent[kb] = ka
            self._state[ka], self._leaves[ka] = state, leaves
            self._greek[ka] = self._greek[ka] and self._greek[kb]
            self._kind_watching[ka].extend(c for c in self._kind_watching[kb] if not c.done)
            self._kind_watching[kb] = []
            self._told[ka] = told
            if told and leaves and state is None:
                self._told[ka] = 0
                self.tell(a, told)
        return fits

    # ------------------------------------------------------------------------------------------------ constraints

    def add(self, constraint: Constraint, first: bool = False) -> None:
        """One more relation. With `first` it runs before those that wait: they were stated of what it finds."""
        constraint.index = len(self._by_index)
        self._by_index.append(constraint)
        for var in constraint.vars():
            self._watching[self.root(var.rows)].append(constraint)
            self._watching[self.root(var.columns)].append(constraint)
            self._kind_watching[self._kind(var.kind)].append(constraint)
        for dim in constraint.dims():
            self._watching[self.root(dim)].append(constraint)
        self._wake([constraint])
        if first:
            self._queue.rotate(1)

    def _wake(self, constraints: list[Constraint]) -> None:
        for constraint in constraints:
            if not constraint.done and not constraint.queued:
                constraint.queued = True
                (self._sizes if constraint.of_sizes else self._queue).append(constraint)

    def settle_sizes(self) -> None:
        """Say what is certain of sums and products of dimensions."""
        while self._sizes:
            constraint = self._sizes.popleft()
            constraint.queued = False
            constraint.done = constraint.done or constraint.run(self)

    def settle(self) -> None:
        """Say everything that is certain, then what is likely, the first written first."""
        while True:
            self.settle_sizes()
            while self._queue:
                constraint = self._queue.popleft()
                constraint.queued = False
                constraint.done = constraint.done or constraint.run(self)
                if not constraint.done and not constraint.waiting:
                    constraint.waiting = True
                    heappush(self._supposing, (constraint.late, constraint.index, constraint))
                if self._sizes:
                    self.settle_sizes()
            if not self._supposing:
                return
            *_, constraint = heappop(self._supposing)
            constraint.waiting = False
            if not constraint.done:
                constraint.suppose(self)
