"""Rewriting: matching by shape and kind, flat and commutative patterns, filling, normal forms and their replay."""

from __future__ import annotations

import pickle
from contextlib import suppress
from fractions import Fraction

import pytest
from random_expressions import Generator
from work import calls

from matcalc import operators as ops
from matcalc.derive.line import SIMPLIFY
from matcalc.dims import dim_add, dim_mul
from matcalc.errors import UnsupportedError
from matcalc.expr import Kind, Node, Number, Size, Slot, Symbol, Term, postorder, replace
from matcalc.operators import T, d, eye, hadamard, inner, matmul, number, ones, plus, scale, term
from matcalc.rewrite import (
    ARITHMETIC,
    Match,
    Rewrite,
    RewriteRule,
    RuleSet,
    Section,
    apply,
    coefficient,
    fill,
    match,
    times,
)
from matcalc.rewrite.matching import Unsolved
from matcalc.rules import kinds
from matcalc.rules.book import chapters
from matcalc.rules.kronecker import ptrace1
from matcalc.rules.parts import vcat
from matcalc.rules.slots import matrix, scalar, vector

A, B, C = (Symbol(name, ("n", "m")) for name in "ABC")
W, V = Symbol("W", ("m", "k")), Symbol("V", ("k", "l"))
S = Symbol("S", ("n", "n"))
x, y = Symbol("x", ("n", 1)), Symbol("y", ("n", 1))
s, t = Symbol("s", (1, 1)), Symbol("t", (1, 1))
two = number(2)

P, Q, R = matrix("P"), matrix("Q"), matrix("R")
left, right = matrix("L", "n", "k"), matrix("R", "k", "m")
square = matrix("S", "n", "n")


def found(pattern: Node, node: Node) -> list[dict[str, Node]]:
    return [m.nodes for m in match(pattern, node)]


# ------------------------------------------------------------------------------------------------------------ matching


def test_a_slot_takes_what_fits_its_shape() -> None:
    assert found(P, A) == [{"P": A}]
    assert found(square, S) == [{"S": S}] and found(square, A) == []
    assert found(vector("v"), x) == [{"v": x}] and found(vector("v"), A) == []
    assert found(scalar("s"), s) == [{"s": s}] and found(scalar("s"), x) == []
    (one,) = match(P, A)
    assert one.dims == {"n": "n", "m": "m"}


def test_a_slot_that_occurs_twice_takes_one_thing() -> None:
    assert {"P": A} in found(plus(P, P), plus(A, A)) and found(plus(P, P), plus(A, B)) == []
    assert found(inner(P, P), inner(A, B)) == []
    assert found(inner(P, P), inner(A, A))[0] == {"P": A}


def test_dimensions_are_solved_for() -> None:
    (one,) = match(eye("n"), eye("q"))
    assert one.dims == {"n": "q"}
    (one,) = match(ones("n", "m"), ones(3, "q"))
    assert one.dims == {"n": 3, "m": "q"}
    (one,) = match(matmul(left, right), matmul(A, W))
    assert one.dims == {"n": "n", "k": "m", "m": "k"}
    assert not list(match(plus(vector("v", "n"), ones("n")), plus(x, x)))


def test_a_size_that_is_a_product_or_a_sum_is_solved_from_what_is_known() -> None:
    blocks = matrix("V", dim_mul("k", "n"), dim_mul("k", "m"))
    (one,) = match(ptrace1(blocks, "k"), ptrace1(Symbol("X", (6, 4)), 2))
    assert (one.dims, one.open) == ({"k": 2, "n": 3, "m": 2}, ())
    # The program's n and m are not the rule's.
    (one,) = match(ptrace1(blocks, "k"), ptrace1(Symbol("X", (dim_mul("m", "p"), dim_mul("m", "n"))), "m"))
    assert one.dims == {"k": "m", "n": "p", "m": "n"}
    two_parts = inner(Symbol("c", (5, 1)), vcat(Symbol("b", (2, 1)), ones(3)))
    (one,) = match(inner(vector("a", dim_add("n", "p")), vcat(vector("b"), ones("p"))), two_parts)
    assert one.dims == {"n": 2, "p": 3}
    # There is no n with 2 n = 3.
    assert not list(match(T(matrix("A", dim_mul(2, "n"), "m")), T(Symbol("F", (3, 2)))))


