"""Speed and size, in one table: python benchmarks/run.py [--quick] [--json]

Everything that is compared is measured in this one run, the two sides in turn, each on its best of several tries: the
work takes the time that it takes, and what a busy machine adds is noise. No try repeats an earlier one's names, so that
nothing that was kept answers for work. A row holds what was measured, what it is held against, their ratio, and the
target, where there is one. Exit status 1 if a target is missed.

    cold      a whole `matcalc derive … --no-verify` process against `python -c "import sympy"`
    warm      the two-layer network in a process that has derived before
    chain     L tanh layers, gradients of all L weights: time and printed length per layer, at each L against the least
    network   L sigmoid layers with biases, column convention, gradients of all weights and biases at once
    nested    the chain written as one line
    second    the chain: the Hessian by its first weight as a matrix, and the product with a direction: time and printed
              length per layer, at each L against the least
    product   tr(X A1 X A2 … X AL): time and printed length per factor A, at each L against L times the least that any L
              takes for each of its L: the gradient itself is a sum of L products of 2 L - 1 factors
    terms     a sum of L squares that share X and no other size: time and printed length per term, at each L against the
              least
    long      long programs of many kinds, derived and not printed: time per definition, term or factor at each length
              against the least; of blocks in blocks, per pair of levels
    written   elementwise products nested in one another, and definitions, as text and as LaTeX: time per character at
              each length against the shortest; deriving is not measured
    proof     the network with its verification, in a fresh process, SymPy's import included
    grade     different answers to one problem, half of them wrong, in processes of their own, against one by one
    assistant matcalc mcp, asked by a client over standard input and output for the network, with its proof
    all sizes the network's proof for all sizes alone, against deriving it; SymPy is not used
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
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
    """The least of `tries` runs."""
    found = []
    for _ in range(tries):
        # The garbage collector is off, as timeit has it: when it runs, and for how long, depends on all that was made
        # before, by earlier rows too, and not on the work that is measured.
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
        gc.enable()
    return min(found)


# As installed: with bytecode, whatever this process was told about writing it.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def process(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_ENVIRONMENT)


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


def network(depth: int) -> tuple[str, list[str]]:
    """A network of `depth` sigmoid layers, written out, columns; and the names of its weights and biases."""
    d = f"d{next(_fresh)}"
    each = range(1, depth + 1)
    weights, biases = [f"W{i}" for i in each], [f"b{i}" for i in each]
    lines = [f"x, y: {d}", f"{', '.join(weights)}: {d} x {d}", f"{', '.join(biases)}: {d}"]
    for i in each:
        lines += [f"z{i} = W{i} {'x' if i == 1 else f'a{i - 1}'} + b{i}", f"a{i} = sigmoid(z{i})"]
    return "\n".join([*lines, f"J = 1/2 sum((a{depth} - y)^2)"]), [*weights, *biases]


def nested(depth: int) -> tuple[str, list[str]]:
    """The chain as one line."""
    d = f"d{next(_fresh)}"
    weights = [f"W{i}" for i in range(1, depth + 1)]
    formula = "X"
    for weight in weights:
        formula = f"tanh({formula} {weight})"
    return f"X: n x {d}; Y: n x {d}; {', '.join(weights)}: {d} x {d}; J = sum(({formula} - Y)^2)", weights


def product(length: int) -> tuple[str, list[str]]:
    """A trace of `length` factors, each with X before it."""
    d = f"d{next(_fresh)}"
    factors = [f"A{i}" for i in range(1, length + 1)]
    formula = " ".join(f"X {factor}" for factor in factors)
    return f"X: n x {d}; {', '.join(factors)}: {d} x n; J = tr({formula})", ["X"]


def terms(length: int) -> tuple[str, list[str]]:
    """A sum of `length` squares in X, each of a shape of its own."""
    d = f"d{next(_fresh)}"
    lines = [f"X: n x {d}"]
    for i in range(1, length + 1):
        lines.append(f"A{i}: p{i} x n; B{i}: {d} x q{i}; C{i}: p{i} x q{i}")
    squares = [f"||A{i} X B{i} - C{i}||^2" for i in range(1, length + 1)]
    return "\n".join([*lines, f"J = {' + '.join(squares)}"]), ["X"]


def _names(letter: str, n: int) -> list[str]:
    return [f"{letter}{i}" for i in range(1, n + 1)]


def _chain(n: int, d: str) -> str:
    return "\n".join([f"x: {d}; A: {d} x {d}", "z1 = A x", *(f"z{i} = tanh(A z{i - 1})" for i in range(2, n + 1))])


def _matrices(n: int, d: str) -> str:
    return f"x: {d}; X: {d} x {d}; {', '.join(_names('A', n))}: {d} x {d}\n"


def _gradient(source: str, *wrt: str) -> object:
    return dict(matcalc.derive(source, wrt, verify=False))


def _jacobian(source: str, wrt: str) -> object:
    return matcalc.jacobian(source, wrt, verify=False)


def _sum(form: str, n: int) -> str:
    return " + ".join(form.replace("#", str(i)) for i in range(1, n + 1))


def _refused_in_full(n: int, d: str) -> object:
    # Each name twice in the next definition: no page holds it.
    lines = "\n".join(f"z{i} = tanh(A z{i - 1}) .* z{i - 1}" for i in range(1, n))
    derivation = matcalc.derive(f"z0: {d}; A: {d} x {d}\n{lines}\nJ = sum(z{n - 1})", "z0", verify=False)
    with suppress(matcalc.MatcalcError):
        raise AssertionError(derivation.to_text(expand=True))
    return derivation


LONG: dict[str, Callable[[int, str], object]] = {
    "definitions": lambda n, d: _gradient(f"{_chain(n, d)}\nJ = sum(z{n})", "x"),
    "definitions in reverse": lambda n, d: _gradient(
        "\n".join(reversed(f"{_chain(n, d)}\nJ = sum(z{n})".split("\n"))), "x"
    ),
    "definitions, expanded": lambda n, d: matcalc.gradient(f"{_chain(n, d)}\nJ = sum(z{n})", "x"),
    "definitions, by all of n variables": lambda n, d: _gradient(
        f"{', '.join(_names('x', n))}: {d}\n"
        + "\n".join(f"s{i} = x{i}' x{i}" for i in range(1, n + 1))
        + f"\nJ = {_sum('log(s#)', n)}",
        *_names("x", n),
    ),
    "Jacobian of definitions": lambda n, d: _jacobian(f"{_chain(n, d)}\nz{n}", "x"),
    "Jacobian of nested f( )": lambda n, d: _jacobian(f"x: {d}\n{'f(' * n}x{')' * n}", "x"),
    "Jacobian of nested inv( )": lambda n, d: _jacobian(f"X: {d} x {d}\n{'inv(' * n}X{')' * n}", "X"),
    "nested inv( )": lambda n, d: _gradient(f"X: {d} x {d}\nJ = sum({'inv(' * n}X{')' * n})", "X"),
    "nested tanh( )": lambda n, d: _gradient(f"x: {d}\nJ = sum({'tanh(' * n}x{')' * n})", "x"),
    "nested log( )": lambda n, d: _gradient(f"x: {d}\nJ = sum({'log(' * n}x{')' * n})", "x"),
    "nested tr( )": lambda n, d: _gradient(f"X: {d} x {d}\nJ = {'tr(' * n}X{')' * n}", "X"),
    "terms x' A x": lambda n, d: _gradient(f"{_matrices(n, d)}J = " + _sum("x' A# x", n), "x"),
    "terms tr(A inv(X))": lambda n, d: _gradient(f"{_matrices(n, d)}J = {_sum('tr(A# inv(X))', n)}", "X"),
    "blocks": lambda n, d: _gradient(f"x: {d}\nM = [{', '.join(['x'] * n)}]\nJ = ‖M‖^2", "x"),
    "factors": lambda n, d: _gradient(f"{_matrices(n, d)}J = tr({' '.join(_names('A', n))})", f"A{n // 2}"),
    "divisors": lambda n, d: _gradient(f"x: {d}\nJ = x'x{''.join(f' / s{i}' for i in range(1, n + 1))}", "x"),
    "graph of a product": lambda n, d: matcalc.graph(f"x: {d}; A: {d} x {d}\nJ = sum({'A ' * n}x)", "x").to_dot(),
    "refused in full": _refused_in_full,
    "unrelated inputs": lambda n, d: _gradient(f"{', '.join(_names('u', n))}: {d}\nx: {d}\nJ = x'x", "x"),
}


DEEP: dict[str, Callable[[int, str], object]] = {
    "Jacobian of blocks in blocks": lambda n, d: _jacobian(f"{d}: 2; A: 2 x 1\n{'[A, ' * n}A{f'] {d}' * n}", d),
}
"""Programs of which each level goes through all levels below it: time per pair of levels, without a target."""


def long_programs(
    kinds: dict[str, Callable[[int, str], object]], lengths: list[int], tries: int, degree: int = 1
) -> list[Row]:
    times = {(kind, n): float("inf") for kind in kinds for n in lengths}
    for _ in range(max(1, tries // 4)):
        for (kind, n), known in times.items():

            def work(kind: str = kind, n: int = n) -> None:
                kinds[kind](n, f"d{next(_fresh)}")

            times[kind, n] = min(known, 1e3 * seconds(work, 1) / n**degree)
    return [
        Row(
            f"long: {kind}, n = {n}",
            times[kind, n],
            "ms",
            min(times[kind, m] for m in lengths),
            1.5 if degree == 1 else None,
            True,
        )
        for kind in kinds
        for n in lengths
    ]


def within(length: int) -> tuple[str, list[str]]:
    """Elementwise products nested in one another."""
    formula = "x"
    for i in range(1, length + 1):
        formula = f"(v{i} .* ({formula} + c{i}))"
    return f"x: d{next(_fresh)}; J = sum({formula} .* {formula})", ["x"]


def sines(length: int) -> tuple[str, list[str]]:
    """Definitions, ten for each of `length`."""
    lines = [f"z{i} = sin({'x' if i == 1 else f'z{i - 1}'})" for i in range(1, 10 * length + 1)]
    return "\n".join([f"x: d{next(_fresh)}", *lines, f"J = sum(z{10 * length})"]), ["x"]


def written(name: str, problem: Callable[[int], tuple[str, list[str]]], lengths: list[int], tries: int) -> list[Row]:
    """Rows for what is written of programs of each length, in each format."""
    forms = ("text", "latex")
    times = {(form, n): float("inf") for form in forms for n in lengths}
    for _ in range(max(1, tries // 4)):
        for (form, n), known in times.items():
            source, variables = problem(n)
            found: list[str] = []

            def work(
                derivation: matcalc.Derivation = matcalc.derive(source, wrt=variables, verify=False),  # noqa: B008
                form: str = form,
                found: list[str] = found,
            ) -> None:
                found.append(getattr(derivation, f"to_{form}")())

            times[form, n] = min(known, 1e6 * seconds(work, 1) / len(found[-1]))
    shortest = {form: times[form, min(lengths)] for form in forms}
    return [
        Row(f"written: {name}, {form}, L = {n}, per character", times[form, n], "us", shortest[form], 1.5, True)
        for form, n in times
    ]


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
    derived = 1e3 * seconds(work, 10 * tries)
    return [Row("warm: the network", derived, "ms", None, 10), all_sizes(tries, derived)]


def all_sizes(tries: int, derived: float) -> Row:
    from matcalc.derive import derive
    from matcalc.expr import Number
    from matcalc.verify.every_size import EverySize

    records = [derive(matcalc.parse(NETWORK.replace("y", f"y{next(_fresh)}")), WEIGHTS, "projected") for _ in range(2)]

    def prove() -> None:
        for record in records:
            seeds = [(Number(1), record.objective)]
            claims, adjoints = dict(record.gradients), dict(record.adjoints)
            judge = EverySize(seeds, claims, seeds, claims, adjoints, "projected")
            assert all(judge.holds(s, s) for s in claims)

    each = 1e3 * seconds(prove, 10 * tries) / len(records)
    return Row("all sizes: the network's proof, against deriving it", each, "ms", derived, 100)


def grading(count: int) -> list[Row]:
    """Answers to ridge regression, each with another factor, so that none is judged for another."""
    source, problem = "J = ||X w - y||^2 + lam w'w", matcalc.parse("J = ||X w - y||^2 + lam w'w")
    forms = ["{0} (X'X w - X'y + lam w) / {1}", "{0}/{1} X'(X w - y) + 2 lam w", "{0} X (X w - y) + {1} lam w"]
    forms.insert(1, "2 X'(X w - y) + 2 lam w + {0} (w - w)/{1}")
    answers = {str(n): forms[n % 4].format(n % 97 + 3, n // 4 + 1) for n in range(count)}
    start = time.perf_counter()
    for answer in list(answers.values())[:20]:
        matcalc.check(problem, "w", answer)
    alone = 1e3 * (time.perf_counter() - start) / 20
    start = time.perf_counter()
    book = matcalc.grade(source, "w", answers)
    each = 1e3 * (time.perf_counter() - start) / count
    assert len(book.grades) == count and not any(grade.kind == "timeout" for grade in book.grades)
    return [Row(f"grade: {count} answers, each", each, "ms", alone, 60)]


def assistant(tries: int) -> list[Row]:
    """What an assistant waits for: the first answer of a server that it starts, and a later one, as the client sees."""
    try:
        from mcp import Client, StdioServerParameters
    except ImportError:
        return []

    async def talk() -> tuple[float, float]:
        start = time.perf_counter()
        async with Client(StdioServerParameters(command=sys.executable, args=["-m", "matcalc", "mcp"])) as client:

            async def answer() -> None:
                source = NETWORK.replace("y", f"y{next(_fresh)}")
                found = await client.call_tool("derive_gradient", {"source": source, "wrt": WEIGHTS})
                assert not found.is_error

            await answer()
            first = time.perf_counter() - start
            later = []
            for _ in range(3 * tries):
                start = time.perf_counter()
                await answer()
                later.append(time.perf_counter() - start)
            return 1e3 * first, 1e3 * min(later)

    first, later = asyncio.run(talk())
    alone = 1e3 * seconds(lambda: matcalc.derive(NETWORK.replace("y", f"y{next(_fresh)}"), wrt=WEIGHTS), tries)
    return [
        Row("assistant: from the start of matcalc mcp to its first answer", first, "ms", None, 3000),
        Row("assistant: a later answer, against deriving and proving", later, "ms", alone, 300),
    ]


def derived(source: str, wrt: list[str]) -> str:
    return matcalc.derive(source, wrt=wrt, verify=False).to_text()


def dense(source: str, wrt: list[str]) -> str:
    return printed(matcalc.hessian(source, wrt[0], verify=False))


def directional(source: str, wrt: list[str]) -> str:
    return printed(matcalc.hvp(source, wrt[0], "V"))


def printed(found: matcalc.Expr) -> str:
    """The formula and the names in it."""
    return "".join([str(found), *(f"{name} = {meaning}" for name, meaning in found.where)])


def per_part(
    problem: Callable[[int], tuple[str, list[str]]],
    lengths: list[int],
    tries: int,
    long: int = 160,
    written: Callable[[str, list[str]], str] = derived,
) -> tuple[dict[int, float], dict[int, float]]:
    """Milliseconds and characters of a derivation of each length, divided by the length; few tries of `long` ones."""
    times = dict.fromkeys(lengths, float("inf"))
    sizes = {}
    for i in range(tries):
        for length in lengths:

            def work(length: int = length) -> None:
                source, variables = problem(length)
                sizes[length] = len(written(source, variables)) / length

            # All lengths in turn, so that a machine that is busy for a while slows all of them.
            if length < long or i % max(1, tries // 3) == 0:
                times[length] = min(times[length], 1e3 * seconds(work, 1) / length)
    return times, sizes


def layered(
    name: str,
    problem: Callable[[int], tuple[str, list[str]]],
    depths: list[int],
    tries: int,
    written: Callable[[str, list[str]], str] = derived,
) -> list[Row]:
    """Rows with the targets of the network of many layers."""
    times, sizes = per_part(problem, depths, tries, written=written)
    rows = [Row(f"{name}: time per layer, L = {d}", times[d], "ms", min(times.values()), 1.5, True) for d in depths]
    rows += [
        Row(f"{name}: length per layer, L = {d}", sizes[d], "chars", min(sizes.values()), 1.5, True) for d in depths
    ]
    if 160 in depths:
        rows.append(Row(f"{name}: whole, L = 160", times[160] * 160 / 1e3, "s", None, 1))
    return rows


def products(lengths: list[int], tries: int) -> list[Row]:
    times, sizes = per_part(product, lengths, tries, long=20)
    time_rate, size_rate = (min(found[n] / n for n in lengths) for found in (times, sizes))
    rows = [Row(f"product: time per factor, L = {n}", times[n], "ms", time_rate * n) for n in lengths]
    return rows + [Row(f"product: length per factor, L = {n}", sizes[n], "chars", size_rate * n) for n in lengths]


def sums(lengths: list[int], tries: int) -> list[Row]:
    times, sizes = per_part(terms, lengths, tries, long=100)
    rows = [Row(f"terms: time per term, L = {n}", times[n], "ms", min(times.values())) for n in lengths]
    return rows + [Row(f"terms: length per term, L = {n}", sizes[n], "chars", min(sizes.values())) for n in lengths]


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
        *assistant(tries),
        *grading(200 if options.quick else 1000),
        *layered("chain", layers, [10, 40] if options.quick else [10, 40, 160, 640], tries),
        *layered("network", network, [10, 40] if options.quick else [10, 50, 200], tries),
        *layered("nested", nested, [10, 40] if options.quick else [10, 40, 160], tries),
        *layered("second, matrix", layers, [4, 16] if options.quick else [4, 8, 16, 32, 64], tries, dense),
        *layered("second, direction", layers, [4, 16] if options.quick else [4, 8, 16, 32, 64], tries, directional),
        *products([10, 20] if options.quick else [10, 20, 40], tries),
        *sums([25, 50] if options.quick else [25, 50, 100], tries),
        *written("nested products", within, [15, 30] if options.quick else [15, 30, 60], tries),
        *written("definitions", sines, [25, 50] if options.quick else [50, 100, 200], tries),
        *long_programs(LONG, [250, 500] if options.quick else [500, 1000, 2000], tries),
        *long_programs(DEEP, [20, 40] if options.quick else [20, 40, 80], tries, degree=2),
    ]
    if options.json:
        print(json.dumps([{**asdict(row), "ratio": row.ratio, "ok": row.ok} for row in rows], indent=1))
    else:
        print(table(rows))
    return int(any(row.ok is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
