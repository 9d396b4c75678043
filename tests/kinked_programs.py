"""Random objectives with kinks, their gradients by hand, and these with one small change at a kink.

A piece is a sentence of calculus: what stands in the objective, and its slope by x, both with the kink's own numbers.
The slope is written once more with one of these numbers changed, a comparison turned round, or max and min exchanged;
where plain floats see that the two differ, the judge must see it, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

import numpy as np

# kind -> (objective, slope by x); u, v are what is before the kinks, g and l stand for > and <.
PIECES: Mapping[str, tuple[str, str]] = {
    "relu": ("relu({u})", "({a}) [{u} {g} 0]"),
    "abs": ("abs({u})", "({a}) sign({u})"),
    "leaky": ("leaky_relu({u})", "({a}) (0.01 + 0.99 [{u} {g} 0])"),
    "elu": ("elu({u})", "({a}) exp(min({u}, 0))"),
    "max": ("max({u}, {v})", "({a}) [{u} {g} {v}] + ({b}) [{v} {g} {u}]"),
    "min": ("min({u}, {v})", "({a}) [{u} {l} {v}] + ({b}) [{v} {l} {u}]"),
    "square": ("relu({u}).^2", "2 ({a}) {m}({u}, 0)"),
    "weight": ("y .* relu({u})", "({a}) y .* [{u} {g} 0]"),
    "gate": ("x .* [{u} > 0]", "[{u} {g} 0]"),
    "ring": ("relu({t} - abs({u}))", "-({a}) sign({u}) .* [abs({u}) {l} {t}]"),
    "layers": ("relu(({b}) relu({u}) - {t})", "({a}) ({b}) [{u} {g} 0] .* [({b}) relu({u}) {g} {t}]"),
    "curve": ("max(log(p), {u})", "({a}) [{u} {g} log(p)]"),
    "parameter": ("relu({u} - s 1)", "({a}) [{u} {g} s]"),
    "product": ("relu(x .* y - {t})", "y .* [x .* y {g} {t}]"),
    "clip": ("min(max(x, -{t}), {t} + 1)", "[x {g} -{t}] .* [x {l} {t} + 1]"),
}
DECLARED = "x, y: n; p: n positive; s: scalar; "


@dataclass(frozen=True)
class Piece:
    """A kind with its numbers: u = a x + c y - r, v = b x - t. `slope`: the factors outside of the kinks."""

    kind: str
    a: str
    b: str
    c: str
    r: str
    t: str
    slope: tuple[str, str]
    turned: bool = False

    def _text(self, which: int) -> str:
        greater, less, largest = ("<", ">", "min") if self.turned else (">", "<", "max")
        named = {"u": f"(({self.a}) x + ({self.c}) y - ({self.r}))", "v": f"(({self.b}) x - {self.t})"}
        a, b = self.slope
        return PIECES[self.kind][which].format(**named, a=a, b=b, t=self.t, g=greater, l=less, m=largest)

    def objective(self) -> str:
        return self._text(0)

    def gradient(self) -> str:
        return self._text(1)

    def changed(self, rng: Random) -> Piece:
        """The same with one small change at its kinks."""
        found = self
        while found.gradient() == self.gradient():
            found = self._change(rng)
        return found

    def _change(self, rng: Random) -> Piece:
        what = rng.choice("abcrtt>")
        if what == ">":
            return replace(self, turned=True)
        old = float(getattr(self, what))
        if what in "rt":
            new = rng.choice((old + 10.0 ** rng.randint(-4, 3), old * rng.choice((0.5, 1.01, 2))))
        else:
            new = old * rng.choice((0.5, 1.1, 2)) if rng.random() < 0.7 or what == "b" else -old
        return replace(self, **{what: f"{new:.8g}" if abs(new) >= 1e-3 or not new else f"{new:.8f}"})


def _number(rng: Random) -> str:
    return f"{rng.choice((-1, 1)) * rng.choice((1, 1, 2, 0.5, 3)):g}"


def piece(rng: Random) -> Piece:
    a, b = _number(rng), _number(rng).lstrip("-")
    r = rng.choice(("0", "0", f"{rng.choice((-1, 1)) * rng.choice((1, 3)) * 10.0 ** rng.randint(-4, 4):.8g}"))
    t = f"{rng.choice((1, 2, 5)) * 10.0 ** rng.randint(-3, 4):.8g}"
    c = rng.choice(("0", _number(rng)))
    return Piece(rng.choice(list(PIECES)), a, b, c, r, t, (a, b))


def problem(seed: int) -> tuple[str, str, str]:
    """A program, its gradient by x, and one with a small change at a kink."""
    rng = Random(seed)
    pieces = [piece(rng) for _ in range(rng.choice((1, 1, 2)))]
    program = f"{DECLARED}J = sum({' + '.join(p.objective() for p in pieces)}) + 0 s sum(p)"
    right = " + ".join(p.gradient() for p in pieces)
    k = rng.randrange(len(pieces))
    wrong = " + ".join((p.changed(rng) if n == k else p).gradient() for n, p in enumerate(pieces))
    return program, right, wrong


def points(seed: int, numbers: list[float]) -> list[dict[str, object]]:
    """Values near the numbers of the kinks, between them, and far away."""
    rng = np.random.default_rng(seed)
    found: list[dict[str, object]] = []
    for _ in range(400):
        scale = 10.0 ** rng.integers(-5, 6)
        centre = rng.choice(numbers) / rng.choice([1, 1, 2, -1, -2, 0.5, 3, -3])
        near = 1e-9 * (1 + abs(centre)) * rng.normal(size=2)  # at a kink itself, right formulas may differ
        x = centre + near + scale * rng.normal(size=2) * rng.choice([0, 1], size=2)
        y = rng.normal(size=2) * rng.choice([1.0, 1e-6, scale])
        s = float(rng.choice([1e-7, rng.normal(), centre]))
        found.append({"x": x, "y": y, "p": np.exp(rng.normal(size=2) + x * rng.choice([0, 1e-3])), "s": s})
    return found
