r"""LaTeX, for amsmath and amssymb. Here a transpose is a superscript, and a fraction needs no brackets inside."""

from __future__ import annotations

import re
from functools import lru_cache

from matcalc import names
from matcalc.operators import FUNCTION_NAMES
from matcalc.write.pieces import SMALL, Form, Level, Notation, Piece

LIST, SUM, FROBENIUS, SCALED, PRODUCT, CHAIN, POWER, ATOM, LETTER, BRACKETED = Level

FUNCTIONS = {name: "\\" + name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")} | {
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
    "sigmoid": r"\sigma",
    "log_sigmoid": r"\operatorname{logsigmoid}",
    "relu": r"\operatorname{ReLU}",
    "leaky_relu": r"\operatorname{LeakyReLU}",
    "elu": r"\operatorname{ELU}",
    "gelu": r"\operatorname{GELU}",
    "silu": r"\operatorname{SiLU}",
}
"""Functions of the entries that have a command or a name of their own; the other named ones are set upright."""
_WORDS = (r"\mathrm", r"\operator", *(command for command in FUNCTIONS.values() if command != r"\sigma"))


def function(name: str, order: int) -> str:
    """A function of the entries with its primes: f', \\tanh', upright words."""
    if name in FUNCTIONS:
        return FUNCTIONS[name] + "'" * order
    return (rf"\operatorname{{{name}}}" if name in FUNCTION_NAMES else names.latex(name)) + "'" * order


def beside(left: Piece, right: Piece) -> str:
    r"""Between two factors: a thin space about an upright d or word, a dot before a digit."""
    if right.head[0] in "0123456789":
        return r" \cdot "
    return r"\, " if left.head.startswith(r"\mathrm{d}") or right.head.startswith(_WORDS) else " "


_GLYPH = re.compile(r"\\(?:begin|end)\{\w+\}|\\frac\{(?:1|\\mathrm\{d\}|\\partial )?|\\[a-zA-Z]+|\\.|[{}^_]|[^\s]")
_WIDTHS = dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 8.8) | {"M": 11.0, "W": 11.0, "m": 9.0, "w": 8.0, "(": 4.3, ")": 4.3}
_WIDTHS |= {"+": 13.5, "-": 13.5, ":": 9.5, "=": 15.0, ",": 5.0, "'": 3.0, "[": 3.5, "]": 3.5, "f": 6.5, r"\,": 2.0}
_WIDTHS |= dict.fromkeys((r"\odot", r"\oslash", r"\otimes", r"\cdot", r"\times", r"\ge"), 13.5)
_WIDTHS |= dict.fromkeys((r"\lVert", r"\rVert", r"\lvert", r"\rvert"), 5.5)
_WIDTHS |= dict.fromkeys((r"\exp", r"\log", r"\sin", r"\cos", r"\tan", r"\max", r"\min", r"\det"), 19.0)
_WIDTHS |= dict.fromkeys((r"\sinh", r"\cosh", r"\tanh", r"\arcsin", r"\arccos", r"\arctan"), 26.0)
_FONTS = (r"\mathrm", r"\mathbf", r"\mathbb", r"\operatorname")
_WIDTHS |= dict.fromkeys((*_FONTS, r"\hat", r"\bar", r"\tilde", *"{}^_"), 0.0)
# A fraction's line sticks out; what each fraction of a kind has above the line counts below it.
_WIDTHS |= dict.fromkeys(
    (r"\underbrace", *(r"\frac{" + above for above in ("", "1", r"\mathrm{d}", r"\partial "))), 3.0
)
_WIDTHS |= dict.fromkeys((r"\begin{bmatrix}", r"\end{bmatrix}"), 6.0)
_WIDTHS |= {r"\biggl": 5.0, r"\biggr": 5.0, r"\left": 4.5, r"\right": 4.5, r"\sqrt": 9.0, r"\top": 8.5, ">": 14.5}
_WIDTHS |= {r"\sum": 24.0, r"\int": 12.0, "&": 10.0, r"\infty": 11.0, r"\\": 0.0}
_OTHER = 6.0


@lru_cache(maxsize=4096)
def points(text: str) -> float:
    """About how wide a name or a sign is set, in points at 11 point; what is raised or lowered is small."""
    total, scales, small = 0.0, [1.0], False
    for token in _GLYPH.finditer(text):
        glyph = token.group()
        if glyph == "{":
            scales.append(scales[-1] * (SMALL if small else 1.0))
        elif glyph == "}" and len(scales) > 1:
            scales.pop()
        total += _WIDTHS.get(glyph, _OTHER) * scales[-1] * (SMALL if small else 1.0)
        small = glyph in "^_"
    return total


