"""Index notation: what each entry of an expression is, as sums over indices, and derivatives by entries.

A second way of writing, for those who check matrix calculus by its sums. It knows operators and nothing of rules; the
chain rule here is that of several variables, entry by entry.
"""

from matcalc.indices.entry import FreshIndices, entry, names_in, tidy, written
from matcalc.indices.terms import Index, Index_term

__all__ = ["FreshIndices", "Index", "Index_term", "entry", "names_in", "tidy", "written"]
