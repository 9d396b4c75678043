"""The form of a second derivative that a person would publish: written out, with names for what is written repeatedly.

A derivation names intermediates as it goes; its result may be longer for them, or shorter. Each form is measured as it
would be printed, names with their definitions, and the shortest is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.derive.forms import expanded_form, simplified
from matcalc.derive.line import NAME, REDUCE
from matcalc.derive.naming import TakenNames, part_name
from matcalc.derive.record import Record
from matcalc.expr import Node, Symbol, Term, definitions, expand, expanded_length, postorder
from matcalc.expr import replace as put
from matcalc.rewrite import Rewrite, RewriteRule, Section
from matcalc.rewrite.arithmetic import whole
from matcalc.rules.slots import matrix

_A = matrix("A")
WRITTEN_OUT = RewriteRule("written out", _A, _A)
STACKED = RewriteRule("the map on stacked columns", _A, _A)
LONG = 200
"""A result with more symbols, when its intermediates are written out, stays as it was derived."""
OPENED = 80
"""The same limit for opening its brackets."""
SAVES = 2
"""Characters that a name must save."""
WIDE = 24
"""A factor of a Kronecker product that is a sum of at least so many characters has a name in any case."""
NAMES = 12
"""The largest number of names that are given to parts of one formula."""
_PRIVATE = 0xE000
"""The first character for names that are not given yet."""


class Short(NamedTuple):
    """A formula: `form` without names for its parts, `node` with them, and these `names`."""

    form: Node
    node: Node
    names: tuple[Symbol, ...] = ()


def shortest(record: Record, kept: Collection[str]) -> Record:
    """The record with each result in its shortest form. `kept`: names of the program, which are not written out."""
    program = record.program
    taken = (*program.taken, *(s.name for s in (*record.where, *record.deltas)))
    sections, gradients, parts = [*record.sections], [], dict.fromkeys(record.parts)
    for symbol, derived in record.gradients:
        found = shorter(derived, kept, TakenNames([*taken, *(s.name for s in parts)]))
        if found.node is not derived:
            rule = WRITTEN_OUT if found.node is found.form else NAME
            step = Rewrite(rule, derived, found.node)
            sections.append(Section("short", symbol, (step,), ((symbol, found.node),)))
        gradients.append((symbol, found.node))
        parts |= dict.fromkeys(s for s in found.names if s not in record.where)
    return replace(record, sections=tuple(sections), gradients=tuple(gradients), parts=tuple(parts))


def length(record: Record, kept: Collection[str]) -> int:
    """The characters that the results of a record take, with the names that they have beside `kept`."""
    return sum(_cost(Short(node, node, record.parts), kept) for _, node in record.gradients)


def plain(derived: Node, kept: Collection[str]) -> Collection[Node]:
    """A result without names but those `kept`, as it is and with its brackets opened; nothing if it is long."""
    return dict.fromkeys(_forms(_written_out(derived, kept)))


def shorter(
    derived: Node,
    kept: Collection[str],
    taken: TakenNames,
    others: Iterable[Node] = (),
    beside: Iterable[Symbol] = (),
) -> Short:
    """The shortest of the forms of a result: as derived, written out but for names `kept`, or opened.

    `others`: further forms, which are taken if they are shorter by a fifth. `taken`: names that the new ones must
    differ from. `beside`: names given in a formula beside this one, which mean the same here.
    """
    known = {expand(s): s.name for s in beside}
    own = [*_forms(_written_out(derived, kept)), derived]
    found = [
        (weight * _cost(short, kept), short)
        for forms, weight in ((own, 4), (_forms(*others), 5))
        for short in (_named(form, TakenNames([*taken, *known.values()]), known) for form in forms)
    ]
    best = min(found, key=lambda pair: pair[0])[1]
    return Short(best.form, best.node, tuple(s for s in definitions(best.node) if s in best.names or s.name in kept))


def _forms(*found: Node | None) -> Iterator[Node]:
    """The forms with each difference in one sign, and what they are with their brackets opened."""
    for form in found:
        if form is not None:
            yield (form := _one_sign(form))
            if form.length <= OPENED:
                yield expanded_form(form, fully=True)


def _one_sign(form: Node) -> Node:
    """The form with y - z as -(z - y) where it has both, so that they cancel, or are multiplied."""
    symbol = chr(_PRIVATE + NAMES)
    met: dict[frozenset[Node], Term] = {}
    for node in list(postorder(form)):
        if isinstance(node, Term) and node.op is ops.PLUS and any(map(_is_negative, node.args)):
            if (part := met.get(frozenset(map(_turned, node.args)))) is not None:
                named = Symbol(symbol, part.shape)
                form = simplified(put(_called(form, part, named), {named: part}))
            met[frozenset(node.args)] = node
    return form


def _written_out(node: Node, kept: Collection[str]) -> Node | None:
    """The node with every intermediate but those `kept` written out; None if that is long."""
    became: dict[Node, Node] = {}
    for s in definitions(node):
        assert s.definition is not None
        became[s] = definition = put(s.definition, became)
        if expanded_length(definition) > LONG:
            return None
        if s.name in kept:
            became[s] = Symbol(s.name, s.shape, s.attributes, simplified(definition))
    written = put(node, became)
    return None if expanded_length(written) > LONG else simplified(written)


# --------------------------------------------------------------------------------------------------------------- widths

_AROUND = {ops.TRANSPOSE: 1, ops.NORM: 2}
_PERMUTING = frozenset((ops.COMMUTATION, *ops.DUPLICATIONS.values()))
_ATOMS = {**dict.fromkeys(_PERMUTING, 1), ops.EYE: 1, ops.ONES: 1, ops.ZEROS: 5}
_BETWEEN = (ops.HADAMARD, ops.INNER)
_BRACKETED = (ops.PLUS, ops.KRON)


def _widths(*roots: Node) -> Mapping[Node, int]:
    """For each node below the roots the characters that it takes, roughly, without spaces."""
    found: dict[Node, int] = {}
    for node in postorder(*roots):
        found[node] = _width(node, [found[a] for a in node.args])
    return found


def _width(node: Node, below: list[int]) -> int:
    if isinstance(node, Symbol):
        return len(node.name)
    if not isinstance(node, Term):
        return len(str(node))
    op, all_ = node.op, sum(below)
    if op in _ATOMS:
        return _ATOMS[op]
    if op in _AROUND:
        return all_ + _AROUND[op]
    if op in (ops.SCALE, ops.MATMUL):
        return all_ - (node.args[0] is ops.MINUS_ONE)
    if op in _BETWEEN:
        return all_ + len(below) - 1
    if op in _BRACKETED:
        return all_ + len(below) + 1
    if op in (ops.POWER, ops.MATPOW):
        return below[0] + (1 if whole(node.args[1]) == -1 else 2 + below[1])
    return all_ + len(below) + 1 + len(op.function or op.name.removesuffix("_rows").removesuffix("_columns"))


def _cost(short: Short, kept: Collection[str]) -> int:
    # Names cost their definitions, too, but for those that the program defines; one of the derivation must save as much
    # as one that is given here.
    own = [s for s in definitions(short.node) if s.name not in kept]
    roots = [short.node, *(s.definition for s in own if s.definition is not None)]
    widths = _widths(*roots)
    derived = SAVES * sum(s not in short.names for s in own)
    return sum(widths[node] for node in roots) + sum(len(s.name) + 1 for s in own) + derived


# ---------------------------------------------------------------------------------------------------------------- names


def _named(form: Node, taken: TakenNames, known: Mapping[Node, str]) -> Short:
    """The form with a name for each part for which one makes the whole shorter, and for a wide factor."""
    meant: dict[Symbol, Node] = {}
    node = form = _spelled(form)
    while len(meant) < NAMES:
        roots = [node, *meant.values()]
        part = _worth(roots)
        if part is None:
            break
        symbol = Symbol(chr(_PRIVATE + len(meant)), part.shape)
        node = _called(node, part, symbol)
        meant = {s: _called(m, part, symbol) for s, m in meant.items()} | {symbol: part}
    became: dict[Node, Symbol] = {}

    def define(symbol: Symbol) -> None:
        # The names in a definition first: one found later may stand in one found before, and the other way round.
        if symbol not in became:
            for part in postorder(meant[symbol]):
                if isinstance(part, Symbol) and part in meant:
                    define(part)
            definition = put(meant[symbol], became)
            assert isinstance(definition, Term)
            name = known.get(expand(definition)) or _name(definition, taken)
            became[symbol] = Symbol(name, symbol.shape, (), definition)

    for symbol in meant:
        define(symbol)
    return Short(form, put(node, became), tuple(became.values()))


def _spelled(form: Node) -> Node:
    """The form with 𝟏 𝟏' for a matrix of ones beside the identity: I - 1/n would be read as (1 - 1/n) I."""
    found: dict[Node, Node] = {}
    for node in postorder(form):
        parts = [node] if isinstance(node, Term) and node.op is ops.PLUS else []
        for part in parts:
            parts += [a for a in part.args if isinstance(a, Term)] if part.op in (ops.PLUS, ops.SCALE) else []
        if any(part.op is ops.EYE for part in parts):
            ones = (part for part in parts if part.op is ops.ONES)
            found |= {one: ops.matmul(ops.ones(one.shape[0]), ops.T(ops.ones(one.shape[1]))) for one in ones}
    return put(form, found) if found else form


