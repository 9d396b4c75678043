"""The commands and characters of TeX that have a role in a formula, by role."""

from __future__ import annotations

SHORT = 40
"""A script, a word, a range has at most so many pieces."""
CLOSES = {"(": ")", "[": "]", r"\{": r"\}", r"\lbrace": r"\rbrace", r"\lbrack": r"\rbrack", r"\lparen": r"\rparen"}
OPENS = {close: open_ for open_, close in CLOSES.items()}
BARS = {"|": "|", r"\vert": "|", r"\mid": "|", r"\|": "‖", r"\Vert": "‖", "‖": "‖", r"\parallel": "‖"}
SIDED = {r"\lvert": ("|", "l"), r"\rvert": ("|", "r"), r"\lVert": ("‖", "l"), r"\rVert": ("‖", "r")}
LEFT = frozenset(f"\\{size}l" for size in ("big", "Big", "bigg", "Bigg")) | {r"\left"}
RIGHT = frozenset(f"\\{size}r" for size in ("big", "Big", "bigg", "Bigg")) | {r"\right"}
SIZED = frozenset(f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "m"))
FRACTIONS = frozenset({r"\frac", r"\tfrac", r"\dfrac", r"\cfrac", r"\sfrac", r"\nicefrac"})
UPRIGHT = frozenset(
    {r"\mathrm", r"\text", r"\mathsf", r"\operatorname", r"\textrm", r"\rm", r"\mathbf", r"\mathit", r"\mathtt"}
)
TRANSPOSES = frozenset({"T", r"\top", r"\intercal", "⊤", "ᵀ", r"\transpose"})
SPACES = frozenset({r"\,", r"\;", r"\:", r"\!", r"\ ", r"\>", r"\/"})
OPERATORS = frozenset({"+", "=", r"\cdot", r"\times", r"\odot", r"\circ", r"\otimes", "*", "/", ",", r"\le", r"\leq"})
BETWEEN = frozenset(
    {"PLUS", "MINUS", "TIMES", "HADAMARD", "KRONECKER", "OVER", "OVER_ENTRIES", "EQUALS", "COLON", "IN"}
)
MINUS = frozenset({"-", "−", "–"})
CALLING = frozenset({"(", "[", r"\{", r"\left", r"\bigl", r"\Bigl", r"\big", r"\Big"})
SOLUTIONS = (["*"], [r"\ast"], [r"\star"])
"""What stands above x where it solves a problem."""
EQUALS = frozenset({"=", ":", r"\coloneqq", "&", r"\equiv", r"\triangleq"})
LESS = frozenset({r"\le", r"\leq", r"\leqslant", "≤", "⩽"})
ARROWS = frozenset({r"\to", r"\rightarrow", r"\mapsto", "→"})
DOTS = frozenset({r"\dots", r"\ldots", r"\cdots", "…"})
POSITIVE = frozenset({"+", "++", r"\ge0", r"\geq0", "≥0", ">0", r"\succ", r"\succeq"})
"""What stands beside a set for its positive part."""
