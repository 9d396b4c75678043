"""The class of all formulas that users get. NumPy is imported when a formula is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from matcalc.checked import checked
from matcalc.derive import factored, simplified
from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.expr import Node, Shape, Symbol, definitions, expand, expanded_length, symbols
from matcalc.shows import Shows
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import tokenize
from matcalc.write import ASCII, TEXT, by_entries, refuse_long, write

if TYPE_CHECKING:
    import numpy as np

    from matcalc.meaning.callables import Functions


@dataclass(frozen=True, repr=False)
class Expr(Shows):
    """A formula: a gradient, a line of a derivation, an intermediate.

    `str()` is text that parses again. Intermediates and deltas in it know their definitions, so the formula can be
    evaluated directly; `expanded()` substitutes them.
    """

    node: Node
    scope: tuple[Symbol, ...] = field(default=(), compare=False)
    """The program's inputs: their values give the sizes of ones(n) if no input occurs in the formula itself."""

    @property
    def shape(self) -> Shape:
        """(rows, columns); each a number or the name of a dimension. A column vector is ("n", 1), a scalar (1, 1)."""
        return self.node.shape

    def __str__(self) -> str:
        return write(self.node, TEXT)

    def ascii(self) -> str:
        """As `str()`, in plain ASCII."""
        return write(self.node, ASCII)

    def latex(self) -> str:
        """LaTeX for math mode."""
        from matcalc.write.notations.latex import LATEX

        return write(self.node, LATEX, self._known())

    def mathml(self) -> str:
        """Presentation MathML: a <math> element for a web page."""
        from matcalc.write.notations.mathml import MATHML

        return write(self.node, MATHML, self._known())

    def _known(self) -> frozenset[str]:
        # The names that may stand beside those of the formula.
        return frozenset(s.name for s in (*self.scope, *symbols(self.node), *definitions(self.node)))

    @checked
    def lines(self, form: str = "text") -> tuple[str, ...]:
        """The definitions of its names, in an order to compute them in, then the formula: a program, line by line.

        `form`: "text", "ascii" or "latex".

        >>> import matcalc
        >>> print("; ".join(matcalc.jvp("a = f(W x); y = f(V a)", "x", "v").lines()))
        a = f(W x); (V ((W v) ⊙ f'(W x))) ⊙ f'(V a)
        """
        writers: dict[str, Callable[[Expr], str]] = {"text": str, "ascii": Expr.ascii, "latex": Expr.latex}
        if form not in writers:
            raise MatcalcError(f"there is no form {form}", hint=f"the forms are {', '.join(writers)}")
        text = writers[form]
        named = [(s, s.definition) for s in definitions(self.node) if s.definition is not None]
        scope = (*self.scope, *(s for s, _ in named))  # names beside which LaTeX tells each one apart
        made = [f"{text(Expr(s, scope))} = {text(Expr(meaning, scope))}" for s, meaning in named]
        return (*made, text(Expr(self.node, scope)))

    def entries(self) -> str:
        """One entry in index notation, with explicit sums and the ranges of the indices.

        The entry is that of row i and column j; a vector has one index, a scalar none.

        >>> import matcalc
        >>> print(matcalc.gradient("1/2 ||X w - y||^2", "w").entries())
        Σ_j X_ji (Σ_k X_jk w_k - y_j)   i = 1..d, j = 1..n, k = 1..d
        """
        return "   ".join(filter(None, by_entries(self.node, TEXT)))

    def __repr__(self) -> str:
        return f"Expr({self})"

    def _shown(self, form: str) -> str:
        return self.mathml() if form == "html" else f"${self.latex()}$"

    def expanded(self) -> Expr:
        """The formula with every named intermediate substituted, simplified."""
        return Expr(simplified(expand(self.node)), self.scope)

    def factored(self) -> Expr:
        """The formula as a product: common factors and denominators are taken out."""
        return Expr(factored(self.node), self.scope)

    @property
    def where(self) -> tuple[tuple[str, Expr], ...]:
        """The defined names in the formula and in their definitions, in an order to compute them in.

        Names are as `evaluate` knows them, delta2; `lines` writes them as the formula does.
        """
        found = definitions(self.node)
        return tuple((s.name, Expr(s.definition, self.scope)) for s in found if s.definition is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs that the formula depends on; `evaluate` needs their values."""
        return tuple(s.name for s in symbols(expand(self.node)))

    @checked
    def evaluate(
        self, values: Mapping[str, Any], functions: Functions | None = None, sizes: Mapping[str, int] | None = None
    ) -> np.ndarray[Any, Any] | float:
        """The value of the formula for NumPy arrays.

        `values`: an array for every input (1-D for a column vector, a float for a scalar). `functions`: for an unknown
        f the callables (f, f', …) that occur. `sizes`: dimensions that no value determines. Returns a float for a
        scalar, a 1-D array for a column vector, else a 2-D array, with nan where it is undefined. Raises
        UnknownNameError for a missing value, ShapeError for one of the wrong shape.
        """
        from matcalc import meaning

        values = {canonical(name): value for name, value in values.items()}
        others = [s for s in self.scope if s.name in values]  # of the shapes that were understood, whether used or not
        value, *_ = meaning.evaluate([self.node, *others], values, functions or {}, sizes or {})
        if self.node.is_scalar:
            return float(value[0, 0])
        return value[:, 0] if self.shape[1] == 1 else value

    @checked
    def to_function(self, backend: str = "numpy", functions: Functions | None = None) -> Callable[..., Any]:
        """A callable that takes the inputs by name and returns what `evaluate` does."""
        if backend != "numpy":
            raise UnsupportedError(f"there is no backend {backend} yet", hint='the backend that there is: "numpy"')

        def function(**values: Any) -> Any:
            return self.evaluate(values, functions)

        function.__doc__ = f"{self}, from {', '.join(self.names)}"
        return function


def in_full(node: Node) -> Node:
    """`node` with every intermediate substituted, simplified. Raises UnsupportedError if it is too long to write."""
    refuse_long(expanded_length(node))  # before it is simplified, which takes long
    return simplified(expand(node))


def canonical(name: object) -> str:
    """The name as spelled in the program: λ is lambda, W₁ is W1."""
    text = str(name)
    if text.isascii():
        return text
    try:
        tokens = tokenize(Source(text))
    except ParseError:
        return text
    names = [token for token in tokens if token.kind == "NAME"]
    if tokens[0].kind == "NAME" and text.endswith("]"):  # δ[l] is delta[l]
        return str(tokens[0].value) + text[tokens[0].end :]
    return str(names[0].value) if len(names) == 1 else text
