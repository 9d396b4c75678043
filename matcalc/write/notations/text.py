"""Unicode text, which parses again to the same expression."""

from __future__ import annotations

from matcalc import names
from matcalc.write.pieces import Form, Level, Notation, Piece

LIST, SUM, FROBENIUS, SCALED, PRODUCT, CHAIN, POWER, ATOM, LETTER, BRACKETED = Level


def _call(name: str) -> Form:
    return Form(name + "#1", ATOM, [BRACKETED])


def _call_with(name: str, second: str) -> Form:
    return Form(f"{name}(#1, {second})", ATOM, [SUM])


def called(name: str, count: int) -> Form:
    """An operator written as a call."""
    arguments = ", ".join(f"#{i + 1}" for i in range(count))
    return _call(name) if count == 1 else Form(f"{name}({arguments})", ATOM, [SUM])


def beside(left: Piece, right: Piece) -> str:
    """Between two factors: X'(A - B) is set tight, X W with a space."""
    return "" if left.tail == "'" and right.head.startswith("(") else " "


FORMS = {
    "formula": Form("#1", LIST, [LIST]),
    "brackets": Form("(#1)", ATOM, [LIST]),
    "number": Form("#1", ATOM, [ATOM]),
    # Sums and products. A line may end before a sign, at a cost.
    "range": Form("#1    #2", LIST, [LIST]),
    "layers": Form("#1 = #2..#3", LIST, [LIST]),
    "sum_over": Form("sum(#1, #2 = #3..#4)", ATOM, [SUM]),
    "plus": Form("#1 + #2", SUM, [FROBENIUS], cost=1),
    "subtract": Form("#1 - #2", SUM, [FROBENIUS], cost=1),
    "minus": Form("-#1", SCALED, [PRODUCT]),
    "inner": Form("#1 : #2", FROBENIUS, [SCALED], cost=4),
    "hadamard": Form("#1 ⊙ #2", PRODUCT, [CHAIN], cost=8),
    "over": Form("#1 / #2", CHAIN, [CHAIN, POWER], cost=12),
    "over_tight": Form("#1/#2", CHAIN, [CHAIN, POWER]),
    "reciprocal": Form("1 / #1", CHAIN, [POWER], cost=12),
    "reciprocal_tight": Form("1/#1", CHAIN, [POWER]),
    "ratio": Form("#1/#2", CHAIN, [POWER]),
    "over_entries": Form("#1 ⊘ #2", CHAIN, [CHAIN, POWER], cost=12),
    "one_over_entries": Form("1 ⊘ #1", SCALED, [POWER]),
    "power": Form("#1^#2", POWER, [ATOM]),
    "power_entries": Form("#1.^#2", POWER, [ATOM]),
    "matpow": Form("#1^#2", POWER, [ATOM]),
    # Linear maps and functions of a matrix.
    "transpose": Form("#1'", ATOM, [ATOM]),
    "transpose_inv": Form("inv#1'", ATOM, [BRACKETED]),
    **{name: _call(name) for name in ("diag", "norm", "norm_spec", "norm_nuc")},
    "norm_bars": Form("‖#1‖", ATOM, [SUM]),
    "norm_spec_bars": Form("‖#1‖_2", ATOM, [SUM]),
    "norm_nuc_bars": Form("‖#1‖_*", ATOM, [SUM]),
    "diagonal": _call("diag"),
    "largest": _call("max"),
    "smallest": _call("min"),
    # Kronecker products and blocks; a row of blocks stands in the brackets of the whole.
    "kron": Form("#1 ⊗ #2", PRODUCT, [POWER], cost=8),
    "hcat": Form("[#1, #2]", ATOM, [SUM]),
    "part": Form("#1[#2]", ATOM, [ATOM, LIST], solid=True),
    "through": Form("#1:#2", LIST, [SUM]),
    "pair": Form("#1,#2", LIST, [LIST]),
    "vcat": Form("[#1; #2]", ATOM, [LIST]),
    "block_row": Form("#1, #2", LIST, [SUM]),
    "block_one": Form("#1", LIST, [SUM]),
    # Normalization; what is added to the variance is left out where it is 0.
    "layer_norm": called("layer_norm", 2),
    **{f"{name}_plain": _call(name) for name in ("rowstd", "colstd", "layer_norm", "batch_norm")},
    "softmax_rows": _call("softmax"),
    "softmax_rows_vector": _call_with("softmax", "rows"),
    "softmax_columns": _call_with("softmax", "columns"),
    "softmax_columns_vector": _call("softmax"),
    "log_softmax_rows": _call("log_softmax"),
    "log_softmax_rows_vector": _call_with("log_softmax", "rows"),
    "log_softmax_columns": _call_with("log_softmax", "columns"),
    "log_softmax_columns_vector": _call("log_softmax"),
    "logsumexp_rows": _call("logsumexp"),
    "logsumexp_rows_vector": _call_with("logsumexp", "rows"),
    "logsumexp_columns": _call_with("logsumexp", "columns"),
    "logsumexp_columns_vector": _call("logsumexp"),
    # Functions of the entries.
    "call": Form("#1#2", ATOM, [ATOM, BRACKETED]),
    "max": Form("max(#1, #2)", ATOM, [SUM]),
    "min": Form("min(#1, #2)", ATOM, [SUM]),
    # Iverson's brackets: 1 where it holds, else 0.
    "step": Form("[#1 > 0]", ATOM, [SUM]),
    "step_ge": Form("[#1 ≥ #2]", ATOM, [SUM]),
    # Constants, with their sizes and, where the neighbours fix them, without.
    "eye": Form("eye(#1)", ATOM, [SUM]),
    "eye_below": Form("I_#1", ATOM, [ATOM]),
    "eye_bare": Form("I", ATOM),
    "ones": Form("ones(#1, #2)", ATOM, [SUM]),
    "ones_column": Form("ones(#1)", ATOM, [SUM]),
    "ones_column_below": Form("𝟏_#1", ATOM, [ATOM]),
    "ones_column_bare": Form("𝟏", ATOM),
    "zeros": Form("zeros(#1, #2)", ATOM, [SUM]),
    "zeros_column": Form("zeros(#1)", ATOM, [SUM]),
    "shape": Form("#1×#2", SUM, [POWER]),
    "pi": Form("π", ATOM),
    "e": Form("e", ATOM),
    # Index notation. A sum goes as far to the right as it can.
    "all": Form(":", ATOM),
    "indices": Form("#1#2", ATOM, [ATOM]),
    "indices_apart": Form("#1,#2", ATOM, [ATOM]),
    "entry": Form("#1_#2", ATOM, [LETTER, LIST]),
    "slice": Form("#1[#2]", ATOM, [ATOM, LIST]),
    "sigma": Form("Σ_#1 #2", PRODUCT, [LIST, SCALED]),
    "sum_layers": Form("Σ_{#1=#2..#3} #4", PRODUCT, [LIST, LIST, LIST, SCALED]),
    "bound": Form("#1", ATOM, [ATOM]),
    "delta": Form("δ_#1", ATOM, [LIST]),
    "equal": Form("[#1 = #2]", ATOM, [LIST]),
    "ranges": Form("#1, #2", LIST, [LIST]),
    # What stands about formulas: a rule or a definition, the name of a gradient.
    "equation": Form("#1 = #2", LIST, [LIST], cost=0),
    "derivative": Form("d#1/d#2", POWER, [ATOM]),
    "jacobian": Form("d#1/d#2", POWER, [POWER]),
    "partial": Form("∂#1/∂#2", POWER, [POWER]),
    "gradient": Form("d#1/d#2", POWER, [ATOM]),
    "second": Form("d²#1/(d#2 d#3)", POWER, [ATOM]),
    "real": Form("#1 ∈ ℝ", LIST, [ATOM]),
    "real_column": Form("#1 ∈ ℝ^{#2}", LIST, [ATOM, SUM]),
    "real_matrix": Form("#1 ∈ ℝ^{#2×#3}", LIST, [ATOM, POWER]),
    # In the glossary.
    "integral": Form("∫₀¹ #1 ds", LIST, [CHAIN]),
    "index_sum": Form("Σ_{r=0}^{k-1} #1", LIST, [CHAIN]),
    # Differentials: of a name, of anything else.
    "d_name": Form("d#1", ATOM, [ATOM]),
    "d": Form("d#1", ATOM, [BRACKETED]),
}

TEXT = Notation(
    "text",
    FORMS,
    name=names.unicode,
    function=lambda name, order: names.unicode(name) + "'" * order,
    beside=beside,
    called=called,
)
