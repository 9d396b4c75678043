"""Speed and size, in one table: python benchmarks/run.py [--quick] [--json]

Everything that is compared is measured in this one run, the two sides in turn, each on its best of several tries: the
work takes the time that it takes, and what a busy machine adds is noise. No try repeats an earlier one's names, so that
nothing that was kept answers for work. A row holds what was measured, what it is held against, their ratio, and the
target. Exit status 1 if a target is missed.

    cold      a whole `matcalc derive … --no-verify` process against `python -c "import sympy"`
    warm      the two-layer network in a process that has derived before
    chain     L tanh layers, gradients of all L weights: time and printed length per layer, at each L against the least
    nested    the same chain written as one line
    proof     the network with its verification, in a fresh process, SymPy's import included
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import matcalc

NETWORK = "J = sum((y - f(f(X W1) W2))^2)"
WEIGHTS = ["W1", "W2"]


@dataclass(frozen=True)
class Row:
    """One line of the table. `target` is the most that `measured` (in `unit`), or else the ratio, may be."""

    what: str
    measured: float
    unit: str
    reference: float | None = None
    target: float | None = None
    of_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        return None if self.reference is None else self.measured / self.reference

    @property
    def ok(self) -> bool | None:
        value = self.ratio if self.of_ratio else self.measured
        return None if self.target is None or value is None else value <= self.target

    def cells(self) -> list[str]:
        def number(value: float | None, unit: str) -> str:
            return "" if value is None else f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"

        target = "" if self.target is None else f"{self.target:g}x" if self.of_ratio else f"{self.target:g} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}x"
        ok = {True: "ok", False: "MISSED", None: ""}[self.ok]
        return [self.what, number(self.measured, self.unit), number(self.reference, self.unit), ratio, target, ok]


def seconds(work: Callable[[], object], tries: int) -> float:
    """The least of `tries` runs, without the garbage collector's pauses, as timeit measures."""
    found = []
    for _ in range(tries):
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
        gc.enable()
    return min(found)


def process(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def program() -> list[str]:
    """The installed command beside this Python, or else the module."""
    script = Path(sys.executable).parent / "matcalc"
    return [str(script)] if os.access(script, os.X_OK) else [sys.executable, "-m", "matcalc"]


_fresh = count()


def layers(depth: int) -> tuple[str, list[str]]:
    """A chain of `depth` tanh layers, a statement each; and the names of its weights. Its width is a new name."""
    d = f"d{next(_fresh)}"
    weights = [f"W{i}" for i in range(1, depth + 1)]
    lines = [f"X: n x {d}", f"Y: n x {d}", f"{', '.join(weights)}: {d} x {d}"]
    for i in range(1, depth + 1):
        lines += [f"z{i} = {'X' if i == 1 else f'a{i - 1}'} W{i}", f"a{i} = tanh(z{i})"]
    return "\n".join([*lines, f"J = sum((a{depth} - Y)^2)"]), weights


def nested(depth: int) -> tuple[str, list[str]]:
    """The same chain as one line."""
    d = f"d{next(_fresh)}"
    weights = [f"W{i}" for i in range(1, depth + 1)]
    formula = "X"
    for weight in weights:
        formula = f"tanh({formula} {weight})"
    return f"X: n x {d}; Y: n x {d}; {', '.join(weights)}: {d} x {d}; J = sum(({formula} - Y)^2)", weights


def cold(tries: int) -> list[Row]:
    command = [*program(), "derive", NETWORK, "--wrt", "W1", "--wrt", "W2"]
    for once in (command, [sys.executable, "-c", "import sympy"]):
        process(*once)
    ours, sympys = [], []
    for _ in range(tries):
        ours.append(seconds(lambda: process(*command, "--no-verify"), 1))
        sympys.append(seconds(lambda: process(sys.executable, "-c", "import sympy"), 1))
    proved = seconds(lambda: process(*command), max(2, tries // 4))
    return [
        Row("cold: derive --no-verify, against import sympy", 1e3 * min(ours), "ms", 1e3 * min(sympys), 0.7, True),
        Row("proof: derive, cold, SymPy's import included", 1e3 * proved, "ms", None, 1500),
    ]


def warm(tries: int) -> list[Row]:
    def work() -> None:
        matcalc.derive(NETWORK.replace("y", f"y{next(_fresh)}"), wrt=WEIGHTS, verify=False)

    work()
    return [Row("warm: the network", 1e3 * seconds(work, 10 * tries), "ms", None, 10)]


def growth(name: str, problem: Callable[[int], tuple[str, list[str]]], depths: list[int], tries: int) -> list[Row]:
    times, sizes = {}, {}
    for depth in depths:

        def work(depth: int = depth) -> None:
            source, weights = problem(depth)
            sizes[depth] = len(matcalc.derive(source, wrt=weights, verify=False).to_text()) / depth

        times[depth] = 1e3 * seconds(work, tries if depth < 160 else 3) / depth
    rows = [Row(f"{name}: time per layer, L = {d}", times[d], "ms", min(times.values()), 1.5, True) for d in depths]
    rows += [
        Row(f"{name}: length per layer, L = {d}", sizes[d], "chars", min(sizes.values()), 1.5, True) for d in depths
    ]
    if 160 in depths:
        rows.append(Row(f"{name}: whole, L = 160", times[160] * 160 / 1e3, "s", None, 1))
    return rows


def table(rows: list[Row]) -> str:
    cells = [["what", "measured", "reference", "ratio", "target", ""], *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    aligned = [
        "  ".join(c.ljust(w) if i in (0, 5) else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in cells
    ]
    return "\n".join(line.rstrip() for line in [aligned[0], "-" * len(aligned[0]), *aligned[1:]])


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure matcalc's speed and the size of what it prints.")
    parser.add_argument("--quick", action="store_true", help="fewer tries and shorter chains")
    parser.add_argument("--json", action="store_true", help="the rows as JSON")
    options = parser.parse_args()
    tries = 3 if options.quick else 12
    rows = [
        *cold(tries),
        *warm(tries),
        *growth("chain", layers, [10, 40] if options.quick else [10, 40, 160, 640], tries),
        *growth("nested", nested, [10, 40] if options.quick else [10, 40, 160], tries),
    ]
    if options.json:
        print(json.dumps([{**asdict(row), "ratio": row.ratio, "ok": row.ok} for row in rows], indent=1))
    else:
        print(table(rows))
    return int(any(row.ok is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
