"""Expressions: hash-consed, immutable, picklable however deep, and the arithmetic of dimensions."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_expressions import Generator
from work import calls

from matcalc import operators as ops
from matcalc.dims import Dim, DimSum, dim_add, dim_mul, dim_names, dim_replace, dim_value
from matcalc.errors import UnsupportedError
from matcalc.expr import (
    Node,
    Number,
    Size,
    Slot,
    Symbol,
    Term,
    definitions,
    dims,
    expand,
    fold,
    postorder,
    replace,
    symbols,
    tree_size,
)
from matcalc.operators import T, eye, hadamard, inv, matmul, ones, plus, power, scale, term, zeros
from matcalc.rules import kinds
from matcalc.signatures import Nonconforming

A = Symbol("A", ("n", "m"))
B = Symbol("B", ("n", "m"))
W = Symbol("W", ("m", "k"))
S = Symbol("S", ("n", "n"), ["symmetric"])
x = Symbol("x", ("n", 1))
s = Symbol("s", (1, 1))

# -------------------------------------------------------------------------------------------------------- hash-consing


def test_what_is_built_alike_is_the_same() -> None:
    assert Number(2) is ops.number(2)
    assert Symbol("A", ("n", "m")) is A
    assert Size("n") is Size("n")
    assert Slot("A", ("n", 1), kinds.number) is Slot("A", ("n", 1), kinds.number)
    assert matmul(A, W) is matmul(Symbol("A", ("n", "m")), Symbol("W", ("m", "k")))
    assert plus(plus(A, B), A) is plus(A, plus(B, A))
    assert matmul(matmul(T(W), T(A)), A) is matmul(T(W), matmul(T(A), A))


def test_what_differs_is_not_the_same() -> None:
    found: list[Node] = [
        A,
        Symbol("A", ("n", "n")),
        Symbol("A", ("n", "m"), ["positive"]),
        Symbol("A", ("n", "m"), (), plus(A, A)),
        Slot("A", ("n", "m")),
        Slot("A", ("n", "m"), kinds.number),
        T(A),
        plus(A, B),
        plus(B, A),
        hadamard(A, B),
        Number(1),
        Size("n"),
        Size("m"),
    ]
    assert len(set(found)) == len(found)


def test_attributes_have_no_order() -> None:
    assert Symbol("P", ("n", "n"), ["symmetric", "positive"]) is Symbol("P", ("n", "n"), ["positive", "symmetric"])


def test_a_node_that_nobody_holds_is_forgotten() -> None:
    node: Node | None = plus(Symbol("forgotten", ("n", "m")), A)
    assert node is not None
    held = weakref.ref(node)
    node = None
    gc.collect()
    assert held() is None


def test_constructors_do_not_simplify() -> None:
    assert isinstance(plus(A, zeros("n", "m")), Term)
    assert isinstance(T(T(A)), Term)
    assert isinstance(scale(ops.ONE, A), Term)
    assert isinstance(matmul(eye("n"), A), Term)


def test_products_by_shape() -> None:
    def op(node: Node) -> object:
        assert isinstance(node, Term)
        return node.op

    assert op(matmul(s, A)) is ops.SCALE and op(matmul(A, s, W)) is ops.SCALE
    assert op(matmul(s, s)) is ops.HADAMARD and op(scale(s, s)) is ops.HADAMARD
    assert op(matmul(T(x), x)) is ops.MATMUL and matmul(T(x), x).is_scalar
    assert op(plus(A, B)) is ops.PLUS
    assert ones(1) is ops.ONE and eye(1) is ops.ONE and zeros(1) is Number(0)
    assert ops.reciprocal(power(s, 2)) is power(s, -2)


@pytest.mark.parametrize(
    "build",
    [
        lambda: plus(A, W),
        lambda: matmul(A, A),
        lambda: hadamard(A, T(A)),
        lambda: inv(A),
        lambda: scale(A, A),
        lambda: power(A, A),
        lambda: term(ops.TABLE["tr"], A),
        lambda: term(ops.TABLE["diag"], A),
        lambda: ones(0),
        lambda: matmul(s, A, A),
    ],
)
def test_what_does_not_conform_cannot_be_built(build: object) -> None:
    assert callable(build)
    with pytest.raises(Nonconforming):
        build()


def test_a_definition_has_the_shape_of_its_symbol() -> None:
    with pytest.raises(ValueError):
        Symbol("z", ("n", "n"), (), A)


# ---------------------------------------------------------------------------------------------------------- immutable


@pytest.mark.parametrize("node", [Number(2), Size("n"), A, Slot("A", ("n", 1)), plus(A, B)], ids=repr)
def test_nodes_are_immutable(node: Node) -> None:
    for name in ("args", "shape", "height", "name", "value", "op", "definition", "anything"):
        with pytest.raises(AttributeError):
            setattr(node, name, None)
    assert copy.copy(node) is node and copy.deepcopy(node) is node
    assert isinstance(hash(node), int)


def test_a_dimension_is_immutable_by_sharing() -> None:
    assert dim_add("n", "m") is dim_add("m", "n")


# ----------------------------------------------------------------------------------------------------------- pickling


@pytest.mark.parametrize("seed", range(60))
def test_pickling_gives_the_same_object(seed: int) -> None:
    program = Generator(seed).program(depth=4)
    for node in (program.objective, program.objective.definition, *program.inputs):
        assert pickle.loads(pickle.dumps(node)) is node


def test_pickling_a_deep_graph() -> None:
    """Deeper than any recursion goes, and with shared parts that a tree would repeat 2^5000 times."""
    node: Node = A
    for i in range(5000):
        node = term(ops.function("tanh"), plus(node, node)) if i % 2 else Symbol(f"z{i}", node.shape, (), node)
    assert pickle.loads(pickle.dumps(node)) is node


def test_pickling_every_kind() -> None:
    for node in (
        Number(-2),
        Size(dim_add("n", 1)),
        S,
        Slot("A", ("n", 1), kinds.number),
        term(ops.function("f", 2), A),
    ):
        assert pickle.loads(pickle.dumps(node)) is node
    for op in ops.TABLE.values():
        assert pickle.loads(pickle.dumps(op)) is op


# ------------------------------------------------------------------------------------------------------ walks and sizes


def test_postorder_gives_each_node_once_after_its_operands() -> None:
    for seed in range(30):
        root = Generator(seed).program(4).objective
        nodes = list(postorder(root, through_definitions=True))
        assert len(set(nodes)) == len(nodes) and nodes[-1] is root
        place = {n: i for i, n in enumerate(nodes)}
        for node in nodes:
            assert all(place[a] < place[node] for a in node.args)
            if isinstance(node, Symbol) and node.definition is not None:
                assert place[node.definition] < place[node]
                assert node.definition.height < node.height


def test_expand_leaves_no_definition() -> None:
    for seed in range(30):
        root = Generator(seed).program(4).objective
        assert definitions(expand(root)) == ()
        assert expand(root).shape == root.shape


def test_expand_names_written_out() -> None:
    z = Symbol("z", ("n", "k"), (), matmul(A, W))
    a = Symbol("a", ("n", "k"), (), term(ops.function("f"), z))
    assert expand(plus(a, z)) is plus(term(ops.function("f"), matmul(A, W)), matmul(A, W))
    assert definitions(plus(a, z)) == (z, a)
    assert set(symbols(plus(a, z))) == {a, z}
    assert dims(a) == ("n", "m", "k")


def test_replace_does_not_enter_definitions() -> None:
    z = Symbol("z", ("n", "m"), (), plus(A, B))
    assert replace(plus(z, A), {A: B}) is plus(z, B)
    assert replace(A, {}) is A


def test_tree_size_counts_what_is_printed() -> None:
    node: Node = A
    for _ in range(100):
        node = term(ops.function("f"), plus(node, T(T(node))))
    assert tree_size(node) > 2**100
    assert fold(node, lambda n, below: 1 + max(below, default=0)) == node.height + 1


# ---------------------------------------------------------------------------------------------- no exponential blow-up


def squared(times: int, named: bool) -> Node:
    node: Node = Symbol("a", ("n", 1))
    for i in range(times):
        node = hadamard(node, node)
        if named:
            node = Symbol(f"z{i}", node.shape, (), node)
    return node


@pytest.mark.parametrize("op", [hadamard, plus], ids=["product", "sum"])
def test_what_would_be_exponentially_long_is_refused(op: object) -> None:
    assert callable(op)

    def nest() -> None:
        node: Node = Symbol("a", ("n", 1))
        with pytest.raises(UnsupportedError):
            for _ in range(60):
                node = op(node, node)
        with pytest.raises(UnsupportedError):
            expand(squared(60, named=True))

    calls(nest, most=10_000)


def test_a_shared_graph_is_not_walked_as_a_tree() -> None:
    node: Node = A
    for _ in range(2000):
        node = term(ops.function("f"), plus(node, B, node))
    assert sum(1 for _ in postorder(node)) == 4002
    assert expand(node) is node
    assert term(ops.SUM, node).is_scalar


# --------------------------------------------------------------------------------------------------------- dimensions

NAMES = ("n", "m", "k")
LEAVES = st.one_of(st.integers(0, 4), st.sampled_from(NAMES))
DIMS = st.recursive(
    LEAVES,
    lambda inner: st.builds(lambda op, a, b: op(a, b), st.sampled_from([dim_add, dim_mul]), inner, inner),
    max_leaves=6,
)
SIZES = {"n": 5, "m": 7, "k": 11}


@given(DIMS, DIMS, DIMS)
def test_dimensions_are_a_ring(a: Dim, b: Dim, c: Dim) -> None:
    assert dim_add(a, b) == dim_add(b, a)
    assert dim_mul(a, b) == dim_mul(b, a)
    assert dim_add(dim_add(a, b), c) == dim_add(a, dim_add(b, c))
    assert dim_mul(dim_mul(a, b), c) == dim_mul(a, dim_mul(b, c))
    assert dim_mul(a, dim_add(b, c)) == dim_add(dim_mul(a, b), dim_mul(a, c))
    assert dim_add(a, 0) == a and dim_mul(a, 1) == a and dim_mul(a, 0) == 0


@given(DIMS, DIMS)
def test_the_value_of_a_dimension(a: Dim, b: Dim) -> None:
    assert dim_value(dim_add(a, b), SIZES) == dim_value(a, SIZES) + dim_value(b, SIZES)
    assert dim_value(dim_mul(a, b), SIZES) == dim_value(a, SIZES) * dim_value(b, SIZES)


@given(DIMS, DIMS)
def test_replacing_a_name_in_a_dimension(a: Dim, b: Dim) -> None:
    moved = {**SIZES, "n": dim_value(b, SIZES)}
    assert dim_value(dim_replace(a, {"n": b}), SIZES) == dim_value(a, moved)
    assert dim_replace(a, {}) == a
    assert "n" not in dim_names(dim_replace(a, {"n": "m"}))


@given(DIMS)
def test_a_dimension_pickles_to_itself(a: Dim) -> None:
    again = pickle.loads(pickle.dumps(a))
    assert again == a
    if isinstance(a, DimSum):
        assert again is a


def test_a_dimension_is_a_number_or_a_name_where_it_can_be() -> None:
    assert dim_add(2, 3) == 5 and isinstance(dim_add(2, 3), int)
    assert dim_add("n", 0) == "n" and dim_mul("n", 1) == "n"
    assert str(dim_mul("n", "m")) in ("n m", "m n")
    with pytest.raises(KeyError):
        dim_value("n", {})
