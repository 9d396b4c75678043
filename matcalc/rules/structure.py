"""PROPAGATION: the attributes of an expression, derived from those of its symbols; and kinds that test for them.

Sources: Horn & Johnson, Matrix Analysis, ch. 7 (definiteness; Schur's product theorem 7.5.3); Higham, Functions of
Matrices, ch. 1, 10, 11 (exponential, logarithm, root); Horn & Johnson, Topics in Matrix Analysis, ch. 4 (⊗).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from matcalc import operators as ops
from matcalc.expr import Kind, Node, Number, Size, Symbol, Term, remembered
from matcalc.operators import T, matmul, scale, term
from matcalc.rewrite import coefficient
from matcalc.rewrite.arithmetic import whole
from matcalc.rewrite.varied import kept

Attributes = frozenset[str]


def _set(words: str) -> Attributes:
    return frozenset(words.split())


IMPLIED: Mapping[str, Attributes] = {
    "diagonal": _set("symmetric lower upper"),
    "psd": _set("symmetric"),
    "pd": _set("symmetric psd invertible"),
    "orthogonal": _set("invertible"),
    "positive": _set("nonnegative"),
    "binary": _set("nonnegative"),
    "onehot": _set("nonnegative"),
}
"""The attributes that one attribute implies. "nonnegative" (entries) is derived, never declared."""
TOGETHER: tuple[tuple[Attributes, str], ...] = (
    (_set("lower upper"), "diagonal"),
    (_set("symmetric lower"), "diagonal"),
    (_set("symmetric upper"), "diagonal"),
    (_set("psd invertible"), "pd"),
)
"""The attributes that several attributes imply together."""
SIGNS = _set("positive nonnegative")
"""Attributes of entries, which also apply to scalars."""

_FORM = _set("symmetric diagonal lower upper")
_ALL: Mapping[ops.Operator, Attributes] = {
    # Attributes that a term has if all its arguments other than sizes have them.
    ops.PLUS: _set("nonnegative"),
    ops.SUM: SIGNS,
    ops.MEAN: SIGNS,
    ops.ROWSUM: SIGNS,
    ops.COLSUM: SIGNS,
    ops.ROWMEAN: SIGNS,
    ops.COLMEAN: SIGNS,
    ops.INNER: SIGNS,
    ops.TRACE: SIGNS,
    ops.DIAGONAL: SIGNS,
    ops.VEC: SIGNS,
    ops.VECH: SIGNS,
    ops.UNVEC: SIGNS,
    ops.HCAT: SIGNS,
    ops.VCAT: SIGNS,
    ops.ROWRANGE: SIGNS,
    ops.COLRANGE: SIGNS,
    ops.LARGEST: SIGNS,
    ops.SMALLEST: SIGNS,
    ops.ROWMAX: SIGNS,
    ops.MIN: SIGNS | {"symmetric"},
    ops.MAX: SIGNS | {"symmetric"},
    ops.MATMUL: SIGNS,
    ops.HADAMARD: SIGNS | {"binary"},
    ops.SCALE: SIGNS,
    ops.KRON: SIGNS | _FORM | _set("orthogonal psd pd invertible"),
    ops.TRANSPOSE: _set("symmetric skew diagonal orthogonal psd pd invertible positive nonnegative binary"),
    ops.INV: _FORM | _set("skew pd orthogonal"),
    ops.PINV: _set("symmetric diagonal skew psd pd orthogonal"),
    ops.EXPM: _set("diagonal lower upper nonnegative"),
    ops.LOGM: _FORM,
    ops.SQRTM: _FORM | _set("psd pd invertible"),
    ops.EXPM_FRECHET: _FORM,
    ops.LOGM_FRECHET: _FORM,
    ops.SQRTM_FRECHET: _FORM,
    ops.POWER_FRECHET: _FORM,
    ops.EXPM_FRECHET2: _FORM - {"symmetric"},
    ops.PTRACE1: _FORM | SIGNS | _set("skew psd pd"),
    ops.PTRACE2: _FORM | SIGNS | _set("skew psd pd"),
    ops.TRIL: _set("diagonal lower upper nonnegative binary"),
    ops.TRIU: _set("diagonal lower upper nonnegative binary"),
    ops.TRIL_HALF: _set("diagonal lower upper nonnegative"),
    ops.CHOL: _set("diagonal"),
}
_ARRAYS: Mapping[ops.Operator, Attributes] = {
    # The same, for the arguments that are not scalars.
    ops.PLUS: _FORM | _set("skew psd"),
    ops.SCALE: _FORM | {"skew"},
    ops.HADAMARD: _set("psd pd"),
    ops.MATMUL: _set("diagonal lower upper orthogonal invertible"),
    ops.MATPOW: _FORM | _set("orthogonal pd"),
    ops.POWER: _set("symmetric"),
}
_ANY: Mapping[ops.Operator, Attributes] = {
    # Attributes that a term has if at least one argument has them.
    ops.HADAMARD: _set("diagonal lower upper"),
    ops.MAX: _set("positive nonnegative"),
}
_OWN: Mapping[ops.Operator, Attributes] = {
    # Attributes that every term has.
    ops.EYE: _set("diagonal orthogonal pd binary"),
    ops.COMMUTATION: _set("orthogonal binary"),
    **{op: _set("binary") for op in ops.DUPLICATIONS.values() if op is not ops.DUPLICATIONS["skew"]},
    ops.DIAG: _set("diagonal"),
    ops.ONES: _set("positive binary"),
    ops.ZEROS: _set("binary"),
    ops.PI: _set("positive"),
    ops.E: _set("positive"),
    ops.INV: _set("invertible"),
    ops.EXPM: _set("invertible"),
    ops.CHOL: _set("lower invertible"),
    ops.TRIL: _set("lower"),
    ops.TRIU: _set("upper"),
    ops.TRIL_HALF: _set("lower"),
    ops.SOFTMAX_ROWS: _set("positive"),
    ops.SOFTMAX_COLUMNS: _set("positive"),
    ops.STEP_GE: _set("binary"),
    ops.INDICATOR_MAX: _set("binary"),
    ops.INDICATOR_MIN: _set("binary"),
    ops.INDICATOR_ROWMAX: _set("binary"),
    **dict.fromkeys(
        (ops.NORM, ops.NORM_SPEC, ops.NORM_NUC, ops.VAR, ops.STD, ops.ROWVAR, ops.COLVAR, ops.ROWSTD, ops.COLSTD),
        _set("nonnegative"),
    ),
}
_SQUARE: Mapping[ops.Operator, Attributes] = {
    # Attributes that every square term has.
    ops.ONES: _set("psd"),
    ops.ZEROS: _set("diagonal skew psd"),
}
_MADE: Mapping[ops.Operator, Mapping[str, Attributes]] = {
    # Attributes of the first argument, and the attributes of the term that follow from them.
    ops.TRANSPOSE: {"lower": _set("upper"), "upper": _set("lower")},
    ops.INV: {"psd": _set("pd")},
    ops.EXPM: {"symmetric": _set("pd"), "skew": _set("orthogonal")},
    ops.LOGM: {"orthogonal": _set("skew")},
    ops.SQRTM: {"symmetric": _set("psd")},
    ops.DIAG: {"positive": _set("pd nonnegative"), "nonnegative": _set("psd nonnegative")},
    ops.DIAGONAL: {"pd": _set("positive"), "psd": _set("nonnegative")},
    ops.TRACE: {"pd": _set("positive"), "psd": _set("nonnegative")},
    ops.DET: {"pd": _set("positive"), "psd": _set("nonnegative")},
    ops.LAMBDA_MAX: {"pd": _set("positive"), "psd": _set("nonnegative")},
    ops.LAMBDA_MIN: {"pd": _set("positive"), "psd": _set("nonnegative")},
    ops.SUM: {"pd": _set("positive"), "psd": _set("nonnegative")},
    ops.NORM: dict.fromkeys(("positive", "invertible"), _set("positive")),
    ops.NORM_SPEC: dict.fromkeys(("positive", "invertible"), _set("positive")),
    ops.NORM_NUC: dict.fromkeys(("positive", "invertible"), _set("positive")),
}
_POSITIVE = _set("exp sigmoid softplus cosh normcdf normpdf erfc")
_NONNEGATIVE = _set("abs relu sqrt")
_SIGN_KEPT = _set("sqrt abs log1p expm1 sinh tanh atan asin erf relu leaky_relu elu silu gelu mish")
"""Elementwise functions whose values are positive, nonnegative, or of the sign of the argument."""
_REGULARIZED = (ops.ROWSTD, ops.COLSTD)


def closed(attributes: Iterable[str]) -> Attributes:
    """The attributes and all that they imply."""
    found = set(attributes)
    before = 0
    while len(found) > before:
        before = len(found)
        for attribute in tuple(found):
            found |= IMPLIED.get(attribute, frozenset())
        found.update(one for needed, one in TOGETHER if needed <= found)
    return frozenset(found)


def _transposed(node: Node) -> Node:
    return node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else node


DEEP = 3
"""The depth to which an expression is compared with its transpose."""


def _pushed(node: Node, turned: bool, deep: int = DEEP) -> Node:
    # A, or A' if `turned`, with transposes moved to the factors and dropped from symmetric ones.
    while isinstance(node, Term) and node.op is ops.TRANSPOSE:
        node, turned = node.args[0], not turned
    if node.is_scalar or "symmetric" in attributes(node):
        return node
    if isinstance(node, Term) and deep:
        if node.op is ops.MATMUL:
            return matmul(*(_pushed(a, turned, deep - 1) for a in (reversed(node.args) if turned else node.args)))
        if node.op is ops.SCALE:
            return scale(node.args[0], _pushed(node.args[1], turned, deep - 1))
        if node.op in (ops.PLUS, ops.HADAMARD, ops.KRON):
            return term(node.op, *(_pushed(a, turned, deep - 1) for a in node.args))
    return T(node) if turned else node


def _terms(args: Iterable[Node], turned: bool, sign: int = 1) -> Counter[tuple[object, Node]]:
    found: Counter[tuple[object, Node]] = Counter()
    for arg in args:
        c, core = coefficient(_pushed(arg, turned))
        for part in core.args if isinstance(core, Term) and core.op is ops.PLUS else (core,):
            c2, rest = coefficient(part)
            found[sign * c * c2, rest] += 1
    return found


def alike(node: Node, turned: Node) -> bool:
    """Whether an expression is seen to be the transpose of another."""
    one, other = _pushed(node, turned=False), _pushed(turned, turned=True)
    if all(isinstance(n, Term) and n.op is ops.PLUS for n in (one, other)):
        return _terms(one.args, turned=False) == _terms(other.args, turned=False)
    return one is other


def _value(node: Node) -> Node:
    # The expression that a name stands for, without transposes.
    while True:
        if isinstance(node, Term) and node.op is ops.TRANSPOSE:
            node = node.args[0]
        elif isinstance(node, Symbol) and node.definition is not None:
            node = node.definition
        else:
            return node


def _below_one(node: Node) -> bool:
    # -sigmoid(z), so that 1 - sigmoid(z) is positive.
    c, core = coefficient(node)
    inside = _value(core)
    return c == -1 and isinstance(inside, Term) and inside.op is ops.function("sigmoid")


def _is_one(node: Node) -> bool:
    return node is ops.ONE or (isinstance(node, Term) and node.op is ops.ONES)


def _of_sum(args: tuple[Node, ...]) -> set[str]:
    has = [attributes(a) for a in args]
    found = set()
    if all("nonnegative" in h for h in has) and any("positive" in h for h in has):
        found.add("positive")
    if len(args) == 2 and any(map(_is_one, args)) and any(map(_below_one, args)):
        found.add("positive")
    rows, columns = args[0].shape
    if rows != columns or rows == 1:
        return found
    if all("psd" in h for h in has) and any("pd" in h for h in has):
        found.add("pd")
    if len(args) <= _WIDE:
        terms = _terms(args, turned=False)
        if _terms(args, turned=True) == terms:  # A + A'
            found.add("symmetric")
        if _terms(args, turned=True, sign=-1) == terms:  # A - A'
            found.add("skew")
    return found


_WIDE = 16
"""A longer sum is not compared with its transpose."""


def _of_product(args: tuple[Node, ...]) -> set[str]:
    # A B B' A', X' S X with S symmetric, and x' S x.
    whole_ = matmul(*(_pushed(arg, turned=False) for arg in args))
    args = whole_.args if isinstance(whole_, Term) and whole_.op is ops.MATMUL else args
    middle, odd = divmod(len(args), 2)
    if any(_pushed(args[-1 - i], turned=False) is not _pushed(args[i], turned=True) for i in range(middle)):
        return set()
    center = attributes(args[middle]) if odd else closed({"psd", "invertible"})
    found = set(center & {"symmetric", "psd", "skew"})
    if "pd" in center and all("invertible" in attributes(a) for a in args[:middle]):
        found.add("pd")
    return found


def _of_multiple(args: tuple[Node, ...]) -> set[str]:
    factor, has = attributes(args[0]), attributes(args[1])
    found: set[str] = set()
    if "nonnegative" in factor:
        found |= has & {"psd"}
    if "positive" in factor:
        found |= has & {"pd", "invertible"}
    if isinstance(args[0], Number) and args[0].value:
        found |= has & ({"invertible", "orthogonal"} if args[0].value == -1 else {"invertible"})
    return found


def _of_entry_product(args: tuple[Node, ...]) -> set[str]:
    # An even number of skew factors gives a symmetric product, an odd number a skew one (if the others are symmetric).
    has = [attributes(a) for a in args]
    if not all(h & {"symmetric", "skew"} for h in has):
        return set()
    return {"skew" if sum("symmetric" not in h for h in has) % 2 else "symmetric"}


def _of_entry_power(args: tuple[Node, ...]) -> set[str]:
    has, k = attributes(args[0]), whole(args[1])
    found = set()
    if "nonnegative" in has or (k is not None and k % 2 == 0):
        found.add("positive" if "positive" in has or (k is not None and k < 0) else "nonnegative")
    if k is not None and k > 0:
        found |= has & {"diagonal", "lower", "upper", "psd", "pd", "binary"}
        found |= {"skew" if k % 2 else "symmetric"} if "skew" in has else set()
    return found


def _of_matrix_power(args: tuple[Node, ...]) -> set[str]:
    has, k = attributes(args[0]), whole(args[1])
    found: set[str] = set()
    if k is None:
        return found
    found |= has & {"invertible"}
    if k % 2 == 0:
        found |= {"psd"} if "symmetric" in has else {"symmetric"} if "skew" in has else set()
    elif "skew" in has:
        found.add("skew")
    if k > 0:
        found |= has & {"psd", "nonnegative"}
    return found


_SPECIAL: Mapping[ops.Operator, Callable[[tuple[Node, ...]], set[str]]] = {
    ops.PLUS: _of_sum,
    ops.MATMUL: _of_product,
    ops.SCALE: _of_multiple,
    ops.HADAMARD: _of_entry_product,
    ops.POWER: _of_entry_power,
    ops.MATPOW: _of_matrix_power,
    ops.INNER: lambda args: (
        {"nonnegative"} if args[0] is args[1] or all("psd" in attributes(a) for a in args) else set()
    ),
}
"""Attributes that depend on the relation between the arguments, or on a number among them."""


def _of_function(op: ops.Operator, has: Attributes) -> set[str]:
    name = op.function if op.order == 0 else None
    found = set(has & {"symmetric"})
    if name in _SIGN_KEPT:
        found |= has & SIGNS
    if name in _POSITIVE:
        found.add("positive")
    elif name in _NONNEGATIVE:
        found.add("nonnegative")
    elif name == "step":
        found.add("binary")
    return found


def _of(node: Node) -> Attributes:
    if isinstance(node, Symbol):
        inferred = kept(node, attributes(node.definition)) if node.definition is not None else frozenset()
        return closed(node.attributes | inferred)
    if isinstance(node, Number):
        return closed({"positive"} if node.value > 0 else {"nonnegative"} if node.value == 0 else ())
    if isinstance(node, Size):
        return closed({"positive"})
    if not isinstance(node, Term):
        return frozenset()
    return _of_term(node)


def _of_term(node: Term) -> Attributes:
    op, args = node.op, node.args
    if op.function is not None:
        found = _of_function(op, attributes(args[0]))
    else:
        found = set(_OWN.get(op, ()))
        if op in _ALL:
            main = args[: len(args) - op.parameters] if op.parameters else args
            found |= _ALL[op].intersection(*map(attributes, main))
        if op in _ARRAYS and (arrays := [a for a in args if not a.is_scalar]):
            found |= _ARRAYS[op].intersection(*map(attributes, arrays))
        for attribute in _ANY.get(op, ()):
            if any(attribute in attributes(a) for a in args):
                found.add(attribute)
        for attribute, made in _MADE.get(op, {}).items():
            if attribute in attributes(args[0]):
                found |= made
        if op in _SPECIAL:
            found |= _SPECIAL[op](args)
        if op in _REGULARIZED and "positive" in attributes(args[1]):
            found.add("positive")
    if node.is_scalar:
        return closed(found & (SIGNS | {"binary"}) | ({"nonnegative"} if "psd" in found else set()))
    rows, columns = node.shape
    if rows == columns:
        found |= _SQUARE.get(op, frozenset())
    else:
        found &= SIGNS | _set("binary onehot")
    return closed(found)


_known: WeakKeyDictionary[Node, Attributes] = WeakKeyDictionary()


def attributes(node: Node) -> Attributes:
    """The attributes of `node` that follow from declarations by PROPAGATION."""
    return remembered(node, _known, _of, through_definitions=True)


@dataclass(frozen=True)
class _Known:
    """Tests whether an expression is known to have an attribute."""

    attribute: str

    def __call__(self, node: Node) -> bool:
        return self.attribute in attributes(node)


def known(attribute: str) -> Kind:
    """The kind of slot that requires an attribute."""
    return Kind(attribute, _Known(attribute))


_THROUGH = (ops.MATMUL, ops.HADAMARD, ops.PLUS, ops.KRON)
_extra: WeakKeyDictionary[Node, int] = WeakKeyDictionary()


def transposes(node: Node) -> int:
    """How many more transposes A' has than A after transposes are moved to the factors."""
    return remembered(node, _extra, _extra_transposes)


def _extra_transposes(node: Node) -> int:
    if node.is_scalar or "symmetric" in attributes(node):
        return 0
    if not isinstance(node, Term):
        return 1
    if node.op is ops.TRANSPOSE:
        return -1
    if node.op in _THROUGH:
        return sum(_extra[a] for a in node.args)
    if node.op in (ops.SCALE, ops.POWER, ops.MATPOW):
        return _extra[node.args[1 if node.op is ops.SCALE else 0]]
    return 1


def lighter(node: Node) -> bool:
    """True for a transpose that should be moved to the parts of its argument."""
    inside = node.args[0]
    count = transposes(inside)
    # (I + A)' = I + A' is as light, and the sum stays flat.
    sum_ = isinstance(inside, Term) and inside.op is ops.PLUS
    return count <= 0 or (count == 1 and sum_ and any("symmetric" in attributes(a) for a in inside.args))
