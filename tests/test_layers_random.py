"""Random families of layers: the recursion against the same layers with numbers, derived as any other program."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from layer_programs import at_length, sizes_of_inputs, written_out

import matcalc
from matcalc import meaning
from matcalc.errors import UnsupportedError

ACTIVATIONS = ("tanh", "sigmoid", "sin", "softplus")
WEIGHTS = ["W", "V", "R", "Q", "P", "M", "N", "A", "B", "C", "D", "F", "G", "H", "K"]


class Net:
    """A random family: states, gates, residual terms, shared and own weights, a loss at the end or in each layer."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.states = ["a", "c"][: rng.choice([1, 1, 2])]
        self.weights = iter(WEIGHTS)
        self.bias, self.outside = rng.choice(["b[l]", "b"]), rng.choice(["U[l] u[l]", "U u[l]"])
        lines = [line for state in self.states for line in self.layer(state)]
        rng.shuffle(lines)
        start = [f"{state}[0] = {rng.choice(['x', 'x', 'tanh(x)', 'E x'])}" for state in self.states]
        first, last = self.states[0], self.states[-1]
        loss = rng.choice(
            [
                f"1/2 ||{last}[L] - y||^2",
                f"sum({first}[L].^3)",
                f"1/2 ||{last}[L] - y||^2 + sum(||{first}[l]||^2, l = 1..L)",
                f"sum(y[l]' {first}[l], l = 1..L)",
            ]
        )
        self.source = "\n".join([f"layers l = 1..L: {'; '.join(lines)}", *start, f"J = {loss}", "x: n"])
        self.wrt = [name for name in (*WEIGHTS, "b", "U", "E", "x") if re.search(rf"\b{name}\b", self.source)]

    def linear(self) -> str:
        rng = self.rng
        parts: list[str] = []
        for state in self.states:
            if rng.random() < 0.8 or not parts:
                weight = next(self.weights)
                parts.append(f"{rng.choice([weight + '[l]', weight])} {state}[l-1]")
        parts += [self.bias] * (rng.random() < 0.4) + [self.outside] * (rng.random() < 0.3)
        return " + ".join(parts)

    def layer(self, state: str) -> list[str]:
        rng = self.rng
        body, lines = f"{rng.choice(ACTIVATIONS)}({self.linear()})", []
        if rng.random() < 0.3:
            lines.append(f"z{state}[l] = {self.linear()}")
            body = f"{rng.choice(ACTIVATIONS)}(z{state}[l])"
        if rng.random() < 0.3:
            body += f" + {state}[l-1]"
        if rng.random() < 0.25:
            gate = f"{rng.choice(ACTIVATIONS)}({self.linear()})"
            body = f"{body} .* {gate}" if rng.random() < 0.5 else f"0.5 ({body})"
        return [*lines, f"{state}[l] = {body}"]


def check(seed: int) -> bool:
    """Whether the net could be read: weights that all share and a first layer of another size cannot."""
    net = Net(seed)
    try:
        derivation = matcalc.derive(net.source, net.wrt, verify=False)
    except UnsupportedError as error:
        assert "not alike" in error.message, net.source
        return False
    for length in (1, 2, 4):
        whole, claimed = at_length(derivation.record, length)
        program = matcalc.parse(written_out(net.source, length))
        names = [name for name in claimed if name in program.names]
        rng = np.random.default_rng(seed)
        theirs, at = sizes_of_inputs(whole, derivation, program, rng)
        other = matcalc.derive(program, names, verify=False).record
        sizes = {
            d: k for s in program.inputs for d, k in zip(s.shape, at[s.name].shape, strict=True) if isinstance(d, str)
        }
        for name in names:
            (found,) = meaning.evaluate([claimed[name]], at, sizes=theirs)
            (expected,) = meaning.evaluate([other.gradient(name)], at, sizes=sizes)
            assert np.allclose(found, expected, rtol=1e-8, atol=1e-10), (net.source, length, name)
    return True


@pytest.mark.parametrize("seed", range(30))
def test_a_random_family(seed: int) -> None:
    check(seed)


def test_most_families_can_be_read(fuzz: bool) -> None:
    count = 2000 if fuzz else 60
    assert sum(check(1000 + seed) for seed in range(count)) > 0.8 * count