def _called(node: Node, part: Term, symbol: Symbol) -> Node:
    """The node with `symbol` for `part`, and for a sum also where it stands turned round, or among more terms."""
    found = put(node, {part: symbol})
    if part.op is not ops.PLUS:
        return found
    signed = [(set(part.args), symbol), ({_turned(a) for a in part.args}, ops.negative(symbol))]
    while (among := next(_sums_with(found, signed), None)) is not None:
        found = simplified(put(found, dict([among])))
    return found


def _sums_with(node: Node, signed: list[tuple[set[Node], Node]]) -> Iterator[tuple[Node, Node]]:
    """The sums among whose terms are all of some set, and what they are with its name."""
    for total in postorder(node):
        for terms, name in signed:
            if isinstance(total, Term) and total.op is ops.PLUS and terms <= set(total.args):
                yield total, ops.plus(name, *(a for a in total.args if a not in terms))


def _turned(node: Node) -> Node:
    return REDUCE.normal(ops.negative(node))[0]


def _worth(roots: list[Node]) -> Term | None:
    """The part for which a name saves most."""
    widths = _widths(*roots)
    best, saved = None, SAVES - 1
    for node, number in _uses(roots).items():
        if not isinstance(node, Term) or node in roots:
            continue
        if node.op in _PERMUTING:
            return node
        bare = widths[node] - 2 * (node.op in _BRACKETED)
        saving = number * (widths[node] - 1) - 2 - bare
        saving -= node.op is ops.INV and not node.args[0].args  # the inverse of a name is read as one sign
        if saving > saved and _nameable(node):
            best, saved = node, saving
    return best or _wide(roots[0], widths)


