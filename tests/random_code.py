"""Random code: NumPy, and MATLAB beside what it computes in NumPy. It shares no code with the package.

A shape is a word: "nd" has n rows and d columns, "n" one axis, "" none; in MATLAB a column is "n1" and a number "11".
"""

from __future__ import annotations

from random import Random

import numpy as np

EXTENT = {"n": "X.shape[0]", "d": "X.shape[1]", "1": "1"}
SHAPES = {"X": "nd", "Z": "nd", "S": "dd", "Q": "nn", "A": "dn"}
NUMPY_INPUTS = {**SHAPES, "w": "d", "v": "d", "y": "n", "u": "n", "s": "", "t": "", "c": "n1", "r": "1d"}
MATLAB_INPUTS = {**SHAPES, "w": "d1", "v": "d1", "y": "n1", "u": "n1", "s": "11", "t": "11", "r": "1d", "p": "1n"}
NUMBERS = ("2", "0.5", "3", "1.5")
ENTRYWISE = (
    ("tanh({})", "np.tanh({})"),
    ("(-{})", "(-{})"),
    ("({}).^2", "({})**2"),
    ("exp(-({}).^2)", "np.exp(-({})**2)"),
    ("sqrt(1 + ({}).^2)", "np.sqrt(1 + ({})**2)"),
    ("log(1 + abs({}))", "np.log(1 + np.abs({}))"),
)


def spread(a: str, b: str) -> str:
    """The shape of what two arrays make together, "?" if they do not."""
    a, b = a.rjust(len(b), "1"), b.rjust(len(a), "1")
    return "".join(x if x == y or y == "1" else y if x == "1" else "?" for x, y in zip(a, b, strict=True))


class NumpyCode:
    """Random code of NumPy: `program` is some assignments and a number."""

    names = ("P", "T", "I", "f", "m", "norm", "e", "H1", "X", "w", "q_")
    shapes = ("nd", "dd", "n", "d", "nn", "n1", "1d", "")

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.known = dict(NUMPY_INPUTS)

    def program(self, depth: int = 3) -> str:
        """Assignments, a line each, and an expression."""
        lines = []
        for _ in range(self.random.randint(0, 3)):
            name, shape = self.random.choice(self.names), self.random.choice(self.shapes)
            lines.append(f"{name} = {self.make(shape, self.random.randint(1, 2))}")
            self.known[name] = shape
        return "\n".join([*lines, self.make("", depth)])

    def make(self, shape: str, depth: int) -> str:
        """An expression of that shape."""
        makers = (self.joined, self.joined, self.entrywise, self.product, self.reduced, self.extreme, self.chosen)
        for _ in range(30 if depth > 0 else 0):
            found = self.random.choice((*makers, self.special))(shape, depth - 1)
            if found:
                return found
        return self.leaf(shape)

    def leaf(self, shape: str) -> str:
        names = [name for name, known in self.known.items() if known == shape]
        if not shape and (not names or self.random.random() < 0.4):
            return self.random.choice(NUMBERS)
        return self.random.choice(names) if names else f"np.ones(({', '.join(map(EXTENT.__getitem__, shape))},))"

    def parts(self, shape: str) -> tuple[str, str] | None:
        """Two shapes that make `shape` together."""
        among = ["", shape, shape]
        if len(shape) == 2 and "1" not in shape:
            among += [shape[1], "1" + shape[1], shape[0] + "1"]
        a, b = self.random.choice(among), self.random.choice(among)
        return (a, b) if spread(a, b) == shape else None

    def joined(self, shape: str, depth: int) -> str:
        if (parts := self.parts(shape)) is None:
            return ""
        a, b = (self.make(part, depth) for part in parts)
        op = self.random.choice("+-**/")
        return f"({a} / (2 + np.abs({b})))" if op == "/" else f"({a} {op} {b})"

    def entrywise(self, shape: str, depth: int) -> str:
        return self.random.choice(ENTRYWISE)[1].format(self.make(shape, depth))

    def product(self, shape: str, depth: int) -> str:
        k = self.random.choice("nd")
        if len(shape) == 2:
            return "" if "1" in shape else f"({self.make(shape[0] + k, depth)} @ {self.make(k + shape[1], depth)})"
        left, right = self.random.choice([(shape + k, k), (k, k + shape)])
        return f"({self.make(left, depth)} @ {self.make(right, depth)})"

    def reduced(self, shape: str, depth: int) -> str:
        name, k = self.random.choice(["sum", "mean", "max", "min", "var", "std"]), self.random.choice("nd")
        if not shape:
            array, axis = self.random.choice(["n", "d", "nd", "dd"]), ""
        elif len(shape) == 1:
            array, axis = self.random.choice([(shape + k, "axis=1"), (shape + k, "-1"), (k + shape, "axis=0")])
        elif "1" in shape:
            array, axis = (shape[0] + k, "axis=1") if shape[1] == "1" else (k + shape[1], "axis=0")
            axis += ", keepdims=True"
        else:
            return f"({self.make(shape[::-1], depth)}).T"
        made = self.make(array, depth)
        method = f"({made}).{name}({axis})" if name not in ("var", "std") else ""
        return method if method and self.random.random() < 0.5 else f"np.{name}({made}{', ' + axis if axis else ''})"

    def extreme(self, shape: str, depth: int) -> str:
        if (parts := self.parts(shape)) is None:
            return ""
        return f"np.{self.random.choice(['maximum', 'minimum'])}({', '.join(self.make(p, depth) for p in parts)})"

    def chosen(self, shape: str, depth: int) -> str:
        if (parts := self.parts(shape)) is None or (sides := self.parts(shape)) is None:
            return ""
        a, b, c, e = (self.make(part, depth) for part in (*sides, *parts))
        return f"np.where({a} {self.random.choice(['<', '<=', '>', '>='])} {b}, {c}, {e})"

    def special(self, shape: str, depth: int) -> str:
        k = self.random.choice("nd")
        if not shape:
            matrix = self.make(self.random.choice(["nd", "dd", "nn"]), depth)
            a, b, square = self.make(k, depth), self.make(k, depth), self.make(k + k, depth)
            forms = [f"np.linalg.norm({matrix}{p})" for p in ("", ", 1", ", np.inf")]
            forms += [f"np.linalg.norm({a}{p})" for p in ("", ", 1", ", np.inf")]
            return self.random.choice([*forms, f"np.dot({a}, {b})", f"np.trace({square})", "v[1]", "Z[1, 0]", "len(y)"])
        if len(shape) == 1:
            rows, lines = self.make(shape + k, depth), self.make(k + shape, depth)
            forms = [f"np.diag({self.make(shape + shape, depth)})", f"({rows})[:, 1]", f"({lines})[1]"]
            forms += [f"np.linalg.norm({rows}, axis=1)", f"np.log(np.sum(np.exp({rows}), axis=1))"]
            return self.random.choice([*forms, f"np.cumsum({self.make(shape, depth)})"])
        if "1" in shape:
            vector, column = self.make(shape.replace("1", ""), depth), shape[1] == "1"
            return f"({vector})" + self.random.choice(
                ("[:, None]", ".reshape(-1, 1)") if column else ("[None, :]", ".reshape(1, -1)")
            )
        Z, axis = self.leaf(shape), self.random.choice("01")
        m = f"{Z}.max({self.random.choice(['', f'axis={axis}, keepdims=True'])})"
        shifted = f"np.exp({Z} - {m})"
        outer = f"np.outer({self.make(shape[0], depth)}, {self.make(shape[1], depth)})"
        return self.random.choice([f"({shifted} / {shifted}.sum(axis={axis}, keepdims=True))", outer])


