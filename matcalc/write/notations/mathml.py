"""Presentation MathML, which browsers render: brackets grow, and lines are broken by the browser.

Every template is well-formed, and every operand is in a row of its own, so the result is well-formed too.
"""

from __future__ import annotations

import re

from matcalc import names
from matcalc.operators import FUNCTION_NAMES
from matcalc.write.pieces import Form, Level, Notation, Piece

LIST, SUM, FROBENIUS, SCALED, PRODUCT, CHAIN, POWER, ATOM, LETTER, BRACKETED = Level

# ------------------------------------------------------------------------------------------------------------- elements


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mi(word: str) -> str:
    return f"<mi>{_text(word)}</mi>"


def _mn(digits: str) -> str:
    return f"<mn>{_text(digits)}</mn>"


def _mo(sign: str) -> str:
    return f"<mo>{_text(sign.replace('-', '−'))}</mo>"


def _row(*inside: str) -> str:
    return f"<mrow>{''.join(inside)}</mrow>"


def _set(element: str, *inside: str) -> str:
    # msup, mfrac … of parts that are each in a row of their own.
    return f"<{element}>{''.join(_row(part) for part in inside)}</{element}>"


_FLAT, _STRETCHED = 'stretchy="false"', 'stretchy="true"'


def _fenced(inside: str, left: str = "(", right: str = ")", stretchy: str = _FLAT) -> str:
    # Browsers set a bracket that may grow farther from what it holds, even where it need not grow.
    fences = (f'<mo fence="true" {stretchy}>{sign}</mo>' for sign in (left, right))
    return _row(next(fences), inside, next(fences))


def _table(inside: str) -> str:
    return _fenced(f"<mtable>{inside}</mtable>", "[", "]", _STRETCHED)


_WORD = re.compile(r"<mi>\w\w")
OF, TIMES = _mo("\u2061"), _mo("\u2062")
"""What stands unseen between a function and its argument, and between factors."""
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}
_SPELLING = names.Spelling(
    letter=_mi,
    greek=lambda letter: _mi(names.GREEK[letter]),
    word=_mi,
    digits=_mn,
    accent=lambda accent, stem: f'<mover accent="true">{stem}{_mo(_ACCENTS[accent])}</mover>',
    below=lambda stem, indices: f"<msub>{stem}{_row(_mo(',').join(indices))}</msub>",
)
_FUNCTIONS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "sigmoid": "σ", "log_sigmoid": "logsigmoid"} | {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
}


def name(name: str) -> str:
    """A name with its accent, and its indices below."""
    return names.spelled(name, _SPELLING)


def function(name_: str, order: int) -> str:
    """A function of the entries with its primes."""
    shown = _mi(_FUNCTIONS.get(name_, name_)) if name_ in FUNCTION_NAMES else name(name_)
    # The sign of a derivative is raised in the font itself; raised once more it would be a dot.
    return _row(shown, f'<mo lspace="0" rspace="0">{"′" * order}</mo>') if order else shown


def beside(left: Piece, right: Piece) -> str:
    """Between two factors: nothing that is seen, a dot before a number, a little space before a word."""
    if right.head.startswith("<mn>"):
        return _mo("·")
    return TIMES + ('<mspace width="0.17em"/>' if _WORD.match(right.head) else "")


# ---------------------------------------------------------------------------------------------------------------- forms


def _infix(sign: str, level: Level, least: Level) -> Form:
    return Form(f"#1{_mo(sign)}#2", level, [least])


def _call(word: str) -> Form:
    return Form(f"{word}{OF}#1", ATOM, [BRACKETED])


def _grown(template: str, level: Level, least: list[Level]) -> Form:
    # A form with brackets, which grow around what is higher than a line.
    return Form(template, level, least, tall=template.replace(_FLAT, _STRETCHED))


def _with(word: str, count: int = 2) -> Form:
    arguments = _mo(",").join(f"#{i + 1}" for i in range(count))
    return _grown(_row(word, OF, _fenced(arguments)), ATOM, [SUM])


def called(name: str, count: int) -> Form:
    """An operator written as a call."""
    return _call(_mi(name)) if count == 1 else _with(_mi(name), count)


def _bars(index: str = "", sign: str = "‖") -> Form:
    bars = _fenced("#1", sign, sign)
    return _grown(f"<msub>{bars}{index}</msub>" if index else bars, ATOM, [SUM])


def _sub(stem: str, index: str) -> str:
    return _set("msub", stem, index)


