"""The public functions, each beside the objects that it returns; `import matcalc` lists them.

derivation.py and jacobians.py derive, judging.py verifies and compares, asking.py and readings.py read, reference.py
writes the rule book and the notation, homework.py puts several problems into one document.
"""

from matcalc.api import displays as displays  # programs and verdicts display themselves
