"""Small mistakes in a row of the rule book, and which of them are caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from rules.fillings import Array, Filling, agree, alike, evaluated, filling, settled, sizes_of

from matcalc import operators as ops
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Number, Slot, Symbol, Term, postorder
from matcalc.operators import T, eye, negative, number, ones, plus, scale, term, zeros
from matcalc.rewrite import RewriteRule
from matcalc.signatures import Nonconforming

SIBLINGS: dict[str, Sequence[str]] = {
    "rowsum": ["colsum"],
    "colsum": ["rowsum"],
    "rowmean": ["rowsum", "colmean"],
    "colmean": ["colsum", "rowmean"],
    "tr": ["sum"],
    "sum": ["mean", "tr"],
    "mean": ["sum"],
    "tril": ["triu", "tril_half"],
    "triu": ["tril"],
    "tril_half": ["tril"],
    "ptrace1": ["ptrace2"],
    "ptrace2": ["ptrace1"],
    "rowrange": ["colrange"],
    "colrange": ["rowrange"],
    "hcat": ["vcat"],
    "vcat": ["hcat"],
    "kron": ["matmul", "hadamard"],
    "commutation": ["ones"],
    "duplication": ["duplication_lower", "duplication_upper"],
    "duplication_lower": ["duplication"],
    "duplication_upper": ["duplication"],
    "pinv": ["inv"],
    "expm": ["logm", "exp"],
    "logm": ["expm", "log"],
    "sqrtm": ["expm", "sqrt"],
    "expm_frechet": ["logm_frechet", "hadamard"],
    "logm_frechet": ["expm_frechet", "sqrtm_frechet"],
    "sqrtm_frechet": ["logm_frechet"],
    "expm_frechet2": ["logm_frechet2"],
    "logm_frechet2": ["expm_frechet2"],
    "polar": ["pinv", "singular_u"],
    "polar_frechet": ["hadamard"],
    "chol": ["sqrtm"],
    "lambda_max": ["lambda_min", "tr"],
    "lambda_min": ["lambda_max"],
    "eigvec_max": ["eigvec_min"],
    "eigvec_min": ["eigvec_max"],
    "norm_spec": ["norm_nuc", "norm"],
    "norm_nuc": ["norm_spec", "norm"],
    "singular_u1": ["singular_v1"],
    "singular_v1": ["singular_u1"],
    "singular_u": ["singular_v"],
    "singular_v": ["singular_u"],
    "var": ["std"],
    "std": ["var"],
    "rowvar": ["colvar"],
    "colvar": ["rowvar"],
    "rowstd": ["colstd"],
    "colstd": ["rowstd"],
    "layer_norm": ["batch_norm"],
    "batch_norm": ["layer_norm"],
    "largest": ["smallest"],
    "smallest": ["largest"],
    "indicator_max": ["indicator_min"],
    "indicator_min": ["indicator_max"],
    "det": ["logdet", "tr"],
    "logdet": ["det"],
    "norm": ["sum"],
    "softmax_rows": ["softmax_columns", "log_softmax_rows"],
    "softmax_columns": ["softmax_rows", "log_softmax_columns"],
    "log_softmax_rows": ["log_softmax_columns", "softmax_rows"],
    "log_softmax_columns": ["log_softmax_rows", "softmax_columns"],
    "logsumexp_rows": ["logsumexp_columns"],
    "logsumexp_columns": ["logsumexp_rows"],
    "max": ["min"],
    "min": ["max"],
    "matpow": ["power"],
    "power": ["matpow"],
    "hadamard": ["matmul", "plus"],
    "matmul": ["hadamard"],
    "plus": ["hadamard"],
    "sin": ["cos"],
    "cos": ["sin"],
    "sinh": ["cosh"],
    "cosh": ["sinh"],
    "exp": ["expm1"],
    "tanh": ["sigmoid"],
    "sigmoid": ["tanh", "softplus"],
    "softplus": ["sigmoid"],
    "step": ["relu"],
    "sign": ["abs"],
}
"""Operators that are easily taken for one another."""


FRECHET = {
    **dict.fromkeys((ops.EXPM_FRECHET, ops.LOGM_FRECHET, ops.SQRTM_FRECHET, ops.POWER_FRECHET, ops.POLAR_FRECHET), 1),
    **dict.fromkeys((ops.EXPM_FRECHET2, ops.LOGM_FRECHET2, ops.POWER_FRECHET2), 2),
}
"""Linear in the argument of this number; the second ones are linear in the one before it, too, by exchange."""
Maker = Callable[[], Node]


def one_place(node: Node) -> Iterator[tuple[str, Maker]]:
    """(mistake, `node` with that mistake at its root); the mistake may turn out not to conform."""
    if isinstance(node, Number):
        yield "a number one more", lambda: Number(node.value + 1)
        return
    if isinstance(node, Slot):
        yield "a number one more", lambda: plus(node, ops.ONE)
        return
    if not node.is_scalar and not (isinstance(node, Symbol) and node.attributes):
        yield "a transpose added", lambda: T(node)
    if not isinstance(node, Term):
        return
    op, args = node.op, node.args
    if op is ops.EYE:
        yield "ones for the identity", lambda: ones(*node.shape)
    elif op is ops.ONES:
        yield "zeros for ones", lambda: zeros(*node.shape)
    elif op is ops.ZEROS:
        yield "ones for zeros", lambda: ones(*node.shape)
    elif op in (ops.PLUS, ops.HADAMARD, ops.MATMUL, ops.KRON, ops.HCAT, ops.VCAT):
        for i in range(len(args)):
            yield f"part {i} dropped", lambda i=i: term(op, *args[:i], *args[i + 1 :])  # type: ignore[misc]
            if op is ops.PLUS:
                yield (
                    f"the sign of part {i} changed",
                    lambda i=i: term(op, *args[:i], negative(args[i]), *args[i + 1 :]),  # type: ignore[misc]
                )
    elif op in (ops.TRANSPOSE, ops.INV) or op.function is not None:
        yield f"{op.name} dropped", lambda: args[0]
    elif op is ops.SCALE:
        yield "a factor dropped", lambda: args[1]
    if op is ops.INV:
        yield "the identity for an inverse", lambda: eye(node.shape[0])
    if op in (ops.MATMUL, ops.STEP_GE, ops.MATPOW, ops.KRON, ops.HCAT, ops.VCAT, *FRECHET):
        for i in range(len(args) - 1):
            yield (
                f"parts {i} and {i + 1} swapped",
                lambda i=i: term(op, *args[:i], args[i + 1], args[i], *args[i + 2 :]),  # type: ignore[misc]
            )
    for name in SIBLINGS.get(op.name, ()):
        yield f"{name} for {op.name}", lambda name=name: term(ops.TABLE[name], *args)  # type: ignore[misc]
        yield f"{name}, transposed, for {op.name}", lambda name=name: T(term(ops.TABLE[name], *args))  # type: ignore[misc]


def mistakes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """(mistake and place, `node` with that one mistake), wherever one can be made and `node` still conforms."""
    for what, make in one_place(node):
        try:
            changed = make()
        except Nonconforming:
            continue
        yield f"{what} at {path or 'the root'}", changed
    if isinstance(node, Term) and node.op not in (ops.EYE, ops.ONES, ops.ZEROS):
        for i, arg in enumerate(node.args):
            for what, changed in mistakes(arg, f"{path}.{i}"):
                try:
                    yield what, term(node.op, *node.args[:i], changed, *node.args[i + 1 :])
                except Nonconforming:
                    continue


def mutants(rhs: Node) -> dict[str, Node]:
    """The right side with each mistake, where that has its shape; of a right side that is not 0 also -rhs and 2 rhs."""
    found = {what: node for what, node in mistakes(rhs) if node.shape == rhs.shape and node is not rhs}
    if not (isinstance(rhs, Term) and rhs.op is ops.ZEROS) and rhs is not number(0):
        found["negated"] = negative(rhs)
        found["doubled"] = scale(number(2), rhs)
    return found


class Trial(NamedTuple):
    """What became of the mistakes in a row: caught, the same as the row (after all no mistake), surviving, senseless.

    A mistake is caught if at some filling the row's left side shows it to be wrong. Where no filling does, it is no
    mistake if the right side with it is equal to the right side without it at values without any structure. What no
    filling could evaluate is senseless, and not counted as caught.
    """

    caught: set[str]
    same: set[str]
    survived: set[str]
    senseless: set[str]


@cache
def tried(rule: RewriteRule) -> Trial:
    caught: set[str] = set()
    evaluable: set[str] = set()
    made: set[str] = set()
    differs: set[str] = set()
    # What compares with a number is 0 or 1 everywhere at many points.
    points = 8 if any(isinstance(part, Term) and part.op is ops.STEP_GE for part in postorder(rule.rhs)) else 2
    for sizes in (sizes_of(rule, 0), alike(rule)):
        lhs, rhs = settled(rule.lhs, sizes), settled(rule.rhs, sizes)
        found = mutants(rhs)
        made |= found.keys()
        for seed in range(points):
            open_ = {what: node for what, node in found.items() if what not in caught}
            left, values = measured(lhs, open_, filling(rule, sizes, seed))
            evaluable |= values.keys()
            caught |= {what for what, value in values.items() if not agree(left, value)}
        open_ = {what: node for what, node in found.items() if what not in caught}
        for seed in range(2):
            right, values = measured(rhs, open_, filling(rule, sizes, seed, generic=True))
            differs |= {what for what, value in values.items() if not agree(right, value)}
    survived = evaluable & differs - caught
    return Trial(caught, evaluable - caught - survived, survived, made - evaluable)


def measured(node: Node, others: Mapping[str, Node], at: Filling) -> tuple[Array, dict[str, Array]]:
    """The value of `node`, and those of `others` that have one."""
    try:
        first, *rest = evaluated([node, *others.values()], at)
        return first, dict(zip(others, rest, strict=True))
    except (MatcalcError, Nonconforming):
        (first,) = evaluated([node], at)
    found = {}
    for what, other in others.items():
        try:
            (found[what],) = evaluated([other], at)
        except (MatcalcError, Nonconforming):
            continue
    return first, found
