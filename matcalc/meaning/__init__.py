"""Evaluates expressions entry by entry: exactly in any field of entries, or fast in NumPy.

`entries` evaluates over SymPy formulas or numbers of many digits, `evaluate` over float64 arrays. Both read a row for
each operator (table.py) and for each named function of the entries; shared parts of the graph are evaluated once,
without recursion. d(A) is evaluated as a limit: a central difference with steps of 10⁻⁴⁰ in numbers of 120 digits. So
it does not depend on the rules of differentiation.

This room judges the rules, the derivation, the notation and the printer, and may not import them.
"""

from matcalc.meaning import arrangements, averages, basic, matrix_functions  # noqa: F401 (they enter their rows)
from matcalc.meaning.evaluation import Evaluator, evaluate
from matcalc.meaning.exact import check_meanings, entries, order, unwritten
from matcalc.meaning.fields import Multiprecision, Sympy
from matcalc.meaning.lettered import closed, over_all
from matcalc.meaning.protocol import Entry, Field, Rows, TooLarge
from matcalc.meaning.table import MEANINGS

__all__ = [
    "MEANINGS",
    "Entry",
    "Evaluator",
    "Field",
    "Multiprecision",
    "Rows",
    "Sympy",
    "TooLarge",
    "check_meanings",
    "closed",
    "entries",
    "evaluate",
    "order",
    "over_all",
    "unwritten",
]