def _raised(exponent: str) -> Form:
    return Form(_set("msup", "#1", exponent), POWER, [ATOM, LIST])


def _over(above: str, below: str, least: Level = SUM) -> Form:
    return Form(_set("mfrac", above, below), POWER, [least], makes_tall=True)


def _total(below: str, above: str, body: str, level: Level, least: list[Level]) -> Form:
    template = _row(f"<munderover>{_mo('∑')}{_row(below)}{_row(above)}</munderover>", body)
    return Form(template, level, least, makes_tall=True)


_ROOM = '<mspace width="0.3em"/>'
_OVER, _RECIPROCAL = _over("#1", "#2"), _over(_mn("1"), "#1")
_BY_AXIS = {"softmax": "softmax", "log_softmax": "logsoftmax", "logsumexp": "logsumexp"}
_NORMALIZED = {"rowstd": "rowstd", "colstd": "colstd", "layer_norm": "layernorm", "batch_norm": "batchnorm"}
_EXTREME = {"lambda": "λ", "eigvec": "eigvec", "indicator": "indicator"}
_SINGULAR = {"u1": _sub(_mi("u"), _mn("1")), "v1": _sub(_mi("v"), _mn("1")), "u": _mi("U"), "v": _mi("V")}
_INVERSE = _mo("-") + _mn("1")
_D, _PARTIAL = '<mi mathvariant="normal">d</mi>', '<mi mathvariant="normal">∂</mi>'

