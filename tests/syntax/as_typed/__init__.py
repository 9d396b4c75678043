"""What people type, and what they meant by it: `python -m tests.syntax.as_typed` prints where the two differ.

The tables (`texts`, `latex`, `sums`, `code`, `ambiguous`) hold the text and, in plain NumPy, the number that was meant.
`judge` reads a text and says what came of it; nothing here knows how matcalc reads.
"""