def _uses(roots: list[Node]) -> dict[Node, int]:
    """How often each part is written."""
    found = dict.fromkeys(roots, 1)
    for node in reversed(list(postorder(*roots))):
        for a in node.args:
            found[a] = found.get(a, 0) + found[node]
    return found


def _nameable(node: Term) -> bool:
    return (
        node.op is not ops.TRANSPOSE and not _is_negative(node) and any(isinstance(n, Symbol) for n in postorder(node))
    )


def _wide(root: Node, widths: Mapping[Node, int]) -> Term | None:
    # Q in (x x') ⊗ Q.
    products = (n for n in postorder(root) if isinstance(n, Term) and n.op is ops.KRON)
    sums = (a for n in products for a in n.args if isinstance(a, Term) and a.op is ops.PLUS)
    return next((a for a in sums if widths[a] >= WIDE), None)


_LETTERS: tuple[tuple[Collection[object], str], ...] = (
    ((ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS), "p"),
    (("sigmoid",), "s"),
    (("tanh",), "t"),
    (("exp",), "u"),
    ((ops.COMMUTATION,), "k"),
    (ops.DUPLICATIONS.values(), "d"),
    ((ops.INV,), "ym"),
    ((ops.MATMUL,), "zuv"),
)
"""What a value is called by its operator or function; a matrix in capitals."""


def _name(node: Term, taken: TakenNames) -> str:
    """A letter by what the part is; a letter with a number where those are taken."""
    for letter in _letters(node):
        cased = letter if 1 in node.shape else letter.upper()
        if cased not in taken:
            taken.add(cased)
            return cased
    return part_name(node, taken)


def _letters(node: Term) -> str:
    for of, letters in _LETTERS:
        if (node.op in of or node.op.function in of) and not (node.is_scalar and node.op is ops.MATMUL):
            return letters
    if node.is_scalar:
        return "qc"
    if node.op.function is not None:
        return "a"
    if node.op is ops.PLUS:
        return "rz" if _is_difference(node) else "zv" if 1 in node.shape else "qb"
    return "vu" if 1 in node.shape else "mb"


def _is_difference(node: Term) -> bool:
    return _is_negative(node.args[-1])


def _is_negative(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.SCALE and node.args[0] is ops.MINUS_ONE