Both = tuple[str, str]
"""A piece of MATLAB, and of NumPy with two axes everywhere."""


def along(f: object, a: np.ndarray, axis: int | None = None, **options: int) -> np.ndarray:
    """A reduction with MATLAB's axis where none is given."""
    assert callable(f)
    return np.asarray(f(a, axis=(1 if a.shape[0] == 1 else 0) if axis is None else axis, keepdims=True, **options))


def norm(a: np.ndarray, p: float | str = 2) -> np.ndarray:
    return np.array([[np.linalg.norm(a.ravel() if 1 in a.shape and p != "fro" else a, p)]])  # type: ignore[arg-type]


def diag(a: np.ndarray) -> np.ndarray:
    return np.diag(a.ravel()) if 1 in a.shape else np.diag(a).reshape(-1, 1)


class MatlabCode:
    """Random MATLAB: `program` is the text, and the lines of NumPy that compute the same."""

    names = ("P", "T", "I", "f", "m", "h1", "J", "X", "w")
    shapes = ("nd", "dd", "n1", "d1", "1d", "11")

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.known = dict(MATLAB_INPUTS)

    def program(self, depth: int = 3) -> tuple[str, list[str]]:
        """The text, and NumPy's lines, of which the last is an expression."""
        texts, lines = [], []
        for _ in range(self.random.randint(0, 3)):
            name, shape = self.random.choice(self.names), self.random.choice(self.shapes)
            text, line = self.make(shape, self.random.randint(1, 2))
            texts.append(f"{name} = {text};")
            lines.append(f"{name} = {line}")
            self.known[name] = shape
        text, line = self.make("11", depth)
        return "\n".join([*texts, text]), [*lines, line]

    def make(self, shape: str, depth: int) -> Both:
        """An expression of that shape."""
        makers = (self.joined, self.joined, self.entrywise, self.product, self.product, self.reduced, self.special)
        for _ in range(30 if depth > 0 else 0):
            found = self.random.choice(makers)(shape, depth - 1)
            if found:
                return found
        names = [name for name, known in self.known.items() if known == shape]
        if shape == "11" and self.random.random() < 0.4:
            number = self.random.choice(NUMBERS)
            return number, f"np.array([[{number}]])"
        if names:
            return (name := self.random.choice(names)), name
        sizes = [{"n": "size(Z, 1)", "d": "size(Z, 2)", "1": "1"}[size] for size in shape]
        counts = ", ".join(EXTENT[size].replace("X", "Z") for size in shape)
        return f"ones({', '.join(sizes)})", f"np.ones(({counts}))"

    def joined(self, shape: str, depth: int) -> Both | None:
        among = [shape, shape, "11", *([] if "1" in shape else [shape[0] + "1", "1" + shape[1]])]
        a, b = self.random.choice(among), self.random.choice(among)
        if spread(a, b) != shape:
            return None
        (x, left), (y, right) = self.make(a, depth), self.make(b, depth)
        op, blank = self.random.choice(["+", "-", ".*", ".*", "./"]), self.random.choice(["", " "])
        if op == "./":
            y, right = f"(2 + abs({y}))", f"(2 + np.abs({right}))"
        return f"({x}{blank}{op}{blank}{y})", f"({left} {op.strip('.')} {right})"

    def entrywise(self, shape: str, depth: int) -> Both:
        (text, line), (x, a) = self.random.choice(ENTRYWISE), self.make(shape, depth)
        return text.format(x), line.format(a)

    def product(self, shape: str, depth: int) -> Both | None:
        k = self.random.choice("nd")
        (x, a), (y, b) = self.make(shape[0] + k, depth), self.make(k + shape[1], depth)
        (z, c), (s, number) = self.make(shape, depth), self.make("11", depth)
        forms = [
            (f"({x}*{y})", f"({a} @ {b})"),
            (f"({s}*{z})", f"({number} * {c})"),
            (f"({z}/{s})", f"({c} / {number})"),
        ]
        if shape[0] != "1":
            size, count = {"n": "size(Z, 1)", "d": "size(Z, 2)"}[shape[0]], EXTENT[shape[0]].replace("X", "Z")
            square, of = self.make(shape[0] * 2, depth)
            inverse = f"np.linalg.inv(np.tanh({of}) + 40*np.eye({count}))"
            forms.append((f"((tanh({square}) + 40*eye({size}))\\{z})", f"({inverse} @ {c})"))
        return self.random.choice(forms)

    def reduced(self, shape: str, depth: int) -> Both | None:
        skip, options = ", []", ""
        name = self.random.choice(["sum", "mean", "max", "min", "var", "std"])
        if name in ("sum", "mean"):
            skip = ""
        if name in ("var", "std"):
            skip, options = self.random.choice([(", 0", ", ddof=1"), (", []", ", ddof=1"), (", 1", "")])
        if "1" not in shape:
            x, a = self.make(shape[::-1], depth)
            return f"({x})'", f"({a}).T"
        k = self.random.choice("nd")
        if shape == "11":
            array, axis = self.random.choice([k + "1", "1" + k]), None
        else:
            array, axis = (k + shape[1], self.random.choice([1, None])) if shape[0] == "1" else (shape[0] + k, 2)
        x, a = self.make(array, depth)
        told = f"{skip}, {axis}" if axis else ", 1" if name in ("var", "std") and not options else ""
        return f"{name}({x}{told})", f"along(np.{name}, {a}{f', {axis - 1}' if axis else ''}{options})"

    def special(self, shape: str, depth: int) -> Both | None:
        k = self.random.choice("nd")
        if shape == "11":
            (x, a), (y, b) = self.make(self.random.choice(["nd", "dd", "d1", "1d"]), depth), self.make(k + "1", depth)
            (z, c), (q, square) = self.make(k + "1", depth), self.make(k + k, depth)
            forms = [
                (f"norm({x}{p})", f"norm({a}{p.replace('inf', 'np.inf')})") for p in ("", ", 'fro'", ", 1", ", inf")
            ]
            forms += [(f"dot({y}, {z})", f"(({b}).T @ ({c}))"), (f"trace({q})", f"np.array([[np.trace({square})]])")]
            forms += [("v(2)", "v[1:2, :]"), ("Z(2, 1)", "Z[1:2, :1]"), ("r(3)", "r[:, 2:]"), ("numel(S)", "S.size")]
            return self.random.choice([*forms, (f"sum({x}, 'all')", f"np.array([[np.sum({a})]])")])
        if shape == "n1":
            x, a = self.make("nn", depth)
            return self.random.choice([(f"diag({x})", f"diag({a})"), ("Z(:, 2)", "Z[:, [1]]")])
        if shape == "1d":
            return "Z(2, :)", "Z[[1], :]"
        if shape[0] == shape[1]:
            x, a = self.make(shape[0] + "1", depth)
            return f"diag({x})", f"diag({a})"
        (x, a), (y, b) = self.make(shape, depth), self.make(shape, depth)
        return self.random.choice(
            [(f"max({x}, {y})", f"np.maximum({a}, {b})"), (f"min({x}, {y})", f"np.minimum({a}, {b})")]
        )