def _call(command: str) -> Form:
    return Form(command + "#1", ATOM, [BRACKETED])


def _bars(left: str, right: str, index: str = "") -> Form:
    return Form(rf"{left} #1 {right}{index}", ATOM, [SUM], tall=rf"\left{left} #1 \right{right}{index}")


def _word(name: str) -> Form:
    return _call(rf"\operatorname{{{name}}}")


def called(name: str, count: int) -> Form:
    """An operator written as a call."""
    word = rf"\operatorname{{{name}}}"
    return _word(name) if count == 1 else _with(word, count)


def _with(command: str, count: int = 2) -> Form:
    # Several arguments in brackets.
    arguments = ", ".join(f"#{i + 1}" for i in range(count))
    loose = Form(rf"{command}\biggl({arguments}\biggr)", ATOM, [SUM])
    return Form(rf"{command}({arguments})", ATOM, [SUM], tall=rf"{command}\left({arguments}\right)", loose=loose)


def _over(template: str, loose: Form | None = None, least: Level = SUM) -> Form:
    return Form(template, POWER, [least], makes_tall=True, stacked=True, loose=loose)


def _blocks(inside: str) -> Form:
    rows = r"\\" in inside
    template = rf"\begin{{bmatrix}} {inside} \end{{bmatrix}}"
    return Form(template, ATOM, [LIST], makes_tall=rows, solid=True, stacked=rows)


def _below(command: str, index: str) -> Form:
    return _call(command + r"_{\mathrm{" + index + "}}")


