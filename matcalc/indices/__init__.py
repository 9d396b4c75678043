"""Index notation: each entry of an expression as sums over indices, and derivatives entry by entry.

This is a second notation, for readers who check matrix calculus by sums. The room knows operators but no rules; its
chain rule is that of several variables, entry by entry.
"""

from matcalc.indices.entry import FreshIndices, entry, names_in, tidy, written
from matcalc.indices.terms import Index, Index_term

__all__ = ["FreshIndices", "Index", "Index_term", "entry", "names_in", "tidy", "written"]
