"""What a signature says, held against shapes worked out by hand."""

from __future__ import annotations

import pytest

from matcalc.dims import Dim, dim_add, dim_mul
from matcalc.signatures import Nonconforming, Signature

Shape = tuple[Dim, Dim]
SHAPES: list[tuple[str, tuple[Shape, ...], tuple[Dim | None, ...], Shape]] = [
    ("n×k, k×m -> n×m", (("a", "b"), ("b", 1)), (), ("a", 1)),
    ("n×m -> m×n", (("a", 3),), (), (3, "a")),
    ("n×n -> 1×1", ((4, 4),), (), (1, 1)),
    ("#n, #m -> n m×n m", ((1, 1), (1, 1)), ("p", 2), (dim_mul("p", 2), dim_mul("p", 2))),
    ("m n×1, #n, #m -> n×m", ((6, 1), (1, 1), (1, 1)), (None, 2, 3), (2, 3)),
    ("n k×m k, #k -> n×m", ((dim_mul("p", "q"), dim_mul(6, "q")), (1, 1)), (None, "q"), ("p", 6)),
    ("n×m, #i, #j -> j - i + 1×m", (("a", "b"), (1, 1), (1, 1)), (None, 2, 5), (4, "b")),
    ("n×m, #i, #j -> j - i + 1×m", (("a", "b"), (1, 1), (1, 1)), (None, 3, "a"), (dim_add("a", -2), "b")),
    ("n×m, the exponent -> n×m", (("a", "b"), (1, 1)), (), ("a", "b")),
]
FOLDED = [
    ("n×k, k×m -> n×m", (("a", "b"), ("b", "c"), ("c", 1)), ("a", 1)),
    ("n×m, p×m -> n + p×m", (("a", "c"), (1, "c"), (2, "c")), (dim_add("a", 3), "c")),
    ("n×m, n×p -> n×m + p", (("a", "c"), ("a", 1), ("a", 4)), ("a", dim_add("c", 5))),
    ("n×m, p×q -> n p×m q", (("a", 2), (3, "b"), (2, 1)), (dim_mul(6, "a"), dim_mul(2, "b"))),
]
REFUSED: list[tuple[str, tuple[Shape, ...], tuple[Dim | None, ...], str, tuple[int, ...]]] = [
    ("n×n -> 1×1", (("a", "b"),), (), "the matrix must be square", (0,)),
    ("n×n, n×n -> n×n", (("a", "a"), ("a", "b")), (), "the shapes must be equal", (0, 1)),
    ("n×1 -> n×n", (("a", "b"),), (), "it must be a column", (0,)),
    ("n×m, the exponent -> n×m", (("a", "b"), ("a", 1)), (), "the exponent must be a scalar", (1,)),
    ("m n×1, #n, #m -> n×m", ((5, 1), (1, 1), (1, 1)), (None, 2, 3), "as many entries as the matrix", (0,)),
    ("n k×m k, #k -> n×m", ((6, 9), (1, 1)), (None, 2), "multiples of 2", (0,)),
    ("n×m, #i, #j -> j - i + 1×m", (("a", "b"), (1, 1), (1, 1)), (None, 5, 2), "the range is empty", (1, 2)),
    ("#n -> n×n", ((1, 1),), (None,), "a size must be a positive whole number", (0,)),
]


@pytest.mark.parametrize(("text", "shapes", "sizes", "result"), SHAPES)
def test_shapes(text: str, shapes: tuple[Shape, ...], sizes: tuple[Dim | None, ...], result: Shape) -> None:
    assert Signature(text).shape(shapes, sizes) == result


@pytest.mark.parametrize(("text", "shapes", "result"), FOLDED)
def test_an_associative_operator_takes_any_number(text: str, shapes: tuple[Shape, ...], result: Shape) -> None:
    assert Signature(text, folded=True).shape(shapes, ()) == result


@pytest.mark.parametrize(("text", "shapes", "sizes", "said", "operands"), REFUSED)
def test_what_does_not_conform(
    text: str, shapes: tuple[Shape, ...], sizes: tuple[Dim | None, ...], said: str, operands: tuple[int, ...]
) -> None:
    with pytest.raises(Nonconforming, match=said) as raised:
        Signature(text).shape(shapes, sizes)
    assert raised.value.operands == operands


@pytest.mark.parametrize(("text", "turned"), [("n×m, p×m -> n + p×m", False), ("n×m, n×p -> n×m + p", True)])
def test_of_many_blocks_the_first_that_does_not_fit_clashes(text: str, turned: bool) -> None:
    shapes = [("a", "b"), (2, "b"), ("c", "d"), ("e", "f")]
    with pytest.raises(Nonconforming) as raised:
        Signature(text, folded=True).shape(tuple(shape[::-1] if turned else shape for shape in shapes), ())
    assert raised.value.operands == (0, 2)
    assert str(raised.value) == f"both must have equally many {'rows' if turned else 'columns'}"


def test_the_neighbours_that_clash_in_a_long_product() -> None:
    with pytest.raises(Nonconforming) as raised:
        Signature("n×k, k×m -> n×m", folded=True).shape((("a", "b"), ("b", "c"), ("d", "e")), ())
    assert raised.value.operands == (1, 2)
    assert str(raised.value) == "the columns of the left factor must equal the rows of the right one"
