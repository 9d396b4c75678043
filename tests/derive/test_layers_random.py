"""Random families of layers: the recursion against the same layers with numbers, derived as any other program."""

from __future__ import annotations

import random
import re
from typing import Any

import finite
import numpy as np
import pytest
from layer_programs import at_length, sizes_of_inputs, written_out
from selection import some

import matcalc
from matcalc import meaning
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.syntax.program import Program

Values = dict[str, Any]
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


@pytest.mark.parametrize("seed", some(range(30), 15))
def test_a_random_family(seed: int) -> None:
    check(seed)


def test_most_families_can_be_read(fuzz: bool) -> None:
    count = 2000 if fuzz else 15
    assert sum(check(1000 + seed) for seed in range(count)) > 0.8 * count


# ------------------------------------------------------------------------------------- the letter against the number


class Loose(Net):
    """A random family of which not all that is computed is used: names that nothing follows, sums and products of
    states in any order, gates by scalars, one layer behind or in the same one."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.states = ["a", "c", "h"][: rng.choice([1, 2, 2, 3])]
        lines, done = [], list[str]()
        for state in self.states:
            lines.append(f"{state}[l] = {self.body(state, done)}")
            done.append(state)
        start = [f"{state}[0] = {rng.choice(['x', 'x', 'u', f'x{state}'])}" for state in self.states]
        last = rng.choice(self.states)
        loss = [f"1/2 ||{last}[L] - y||^2", f"||{last}[L] - y||", f"y' {last}[L]", f"sum({last}[L].^2)"]
        self.source = "\n".join([f"layers l = 1..L: {'; '.join(lines)}", *start, f"J = {rng.choice(loss)}"])
        names = [*WEIGHTS, "b", "s", "x", "u", "y", *(f"x{state}" for state in self.states)]
        self.wrt = [name for name in names if re.search(rf"\b{name}\b", self.source)]

    def body(self, state: str, done: list[str]) -> str:
        rng = self.rng
        before = [f"{s}[l-1]" for s in self.states] + [f"{s}[l]" for s in done]
        one, two = rng.choice(before), rng.choice(before)
        weight = rng.choice([f"W_{state}[l]", f"W_{state}[l]", "W"]).replace("_a", "").replace("_c", "2")
        weight = weight.replace("_h", "3")
        body = rng.choice(
            [
                f"{weight} {one}",
                f"{weight} {one}",
                f"{weight} ({one} + {two})",
                f"{weight} {one} + b[l]",
                f"{one} + {two} .* {two}",
                f"({one}' {one}) {two}",
                f"s {one}",
                f"{one} .* b[l]",
                "b[l]",
                f"{weight} {one} + {two}",
            ]
        )
        return body if rng.random() < 0.4 else f"{rng.choice((*ACTIVATIONS, 'softmax'))}({body})"


def alike(program: Program, at: Values) -> bool:
    """Whether the program with a number takes inputs of these shapes: each a scalar, a column, a row or a matrix."""
    kinds = {s.name: tuple(dim == 1 for dim in s.shape) for s in program.inputs}
    return all(kinds[name] == tuple(n == 1 for n in value.shape) for name, value in at.items())


def slope(program: Program, at: Values, sizes: dict[str, int], name: str, way: Any) -> tuple[float, float]:
    """The slope of the objective along a way of one input, and how far it is to be trusted."""

    def along(t: float) -> float:
        return finite.evaluate([program.objective], {**at, name: at[name] + t * way}, sizes)[0].item()

    found, error = finite.slope(along)
    return found, error + 1e-10 * abs(along(0))  # what rounding leaves of a difference


def check_loosely(seed: int) -> str:
    """'right', or why nothing was compared. Each gradient against the slope of the program with a number for L."""
    net = Loose(seed)
    if not net.wrt:
        return "no input"
    try:
        derivation = matcalc.derive(net.source, net.wrt, verify=False)
    except MatcalcError as error:
        return type(error).__name__
    for length in (1, 2, 4):
        whole, claimed = at_length(derivation.record, length)
        program = matcalc.parse(written_out(net.source, length))
        rng = np.random.default_rng(seed)
        theirs, at = sizes_of_inputs(whole, derivation, program, rng)
        if length == 1 and not alike(program, at):  # no other layer says what stands in this one
            continue
        assert alike(program, at), (net.source, length, {s.name: s.shape for s in program.inputs})
        sizes = {
            d: k for s in program.inputs for d, k in zip(s.shape, at[s.name].shape, strict=True) if isinstance(d, str)
        }
        for name in (name for name in claimed if name in program.names):
            (found,) = finite.evaluate([claimed[name]], at, theirs)
            way = rng.normal(size=found.shape)
            expected, error = slope(program, at, sizes, name, way)
            got = float((found * way).sum())
            if np.isfinite(expected) and error < 1e-4 * (1 + abs(expected)):
                close = abs(got - expected) <= 1e-6 * (1 + abs(expected)) + 100 * error
                assert close, (net.source, length, name, got, expected)
    return "right"


def test_the_letter_is_the_number(fuzz: bool) -> None:
    """What is derived for L layers holds for 1, 2 and 4, shapes included, whatever of the layers is used."""
    count = 4000 if fuzz else 60
    outcomes = [check_loosely(seed) for seed in range(count)]
    assert outcomes.count("right") > 0.5 * count, outcomes
