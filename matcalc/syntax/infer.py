"""From trees to shapes: every part of the program gets a shape variable, and the relations between them are stated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from matcalc.expr import Dim
from matcalc.syntax.parser import Tree, walk
from matcalc.syntax.relations import (
    Alike,
    ByLine,
    Diagonal,
    Divisor,
    Frobenius,
    Measured,
    Product,
    Square,
    Summed,
    Transposed,
)
from matcalc.syntax.solve import ARRAY, SCALAR, STRONG, SUPPOSED, Solver, Var
from matcalc.syntax.vocabulary import FUNCTIONS


class Inference:
    """The shapes of one program. `names` holds the shape of every name as it becomes known, `said` those of which the
    program says the shape."""

    def __init__(
        self, solver: Solver, names: dict[str, Var], size_of: Callable[[Tree], Dim | None], said: Collection[str]
    ) -> None:
        self.solver = solver
        self.names = names
        self.size_of = size_of
        self.said = said

    def visit(self, root: Tree) -> Var:
        """Give every part below `root` its shape, and return the shape of the whole."""
        for tree in walk(root):
            tree.var = _SHAPES[tree.kind](self, tree)
        return root.var

    # ----------------------------------------------------------------------------------------------------- leaves

    def _number(self, tree: Tree) -> Var:
        return self.solver.scalar

    def _name(self, tree: Tree) -> Var:
        var = self.names.get(tree.value)
        if var is None:
            return self.identity() if tree.value == "I" else self.solver.scalar
        return var

    def _ones(self, tree: Tree) -> Var:
        if tree.value is not None:  # a literal 1 (ones.py)
            return self.solver.var(self.solver.dim(), self.solver.one, ARRAY)
        return self.solver.var(self.solver.dim(), self.solver.dim(lean=True), ARRAY)

    def identity(self) -> Var:
        """The shape of an I, of any size."""
        dim = self.solver.dim()
        return self.solver.var(dim, dim, ARRAY)

    # --------------------------------------------------------------------------------------------- sums, products

    def _passed(self, tree: Tree) -> Var:
        return tree.args[0].var

    def _result(self, *vars: Var) -> Var:
        solver = self.solver
        names = [v for v in vars if solver.state(v) != SCALAR]
        return solver.unknown(greek=bool(names) and all(map(solver.is_greek, names)))

    def _sum(self, tree: Tree) -> Var:
        whole, spreads = tree.args[0].var, self.spreads(tree.args[0])
        for arg in tree.args[1:]:
            out = self._result(whole, arg.var)
            self.solver.add(Alike(whole, arg.var, out, bias=True, spreads=(spreads, self.spreads(arg))))
            whole, spreads = out, False
        return whole

    def spreads(self, tree: Tree) -> bool:
        """Whether a term of a sum may be spread: a name whose shape the program says, or its transpose."""
        return (named(tree) or "") in self.said

    def _product(self, tree: Tree) -> Var:
        whole = tree.args[0].var
        for op, factor in zip(tree.ops[1:], tree.args[1:], strict=True):
            if op == "OVER":
                self.solver.add(Divisor(factor.var, whole))
                continue
            out = self._result(whole, factor.var)
            if op == "TIMES":
                self.solver.add(Product(whole, factor.var, out))
            else:
                entries, outer = op == "HADAMARD", is_outer(factor)
                self.solver.add(Alike(whole, factor.var, out, entries=entries, outer=entries and outer))
            whole = out
        return whole

    def _inner(self, tree: Tree) -> Var:
        self.solver.add(Frobenius(tree.args[0].var, tree.args[1].var))
        return self.solver.scalar

    def _power(self, tree: Tree) -> Var:
        base, exponent = tree.args
        self.solver.add(Divisor(exponent.var))
        if tree.value == "POWER" and is_negative_integer(exponent):
            self.solver.add(Square(base.var, certain=False))
        return base.var

    def _transpose(self, tree: Tree) -> Var:
        var = tree.args[0].var
        self.solver.add(Transposed(var))
        return self.solver.transposed(var)

    def _inverse_transpose(self, tree: Tree) -> Var:
        self.solver.add(Square(tree.args[0].var))
        return tree.args[0].var

    # ------------------------------------------------------------------------------------------------------ calls

    def _norm(self, tree: Tree) -> Var:
        self.solver.add(Measured(tree.args[0].var, STRONG))
        return self.solver.scalar

    def _call(self, tree: Tree) -> Var:
        name, _ = tree.value
        row = FUNCTIONS.get(name)
        return _CALLS[row.takes](self, tree) if row is not None and tree.args else self._passed(tree)

    def _array_to_scalar(self, tree: Tree) -> Var:
        self.solver.add(Measured(tree.args[0].var, STRONG if tree.value[0].startswith("norm") else SUPPOSED))
        return self.solver.scalar

    def _square_to_scalar(self, tree: Tree) -> Var:
        self.solver.add(Square(tree.args[0].var))
        return self.solver.scalar

    def _square(self, tree: Tree) -> Var:
        self.solver.add(Square(tree.args[0].var))
        return tree.args[0].var

    def _rows(self, tree: Tree) -> Var:
        return self._summed(tree.args[0].var, self.solver.var(tree.args[0].var.rows, self.solver.one))

    def _columns(self, tree: Tree) -> Var:
        return self._summed(tree.args[0].var, self.solver.var(self.solver.one, tree.args[0].var.columns))

    def _summed(self, var: Var, out: Var) -> Var:
        self.solver.add(Summed(var, out))
        return out

    def _diag(self, tree: Tree) -> Var:
        out = self.solver.var(self.solver.dim(), self.solver.dim(), ARRAY)
        self.solver.add(Diagonal(tree.args[0].var, out))
        return out

    def _entries(self, tree: Tree) -> Var:
        self.solver.add(Measured(tree.args[0].var, STRONG))
        return tree.args[0].var

    def _by_line(self, tree: Tree) -> Var:
        var, solver = tree.args[0].var, self.solver
        if len(tree.args) > 1:
            rows = tree.args[1].value == "rows"
            shape = solver.var(var.rows, solver.one) if rows else solver.var(solver.one, var.columns)
            return self._summed(var, shape)
        out = solver.var(solver.dim(), solver.one)
        solver.add(ByLine(var, out))
        return out

    def _two_alike(self, tree: Tree) -> Var:
        whole = tree.args[0].var
        for arg in tree.args[1:]:
            out = self._result(whole, arg.var)
            self.solver.add(Alike(whole, arg.var, out))
            whole = out
        return whole

    def _sizes(self, tree: Tree) -> Var:
        dims = [self.size_of(arg) for arg in tree.args]
        known = [self.solver.dim() if dim is None else self.solver.value(dim) for dim in dims]
        if tree.value[0] == "eye":
            return self.solver.var(known[0], known[0])
        return self.solver.var(known[0], known[1] if len(known) > 1 else self.solver.one)

    def _filled(self, tree: Tree) -> Var:
        solver = self.solver
        self.solver.add(Divisor(tree.args[0].var))
        return solver.var(solver.dim(), solver.one if tree.value[0] == "vector" else solver.dim(), ARRAY)


def named(tree: Tree) -> str | None:
    """The name that a term is, up to a sign and a transpose."""
    while tree.kind in ("group", "negative", "transpose"):
        tree = tree.args[0]
    return str(tree.value) if tree.kind == "name" else None


def is_outer(tree: Tree) -> bool:
    """Whether a factor is a product that ends with a transpose, as an outer product does."""
    return tree.kind == "chain" and tree.args[-1].kind == "transpose" and tree.ops[-1] == "TIMES"


def is_negative_integer(tree: Tree) -> bool:
    """Whether an exponent is -1, -2, … as written."""
    while tree.kind == "group":
        tree = tree.args[0]
    return tree.kind == "number" and isinstance(tree.value, Fraction) and tree.value < 0 and tree.value.denominator == 1


_SHAPES: Mapping[str, Callable[[Inference, Tree], Var]] = {
    "number": Inference._number,
    "name": Inference._name,
    "ones": Inference._ones,
    "group": Inference._passed,
    "negative": Inference._passed,
    "sum": Inference._sum,
    "chain": Inference._product,
    "product": Inference._product,
    "inner": Inference._inner,
    "power": Inference._power,
    "transpose": Inference._transpose,
    "inverse_transpose": Inference._inverse_transpose,
    "norm": Inference._norm,
    "option": Inference._number,
    "call": Inference._call,
}
_CALLS: Mapping[str, Callable[[Inference, Tree], Var]] = {
    "array to scalar": Inference._array_to_scalar,
    "norm": Inference._norm,
    "square to scalar": Inference._square_to_scalar,
    "square": Inference._square,
    "rows": Inference._rows,
    "columns": Inference._columns,
    "diag": Inference._diag,
    "entries": Inference._entries,
    "by line": Inference._by_line,
    "two alike": Inference._two_alike,
    "sizes": Inference._sizes,
    "filled": Inference._filled,
}
