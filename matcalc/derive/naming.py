"""Stage one: name the operands and values of nested nonlinear functions, so that work and output stay linear.

A name is given if two functions are nested or an operand is long; f(X w) alone keeps its formula. A network gets the
same names whether it is written in one line or in many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from matcalc import operators as ops
from matcalc.expr import Node, Number, Symbol, Term, postorder, tree_size
from matcalc.names import latex
from matcalc.operators import term
from matcalc.rewrite import coefficient
from matcalc.rules.order import key

SHORT = 9
"""A weight of at most this many symbols, without names in it, does not justify a name for the weighted value."""
LONG = 12
"""An operand of a nonlinear operator with more symbols than this gets a name even if nothing is nested."""

_BY_LINE = {
    ops.SOFTMAX_ROWS,
    ops.SOFTMAX_COLUMNS,
    ops.LOG_SOFTMAX_ROWS,
    ops.LOG_SOFTMAX_COLUMNS,
    ops.LOGSUMEXP_ROWS,
    ops.LOGSUMEXP_COLUMNS,
    ops.LAYER_NORM,
    ops.BATCH_NORM,
}
_SOFTMAX = {ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS}
"""Their values occur twice in their adjoints; a long one is called P."""
_NORMALIZING = {ops.LAYER_NORM, ops.BATCH_NORM}
"""Their differentials contain the operand and the value several times, so both get names."""
_CONSTANT = {*ops.SIZED, ops.PI, ops.E}
_READOUT = {ops.SUM, ops.MEAN, ops.TRACE}
_RESIDUALS = {True: ("r", "u", "q", "p"), False: ("R", "E", "Q", "P")}
"""Names for what a norm is of, of a column or row and of a matrix."""
_WEIGHTED = {ops.INNER, ops.HADAMARD, ops.SCALE}


def _function(node: Node) -> bool:
    return isinstance(node, Term) and (node.op.function is not None or node.op in _BY_LINE)


def _norm_squared(node: Term) -> bool:
    # ||z||^2 is differentiated as a whole; the norm itself has no name.
    inside = node.args[0]
    return node.op is ops.POWER and isinstance(inside, Term) and inside.op is ops.NORM


def _normalizes(node: Node) -> bool:
    return isinstance(node, Term) and node.op in _NORMALIZING


def _nonlinear(op: ops.Operator) -> bool:
    return op.linear == "no" and op not in _CONSTANT


def _shift(node: Node) -> bool:
    # 1 - a is as short as a name for it.
    return (
        isinstance(node, Term) and node.op is ops.PLUS and len(node.args) == 2 and all(map(_simple_or_one, node.args))
    )


_PLAIN = {ops.PLUS, ops.SCALE, ops.ONES, ops.SUM, ops.MEAN}
BRIEF = 5
"""A part of at most so many symbols that is built entry by entry of inputs is as short as a name for it."""


def _brief(node: Node) -> bool:
    """Whether the node is sinh(x) or exp(x) + exp(y)."""
    if node.length > BRIEF:
        return False
    parts = list(postorder(node))
    plain = all(n.op.elementwise or n.op in _PLAIN for n in parts if isinstance(n, Term))
    return plain and all(n.definition is None for n in parts if isinstance(n, Symbol))


def _residual(node: Node, named: Mapping[Node, str]) -> bool:
    """Whether the node is yhat - y, which is as short as a name for it."""
    if not isinstance(node, Term) or node.op is not ops.PLUS or len(node.args) != 2:
        return False
    parts = [_core(a) for a in node.args]
    called = {str(part.name) for part in parts if isinstance(part, Symbol)}
    return any(named.get(part, "").removesuffix("hat") in called for part in parts)


def _simple_or_one(node: Node) -> bool:
    return _simple(node) or (isinstance(node, Term) and node.op is ops.ONES)


def _simple(node: Node) -> bool:
    # A name or number, possibly with a sign, a factor or a transpose.
    while isinstance(node, Term) and (
        node.op is ops.TRANSPOSE
        or (node.op in (ops.SCALE, ops.HADAMARD) and len(node.args) == 2 and isinstance(node.args[0], Number))
    ):
        node = node.args[-1]
    return not node.args


class TakenNames(set[str]):
    """Names in use; one that looks like one of them on a page is in it too.

    None is ever removed, so a number that was tried is not tried again.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__()
        self._looks = set[str]()
        self._next: dict[str, int] = {}
        self.update(names)

    def __contains__(self, name: object) -> bool:
        return latex(str(name)) in self._looks

    def add(self, name: str) -> None:
        """Take a name."""
        self.update([name])

    def update(self, *names: Iterable[str]) -> None:
        """Take names."""
        for each in map(list, names):
            super().update(each)
            self._looks.update(map(latex, each))

    def numbered(self, stem: str, first: int = 1) -> str:
        """The stem with the first free number. The new name is added."""
        number = self._next.get(stem, first)
        while f"{stem}{number}" in self:
            number += 1
        self._next[stem] = number + 1
        self.add(f"{stem}{number}")
        return f"{stem}{number}"


