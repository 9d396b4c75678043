"""How a line of a derivation should read: in the increments that it has, and in the names of the line before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from matcalc import operators as ops
from matcalc.check.sides import JudgedStep, Left
from matcalc.check.stepwise import Stepwise
from matcalc.check.worlds import Increments, gradient, put_in, short
from matcalc.derive.line import PRIMES
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Number, Symbol, Term, definitions, expand, postorder, replace
from matcalc.operators import T, d, hadamard, inner, matmul, plus, term
from matcalc.syntax.increments import increment
from matcalc.syntax.tree import walk
from matcalc.write import TEXT, write


def corrected(run: Stepwise, step: JudgedStep, before: JudgedStep | None) -> Node | None:
    """The formula that a wrong one should be; None where that is not known."""
    left = step.left
    if left is None:
        return None
    try:
        if left.name:
            found = run.delta(left.name)
            return None if found is None else _plain(run, found)
        if step.name and step.before is not None:
            return _plain(run, step.before)
        if left.by is not None:
            return _derivative(run, left, before)
        if left.raw is None or not _differential(run, left.raw):
            return None
        return _line(run, step, left, before)
    except MatcalcError:
        return None


def _differential(run: Stepwise, raw: Node) -> bool:
    return run.world().meant(raw).varies


def _derivative(run: Stepwise, left: Left, before: JudgedStep | None) -> Node | None:
    assert left.of is not None and left.by is not None
    world = run.world()
    line = _last_line(run, left)
    if line is not None and line.raw is not None and left.of.is_scalar:
        found = gradient(Increments(world, [left.by]).put_in(world.meant(line.raw)), left.by)
    else:
        found = world.derivative(left.of, left.by)
    found = _plain(run, found)
    return short(T(found)) if left.turned else found


def _names(run: Stepwise) -> list[Symbol]:
    """The names of the problem, those of its derivation that the reader typed, and the reader's own."""
    words = set(re.findall(r"\w+", run.written.text)) - run.names.own.keys()
    derived = [s for name, s in run.names.derived().items() if name in words]
    return [*run.program.names.values(), *derived, *run.names.own.values()]


def _plain(run: Stepwise, node: Node) -> Node:
    """A formula in names that the reader knows, in its short form."""
    known = set(_names(run))
    while strange := [s for s in definitions(node) if s not in known]:
        node = put_in(node, {s: s.definition for s in strange if s.definition is not None})
    whole = expand(node)
    return min((short(form) for form in (node, whole, PRIMES.normal(whole)[0])), key=lambda form: form.length)


def _last_line(run: Stepwise, left: Left) -> JudgedStep | None:
    """The last right line that says what d of the same scalar is."""
    found = None
    for step in run.steps:
        of = step.left
        if of is None or of.raw is None or step.status != "right" or step.raw is None:
            continue
        meant = run.world().meant(of.raw)
        if isinstance(meant, Term) and meant.op is ops.D and meant.args[0] is left.of:
            found = step
    return found


def _line(run: Stepwise, step: JudgedStep, left: Left, before: JudgedStep | None) -> Node:
    world = run.world()
    assert left.raw is not None
    source = before.raw if before is not None and before.raw is not None else left.raw
    names = _varying_in(run, step) or step.varying
    if not _same_ends(run, names, step.varying):
        names = step.varying
    whole = Increments(world, names).put_in(world.meant(source))
    if not whole.is_scalar:
        return _with_d(short(whole), names)
    traced = any(isinstance(n, Term) and n.op is ops.TRACE for n in postorder(step.raw)) if step.raw else False
    terms = []
    for name in sorted(names, key=lambda s: s.name):
        g = _plain(run, gradient(whole, name))
        if (isinstance(g, Term) and g.op is ops.ZEROS) or (isinstance(g, Number) and not g.value):
            continue
        change = d(name)
        if name.is_scalar:
            terms.append(hadamard(g, change))
        elif traced:
            terms.append(term(ops.TRACE, short(matmul(T(g), change))))
        elif name.shape[1] == 1 and not _with_colon(step):
            terms.append(short(matmul(T(g), change)))
        else:
            terms.append(inner(g, change))
    return plus(*terms) if terms else ops.number(0)


def _with_colon(step: JudgedStep) -> bool:
    """Whether the reader writes A : B here; the shapes in it need not conform."""
    if step.raw is not None:
        return any(isinstance(n, Term) and n.op is ops.INNER for n in postorder(step.raw))
    return step.written is not None and any(tree.kind == "inner" for tree in walk(step.written.tree))


def _varying_in(run: Stepwise, step: JudgedStep) -> frozenset[Symbol]:
    if step.raw is None:
        return frozenset(run.increments(step.claim))
    return run.world().varying([run.world().meant(step.raw)])


def _same_ends(run: Stepwise, names: Iterable[Symbol], ends: Iterable[Symbol]) -> bool:
    """Whether what varies at the end of a chain varies only through these names."""
    world = run.world()
    return all(any(end is name or end in world.below(name) for name in names) for end in ends)


def _with_d(node: Node, names: Iterable[Symbol]) -> Node:
    """The increments as d of their names, as they are printed."""
    known = {increment(s.name): s for s in names}
    found: dict[Node, Node] = {
        n: d(known[n.name]) for n in postorder(node) if isinstance(n, Symbol) and n.name in known
    }
    return replace(node, found)


def in_own_names(run: Stepwise, node: Node) -> Node:
    """The formula in names that the reader knows, where it holds what they stand for."""
    found = [node, expand(node)]
    names = [s for s in _names(run) if s.definition is not None and s.definition.args]
    for symbol in sorted(names, key=lambda s: -expand(s).length):
        whole: Mapping[Node, Node] = {symbol.definition: symbol, expand(symbol): symbol} if symbol.definition else {}
        found = [replace(form, whole) for form in found]
    return min(found, key=lambda form: form.length)


def short_enough(node: Node) -> bool:
    """Whether a formula is worth showing."""
    return node.length <= 60 and not any(
        s.name.startswith("the ") for s in definitions(expand(node)) if s.definition is not None
    )


def crossing(run: Stepwise, step: JudgedStep, before: JudgedStep | None, should: Node) -> str:
    """How a product crosses the colon in this step, if it does: what stands on which side of dX, and goes where."""
    names = _varying_in(run, step)
    if before is None or before.raw is None or len(names) != 1:
        return ""
    (name,) = names
    world = run.world()
    try:
        whole = _with_d(Increments(world, names).put_in(world.meant(before.raw)), names)
    except MatcalcError:
        return ""
    product = whole.args[1] if isinstance(whole, Term) and whole.op is ops.INNER else None
    if not isinstance(product, Term):
        return ""
    change = d(name)
    if product.op is not ops.MATMUL or product.args.count(change) != 1:
        return ""
    at = product.args.index(change)
    said = []
    for factors, side in ((product.args[:at], "left"), (product.args[at + 1 :], "right")):
        if factors:
            factor = factors[0] if len(factors) == 1 else matmul(*factors)
            shown, back = (write(in_own_names(run, node), TEXT) for node in (factor, short(T(factor))))
            beside = f"stands to the {side} of {write(change, TEXT)}"
            said.append(f"{shown} {beside}, so {back} goes to the {side}")
    if not said or not short_enough(whole):
        return ""
    return f"{write(in_own_names(run, whole), TEXT)} = {write(should, TEXT)}: {', and '.join(said)}"