_NORMALIZED = {"rowstd": "rowstd", "colstd": "colstd", "layer_norm": "layernorm", "batch_norm": "batchnorm"}
_SOFTMAX, _LOG_SOFTMAX, _LOGSUMEXP = (rf"\operatorname{{{name}}}" for name in ("softmax", "logsoftmax", "logsumexp"))
FORMS = {
    "formula": Form("#1", LIST, [LIST]),
    "brackets": Form("(#1)", ATOM, [LIST], tall=r"\left(#1\right)", loose=Form(r"\biggl(#1\biggr)", ATOM, [LIST])),
    "number": Form("#1", ATOM, [ATOM]),
    # Sums and products. A line may end before a sign, at a cost.
    "range": Form(r"#1 \quad #2", LIST, [LIST]),
    "layers": Form(r"#1 = #2, \dots, #3", LIST, [LIST]),
    "sum_over": Form(r"\sum_{~2=~3}^{~4} #1", SCALED, [PRODUCT]),
    "plus": Form("#1 + #2", SUM, [FROBENIUS], cost=1),
    "subtract": Form("#1 - #2", SUM, [FROBENIUS], cost=1),
    "minus": Form("-#1", SCALED, [PRODUCT]),
    "inner": Form("#1 : #2", FROBENIUS, [SCALED], cost=4),
    "hadamard": Form(r"#1 \odot #2", PRODUCT, [CHAIN], cost=8),
    "over": _over(r"\frac{#1}{#2}", Form("#1 #2^{-1}", CHAIN, [BRACKETED])),
    "over_tight": _over(r"\frac{#1}{#2}", Form("#1 #2^{-1}", CHAIN, [BRACKETED])),
    "reciprocal": _over(r"\frac{1}{#1}", Form("#1^{-1}", POWER, [BRACKETED])),
    "reciprocal_tight": _over(r"\frac{1}{#1}", Form("#1^{-1}", POWER, [BRACKETED])),
    "ratio": Form("#1/#2", CHAIN, [POWER]),
    "over_entries": Form(r"#1 \oslash #2", CHAIN, [CHAIN, POWER], cost=12),
    "power": Form("#1^{%2}", POWER, [ATOM, LIST]),
    "power_entries": Form(r"#1^{\odot %2}", POWER, [ATOM, LIST]),
    "matpow": Form("#1^{%2}", POWER, [ATOM, LIST]),
    # Linear maps and functions of a matrix.
    "transpose": Form(r"#1^\top", POWER, [ATOM]),
    "transpose_inv": Form(r"#1^{-\top}", POWER, [ATOM]),
    "inv": Form("#1^{-1}", POWER, [ATOM]),
    "diag": _word("diag"),
    "diagonal": _word("diag"),
    "tril_half": _call(r"\operatorname{tril}_{1/2}"),
    "det": _call(r"\det"),
    "logdet": _call(r"\log\det"),
    "norm": _bars(r"\lVert", r"\rVert"),
    "norm_spec": _bars(r"\lVert", r"\rVert", "_2"),
    "norm_nuc": _bars(r"\lVert", r"\rVert", "_*"),
    "pinv": Form("#1^{+}", POWER, [ATOM]),
    "sqrtm": Form("#1^{1/2}", POWER, [ATOM]),
    "expm_frechet": _with(r"L_{\exp}"),
    "logm_frechet": _with(r"L_{\log}"),
    "sqrtm_frechet": _with(r"L_{\sqrt{\cdot}}"),
    "expm_frechet2": _with(r"L_{\exp}^{(2)}", 3),
    "logm_frechet2": _with(r"L_{\log}^{(2)}", 3),
    "power_frechet2": _with(r"\operatorname{powerfrechet2}", 4),
    "polar": _call(r"\operatorname{polar}"),
    "polar_frechet": _with(r"\operatorname{polarfrechet}"),
    "power_frechet": Form(r"\sum_{~4=0}^{~5} #1^{%4} #2 #1^{%5 - %4}", SUM, [ATOM, POWER, SUM], makes_tall=True),
    "lambda_max": _call(r"\lambda_{\max}"),
    "lambda_min": _call(r"\lambda_{\min}"),
    "eigvec_max": _call(r"\operatorname{eigvec}_{\max}"),
    "eigvec_min": _call(r"\operatorname{eigvec}_{\min}"),
    "singular_u1": _call(r"\operatorname{singular}_{u_1}"),
    "singular_v1": _call(r"\operatorname{singular}_{v_1}"),
    "singular_u": _call(r"\operatorname{singular}_{U}"),
    "singular_v": _call(r"\operatorname{singular}_{V}"),
    "largest": _call(r"\max"),
    "smallest": _call(r"\min"),
    "indicator_max": _call(r"\operatorname{indicator}_{\max}"),
    "indicator_min": _call(r"\operatorname{indicator}_{\min}"),
    # Kronecker products, stacked columns, blocks. An index stands below a letter, or below brackets.
    "kron": Form(r"#1 \otimes #2", PRODUCT, [POWER], cost=8),
    "unvec": Form(r"\operatorname{vec}^{-1}_{%2 \times %3}#1", ATOM, [BRACKETED, POWER]),
    "commutation": Form("K_{%1,%2}", ATOM, [SUM]),
    "commutation_word": _with(r"\operatorname{commutation}"),
    "duplication": Form("D_{%1}", ATOM, [SUM]),
    "duplication_word": _with(r"\operatorname{duplication}", 1),
    **{
        f"duplication_{kind}": _with(rf"\operatorname{{duplication}}_{{\mathrm{{{kind}}}}}", 1)
        for kind in ("skew", "diagonal", "lower", "upper")
    },
    "ptrace1": Form(r"\operatorname{tr}_1^{(%2)}#1", ATOM, [BRACKETED, SUM]),
    "ptrace2": Form(r"\operatorname{tr}_2^{(%2)}#1", ATOM, [BRACKETED, SUM]),
    "hcat": _blocks("#1 & #2"),
    "vcat": _blocks(r"#1 \\ #2"),
    "block_row": Form("#1 & #2", LIST, [SUM]),
    "block_one": Form("#1", LIST, [SUM]),
    "part": Form("#1[#2]", ATOM, [ATOM, LIST], solid=True),
    "through": Form("#1:#2", LIST, [SUM]),
    "pair": Form("#1,#2", LIST, [LIST]),
    "rowrange": Form(r"#1_{%2:%3,\, :}", POWER, [LETTER, SUM]),
    "colrange": Form(r"#1_{:,\, %2:%3}", POWER, [LETTER, SUM]),
    # Normalization; what is added to the variance is left out where it is 0.
    **{name: _with(rf"\operatorname{{{word}}}") for name, word in _NORMALIZED.items()},
    **{f"{name}_plain": _word(word) for name, word in _NORMALIZED.items()},
    "softmax_rows": _call(_SOFTMAX),
    "softmax_rows_vector": _below(_SOFTMAX, "rows"),
    "softmax_columns": _below(_SOFTMAX, "columns"),
    "softmax_columns_vector": _call(_SOFTMAX),
    "log_softmax_rows": _call(_LOG_SOFTMAX),
    "log_softmax_rows_vector": _below(_LOG_SOFTMAX, "rows"),
    "log_softmax_columns": _below(_LOG_SOFTMAX, "columns"),
    "log_softmax_columns_vector": _call(_LOG_SOFTMAX),
    "logsumexp_rows": _call(_LOGSUMEXP),
    "logsumexp_rows_vector": _below(_LOGSUMEXP, "rows"),
    "logsumexp_columns": _below(_LOGSUMEXP, "columns"),
    "logsumexp_columns_vector": _call(_LOGSUMEXP),
    # Functions of the entries: "call" with the names above, and these.
    "call": Form("#1#2", ATOM, [ATOM, BRACKETED]),
    "abs_scalar": _bars(r"\lvert", r"\rvert"),
    "sqrt": Form(r"\sqrt{#1}", POWER, [SUM], makes_tall=True, solid=True, loose=_word("sqrt")),
    "step": Form("[#1 > 0]", ATOM, [SUM], tall=r"\left[#1 > 0\right]"),
    "max": _with(r"\max"),
    "min": _with(r"\min"),
    "step_ge": Form(r"[#1 \ge #2]", ATOM, [SUM], tall=r"\left[#1 \ge #2\right]"),
    # Constants, with their sizes and, where the neighbours fix them, without.
    "eye": Form("I_{%1}", ATOM, [SUM]),
    "eye_bare": Form("I", ATOM),
    "ones": Form(r"\mathbf{1}_{%1 \times %2}", ATOM, [POWER]),
    "ones_column": Form(r"\mathbf{1}_{%1}", ATOM, [SUM]),
    "ones_column_bare": Form(r"\mathbf{1}", ATOM),
    "zeros": Form(r"0_{%1 \times %2}", ATOM, [POWER]),
    "zeros_column": Form(r"0_{%1}", ATOM, [SUM]),
    "underbrace": Form(r"\underbrace{#1}_{%2}", ATOM, [LIST], stacked=True, loose=Form(r"#1{}_{%2}", ATOM, [LIST])),
    "shape": Form(r"#1 \times #2", SUM, [POWER]),
    "pi": Form(r"\pi", ATOM),
    "e": Form(r"\mathrm{e}", ATOM),
    # Index notation.
    "all": Form(":", ATOM),
    "indices": Form("#1 #2", ATOM, [ATOM]),
    "indices_apart": Form("#1,#2", ATOM, [ATOM]),
    "entry": Form("#1_{%2}", ATOM, [LETTER, LIST]),
    "slice": Form("#1_{%2}", ATOM, [LETTER, LIST]),
    "sigma": Form(r"\sum_{~1} #2", PRODUCT, [LIST, SCALED]),
    "sigma_to": Form(r"\sum_{~1=1}^{~2} #3", PRODUCT, [LIST, LIST, SCALED]),
    "sum_layers": Form(r"\sum_{~1=~2}^{~3} #4", PRODUCT, [LIST, LIST, LIST, SCALED]),
    "bound": Form("#1", ATOM, [ATOM]),
    "delta": Form(r"\delta_{%1}", ATOM, [LIST]),
    "equal": Form("[#1 = #2]", ATOM, [LIST]),
    "ranges": Form(r"#1;\enspace #2", LIST, [LIST]),
    # What stands about formulas: a rule or a definition, the name of a gradient.
    "equation": Form("#1 = #2", LIST, [LIST], cost=0),
    "derivative": _over(r"\frac{\mathrm{d}#1}{\mathrm{d}#2}", least=ATOM),
    "jacobian": _over(r"\frac{\mathrm{d}#1}{\mathrm{d}#2}", least=POWER),
    "partial": _over(r"\frac{\partial #1}{\partial #2}", least=POWER),
    "gradient": _over(r"\frac{\partial #1}{\partial #2}", least=ATOM),
    "second": _over(r"\frac{\partial^2 #1}{\partial #2\, \partial #3}", least=ATOM),
    "real": Form(r"#1 \in \mathbb{R}", LIST, [ATOM]),
    "real_column": Form(r"#1 \in \mathbb{R}^{%2}", LIST, [ATOM, SUM]),
    "real_matrix": Form(r"#1 \in \mathbb{R}^{%2 \times %3}", LIST, [ATOM, POWER]),
    # In the glossary.
    "integral": Form(r"\int_0^1 #1\, \mathrm{d}s", LIST, [CHAIN]),
    "index_sum": Form(r"\sum_{r=0}^{k - 1} #1", LIST, [CHAIN]),
    # Differentials: of a name, of anything else.
    "d_name": Form(r"\mathrm{d}#1", ATOM, [ATOM]),
    "d": Form(r"\mathrm{d}#1", ATOM, [BRACKETED]),
}

LATEX = Notation(
    "LaTeX",
    FORMS,
    name=names.latex,
    function=function,
    beside=beside,
    called=called,
    gathers=True,
    letters={
        "number": r"{size} = {number}",
        "index": r"{name}_{{{index}}}",
        "d": r"\mathrm{{d}}",
        "word": r"\operatorname{{{word}}}",
        "turned": r"^\top",
    },
    measure=points,
    space=0.0,
    word=names.latex_word,
)