def test_no_letter_of_a_rule_leaves_it() -> None:
    (one,) = match(matrix("A", dim_mul("k", "n"), 1), Symbol("X", (6, 1)))
    with pytest.raises(Unsolved, match="could not be compared"):
        fill(matrix("A", dim_mul("k", "n"), 1), one)
    (one,) = match(P, A)
    with pytest.raises(Unsolved, match="what p of the rule"):
        fill(matmul(T(ones("p")), ones("p")), one)


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        (kinds.number, number(Fraction(1, 2)), s),
        (kinds.negative, number(-1), number(1)),
        (kinds.integer, number(3), number(Fraction(1, 2))),
        (kinds.negative_integer, number(-3), number(Fraction(-1, 2))),
        (kinds.few, number(3), number(2)),
        (kinds.few, number(8), number(9)),
        (kinds.constant, s, d(s)),
        (kinds.varying, d(s), s),
        (kinds.symbolic, s, number(2)),
        (kinds.positive, Symbol("p", (1, 1), ["positive"]), s),
    ],
)
def test_kinds(kind: Kind, fits: Node, does_not: Node) -> None:
    assert found(scalar("s", kind), fits)
    assert not found(scalar("s", kind), does_not)


def test_kinds_by_attribute() -> None:
    symmetric = matrix("S", "n", "n", kinds.symmetric)
    M = Symbol("M", ("n", "n"), ["symmetric"])
    assert found(symmetric, M) and found(symmetric, plus(M, M)) and found(symmetric, ops.inv(M))
    assert found(symmetric, matmul(T(A), Symbol("K", ("n", "n"), ["pd"]), A))
    assert not found(symmetric, S) and not found(symmetric, matmul(M, M, S))


def test_varies() -> None:
    assert matmul(d(A), W).varies and not matmul(A, W).varies


def test_a_commutative_pattern_takes_any_order() -> None:
    X = Symbol("X", ("m", "n"))
    pattern = plus(T(matrix("P", "m", "n")), Q)
    for node in (plus(B, T(X)), plus(T(X), B)):
        assert found(pattern, node) == [{"P": X, "Q": B}]
    assert {tuple(m.values()) for m in found(inner(P, Q), inner(A, B))} == {(A, B), (B, A)}


def test_the_rest_of_a_sum_goes_to_the_last_slot() -> None:
    assert {"P": A, "Q": plus(B, C)} in found(plus(P, Q), plus(A, B, C))
    assert found(plus(P, Q), A) == []


def test_an_associative_pattern_takes_runs_of_neighbours() -> None:
    node = matmul(A, W, V)
    assert {"L": matmul(A, W), "R": V} in found(matmul(left, right), node)
    assert {"L": A, "R": matmul(W, V)} in found(matmul(left, right), node)
    assert len(found(matmul(left, right), node)) == 2
    assert found(matmul(left, matrix("M", "k", "l"), matrix("R", "l", "m")), matmul(A, W)) == []


def test_a_factor_with_the_differential_stands_alone() -> None:
    pattern = matmul(matrix("M", "n", "k", kinds.constant), matrix("V", "k", "m", kinds.varying))
    assert found(pattern, matmul(A, W, d(V)))[0] == {"M": matmul(A, W), "V": d(V)}
    assert not found(pattern, matmul(d(A), W))


# ------------------------------------------------------------------------------------------------------------- filling


def test_fill_puts_in_nodes_and_dimensions() -> None:
    (one,) = match(matmul(left, right), matmul(A, W))
    assert fill(matmul(T(right), T(left)), one) is matmul(T(W), T(A))
    assert fill(ones("n", "m"), Match({}, {"n": "q", "m": 2})) is ones("q", 2)
    assert fill(ops.size_node("n"), Match({}, {"n": 4})) is Number(4)
    assert fill(ops.size_node("n"), Match({}, {"n": "q"})) is Size("q")


def test_fill_computes_with_numbers() -> None:
    assert fill(plus(scalar("k"), number(-1)), Match({"k": number(3)}, {})) is number(2)
    assert fill(scale(scalar("s"), P), Match({"s": two, "P": s}, {})) is hadamard(two, s)


def test_match_and_fill_are_inverse() -> None:
    for _, rule in chapters():
        if rule.guard or not isinstance(rule.lhs, Term) or not rule.lhs.args:
            continue
        # Slots as nodes to be matched: those of kind "any" fit any node.
        if all(slot.kind == "any" for slot in postorder(rule.lhs) if isinstance(slot, Slot)):
            assert any(fill(rule.lhs, one) is rule.lhs for one in match(rule.lhs, rule.lhs)), rule.name


# ---------------------------------------------------------------------------------------------------------- arithmetic


