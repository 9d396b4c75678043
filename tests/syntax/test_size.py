"""Deep and long programs: each is read or refused; none hangs, runs out of stack, or takes time beyond its length."""

from __future__ import annotations

import sys

import pytest
from selection import some

from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.syntax import LIMIT, Program, parse

NETWORK = 640

READ = {
    "brackets": "J = " + "(" * 2000 + "x" + ")" * 2000,
    "all kinds of brackets": "J = " + "([{" * 3000 + "x" + "}])" * 3000,
    "calls": "J = " + "f(" * 5000 + "x" + ")" * 5000,
    "sums of sums": "J = " + "sum(" * 5000 + "x" + ")" * 5000,
    "minus signs": "J = " + "-" * 5000 + "x",
    "minus signs before a vector": "J = ||" + "-" * 5000 + "x||",
    "plus signs": "J = " + "+" * 5000 + "x",
    "transposes": "J = X" + "'" * 5000,
    "powers": "J = " + "x^" * 5000 + "2",
    "quotients": "J = " + "x/" * 5000 + "y",
    "norms": "J = " + "||" * 5000 + "x" + "||" * 5000,
    "terms": "J = " + " + ".join(["x"] * 5000),
    "different terms": "J = " + " + ".join(f"a{i}" for i in range(1800)),
    "different vectors": "J = ||" + " + ".join(f"a{i}" for i in range(1800)) + "||",
    "factors": "J = " + "x " * 3000,
    "matrices": "J = x' " + "A " * 5000 + "y",
    "different matrices": "J = x' " + " ".join(f"A{i}" for i in range(1800)) + " y",
    "Hadamard factors": "J = sum(" + " .* ".join(f"A{i}" for i in range(1800)) + ")",
    "colons": "J = " + "x : " * 3000 + "y",
    "powers of powers": "x: n; J = sum(" + "(" * 10_000 + "x" + ")^2" * 10_000 + ")",
    "brackets in sums": "J = " + "(x + " * 3000 + "1" + ")" * 3000,
    "one line of 10,000 characters": "J = sum(" + " .* ".join(["exp(A - B) + C'"] * 526) + ")",
    "definitions in reverse": "; ".join(f"a{i} = a{i + 1} + 1" for i in range(3000)) + "; a3000 = x; J = a0",
    "declarations": "\n".join(f"A{i}: n x n" for i in range(2000)) + "\nJ = tr(A0)",
    "entries": "J = " + "x[1] " * 1900,
    "blocks of blocks": "J = sum(X" + "[1:3,:]" * 1400 + ")",
    "bars within bars": "J = " + "|(" * 2500 + "x" + ")|" * 2500,
    "inner products within each other": "J = " + "<x, " * 2500 + "y" + ">" * 2500,
    "calls of a formula": "f(z) = 1/(1 + e^(-z)); J = sum(" + " + ".join(["f(x)"] * 1400) + ")",
    "quotients within each other": "J = sum(" + "1/(1 + exp(" * 900 + "x" + "))" * 900 + ")",
    "a long name": "J = " + "x" * 50_000,
    "a long comment": "J = x # " + "y" * 90_000,
    "many lines": "\n" * 90_000 + "J = x",
    "layers, rows as samples": "a0 = X\n"
    + "\n".join(
        f"z{i} = a{i - 1} W{i}\na{i} = tanh(z{i})" for i in range(1, NETWORK + 1)
    )
    + f"\nJ = sum(a{NETWORK})",
    "layers, columns as samples": "\n".join(
        f"z{i} = W{i} a{i - 1} + b{i}\na{i} = tanh(z{i})" for i in range(1, NETWORK + 1)
    )
    + f"\nJ = ||a{NETWORK} - y||^2",
    "layers, nested": "J = sum(" + "tanh(" * NETWORK + "X" + "".join(f" W{i})" for i in range(NETWORK)) + ")",
}  # fmt: skip


@pytest.mark.parametrize("text", some([*READ.values()], len(READ) // 2, [*READ]))
def test_read(text: str) -> None:
    limit = sys.getrecursionlimit()
    found = parse(text)
    assert isinstance(found, Program)
    assert sys.getrecursionlimit() == limit


REFUSED = {
    "brackets never closed": "J = " + "(" * 2000,
    "brackets never opened": "J = x" + ")" * 2000,
    "bars never closed": "J = " + "||" * 3001 + "x",
    "too many arguments": "J = f(" + "x, " * 3000 + "y)",
    "a long cycle": "; ".join(f"a{i} = a{i + 1}" for i in range(3000)) + "; a3000 = a0; J = a0",
    "operators alone": "J = " + "+ * " * 3000,
    "a clash at the end of a long line": "A: n x n; B: m x m; J = tr(" + "A " * 3000 + "B)",
    "colons of statements": "a : " * 3000,
    "names": "a, " * 3000,
    "angles never closed": "J = " + "<" * 9000,
    "single bars": "J = " + "|" * 9000,
    "indices within indices": "J = " + "x[" * 3000 + "1" + "]" * 3000,
    "a name joined of many": "J = w + x + " + "Xw" * 4900,
    "formulas that call each other": "; ".join(f"f{i}(z) = f{i + 1}(z)^2" for i in range(900)) + "; J = f0(x)",
    "equals": "a = " * 3000,
    "too many operands in brackets": "J = " + "(x + " * 4000 + "1" + ")" * 4000,
    "too many divisors in brackets": "J = " + "y/(2 x " * 1000 + "y" + ")" * 1000,
    "a huge number": "J = " + "9" * 5000,
    "a huge exponent": "J = 1e99999 x",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        parse(text)
    assert len(str(caught.value)) < 2000
    assert caught.value.line is not None


def test_the_longest_program() -> None:
    assert parse("J = x".ljust(LIMIT)).objective.name == "J"
    with pytest.raises(UnsupportedError, match="100,001 characters, and the limit is 100,000"):
        parse("J = x".ljust(LIMIT + 1))


def test_the_message_of_a_long_line_shows_only_the_place() -> None:
    with pytest.raises(ParseError) as caught:
        parse("J = " + "x + " * 2000 + "* y" + " + x" * 2000)
    assert max(map(len, str(caught.value).splitlines())) < 200