FORMS = {
    "formula": Form(f'<math xmlns="http://www.w3.org/1998/Math/MathML">{_row("#1")}</math>', ATOM, [LIST]),
    "brackets": _grown(_fenced("#1"), ATOM, [LIST]),
    "number": Form("<mn>#1</mn>", ATOM, [ATOM]),
    # Sums and products.
    "range": Form('#1<mspace width="1em"/>#2', LIST, [LIST]),
    "layers": Form(f"#1{_mo('=')}#2{_mo(',')}{_mo('…')}{_mo(',')}#3", LIST, [LIST]),
    "sum_over": _total(f"#2{_mo('=')}#3", "#4", "#1", SCALED, [PRODUCT]),
    "plus": _infix("+", SUM, FROBENIUS),
    "subtract": _infix("-", SUM, FROBENIUS),
    "minus": Form(f"{_mo('-')}#1", SCALED, [PRODUCT]),
    "inner": Form('#1<mo lspace="0.28em" rspace="0.28em">:</mo>#2', FROBENIUS, [SCALED]),
    "hadamard": _infix("⊙", PRODUCT, CHAIN),
    "over": _OVER,
    "over_tight": _OVER,
    "reciprocal": _RECIPROCAL,
    "reciprocal_tight": _RECIPROCAL,
    "ratio": _infix("/", CHAIN, POWER),
    "over_entries": Form(f"#1{_mo('⊘')}#2", CHAIN, [CHAIN, POWER]),
    "power": _raised("#2"),
    "power_entries": _raised(_mo("⊙") + "#2"),
    "matpow": _raised("#2"),
    # Linear maps and functions of a matrix.
    "transpose": _raised(_mo("⊤")),
    "transpose_inv": _raised(_mo("-") + _mo("⊤")),
    "inv": _raised(_INVERSE),
    "diag": _call(_mi("diag")),
    "diagonal": _call(_mi("diag")),
    "tril_half": _call(_sub(_mi("tril"), _mn("1") + _mo("/") + _mn("2"))),
    "logdet": _call(_row(_mi("log"), OF, _mi("det"))),
    "norm": _bars(),
    "norm_spec": _bars(_mn("2")),
    "norm_nuc": _bars(_mo("*")),
    "pinv": _raised(_mo("+")),
    "sqrtm": _raised(_mn("1") + _mo("/") + _mn("2")),
    **{f"{f}_frechet": _with(_sub(_mi("L"), _mi(f.removesuffix("m")))) for f in ("expm", "logm", "sqrtm")},
    **{
        f"{f}_frechet2": _with(_set("msubsup", _mi("L"), _mi(name), _fenced(_mn("2"))), count)
        for f, name, count in (("expm", "exp", 3), ("logm", "log", 3), ("power", "pow", 4))
    },
    "polar_frechet": _with(_sub(_mi("L"), _mi("polar"))),
    "power_frechet": _total(
        f"#4{_mo('=')}{_mn('0')}",
        "#5",
        f"{_set('msup', '#1', '#4')}#2{_set('msup', '#1', '#5' + _mo('-') + '#4')}",
        SUM,
        [ATOM, POWER, SUM],
    ),
    **{f"{f}_{end}": _call(_sub(_mi(word), _mi(end))) for f, word in _EXTREME.items() for end in ("max", "min")},
    **{f"singular_{part}": _call(_sub(_mi("singular"), index)) for part, index in _SINGULAR.items()},
    "largest": _call(_mi("max")),
    "smallest": _call(_mi("min")),
    # Kronecker products, stacked columns, blocks.
    "kron": _infix("⊗", PRODUCT, POWER),
    "unvec": Form(_set("msubsup", _mi("vec"), f"#2{_mo('×')}#3", _INVERSE) + OF + "#1", ATOM, [BRACKETED, POWER]),
    "commutation": Form(_sub(_mi("K"), f"#1{_mo(',')}#2"), ATOM, [SUM]),
    "commutation_word": _with(_mi("commutation")),
    "duplication": Form(_sub(_mi("D"), "#1"), ATOM, [SUM]),
    "duplication_word": _with(_mi("duplication"), 1),
    **{
        f"duplication_{kind}": _with(_sub(_mi("duplication"), _mi(kind)), 1)
        for kind in ("skew", "diagonal", "lower", "upper")
    },
    **{
        f"ptrace{i}": _grown(_set("msubsup", _mi("tr"), _mn(i), _fenced("#2")) + OF + "#1", ATOM, [BRACKETED, SUM])
        for i in "12"
    },
    "hcat": Form(_table("<mtr><mtd>#1</mtd><mtd>#2</mtd></mtr>"), ATOM, [LIST], makes_tall=True),
    "vcat": Form(_table("<mtr>#1</mtr><mtr>#2</mtr>"), ATOM, [LIST], makes_tall=True),
    "block_row": Form("<mtd>#1</mtd><mtd>#2</mtd>", LIST, [SUM]),
    "block_one": Form("<mtd>#1</mtd>", LIST, [SUM]),
    "part": Form(f"#1{_mo('[')}#2{_mo(']')}", ATOM, [ATOM, LIST], solid=True),
    "through": Form(f"#1{_mo(':')}#2", LIST, [SUM]),
    "pair": Form(f"#1{_mo(',')}#2", LIST, [LIST]),
    "rowrange": Form(_sub("#1", f"#2{_mo(':')}#3{_mo(',')}{_mo(':')}"), POWER, [LETTER, SUM]),
    "colrange": Form(_sub("#1", f"{_mo(':')}{_mo(',')}#2{_mo(':')}#3"), POWER, [LETTER, SUM]),
    # Normalization; what is added to the variance is left out where it is 0.
    **{f: _with(_mi(word)) for f, word in _NORMALIZED.items()},
    **{f"{f}_plain": _call(_mi(word)) for f, word in _NORMALIZED.items()},
    **{f"{f}_rows": _call(_mi(word)) for f, word in _BY_AXIS.items()},
    **{f"{f}_rows_vector": _call(_sub(_mi(word), _mi("rows"))) for f, word in _BY_AXIS.items()},
    **{f"{f}_columns": _call(_sub(_mi(word), _mi("columns"))) for f, word in _BY_AXIS.items()},
    **{f"{f}_columns_vector": _call(_mi(word)) for f, word in _BY_AXIS.items()},
    # Functions of the entries.
    "call": Form(f"#1{OF}#2", ATOM, [ATOM, BRACKETED]),
    "abs_scalar": _bars(sign="|"),
    "sqrt": Form(_set("msqrt", "#1"), POWER, [SUM], makes_tall=True),
    "step": _grown(_fenced(f"#1{_mo('>')}{_mn('0')}", "[", "]"), ATOM, [SUM]),
    "max": _with(_mi("max")),
    "min": _with(_mi("min")),
    "step_ge": _grown(_fenced(f"#1{_mo('≥')}#2", "[", "]"), ATOM, [SUM]),
    # Constants, with their sizes and, where the neighbours fix them, without.
    "eye": Form(_sub(_mi("I"), "#1"), ATOM, [SUM]),
    "eye_bare": Form(_mi("I"), ATOM),
    "ones": Form(_sub(_mn("𝟏"), f"#1{_mo('×')}#2"), ATOM, [POWER]),
    "ones_column": Form(_sub(_mn("𝟏"), "#1"), ATOM, [SUM]),
    "ones_column_bare": Form("<mi>𝟏</mi>", ATOM),
    "zeros": Form(_sub(_mn("0"), f"#1{_mo('×')}#2"), ATOM, [POWER]),
    "zeros_column": Form(_sub(_mn("0"), "#1"), ATOM, [SUM]),
    "shape": _infix("×", SUM, POWER),
    "pi": Form(_mi("π"), ATOM),
    "e": Form(_mi("e"), ATOM),
    # Index notation.
    "all": Form(_mo(":"), ATOM),
    "indices": Form("#1#2", ATOM, [ATOM]),
    "indices_apart": Form(f"#1{_mo(',')}#2", ATOM, [ATOM]),
    "entry": Form(_sub("#1", "#2"), ATOM, [LETTER, LIST]),
    "slice": Form(_sub("#1", "#2"), ATOM, [LETTER, LIST]),
    "sigma": Form(f"<munder>{_mo('∑')}{_row('#1')}</munder>#2", PRODUCT, [LIST, SCALED], makes_tall=True),
    "sigma_to": _total(f"#1{_mo('=')}{_mn('1')}", "#2", "#3", PRODUCT, [LIST, LIST, SCALED]),
    "sum_layers": _total(f"#1{_mo('=')}#2", "#3", "#4", PRODUCT, [LIST, LIST, LIST, SCALED]),
    "bound": Form("<mi>#1</mi>", ATOM, [ATOM]),
    "delta": Form(_sub(_mi("δ"), "#1"), ATOM, [LIST]),
    "equal": _grown(_fenced(f"#1{_mo('=')}#2", "[", "]"), ATOM, [LIST]),
    "ranges": Form(f"#1{_mo(';')}#2", LIST, [LIST]),
    # What stands about formulas: a rule or a definition, the name of a gradient, the shape of a factor.
    "equation": _infix("=", LIST, LIST),
    "derivative": _over(f"{_D}#1", f"{_D}#2", ATOM),
    "jacobian": _over(f"{_D}#1", f"{_D}#2", POWER),
    "partial": _over(f"{_PARTIAL}#1", f"{_PARTIAL}#2", POWER),
    "gradient": _over(f"{_PARTIAL}#1", f"{_PARTIAL}#2", ATOM),
    "second": _over(f"<msup>{_PARTIAL}{_mn('2')}</msup>#1", f"{_PARTIAL}#2{_PARTIAL}#3", ATOM),
    "real": Form(f"#1{_mo('∈')}{_mi('ℝ')}", LIST, [ATOM]),
    "real_column": Form(f"#1{_mo('∈')}{_set('msup', _mi('ℝ'), '#2')}", LIST, [ATOM, SUM]),
    "real_matrix": Form(f"#1{_mo('∈')}{_set('msup', _mi('ℝ'), '#2' + _mo('×') + '#3')}", LIST, [ATOM, POWER]),
    # The shape has room on both sides: where it is wider than its factor it would touch its neighbour's.
    "underbrace": Form(
        f'<munder><munder>{_row("#1")}<mo stretchy="true">⏟</mo></munder>{_row(_ROOM, "#2", _ROOM)}</munder>',
        ATOM,
        [LIST],
    ),
    # In the glossary.
    "integral": Form(f"{_set('msubsup', _mo('∫'), _mn('0'), _mn('1'))}#1{_D}{_mi('s')}", LIST, [CHAIN]),
    "index_sum": _total(f"{_mi('r')}{_mo('=')}{_mn('0')}", _mi("k") + _mo("-") + _mn("1"), "#1", LIST, [CHAIN]),
    # Differentials: of a name, of anything else.
    "d_name": Form(f"{_D}#1", ATOM, [ATOM]),
    "d": Form(f"{_D}#1", ATOM, [BRACKETED]),
}

MATHML = Notation(
    "MathML",
    FORMS,
    name=name,
    function=function,
    beside=beside,
    called=called,
    gathers=True,
    indexed="<msub>",
    letters={
        "number": "<mi>{size}</mi><mo>=</mo><mn>{number}</mn>",
        "index": "<msub><mi>{name}</mi><mi>{index}</mi></msub>",
        "d": _D,
        "word": "<mi>{word}</mi>",
        "turned": "<msup><mrow></mrow><mo>⊤</mo></msup>",
        "letters": "<mi>{letters}</mi>",
        "digits": "<mn>{digits}</mn>",
        "sign": "<mo>{sign}</mo>",
        "space": "",
    },
    measure=lambda text: 0.0,
    space=0.0,
    word=_mi,
)