def test_coefficients() -> None:
    for c in (Fraction(1), Fraction(-2, 3), Fraction(5)):
        for core in (A, matmul(A, W), s, hadamard(s, t), T(A)):
            assert coefficient(times(c, core)) == (c, core)
    assert coefficient(number(7)) == (7, number(1))


@pytest.mark.parametrize(
    ("node", "normal"),
    [
        (plus(scale(two, A), scale(number(3), A)), scale(number(5), A)),
        (plus(A, ops.negative(A)), ops.zeros("n", "m")),
        (plus(scale(two, A), scale(two, B)), scale(two, plus(A, B))),
        (plus(scale(two, A), scale(number(4), B)), scale(two, plus(A, scale(two, B)))),
        (hadamard(two, number(3), s), hadamard(number(6), s)),
        (hadamard(number(0), s), number(0)),
        (ops.power(two, 3), number(8)),
        (scale(number(0), A), ops.zeros("n", "m")),
        (T(T(A)), A),
        (T(matmul(A, W)), matmul(T(W), T(A))),
        (matmul(eye("n"), A), A),
        (matmul(A, eye("m")), A),
        (matmul(ops.inv(S), S, A), A),
        (plus(A, ops.zeros("n", "m")), A),
        (plus(matmul(S, x), matmul(T(S), x)), matmul(plus(S, T(S)), x)),
        (ops.minus(matmul(A, W), matmul(B, W)), matmul(ops.minus(A, B), W)),
        (hadamard(A, A), ops.power(A, 2)),
        (hadamard(A, ones("n", "m")), A),
        (matmul(S, S, S), term(ops.MATPOW, S, number(3))),
        (inner(A, ones("n", "m")), term(ops.TABLE["sum"], A)),
        (inner(eye("n"), S), term(ops.TABLE["tr"], S)),
        (scale(number(-2), ops.minus(A, B)), scale(two, ops.minus(B, A))),
        (ops.inv(ops.inv(S)), S),
        (term(ops.TABLE["tr"], eye("n")), Size("n")),
        (scale(s, scale(t, A)), scale(hadamard(s, t), A)),
    ],
    ids=repr,
)
def test_normal_forms(node: Node, normal: Node) -> None:
    assert SIMPLIFY.normal(node)[0] is normal
    forms = [form for _, form in SIMPLIFY.forms(node)]
    assert forms[-1:] == ([normal] if node is not normal else [])


def test_what_does_not_get_shorter_stays() -> None:
    for node in (plus(A, B), matmul(A, W), matmul(plus(A, B), W), hadamard(A, B), T(A), ops.inv(S), scale(s, A)):
        assert SIMPLIFY.normal(node) == (node, ())


# ---------------------------------------------------------------------------------------------------- normal forms

DROP = RewriteRule("drop f", term(ops.function("f"), P), P)
SWAP = RewriteRule("g of h", term(ops.function("g"), term(ops.function("h"), P)), term(ops.function("h"), P))
GROW = RewriteRule("never ends", term(ops.function("f"), P), term(ops.function("f"), term(ops.function("g"), P)))


def f(node: Node, name: str = "f") -> Node:
    return term(ops.function(name), node)


def test_apply_rewrites_the_root_only() -> None:
    assert apply(DROP, f(A)) is A
    assert apply(DROP, f(f(A))) is f(A)
    assert apply(DROP, plus(f(A), B)) is None


def test_apply_rewrites_part_of_a_sum_or_a_product() -> None:
    common = RewriteRule("", plus(hadamard(P, Q), hadamard(P, R)), hadamard(P, plus(Q, R)))
    rewritten = apply(common, plus(C, hadamard(A, B), f(A), hadamard(A, C)))
    assert rewritten is plus(C, hadamard(A, plus(B, C)), f(A))
    cancel = RewriteRule("", matmul(ops.inv(square), square), eye("n"))
    assert apply(cancel, matmul(T(x), ops.inv(S), S, x)) is matmul(T(x), eye("n"), x)
    assert apply(cancel, matmul(T(x), S, ops.inv(S), x)) is None


def test_a_guard_says_when_a_rule_is_used() -> None:
    rule = RewriteRule("", f(P), P, guard=kinds.constant)
    assert apply(rule, f(A)) is A and apply(rule, f(d(A))) is None


def test_the_history_leads_to_the_normal_form() -> None:
    rules = RuleSet([DROP, SWAP])
    node = plus(f(f(A)), f(f(f(A), "h"), "g"))
    normal, history = rules.normal(node)
    assert normal is plus(A, f(A, "h"))
    for rule, before, after in history:
        assert rule is ARITHMETIC or apply(rule, before) is after
    current = node
    for rule, form in rules.forms(node):
        assert form is not current and rule in (DROP, SWAP)
        current = form
    assert current is normal


