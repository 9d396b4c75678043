"""Gives every part of the program a shape variable, and states the relations between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from matcalc.dims import Dim
from matcalc.syntax.guesses import Guesses
from matcalc.syntax.letters import Letter
from matcalc.syntax.ones import literal
from matcalc.syntax.relations import (
    Alike,
    ByLine,
    Diagonal,
    Divisor,
    Frobenius,
    Measured,
    Ones,
    ProductShapes,
    Quotient,
    SquareOnly,
    Summed,
    Transposed,
)
from matcalc.syntax.signed import Called
from matcalc.syntax.sizes import Added, BlockBeside, Combined, Multiplied, Tensor
from matcalc.syntax.solve import ARRAY, SCALAR, STRONG, SUPPOSED, Solver, Var
from matcalc.syntax.supposed import Bias, Biased, Intercept, Operands
from matcalc.syntax.tree import Tree, walk
from matcalc.syntax.vocabulary import BARS, ENTRIES, FUNCTIONS, NORMS


class Inference:
    """The shapes of one program. `names` holds the shape of every name as it becomes known; `guesses` are told what is
    written, and say what is likely.

    `combined`: the sizes that are sums or products. `stacks`: the blocks above each other.
    `literals`: every 1 that may be a vector of ones.
    `assumed`: the names that functions of symmetric or positive definite matrices take, with the function.
    """

    def __init__(
        self, solver: Solver, names: dict[str, Var], size_of: Callable[[Tree], Dim | None], guesses: Guesses
    ) -> None:
        self.solver = solver
        self.names = names
        self.size_of = size_of
        self.guesses = guesses
        self.combined: list[Combined] = []
        self.stacks: list[Tree] = []
        self.literals: list[Ones] = []
        self.assumed: dict[tuple[str, str], str] = {}
        self._letters: dict[Letter, int] = {}

    def visit(self, root: Tree) -> Var:
        """Give every part below `root` its shape, and return the shape of the whole."""
        for tree in walk(root):
            tree.var = getattr(self, f"_{tree.kind}")(tree)  # a method for each kind
            self.guesses.look(tree)
        return root.var

    # ----------------------------------------------------------------------------------------------------- leaves

    def _number(self, tree: Tree) -> Var:
        return self.solver.scalar

    _option = _extent = _number

    def _name(self, tree: Tree) -> Var:
        var = self.names.get(tree.value)
        if var is None:
            return self.identity() if tree.value == "I" else self.solver.scalar
        return var

    def _ones(self, tree: Tree) -> Var:
        if tree.args:
            sizes = [self._length(arg) for arg in tree.args]
            return self.solver.var(sizes[0], sizes[1] if len(sizes) > 1 else self.solver.one, ARRAY)
        if tree.value is not None:  # a literal 1 (ones.py), or LaTeX's
            return self.solver.var(self.solver.dim(), self.solver.one, ARRAY)
        return self.solver.var(self.solver.dim(), self.solver.dim(lean=True), ARRAY)

    def _length(self, tree: Tree) -> int:
        # The size that a number, a dimension's name or the extent of an array is.
        if tree.kind == "extent":
            var = tree.args[0].var
            return var.columns if tree.value else var.rows
        size = self.size_of(tree)
        return self.solver.dim() if size is None else self.solver.value(size)

    def identity(self) -> Var:
        """The shape of an I of unknown size."""
        dim = self.solver.dim()
        return self.solver.var(dim, dim, ARRAY)

    # ---------------------------------------------------------------------------------------------------- indices

    def _runs(self, letter: Letter) -> int:
        # What an index runs over.
        if letter not in self._letters:
            solver, last = self.solver, letter.last
            self._letters[letter] = solver.dim(plural=True) if last is None else solver.value(last)
        return self._letters[letter]

    def _entry(self, tree: Tree) -> Var:
        solver, var = self.solver, tree.args[0].var
        runs = [self._runs(letter) for letter in tree.value]
        solver.make_array(var)
        solver.equal(var.rows, runs[0])
        solver.equal(var.columns, runs[1] if len(runs) > 1 else solver.one)
        return solver.scalar

    def _line(self, tree: Tree) -> Var:
        solver, var = self.solver, tree.args[0].var
        solver.make_array(var)
        solver.equal(var.rows, self._runs(tree.value[0]))
        found = solver.leaf()  # so that what stands beside it in a norm becomes a vector too
        solver.equal(found.rows, var.columns)
        solver.equal(found.columns, solver.one)
        return found

    def _delta(self, tree: Tree) -> Var:
        self.solver.equal(*map(self._runs, tree.value))
        return self.solver.scalar

    def _over(self, tree: Tree) -> Var:
        for letter in tree.value:
            self._runs(letter)
        return tree.args[0].var

    def _array(self, tree: Tree) -> Var:
        solver = self.solver
        solver.add(Divisor(tree.args[0].var))
        runs = [self._runs(letter) for letter in tree.value]
        return solver.var(runs[0], runs[1] if len(runs) > 1 else solver.one, ARRAY)

    def _lines(self, tree: Tree) -> Var:
        solver, body = self.solver, tree.args[0].var
        solver.equal(body.columns, solver.one)
        return solver.var(self._runs(tree.value[0]), body.rows, ARRAY)

    def size_of_letter(self, letter: Letter) -> Dim | None:
        """The range of an index, once it is known."""
        return self.solver.known(self._runs(letter))

    # --------------------------------------------------------------------------------------------- sums, products

    def _group(self, tree: Tree) -> Var:
        return tree.args[0].var

    _total = _negative = _group

    def _result(self, *vars: Var) -> Var:
        solver = self.solver
        names = [v for v in vars if solver.state(v) != SCALAR]
        return solver.unknown(greek=bool(names) and all(map(solver.is_greek, names)))

    def _sum(self, tree: Tree) -> Var:
        guesses = self.guesses
        biases = [arg for arg in tree.args if guesses.bias(arg)]
        if len(biases) == len(tree.args):
            biases = []
        whole, before = None, tree.args[0]
        for op, arg in zip(tree.ops, tree.args, strict=True):
            if arg not in biases:
                whole = arg.var if whole is None else self._alike(tree, before, whole, op, arg)
                before = arg
        assert whole is not None
        for relation in guesses.narrowing(tree):
            self.solver.add(relation)
        for arg in guesses.intercepts(tree):
            self.solver.add(Intercept(arg.var))
        for arg in biases:
            whole = self._biased(tree, whole, arg)
        return whole

    def _alike(self, tree: Tree, left: Tree, whole: Var, op: str, right: Tree, outer: bool = False) -> Var:
        out = self._result(whole, right.var)
        relation = Alike(whole, right.var, out, op, outer=outer)
        relation.direct = op == "OVER_ENTRIES" and right.kind == "name"
        self.guesses.operands.append(Operands(left, right, relation))
        self.solver.add(relation)
        return out

    def _biased(self, tree: Tree, whole: Var, bias: Tree) -> Var:
        guesses = self.guesses
        core = next((core for arg in tree.args if arg is not bias and (core := guesses.core(arg))), None)
        by_row = guesses.is_by_row(core)
        guesses.biases[bias] = Biased(by_row, whole)
        alone = len(tree.args) == 2 and tree.ops.count("MINUS") + (tree.args[0].kind == "negative") == 1
        out = self._result(whole, bias.var)
        self.solver.add(Bias(whole, bias.var, out, by_row, guesses.is_scalar(core, alone)))
        return out

    def _product(self, tree: Tree) -> Var:
        whole: Var | None = None
        open_: list[Ones] = []  # each 1 of which the factors after it are not multiplied yet
        for i, (op, factor) in enumerate(zip(tree.ops, tree.args, strict=True)):
            if op == "OVER" and is_of_functions(factor):
                whole = self._over_functions(tree, i, self._whole(whole))
                continue
            if op == "OVER":
                self.solver.add(Divisor(factor.var))
                continue
            if op not in ("", "TIMES"):
                whole = self._closed(open_, self._whole(whole))
            one = literal(factor)
            if one is not None:
                found = self._one(whole, one.var)
                whole = found.product
                if tree.ops[i + 1 : i + 2] == ["TIMES"]:
                    open_.append(found)
                    whole = None
                else:
                    self.solver.add(found)
            elif whole is None:
                whole = factor.var
            else:
                whole = self._times(tree, i, whole, op, factor)
        return self._closed(open_, self._whole(whole))

    _chain = _product

    def _over_functions(self, tree: Tree, i: int, whole: Var) -> Var:
        """A quotient that is taken entry by entry where the divisor turns out to be an array."""
        factor, before = tree.args[i], tree.args[:i]
        names = {part.value for part in walk(factor) if part.kind == "name"}
        if all(part.kind == "number" for arg in before for part in walk(arg) if not part.args) or (
            names <= {part.value for arg in before for part in walk(arg)}
        ):
            return self._alike(tree, tree.args[i - 1], whole, "OVER_ENTRIES", factor)
        out = self._result(whole, factor.var)
        self.solver.add(Quotient(whole, factor.var, out))
        return out

    def _times(self, tree: Tree, i: int, whole: Var, op: str, factor: Tree) -> Var:
        if op in ("HADAMARD", "OVER_ENTRIES"):
            left = tree.args[i - 1]
            return self._alike(tree, left, whole, op, factor, op == "HADAMARD" and is_outer(factor))
        out = self._result(whole, factor.var)
        if op == "TIMES":
            following = tree.args[i + 1].var if tree.ops[i + 1 : i + 2] == ["TIMES"] else None
            self.solver.add(ProductShapes(whole, factor.var, out, following))
        elif op == "KRONECKER":
            self._tensor(whole, factor.var, out)
        return out

    def _whole(self, whole: Var | None) -> Var:
        return self.solver.scalar if whole is None else whole

    def _one(self, before: Var | None, ones: Var) -> Ones:
        """The relation of a literal 1 with what stands before it."""
        product = ones
        if before is not None:
            product = self._result(before, ones)
            self.solver.add(ProductShapes(before, ones, product))
        found = Ones(before, ones, product)
        self.literals.append(found)
        return found

    def _closed(self, open_: list[Ones], whole: Var) -> Var:
        """The product of all factors, where each 1 in `open_` multiplies those after it first: 1 (b' c)."""
        while open_:
            one = open_.pop()
            one.after, one.out = whole, self._result(one.product, whole)
            self.solver.add(one)
            whole = one.out
        return whole

    def _inner(self, tree: Tree) -> Var:
        self.solver.add(Frobenius(tree.args[0].var, tree.args[1].var))
        return self.solver.scalar

    def _power(self, tree: Tree) -> Var:
        base, exponent = tree.args
        self.solver.add(Divisor(exponent.var))
        if tree.value == "POWER" and base.value == "e" and base.kind == "name" and "e" not in self.names:
            return exponent.var  # e^(X w) is exp(X w)
        if tree.value == "POWER" and is_of_matrices(exponent):
            self.solver.add(SquareOnly(base.var, certain=False))
        return base.var

    def _transpose(self, tree: Tree) -> Var:
        var = tree.args[0].var
        self.solver.add(Transposed(var))
        return self.solver.transposed(var)

    def _inverse_transpose(self, tree: Tree) -> Var:
        self.solver.add(SquareOnly(tree.args[0].var))
        return tree.args[0].var

    # ----------------------------------------------------------------------------------- Kronecker products, blocks

    def _combine(self, relation: Combined) -> None:
        self.combined.append(relation)
        self.solver.add(relation)

    def _tensor(self, left: Var, right: Var, out: Var) -> None:
        self.solver.add(Tensor(left, right, out))
        self._combine(Multiplied(out.rows, (left.rows, right.rows)))
        self._combine(Multiplied(out.columns, (left.columns, right.columns)))

    def _zero(self, tree: Tree) -> Var:
        solver = self.solver
        return solver.var(solver.dim(lean=True), solver.dim(lean=True), ARRAY)

    def _row(self, tree: Tree) -> Var:
        out = self.solver.var(self.solver.dim(), self.solver.dim(plural=True), ARRAY)
        return self._blocks(tree, [arg.var for arg in tree.args], out, stacked=False)

    def _stack(self, tree: Tree) -> Var:
        transposed = self.solver.transposed
        out = self.solver.var(self.solver.dim(), self.solver.dim(plural=True), ARRAY)
        return transposed(self._blocks(tree, [transposed(arg.var) for arg in tree.args], out, stacked=True))

    def _blocks(self, tree: Tree, parts: Sequence[Var], out: Var, stacked: bool) -> Var:
        for part in parts:
            self.solver.add(BlockBeside(part, out, stacked))
        self._combine(Added(out.columns, [part.columns for part in parts]))
        if stacked:
            self.stacks.append(tree)
        return out

    # ------------------------------------------------------------------------------------------------------ calls

    def _norm(self, tree: Tree) -> Var:
        self.solver.add(Measured(tree.args[0].var, STRONG))
        return self.solver.scalar

    def _call(self, tree: Tree) -> Var:
        name, _ = tree.value
        row = FUNCTIONS.get(name)
        if name == "log" and (bars := of_bars(tree.args[0])):
            self.solver.add(SquareOnly(bars.args[0].var, certain=False))
        if row is None or not row.least <= len(tree.args) <= row.most:
            return self._group(tree)
        if row.assumes:
            arg = tree.args[-1]
            while arg.kind == "group":
                arg = arg.args[0]
            if arg.kind == "name":
                self.assumed.setdefault((str(arg.value), row.assumes), name)
        if name in _CALLS or row.signature is None:
            return _CALLS[name](self, tree)
        sizes = [self.size_of(arg) for arg in tree.args] if row.signature.sized else ()
        return Called(self.solver, self._combine, row.signature, [arg.var for arg in tree.args], sizes).result()

    def _summed(self, var: Var, out: Var) -> Var:
        self.solver.add(Summed(var, out))
        return out

    def _diag(self, tree: Tree) -> Var:
        out = self.solver.var(self.solver.dim(), self.solver.dim(), ARRAY)
        self.solver.add(Diagonal(tree.args[0].var, out))
        return out

    def _largest(self, tree: Tree) -> Var:
        if len(tree.args) > 1:
            return self._two_alike(tree)
        self.solver.add(Measured(tree.args[0].var, SUPPOSED))
        return self.solver.scalar

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
            whole = self._alike(tree, tree.args[0], whole, "COMMA", arg)
        return whole

    def _kron(self, tree: Tree) -> Var:
        whole = tree.args[0].var
        for arg in tree.args[1:]:
            out = self._result(whole, arg.var)
            self._tensor(whole, arg.var, out)
            whole = out
        return whole

    def _pairs(self, tree: Tree) -> Var:
        left, right = tree.args[0].var, tree.args[-1].var
        for var in (left, right):
            self.solver.add(Measured(var, STRONG))
        self.solver.equal(left.columns, right.columns)
        return self.solver.var(left.rows, right.rows, ARRAY)

    def _filled(self, tree: Tree) -> Var:
        solver = self.solver
        self.solver.add(Divisor(tree.args[0].var))
        return solver.var(solver.dim(), solver.one if tree.value[0] == "vector" else solver.dim(), ARRAY)


def is_of_functions(divisor: Tree) -> bool:
    """Whether a divisor is a function of the entries, or a sum with some, or a power of one: (1 + exp(-s))^2."""
    stack = [divisor]
    while stack:
        part = stack.pop()
        if part.kind == "call" and part.value[0] in ENTRIES:
            return True
        if part.kind in ("group", "sum", "negative"):
            stack += part.args
        elif part.kind == "power":
            base, exponent = part.args
            if base.value == "e" and exponent.kind != "number":
                return True
            stack.append(base)
        elif part.kind in ("chain", "product"):
            factors = [arg for arg in part.args if arg.kind != "number"]
            stack += factors if len(factors) == 1 else []
    return False


def of_bars(tree: Tree) -> Tree | None:
    """|X|, in brackets or not."""
    while tree.kind == "group":
        tree = tree.args[0]
    return tree if tree.kind == "call" and tree.value == (BARS, 0) else None


def is_outer(tree: Tree) -> bool:
    """Whether a factor is a product that ends with a transpose, as an outer product does."""
    return tree.kind == "chain" and tree.args[-1].kind == "transpose" and tree.ops[-1] == "TIMES"


def is_of_matrices(tree: Tree) -> bool:
    """Whether an exponent is -1, -2, … or ±1/2 as written, as powers of square matrices have."""
    sign = 1
    while tree.kind in ("group", "negative"):
        sign *= (-1) ** tree.value if tree.kind == "negative" else 1
        tree = tree.args[0]
    value = tree.value
    if tree.kind == "chain" and tree.ops == ["", "OVER"] and all(arg.kind == "number" for arg in tree.args):
        above, below = (arg.value for arg in tree.args)
        value = above / below if below else None
    if not isinstance(value, Fraction):
        return False
    return sign * value < 0 if value.denominator == 1 else abs(value) == Fraction(1, 2)


_CALLS: Mapping[str, Callable[[Inference, Tree], Var]] = {
    **dict.fromkeys(NORMS, Inference._norm),
    **dict.fromkeys(("max", "min"), Inference._largest),
    **dict.fromkeys(("vector", "matrix"), Inference._filled),
    "diag": Inference._diag,
    BARS: Inference._number,
    "logsumexp": Inference._by_line,
    "step_ge": Inference._two_alike,
    "kron": Inference._kron,
    "sqdist": Inference._pairs,
}
"""Functions that say more than a signature does: of several operators, of scalars that spread, of any number."""
