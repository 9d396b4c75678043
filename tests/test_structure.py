"""What is claimed of an expression's structure holds of its value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from random_expressions import Generator, values

from matcalc import meaning
from matcalc.errors import MatcalcError
from matcalc.expr import Term, postorder
from matcalc.rules.structure import attributes

Array = np.ndarray[Any, Any]
CLAIMS: dict[str, Callable[[Array], bool]] = {
    "symmetric": lambda a: np.allclose(a, a.T),
    "skew": lambda a: np.allclose(a, -a.T),
    "diagonal": lambda a: np.allclose(a, np.diag(np.diag(a))),
    "lower": lambda a: np.allclose(a, np.tril(a)),
    "upper": lambda a: np.allclose(a, np.triu(a)),
    "orthogonal": lambda a: np.allclose(a.T @ a, np.eye(len(a))),
    "onehot": lambda a: np.allclose(a.sum(1), 1),
    "binary": lambda a: bool(np.isin(a, (0, 1)).all()),
    "positive": lambda a: bool((a > 0).all()),
    "invertible": lambda a: abs(np.linalg.det(a)) > 0,
    "pd": lambda a: bool((np.linalg.eigvalsh((a + a.T) / 2) > -1e-9).all()),
    "psd": lambda a: bool((np.linalg.eigvalsh((a + a.T) / 2) > -1e-9).all()),
}


def test_claims_hold(fuzz: bool) -> None:
    seen: Counter[str] = Counter()
    for seed in range(20_000 if fuzz else 1_500):
        generator = Generator(seed)
        n = generator.dim()
        root = generator.array((n, generator.random.choice((n, generator.dim()))), 2 + seed % 3)
        program = generator.program(0)
        parts = [p for p in postorder(root) if isinstance(p, Term) and attributes(p)]
        if not parts:
            continue
        try:
            found = meaning.evaluate(parts, values(program, seed))
        except MatcalcError:
            continue
        for part, value in zip(parts, found, strict=True):
            if not np.isfinite(value).all() or np.abs(value).max() > 1e9:
                continue
            for claim in attributes(part) & CLAIMS.keys():
                seen[claim] += 1
                assert CLAIMS[claim](value), f"seed {seed}: {part!r} is not {claim}"
    assert {"symmetric", "diagonal", "lower", "orthogonal"} <= seen.keys()
