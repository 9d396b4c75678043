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
)
PIECES = [*WORDS.split(), "\n", " ", "(x)", "J = ", "X: n x d; "]
SYMBOLS = {s.name: s for s in (Symbol("x", ("n", 1)), Symbol("A", ("n", "n")), Symbol("B", ("n", "d")))}


def check(text: str) -> None:
    for read in (parse, lambda t: parse("J = sum(x)", [t]), lambda t: parse_expression(t, SYMBOLS, ("f",), ("n", 1))):
        try:
            read(text)
        except MatcalcError as error:
            assert error.message and str(error)
            assert error.line is not None and error.column is not None and error.column >= 1


@given(st.lists(st.sampled_from(PIECES), max_size=20), st.sampled_from(["", " "]))
def test_soups_of_tokens(pieces: list[str], between: str) -> None:
    check(between.join(pieces))
    check("J = " + between.join(pieces))


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


@given(st.text(alphabet="xAf()[]|'^_.*/+-=:;,0123 \n#{}TR", max_size=25))
def test_signs(text: str) -> None:
    check(text)


@given(st.binary(max_size=40))
def test_bytes_read_as_text(data: bytes) -> None:
    check(data.decode("utf-8", "surrogateescape"))
    check(data.decode("latin-1"))