def fresh(name: str, taken: TakenNames) -> str:
    """`name`, or name_2, name_3, … if it is taken. The new name is added to `taken`."""
    if name in taken:
        return taken.numbered(f"{name}_", 2)
    taken.add(name)
    return name


def _cased(letter: str, node: Node) -> str:
    return letter if 1 in node.shape else letter.upper()


def _residual_name(node: Node, taken: TakenNames) -> str:
    """A name that is free: r2 beside r would look like a part of it."""
    letters = _RESIDUALS[1 in node.shape]
    return fresh(next((letter for letter in letters if letter not in taken), letters[0]), taken)


def name_intermediates(objective: Symbol, taken: Iterable[str]) -> tuple[Symbol, Mapping[Node, Symbol]]:
    """The objective with names put in, and the new symbol for each name of the program and each part that got a name.

    `taken`: names that must not be used.
    """
    order = list(postorder(objective, through_definitions=True))
    parents: dict[Node, list[Node]] = {}
    roots: set[Node] = set()
    depth: dict[Node, int] = {}
    fixed: set[Node] = set()  # no input in it: sqrt(d) is a constant and counts as unnested
    for node in order:
        below = node.args
        if isinstance(node, Symbol) and node.definition is not None:
            below = (node.definition,)
            roots.add(node.definition)
        for a in below:
            parents.setdefault(a, []).append(node)
        if not isinstance(node, Symbol) and all(a in fixed for a in below):
            fixed.add(node)
        depth[node] = max((depth[a] for a in below), default=0) + (_function(node) and node not in fixed)
    nested: set[Node] = set()
    inside: set[Node] = set()  # the nodes below a function, at any distance
    for node in reversed(order):
        below = (node.definition,) if isinstance(node, Symbol) and node.definition is not None else node.args
        if _function(node) and node not in fixed:
            if depth[node] >= 2 or node in inside or _normalizes(node):
                nested.add(node)
            inside.update(below)
        elif node in inside:
            inside.update(below)

    named: dict[Node, str] = {}
    taken = TakenNames(taken)
    shown: dict[Node, int] = {}  # how many symbols a node prints with, names put in
    for node in order:
        shown[node] = min(LONG, sum(1 if a in named else shown[a] for a in node.args)) + 1
        if not isinstance(node, Term) or node in fixed:
            continue
        if node in nested:
            operand = node.args[0]
            if (
                not _simple(operand)
                and not _shift(operand)
                and not _residual(operand, named)
                and not _brief(operand)
                and operand not in roots
                and operand not in named
            ):
                named[operand] = fresh(f"{_cased('z', operand)}{depth[node]}", taken)
            if node not in roots and node not in named:
                name = _value_name(node, parents, depth[node])
                if not name and _normalizes(node):
                    name = f"{_cased('a', node)}{depth[node]}"
                if name:
                    named[node] = fresh(name, taken)
        elif _function(node) or (_nonlinear(node.op) and not _norm_squared(node)):
            operand = node.args[0]
            if node.op in _SOFTMAX and shown[operand] > WORTH + 2 and node not in roots and not _log_of(node, parents):
                named[node] = fresh(_cased("p", node), taken)
            heavy = depth[operand] > 0 and node.op not in (ops.POWER, ops.NORM)
            heavy = heavy and not _function(operand) and not _shift(operand) and not _residual(operand, named)
            heavy = heavy and not _brief(operand)
            if (
                (heavy or _affine(node, operand) or shown[operand] > LONG)
                and operand.args
                and operand not in roots
                and operand not in named
            ):
                if node.op is ops.NORM:
                    named[operand] = _residual_name(operand, taken)
                else:
                    named[operand] = fresh(f"{_cased('z', operand)}{depth[node] or 1}", taken)

    rebuilt: dict[Node, Node] = {}
    symbols: dict[Node, Symbol] = {}
    for node in order:
        if isinstance(node, Symbol):
            if node.definition is None:
                rebuilt[node] = symbols[node] = node
                continue
            definition = rebuilt[node.definition]
            new = node if definition is node.definition else Symbol(node.name, node.shape, node.attributes, definition)
            rebuilt[node] = symbols[node] = new
        elif isinstance(node, Term):
            args = tuple(rebuilt[a] for a in node.args)
            rebuilt[node] = node if args == node.args else term(node.op, *args)
        else:
            rebuilt[node] = node
        if node in named:
            rebuilt[node] = symbols[node] = Symbol(named[node], node.shape, (), rebuilt[node])
    return symbols[objective], symbols


