"""Each operator is differentiated in a process that has loaded only what its program needs.

The tests' own process has loaded every family of rules, so a row that forgets its family would be found by no other.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from matcalc import derive
from matcalc.operators import TABLE, Operator
from matcalc.rules.differentials import LACKING

ARGUMENTS = {
    "n×m": "X",
    "n×n": "X",
    "n×1": "X b",
    "n k×m k": "kron(X, S)",
    "m n×1": "vec(X)",
    "n×k": "X",
    "p×q": "S",
    "m×k": "X",
    "p×m": "X",
    "3×m": "X",
    "1×1": "s",
    "#n": "n",
    "#m": "m",
    "#k": "2",
    "#i": "1",
    "#j": "2",
    "the exponent": "3",
    "what is added to the variance = 0": "s",
}
"""What stands for an argument, by what a signature says of it."""
PROCESS = """
import os, sys
from matcalc import MatcalcError, derive

derive("J = sum(f(X w))", "w", verify=False)  # what every program loads
for name, text in TEXTS.items():
    child = os.fork()
    if not child:
        try:
            found = str(derive(text, "X", verify=False)["X"])
        except MatcalcError as error:
            found = f"refused: {error}"
        print(name, "=>", found.replace(chr(10), " "), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def alone(op: Operator) -> str | None:
    """A program that is about one operator; None for a constant, and for one that is not called by a name."""
    before = op.signature.text.partition("->")[0].strip()
    if "×" not in before or not (op.words or op.function):
        return None
    name = op.words[0] if op.words else op.name
    called = f"{name}({', '.join(ARGUMENTS[argument] for argument in before.split(', '))})"
    square = "n×n" in before
    shape = "n x n symmetric" if op.asks else "n x n" if square else "3 x m" if "3×m" in before else "n x m"
    return f"X: {shape}; S: 2 x 2; b: m; s: scalar; J = sum({called})"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each operator is tried in a forked process")
def test_each_operator_by_itself() -> None:
    texts = {op.name: text for op in TABLE.values() if (text := alone(op)) is not None}
    assert len(texts) > 60
    code = f"TEXTS = {texts!r}\n{PROCESS}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    found = dict(line.split(" => ") for line in run.stdout.splitlines())
    assert set(found) == set(texts), run.stderr
    refused = {name for name, answer in found.items() if answer.startswith("refused")}
    assert refused <= {op.name for op in LACKING}, {name: (texts[name], found[name]) for name in refused}
    for name in set(texts) - refused:
        assert found[name] == str(derive(texts[name], "X", verify=False)["X"]).replace("\n", " "), name
