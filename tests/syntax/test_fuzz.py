"""No text whatever raises anything but MatcalcError, and every error has words and a place."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from matcalc.errors import MatcalcError
from matcalc.expr import Symbol
from matcalc.syntax import parse, parse_expression

WORDS = (
    "x y A B W1 f sum tr ( ( ) ) [ ] { } + - * .* ./ / ^ ^T ' .T || ‖ _1 _F : , ; = J n d 1 2 0.5 1e3 I e pi 𝟏 ones "
    "eye softmax columns max inv diag norm given dJ/dA x² ᵀ ⁻¹ λ Σ σ δ2 symmetric x ∈ ℝ^{ × @ · ⊙ ⊘ ⊗ # ! | in R^n "
    "scalar vector elementwise log det matrix zeros logsumexp rows ∂ α' f' T -T ^{-1} ŷ (x) "
    "kron( vec( unvec( ptrace1( rowrange( colrange( lambda_max( chol( layer_norm( sqdist( min( std( expm_frechet( "
    "cosine( norm_inf( pinv( n^2 _2 _* _inf ^(1/2) var 0 > >= ≥ < ≤ "
)
PIECES = [*WORDS.split(), "\n", " ", "(x)", "[x > 0]", "[A >= B", "J = ", "X: n x d; "]
SYMBOLS = {s.name: s for s in (Symbol("x", ("n", 1)), Symbol("A", ("n", "n")), Symbol("B", ("n", "d")))}


def check(text: str) -> None:
    for read in (parse, lambda t: parse("J = sum(x)", [t]), lambda t: parse_expression(t, SYMBOLS, ("f",), ("n", 1))):
        try:
            read(text)
        except MatcalcError as error:
            assert error.message and str(error)
            assert error.line is not None and error.column is not None and error.column >= 1


@given(st.lists(st.sampled_from(PIECES), max_size=20), st.sampled_from(["", " "]))
@example(["0", "⁻¹", "x"], "")
def test_soups_of_tokens(pieces: list[str], between: str) -> None:
    check(between.join(pieces))
    check("J = " + between.join(pieces))


OPERANDS = ["x", "y", "A", "B", "C", "s", "0", "1", "-1", "x'", "A'", "I", "𝟏", "n", "lam", "f(x)", "ones(n)"]
OPERANDS += ["zeros(2 n)", "[]"]
CALLED = ["kron", "vec", "max", "rowsum", "sqdist", "diag", "inv", "norm2"]
BLOCKS = st.recursive(
    st.sampled_from(OPERANDS),
    lambda inner: st.one_of(
        st.lists(st.lists(inner, min_size=1, max_size=3).map(", ".join), min_size=1, max_size=3).map(
            lambda rows: "[" + "; ".join(rows) + "]"
        ),
        st.tuples(inner, st.sampled_from([" ", " * ", " ⊗ ", " + ", " .* "]), inner).map("".join),
        st.tuples(st.sampled_from(CALLED), inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"kron({pair[0]}, {pair[1]})"),
        inner.map(lambda a: f"({a})'"),
        inner.map(lambda a: f"unvec(vec({a}), n, m)"),
        inner.map(lambda a: f"rowrange({a}, 2, n)"),
        inner.map(lambda a: f"ptrace2({a}, n)"),
    ),
    max_leaves=12,
)


@given(BLOCKS, st.sampled_from(["", "A: n x n; ", "A: 2 x 3; x: 3; ", "x: n m; ", "x: scalar; y: n; C: n x m; "]))
def test_blocks_and_kronecker_products(text: str, declarations: str) -> None:
    check(text)
    check(f"{declarations}J = sum({text})")
    check(f"{declarations}J = ||{text} - z||")


@given(st.text(max_size=30))
@example("\ud800")
@example("\x00")
@example("²")
@example("_")
@example("́")
@example("𝟏𝟏'")
@example("x₁₂³")
def test_any_text(text: str) -> None:
    check(text)


@given(st.text(alphabet="xAf()[]|'^_.*/+-=:;,0123 \n#{}TR⊗", max_size=25))
def test_signs(text: str) -> None:
    check(text)


@given(st.binary(max_size=40))
def test_bytes_read_as_text(data: bytes) -> None:
    check(data.decode("utf-8", "surrogateescape"))
    check(data.decode("latin-1"))
