"""Sums over indices in matrix form, one index at a time; each turn is a step that can be shown.

A formula with indices is an expression in which y_i, row i of X and Σ_i stand as they were typed (sigmas.py).
`in_matrices` looks for the innermost sum, or product of rows, that has no sum inside, finds the array whose entry it is
(contraction.py), and puts that entry in its place, until no index is left that a sum binds.
"""

from matcalc.sums.form import NoMatrixForm
from matcalc.sums.steps import Converted, in_matrices

__all__ = ["Converted", "NoMatrixForm", "in_matrices"]
