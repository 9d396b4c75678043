"""FAULTS: the mistakes that one edit undoes, each a row: its kind in the contract, the edit, the sentence, the rule.

The rows are tried in their order, those of the most common mistakes with the shortest repairs first; the first formula
that is the gradient names the mistake.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.check.edits import (
    Edits,
    all_transposed,
    along_the_other,
    bracketed,
    by_the_derivative,
    divided_by_the_sum,
    elsewhere,
    inserted,
    inverse_transposed,
    inverted,
    left_out,
    lost_term,
    moved,
    not_summed,
    other_function,
    other_name,
    other_power,
    other_product,
    other_sign,
    outer,
    summed,
    symmetrized,
    traced,
    transposed,
)
from matcalc.check.misapplied import by_scalar_rule, by_softmax


@dataclass(frozen=True)
class Fault:
    """A row. `said` has {old} for the part, {new} for what must stand there, and {by} for the variable."""

    kind: str
    edits: Edits
    said: str
    rule: str
    late: bool = False
    """Tried after the terms and the special values: the edit puts in, or leaves out, what the gradient says."""


FAULTS: tuple[Fault, ...] = (
    Fault(
        "inverse",
        inverse_transposed,
        "{old} must be {new}",
        "(A^-1)' = (A')^-1, and d(A^-1) = -A^-1 dA A^-1: transposing it to the other side gives inverse transposes",
    ),
    Fault(
        "axis",
        along_the_other,
        "{old} sums over the wrong axis; it must be {new}",
        "the sum runs over what the variable does not have: over the samples",
    ),
    Fault(
        "transpose",
        transposed,
        "{old} must be {new}",
        "A factor that crosses the colon is transposed: G : A dX = A' G : dX, and G : dX B = G B' : dX",
    ),
    Fault(
        "softmax",
        by_softmax,
        "{old} treats softmax as a function of the entries; it must be {new}",
        "every entry of softmax depends on all of its row: dp = p ⊙ (dz - the sum of p ⊙ dz)",
    ),
    Fault(
        "chain",
        other_power,
        "{old} must be {new}",
        "d(a^k) = k a^(k-1) da, and d‖x‖ = x/‖x‖: the power is that of the function's derivative",
    ),
    Fault(
        "function",
        other_function,
        "{old} must be {new}",
        "d(f(Z)) = f'(Z) ⊙ dZ: the factor is the derivative, and of the function that stands there",
    ),
    Fault(
        "sign",
        other_sign,
        "{old} must be {new}",
        "f(-z) is not f(z): a sign inside a function stays there, and d(f(-z)) = -f'(-z) dz",
    ),
    Fault(
        "point",
        elsewhere,
        "{old} must be {new}",
        "d(f(Z)) = f'(Z) ⊙ dZ: the derivative is taken where the function is, at Z",
    ),
    Fault(
        "chain",
        divided_by_the_sum,
        "{old} is not divided by its sum; it must be {new}",
        "d log s = ds / s with s the sum of the e^z: each e^z is divided by all of them",
    ),
    Fault(
        "outer",
        outer,
        "{old} must be {new}",
        "a : B dx… a product of a column and a row is a matrix, that of a row and a column a number: x' y and x y'",
    ),
    Fault(
        "side",
        moved,
        "the factors of {old} stand in the wrong order: {new}",
        "G : A dX B = A' G B' : dX: what is to the left of dX goes to the left, what is to the right to the right",
    ),
    Fault(
        "transpose",
        all_transposed,
        "{old} must be {new}",
        "A factor that crosses the colon is transposed: G : A dX = A' G : dX, and G : dX B = G B' : dX",
    ),
    Fault(
        "hadamard",
        other_product,
        "{old} must be {new}",
        "d(f(Z)) = f'(Z) ⊙ dZ is entry by entry, and d(A B) = dA B + A dB is a matrix product",
    ),
    Fault(
        "side",
        bracketed,
        "{old} must be {new}",
        "G : (A ⊙ dZ) = G ⊙ A : dZ, then the matrix beside dZ crosses the colon: one step after the other",
    ),
    Fault(
        "trace",
        traced,
        "{old} must be {new}",
        "d tr(A) = tr(dA) = I : dA, and d diag(x) = diag(dx): the trace or diag goes where it stood",
    ),
    Fault(
        "sum",
        summed,
        "{old} is not summed; it must be {new}",
        "the variable is used once for every sample, and its gradient is the sum over them",
    ),
    Fault(
        "sum",
        not_summed,
        "{old} sums what must stay apart; it must be {new}",
        "the gradient of a sum has an entry for each of its terms",
    ),
    Fault(
        "scalar-rule",
        by_scalar_rule,
        "{old} is a rule for numbers; it must be {new}",
        "d(X^-1) = -X^-1 dX X^-1: matrices do not commute, so that the two inverses stand on both sides",
    ),
    Fault(
        "inverse",
        inverted,
        "{old} must be {new}",
        "d(X^-1) = -X^-1 dX X^-1, and d log det X = tr(X^-1 dX)",
    ),
    Fault(
        "product-rule",
        symmetrized,
        "a term is lost: {old} must be {new}",
        "d(A B) = dA B + A dB: the variable occurs twice, and every occurrence gives a term",
    ),
    Fault(
        "chain",
        inserted,
        "a factor of the chain is missing: {old} must be {new}",
        "the chain rule: every step between the variable and the objective gives a factor",
        late=True,
    ),
    Fault(
        "function",
        by_the_derivative,
        "{old} must be {new}",
        "d(f(Z)) = f'(Z) ⊙ dZ: the factor is the derivative, and of the function that stands there",
        late=True,
    ),
    Fault(
        "product-rule",
        lost_term,
        "a term is lost: {old} must be {new}",
        "d(A + B) = dA + dB, d(A B) = dA B + A dB: every occurrence of the variable gives a term",
        late=True,
    ),
    Fault(
        "chain",
        left_out,
        "a factor is too many: {old} must be {new}",
        "the chain rule: every step between the variable and the objective gives one factor",
        late=True,
    ),
    Fault(
        "chain",
        other_name,
        "{old} must be {new}",
        "the chain rule: each factor is the one of its own step",
        late=True,
    ),
)
"""In the order in which they are tried."""