def name_operands(definition: Node, name: Callable[[str], str]) -> tuple[list[Symbol], Node]:
    """Names for the operands of the functions in a definition, and the definition written in them.

    `name` returns an unused name for a letter (z for a vector, Z for a matrix).
    """
    found: list[Symbol] = []
    results: dict[Node, Node] = {}
    for node in postorder(definition):
        if isinstance(node, Term):
            args = [results[a] for a in node.args]
            if _function(node) and not _simple(args[0]) and not _shift(args[0]) and _symbols(args[0]):
                operand = Symbol(name(_cased("z", args[0])), args[0].shape, (), args[0])
                args[0] = operand
                found.append(operand)
            results[node] = term(node.op, *args)
        else:
            results[node] = node
    return found, results[definition]


def _symbols(node: Node) -> bool:
    return any(isinstance(n, Symbol) for n in postorder(node))


WORTH = 6
"""Symbols that a name for a repeated part must save; its definition adds two symbols."""
_LETTERS = {"scalar": "c", "vector": "v", "matrix": "M"}


def repeated(root: Node) -> Term | None:
    """The repeated part of `root` for which a name would save most; None if none is worth it."""
    if key(root)[0] <= WORTH:
        return None
    times: dict[Node, int] = {root: 1}
    for node in reversed(list(postorder(root))):
        for a in node.args:
            times[a] = times.get(a, 0) + times[node]
    best, saved = None, WORTH - 1
    for node, uses in times.items():
        if isinstance(node, Term) and uses > 1 and node is not root and node.op not in ops.SCALAR_CONSTANTS:
            saving = (uses - 1) * (key(node)[0] - 1) - 2
            if saving > saved:
                best, saved = node, saving
    return best


def part_name(node: Node, taken: TakenNames) -> str:
    """A name for a repeated part: c1 for a scalar, v1 for a vector, M1 for a matrix."""
    return taken.numbered(_LETTERS["scalar" if node.is_scalar else "vector" if 1 in node.shape else "matrix"])


def _affine(node: Term, operand: Node) -> bool:
    # f(X W + b): the gradient at the operand is used for several variables. X w - y is a residual.
    inside = isinstance(operand, Term) and operand.op is ops.PLUS and not operand.is_scalar
    inside = inside and all(coefficient(a)[0] >= 0 for a in operand.args)
    return _function(node) and inside and any(isinstance(a, Term) and a.op is ops.MATMUL for a in operand.args)


def _value_name(node: Term, parents: Mapping[Node, list[Node]], depth: int) -> str:
    # The value of a function gets a name if it is used in more than a weighted sum.
    above = [
        p for parent in parents.get(node, []) for p in (parents.get(parent, []) if _multiple(parent) else [parent])
    ]
    if _brief(node) and all(isinstance(p, Term) and (p.op.elementwise or p.op is ops.PLUS) for p in above):
        return ""
    for parent in above:
        if not isinstance(parent, Term) or parent.op in _READOUT:
            continue
        others = [a for a in parent.args if _core(a) is not node]
        weighs = parent.op in _WEIGHTED or (parent.op is ops.MATMUL and parent.is_scalar)
        if weighs and all(tree_size(a) <= SHORT and not _defined(a) for a in others):
            continue
        if parent.op is ops.PLUS:
            # y - f(z): the prediction of y.
            signs = {coefficient(a)[0] > 0 for a in parent.args}
            target = _core(others[0]) if len(others) == 1 and len(signs) == 2 else None
            if isinstance(target, Symbol) and target.definition is None and target.name.isalpha():
                return f"{target.name}hat"
            if all(isinstance(p, Term) and p.op in _READOUT for p in parents.get(parent, [])):
                continue
        return f"{_cased('a', node)}{depth}"
    return ""


def _log_of(node: Term, parents: Mapping[Node, list[Node]]) -> bool:
    # log(softmax(Z)) becomes log_softmax(Z).
    return any(isinstance(p, Term) and p.op.function == "log" for p in parents.get(node, []))


def _multiple(node: Node) -> bool:
    return (
        isinstance(node, Term)
        and node.op in (ops.SCALE, ops.HADAMARD)
        and len(node.args) == 2
        and isinstance(node.args[0], Number)
    )


def _core(node: Node) -> Node:
    return node.args[1] if _multiple(node) else node


def _defined(node: Node) -> bool:
    return any(isinstance(n, Symbol) and n.definition is not None for n in postorder(node))
