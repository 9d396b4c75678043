"""Plain ASCII text: the text notation with the signs that a keyboard has."""

from __future__ import annotations

from matcalc.write.notations.text import ATOM, CHAIN, FORMS, LIST, POWER, PRODUCT, SCALED, SUM, beside, called
from matcalc.write.pieces import Form, Notation

OWN = {
    "hadamard": Form("#1 .* #2", PRODUCT, [CHAIN], cost=8),
    "kron": Form("kron(#1, #2)", ATOM, [SUM]),
    "over_entries": Form("#1 ./ #2", CHAIN, [CHAIN, POWER], cost=12),
    "one_over_entries": Form("1 ./ #1", SCALED, [POWER]),
    "step_ge": Form("[#1 >= #2]", ATOM, [SUM]),
    "shape": Form("#1 x #2", SUM, [POWER]),
    "sigma": Form("sum_#1 #2", PRODUCT, [LIST, SCALED]),
    "sum_layers": Form("sum_{#1=#2..#3} #4", PRODUCT, [LIST, LIST, LIST, SCALED]),
    "delta": Form("delta_#1", ATOM, [LIST]),
    "pi": Form("pi", ATOM),
    "partial": Form("d#1/d#2", POWER, [POWER]),
    "second": Form("d^2 #1/(d#2 d#3)", POWER, [ATOM]),
    "real": Form("#1 in R", LIST, [ATOM]),
    "real_column": Form("#1 in R^{#2}", LIST, [ATOM, SUM]),
    "real_matrix": Form("#1 in R^{#2 x #3}", LIST, [ATOM, POWER]),
    "integral": Form("integral of #1 ds from s = 0 to 1", LIST, [CHAIN]),
    "index_sum": Form("sum of #1 over r = 0, ..., k - 1", LIST, [CHAIN]),
}
_LEFT_OUT = ("_bars", "_below", "ones_column_bare")
"""Ends of the names of forms that have signs of Unicode, and of `I_n`, which stands beside them."""
_SHARED = {name: form for name, form in FORMS.items() if not name.endswith(_LEFT_OUT)}

ASCII = Notation(
    "ASCII text", _SHARED | OWN, name=str, function=lambda name, order: name + "'" * order, beside=beside, called=called
)
