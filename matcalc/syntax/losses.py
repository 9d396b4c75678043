"""Losses and measures that have a name elsewhere, KL(p, q), MSE(y, X w): here their formula is written out.

Nothing is read in their place, as sums and means, and the order of targets and predictions, are told apart by custom
alone. The refusal has the formula in the words of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matcalc.errors import MatcalcError, UnknownNameError
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token

_KL = "sum({a} .* log({a} ./ {c}))"
_JS = "1/2 sum({a} .* log(2 {a} ./ ({0} + {1})) + {b} .* log(2 {b} ./ ({0} + {1})))"
_BY_FORMULA: Sequence[
    Mapping[str, str]
] = (  # of one argument, and of two: {a} and {b} stand in a product, {c} below a stroke
    {
        "-sum({a} .* log({0}))": "entropy h ent shannonentropy",
        "mean({s}.^2)": "mse",
        "sqrt(mean({s}.^2))": "rmse",
        "mean(abs({0}))": "mae",
        "sum({s}.^2)": "sse",
        "1 - sum({s}.^2)": "gini",
        "exp(-sum({a} .* log({0})))": "perplexity",
        "log({a} ./ (1 - {a}))": "logit",
        "sqrt(lambda_min({c}' {c}))": "sigmamin smin",
    },
    {
        _KL: "kl kld dkl kldiv",
        _JS: "js jsd jensenshannon",
        "-sum({a} .* log({1}))": "ce h nll xent crossentropy categoricalcrossentropy",
        "-sum({a} .* log({1}) + (1 - {a}) .* log(1 - {b}))": "bce binarycrossentropy binaryce logloss",
        "sum(softplus({1}) - {a} .* {b})": "bcewithlogits binarycrossentropywithlogits",
        "mean(({0} - {b}).^2)": "mse meansquarederror",
        "sqrt(mean(({0} - {b}).^2))": "rmse",
        "mean(abs({0} - {b}))": "mae l1loss meanabsoluteerror",
        "sum(({0} - {b}).^2)": "sse rss ssr l2loss",
        "sum(max(0, 1 - {a} .* {b}))": "hinge",
        "1/2 sum(abs({0} - {b}))": "tv totalvariation",
        "norm({0} - {b})": "dist distance",
        "cosine({0}, {1})": "cossim cosinesim",
    },
)
_ONE, _TWO = ({stem: formula for formula, stems in rows.items() for stem in stems.split()} for rows in _BY_FORMULA)
_DIVERGENCES = frozenset(stem for stem, formula in _TWO.items() if formula in (_KL, _JS))
_ORDERED = frozenset((_TWO["ce"], _TWO["bce"], _TWO["bcewithlogits"]))
_TAIL = re.compile(r"(?:loss|divergence)$")
_DIVIDED = re.compile(r"(.*?)\\?\|+(.*)", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\d*|[^\W\d][^\W_]*_\w+|[a-z]+\([^()]*\)|\\[a-z]+")
_MOST = 400
"""Characters of a bracket that are looked at."""


def refusal(source: Source, name: str, statement: Sequence[Token], at: int) -> MatcalcError | None:
    """The error for a call of a loss, whose bracket is token `at` of a statement; None if it is no loss's name."""
    stem, token = _stem(name), statement[at - 1]
    if stem not in _TWO and stem not in _ONE:
        return None
    args, end = _arguments(source, statement, at)
    ordered = len(args) == 2 and _TWO.get(stem) in _ORDERED
    if ordered and args[1].isalnum() and args[0].endswith(")"):  # CE(softmax(z), y)
        args.reverse()
    formula = _formula(stem, args)
    names = ["p"] if stem not in _TWO else ["p", "q"] if stem in _DIVERGENCES else ["y", "p"]
    if stem in _ONE and len(args) == 1:
        names = ["p"]
    if not formula and len(name) == 1:
        return None
    shown = source.quote(token.start, end)
    whole = end == statement[-1].end and (at == 1 or statement[at - 2].kind == "EQUALS")
    if formula and not whole and not formula[0].isalpha():
        formula = f"({formula})"
    general = f"{name}({', '.join(names)}) is {_formula(stem, names)}"
    hint = f"write {formula}" if formula else f"{general}: write it out"
    if formula and ordered:
        hint += f", if {args[0]} are the targets"
    if formula and args != names:
        hint += f"; {general}"
    return source.error(UnknownNameError, f"{shown} is not in the notation", token.start, end, hint=hint)


def divergence(source: Source, bar: int) -> MatcalcError | None:
    r"""The error for KL(p || q) and D_{KL}(p \| q), one of whose bars stands at `bar`; None for anything else."""
    text = source.text
    open_, close = text.rfind("(", max(0, bar - _MOST), bar), text.find(")", bar, bar + _MOST)
    before = re.sub(r"\\(?:left|[bB]igg?l?)\Z", "", text[max(0, open_ - 60) : max(0, open_)].rstrip()).rstrip()
    name = re.search(r"[\w\\{}]+\Z", before)
    inside = _DIVIDED.fullmatch(re.sub(r"\\(?:right|[bB]igg?r?|middle|[,;:! ])", "", text[open_ + 1 : close]))
    if open_ < 0 or close < 0 or name is None or inside is None:
        return None
    stem = _stem(re.sub(r"\\(?:mathrm|text|operatorname|mathit|rm)|\W", "", name[0]))
    formula = _formula(stem, [part.strip() for part in inside.groups()]) if stem in _DIVERGENCES else ""
    start = max(0, open_ - 60) + name.start()
    message = f"{source.quote(start, close + 1)} is no formula: a divergence is not read"
    return source.error(UnknownNameError, message, start, close + 1, hint=f"write {formula}") if formula else None


def entropy(name: str, argument: str) -> str:
    """What an entropy of one letter may stand for, H(p)."""
    return _formula(_stem(name), [argument]) if _stem(name) in _ONE else ""


def _stem(name: str) -> str:
    """The name as the tables have it: CrossEntropyLoss is crossentropy; h is a function of anybody's."""
    stem = name.lower().replace("_", "") if name != "h" else ""
    return stem if stem in _TWO else _TAIL.sub("", stem)


def _arguments(source: Source, statement: Sequence[Token], at: int) -> tuple[list[str], int]:
    """The texts between the commas of a bracket, and where it ends."""
    depth, begin, found = 0, statement[at].end, []
    for token in statement[at:]:
        depth += (token.kind.startswith("OPEN") or token.kind == "NORM_OPEN") - (
            token.kind.startswith("CLOSE") or token.kind == "NORM_CLOSE"
        )
        if not depth or (depth == 1 and token.kind == "COMMA"):
            found.append(source.quote(begin, token.start).strip())
            begin = token.end
        if not depth:
            return found, token.end
    return [], statement[at].end


def _formula(stem: str, args: Sequence[str]) -> str:
    template = {1: _ONE, 2: _TWO}.get(len(args), {}).get(stem)
    if template is None or not all(args):
        return ""
    first, last = (_bracketed(arg) for arg in (args[0], args[-1]))
    one = [arg if _NAME.fullmatch(arg) else f"({arg})" for arg in args]
    return template.format(*args, a=first, b=last, s=one[0], c=one[-1])


def _bracketed(text: str) -> str:
    """The text as an operand of an elementwise product, in brackets where it is a sum."""
    depth = 0
    for mark in text:
        depth += (mark in "([{") - (mark in ")]}")
        if not depth and mark in "+-−–:":
            return f"({text})"
    return text
