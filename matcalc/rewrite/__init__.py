"""Rules, matching, and the record that rewriting leaves.

A rule is two expressions with slots. Matching solves for the slots and for the dimensions in their shapes; filling
puts the solution into the other side. A `RuleSet` finds rules by the operator at their root; its `normal` rewrites an
expression bottom up until no rule applies, and records the rewritings. A `Rewrite` turns one line of a derivation into
the next; a `Section` is a run of them. This room knows no rule by name.
"""

from matcalc.rewrite.arithmetic import ARITHMETIC, coefficient, times
from matcalc.rewrite.later import Later, Theme, every
from matcalc.rewrite.matching import NOTHING, Match, Work, fill, match
from matcalc.rewrite.rewriting import Rewriting, RuleSet, apply
from matcalc.rewrite.rows import Condition, Factor, Path, PathLine, PathSum, Rewrite, RewriteRule, Section

__all__ = [
    "ARITHMETIC",
    "NOTHING",
    "Condition",
    "Factor",
    "Later",
    "Match",
    "Path",
    "PathLine",
    "PathSum",
    "Rewrite",
    "RewriteRule",
    "Rewriting",
    "RuleSet",
    "Section",
    "Theme",
    "Work",
    "apply",
    "coefficient",
    "every",
    "fill",
    "match",
    "times",
]