def test_a_shared_part_is_rewritten_once() -> None:
    rules = RuleSet([DROP])
    node: Node = f(A)
    for _ in range(200):
        node = hadamard(f(node, "g"), f(node, "h"))
    assert len(rules.normal(node)[1]) == 1


def test_normal_forms_are_remembered() -> None:
    rules = RuleSet([DROP])
    first = rules.normal(f(A))
    assert rules.normal(f(A)) == first
    assert rules.normal(A) == (A, ())


def test_a_set_of_rules_that_does_not_end_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        RuleSet([GROW]).normal(f(A))


def test_a_rule_needs_an_operator_on_its_left() -> None:
    with pytest.raises(ValueError):
        RuleSet([RewriteRule("no operator", P, P)])


def test_normal_is_as_deep_as_needed() -> None:
    node: Node = A
    for _ in range(5_000):
        node = f(T(T(node)), "g")
    normal, history = SIMPLIFY.normal(T(T(node)))
    assert normal.height == 5_000 and len(history) == 5_001


@pytest.mark.parametrize("seed", range(40))
def test_each_rewriting_is_its_rule(seed: int) -> None:
    """What the history says was done is what the rule does: nothing is told that did not happen."""
    node = Generator(seed).array(("n", "m"), 4)
    for rule, before, after in SIMPLIFY.normal(node)[1]:
        assert before.shape == after.shape and before is not after
        if rule in SIMPLIFY.rows:
            assert apply(rule, before) is after


# ----------------------------------------------------------------------------------------------------------- the limits


def varied(product: Node, symbol: Symbol) -> Node:
    """The sum of the product with one factor after the other transposed and left out, as a derivative has it."""
    assert isinstance(product, Term)
    args = product.args
    found = []
    for i, arg in enumerate(args):
        if arg is symbol:
            before, after = args[:i], args[i + 1 :]
            found.append(matmul(*(T(a) for a in reversed(before)), *(T(a) for a in reversed(after))))
    return plus(*found)


@pytest.mark.parametrize("factors", [5, 30])
def test_long_products_end_or_are_refused(factors: int) -> None:
    parts = [p for i in range(factors) for p in (S, Symbol(f"A{i}", ("n", "n")))]

    def simplify() -> None:
        try:
            normal, _ = SIMPLIFY.normal(varied(matmul(*parts), S))
        except UnsupportedError:
            assert factors > 5
        else:
            assert normal.shape == ("n", "n")

    calls(simplify, most=2_500_000)


@pytest.mark.parametrize(
    "node",
    [
        plus(*(f(Symbol(f"B{i}", ("n", "m"))) for i in range(1000))),
        plus(*(matmul(A, Symbol(f"W{i}", ("m", "k"))) for i in range(300))),
        hadamard(*(Symbol(f"B{i}", ("n", "m")) for i in range(1000))),
        matmul(*(Symbol(f"S{i}", ("n", "n")) for i in range(1000))),
        matmul(*[S] * 300),
        plus(*[A] * 1000),
    ],
    ids=["sum", "sum of products", "Hadamard product", "product", "power", "like terms"],
)
def test_wide_expressions_end(node: Node) -> None:
    def simplify() -> None:
        with suppress(UnsupportedError):
            SIMPLIFY.normal(node)

    calls(simplify, most=500_000)


# ----------------------------------------------------------------------------------------------------------- the record


def test_rules_are_themselves_after_pickling() -> None:
    for _, rule in chapters():
        assert pickle.loads(pickle.dumps(rule)) == rule
    assert pickle.loads(pickle.dumps(ARITHMETIC)) == ARITHMETIC


def test_steps_and_sections_pickle() -> None:
    step = Rewrite(DROP, f(A), A)
    section = Section("rewrite", Symbol("J", (1, 1), (), term(ops.TABLE["sum"], A)), (step,), ((A, B),))
    assert pickle.loads(pickle.dumps(step)) == step
    assert pickle.loads(pickle.dumps(section)) == section
    assert section.first is f(A)


def test_the_colon_and_d_are_operators_as_any_other() -> None:
    node = inner(A, d(B))
    assert isinstance(node, Term) and node.op is ops.INNER
    assert any(isinstance(n, Term) and n.op is ops.D for n in postorder(node))
    assert replace(node, {B: C}) is inner(A, d(C))
