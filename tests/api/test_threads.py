"""Calls run in several threads at once, and in processes with different hash seeds: the answers are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import matcalc
from matcalc.expr import Node, Number, Symbol
from matcalc.operators import matmul

PROGRAMS = (
    ("X: n x d; w: d; y: n; 1/2 ‖X w - y‖^2 + lam/2 ‖w‖^2", "w"),
    ("J = sum((y - f(f(X W1) W2))^2)", "W1"),
    ("A: n x n; x: n; log(x' A x) + tr(A^3)", "A"),
    ("X: n x d; W: d x k; Y: n x k; -sum(Y .* log(softmax(X W)))", "W"),
    ("S: n x n symmetric; x: n; logdet(S) + x' inv(S) x", "S"),
    ("Z: n x n; t: scalar; -sum(log(sigmoid(t Z)))", "t"),
    ("x: n; A: n x n; ‖tanh(A gelu(A x))‖^2", "A"),
    ("layers l = 1..L: a[l] = tanh(W[l] a[l-1]); a[0] = x; J = sum(a[L])", "W"),
)


def answer(source: str, wrt: str) -> str:
    return matcalc.derive(source, wrt, time_limit=60).to_text(width=100)


def test_threads_find_what_one_finds() -> None:
    with ThreadPoolExecutor(8) as pool:
        # The threads come first, so that whatever is loaded and kept is loaded and kept by several at once.
        together = list(pool.map(lambda program: answer(*program), PROGRAMS * 2))
    assert together == [answer(*program) for program in PROGRAMS] * 2


def test_alike_nodes_of_several_threads_are_one() -> None:
    """Equality is identity: two threads that build the same expression at one moment must get one object."""
    rounds, workers = 300, 8
    built: list[list[Node]] = [[] for _ in range(workers)]
    barrier = Barrier(workers)
    switching = sys.getswitchinterval()

    def build(own: list[Node]) -> None:
        for k in range(rounds):
            barrier.wait()
            own.append(matmul(Symbol(f"A{k}", ("n", "m")), Symbol("x", ("m", 1))))
            own.append(Number(10**9 + k))

    try:
        sys.setswitchinterval(1e-6)
        threads = [Thread(target=build, args=(own,)) for own in built]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switching)
    assert all(len({id(node) for node in nodes}) == 1 for nodes in zip(*built, strict=True))


def test_hash_seeds_change_nothing() -> None:
    script = (
        "import sys, matcalc\n"
        f"for source, wrt in {PROGRAMS[:5]!r}:\n"
        "    d = matcalc.derive(source, wrt, time_limit=60)\n"
        "    sys.stdout.buffer.write((d.to_text() + d.to_latex() + d.to_json()).encode())\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("0", "4711")
    ]
    texts = {run.communicate(timeout=120)[0] for run in runs}
    assert all(run.returncode == 0 for run in runs)
    assert len(texts) == 1
    assert b"proved" in texts.pop()
