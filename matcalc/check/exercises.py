"""Problems to practise on. A scalar function of a matrix is put around expressions around the variable, at random.

How hard a problem is, its derivation says: the number of rules of the rule book that it uses. What has a long gradient
is no problem to practise on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from matcalc.derive import Record, derive
from matcalc.errors import MatcalcError, UnsupportedError, nearest
from matcalc.syntax import parse
from matcalc.write import TEXT, write

LEVELS: Mapping[int, range] = {1: range(1, 4), 2: range(4, 5), 3: range(5, 7), 4: range(7, 9), 5: range(9, 16)}
"""How many rules the derivation of a problem uses, by its level."""
LONGEST = 60
"""A gradient has at most so many nodes."""
DRAWS = 400
"""How many problems are made until one has the level."""


Extents: TypeAlias = "tuple[str, str]"


class Growth(NamedTuple):
    """An expression of a shape. In `text`, {X} is the variable, {M p q} a part of that shape with the variable in it,
    any other {A p q} a constant of that shape, called so if it can be. n and d are the variable's own size.
    """

    shape: Extents
    text: str


class Topic(NamedTuple):
    """What the problems of a topic are made of. `outer`: scalars; `words`: what may be declared of the variable."""

    title: str
    outer: Sequence[str]
    inner: Sequence[Growth]
    variable: str = "X"
    shape: Extents = ("n", "d")
    declared: str = ""


def _parts(*rows: str) -> tuple[Growth, ...]:
    # "p q: text"
    found = []
    for row in rows:
        shape, _, text = row.partition(": ")
        rows_, columns = shape.split()
        found.append(Growth((rows_, columns), text))
    return tuple(found)


_LINEAR = _parts(
    "n d: {X}",
    "d n: {X}'",
    "p d: {A p n} {X}",
    "n q: {X} {B d q}",
    "p q: {A p n} {X} {B d q}",
    "p n: {B p d} {X}'",
    "d q: {X}' {A n q}",
)
_QUADRATIC = _parts("d d: {X}' {X}", "n n: {X} {X}'", "d d: {X}' {A n n} {X}", "n n: {X} {B d d} {X}'")
_AROUND = _parts("p q: {M p q} - {C p q}", "p q: {M p k} {A k q}", "p q: {A p k} {M k q}")
_SQUARE = _parts("n n: {X}", "n n: {A n n} {X}", "n n: {X}' {A n n} {X}", "n n: {A n n} + {X} {B n n}")
_VECTOR = _parts("n 1: {w}", "p 1: {A p n} {w}", "p 1: {A p n} {w} - {y p 1}", "p 1: {M p 1} - {y p 1}")
_ENTRIES = _parts("p q: exp({M p q})", "p q: sigmoid({M p q})", "p q: {M p q} .^ 3", "p q: {A p q} .* {M p q}")
_LAYERS = _parts(
    "p d: {X p n} {W}",
    "p 1: {M p q} {v q 1}",
    "p d: {X p n} {W} + 1 {b d 1}'",
    "p q: tanh({M p q})",
    "p q: relu({M p q})",
    "p q: sigmoid({M p q})",
    "p q: {M p k} {V k q}",
)

TOPICS: Mapping[str, Topic] = {
    "traces": Topic(
        "Traces",
        ("tr({M p p})", "tr({A p q} {M q p})", "tr(({M p q})' {A p q})"),
        _LINEAR + _QUADRATIC + _AROUND,
    ),
    "quadratic": Topic(
        "Quadratic forms",
        ("||{M p 1}||^2", "1/2 ||{M p 1}||^2", "({M p 1})' {A p p} ({M p 1})", "({a p 1}' ({M p 1}))^2",
         "1/2 ||{M p 1}||^2 + lam ||{w}||^2", "({M p 1})' {A p p} ({M p 1}) - {b n 1}' {w}"),
        _VECTOR, "w", ("n", "1"),
    ),
    "norms": Topic(
        "Norms of matrices",
        ("||{M p q}||^2", "1/2 ||{M p q}||^2", "||{M p q}||", "||{M p q}||^2 + lam ||{X}||^2"),
        _LINEAR + _QUADRATIC + _AROUND,
    ),
    "determinants": Topic(
        "Determinants and inverses",
        ("logdet({M p p})", "det({M p p})", "tr(inv({M p p}))", "tr({A p p} inv({M p p}))",
         "{a p 1}' inv({M p p}) {b p 1}", "-logdet({M p p})", "1/det({M p p})", "tr(inv({M p p}) {A p p})",
         "logdet({M p p}) - tr({A n n} {X})"),
        _SQUARE, "X", ("n", "n"), "invertible",
    ),
    "symmetric": Topic(
        "Symmetric matrices",
        ("tr({A p p} {M p p})", "logdet({M p p})", "{a p 1}' {M p p} {a p 1}", "tr(inv({M p p}) {A p p})",
         "||{M p q}||^2", "{a p 1}' {M p q} {b q 1}", "sum({A p q} .* {M p q})"),
        _parts("n n: {X}", "n n: {X} {X}", "p p: {A p n} {X} {A p n}'", "n n: {X} {B n n} {X}", "n n: {X} + {B n n}",
               "p q: {A p n} {X} {B n q}"),
        "X", ("n", "n"), "symmetric",
    ),
    "entries": Topic(
        "Functions of the entries",
        ("sum({M p q})", "sum({A p q} .* {M p q})", "sum(({M p q}) .^ 2)", "log(sum(exp({M p q})))"),
        _LINEAR[:5] + _ENTRIES,
    ),
    "nets": Topic(
        "Networks",
        ("1/2 ||{M p q} - {Y p q}||^2", "sum(({Y p q} - {M p q}) .^ 2)", "-sum({Y p q} .* log(softmax({M p q})))",
         "1/2 ||{M p 1} - {y p 1}||^2",
         "sum({A p q} .* {M p q})", "tr({A q p} {M p q})", "{a p 1}' ({M p q}) {c q 1}", "{a p 1}' ({M p 1})",
         "1/2 ||{M p q} - {Y p q}||^2 + lam ||{W}||^2"),
        _LAYERS, "W", ("n", "d"),
    ),
}  # fmt: skip
"""The topics, by the name that is asked for."""

_FRAMES = ("{S}", "{S}", "{S}", "{S} + {S}", "{S} - lam ({S})", "1/2 ({S})^2", "exp(-({S}))", "log(1 + exp({S}))")
_SLOT = re.compile(r"\{(\w+)(?: (\w+) (\w+))?\}")
_MATRICES = "ABCDGHPQRS"
_VECTORS = "abcuvz"
_FREE = ("m", "k", "p", "q", "r", "s")


class Task(NamedTuple):
    """A problem: its text, by what to differentiate, and the derivation that solves it."""

    source: str
    wrt: str
    record: Record


def tasks(topic: str, level: int, seed: int) -> Iterator[Task]:
    """Problems of a topic and a level, each another; always the same for a seed. After the last of a level come those
    of the next.

    Raises UnsupportedError for a topic or a level that there is not, and where no other problem is found.
    """
    if topic not in TOPICS:
        hint = nearest(topic, TOPICS, f"the topics are {', '.join(TOPICS)}")
        raise UnsupportedError(f"there is no topic {topic}", hint=hint)
    if level not in LEVELS:
        raise UnsupportedError(f"there is no level {level}", hint=f"the levels are 1 to {max(LEVELS)}")
    draw = random.Random(f"{topic} {level} {seed}")
    seen: set[str] = set()
    misses = 0
    while level in LEVELS:
        misses += 1
        if misses > DRAWS:
            level, misses = level + 1, 0
            continue
        source = _Made(draw, TOPICS[topic]).source(1 + draw.randrange(level + 1))
        if source is None or source in seen:
            continue
        seen.add(source)
        record = _derived(source, TOPICS[topic].variable)
        if record is not None and _rules(record) in LEVELS[level]:
            plain = _plain(source, record)
            if "''" in plain:  # nobody asks for the transpose of a transpose
                continue
            misses = 0
            yield Task(plain, TOPICS[topic].variable, record)
    raise UnsupportedError(f"no further problem was found for {topic}", hint="take a lower level, or fewer problems")


def _derived(source: str, variable: str) -> Record | None:
    # None where it has no gradient, or one that nobody would write down.
    try:
        record = derive(parse(source), [variable])
    except MatcalcError:
        return None
    length = sum(node.length for _, node in record.gradients) + sum(
        s.definition.length for s in record.deltas if s.definition
    )
    return record if record.gradients and length <= LONGEST and not record.program.notes else None


def _plain(source: str, record: Record) -> str:
    # Without the brackets that nobody needs.
    declared = source.rpartition("\n")[0]
    objective = record.program.objective
    return f"{declared}\n{objective.name} = {write(objective.definition or objective, TEXT)}"


def _rules(record: Record) -> int:
    return len({step.rule.name for section in record.sections for step in section.steps if not step.rule.quiet})


class _NoFit(Exception):
    """No part has the shape, or none ends here."""


class _Made:
    # A problem in the making. A size is a name, or ?0, ?1, … until it is known which; `met` says which.

    def __init__(self, draw: random.Random, topic: Topic) -> None:
        self.draw = draw
        self.topic = topic
        self.met: dict[str, str] = {}
        self.sizes = 0
        self.constants: dict[str, Extents] = {}

    def source(self, depth: int) -> str | None:
        """Its text, with at most `depth` parts within each other; None if it came to no end."""
        topic = self.topic
        frame = self.draw.choice(_FRAMES) if depth > 2 else "{S}"
        try:
            objective = re.sub(r"\{S\}", lambda _: self._filled(self.draw.choice(topic.outer), {}, depth), frame)
        except _NoFit:
            return None
        free = iter(_FREE)
        shapes = {name: (self._size(rows), self._size(columns)) for name, (rows, columns) in self.constants.items()}
        sizes = dict.fromkeys(size for shape in shapes.values() for size in shape if size.startswith("?"))
        named = {size: next(free, "") for size in sizes}
        odd = any(columns == "1" and (rows == "1" or name[0].isupper()) for name, (rows, columns) in shapes.items())
        if odd or "" in named.values():
            return None
        said = [f"{topic.variable}: {_shown(topic.shape)}{topic.declared and ' ' + topic.declared}"]
        for name, (rows, columns) in shapes.items():
            said.append(f"{name}: {_shown((named.get(rows, rows), named.get(columns, columns)))}")
        return "\n".join([*said, f"J = {objective}"])

    def _size(self, size: str) -> str:
        while size in self.met:
            size = self.met[size]
        return size

    def _meet(self, a: str, b: str) -> bool:
        a, b = self._size(a), self._size(b)
        if a == b:
            return True
        if not a.startswith("?"):
            a, b = b, a
        if a.startswith("?"):
            self.met[a] = b
        return a.startswith("?")

    def _letters(self, sizes: dict[str, str], *letters: str) -> Extents:
        # The sizes that the letters of a row stand for.
        rows, columns = self.topic.shape
        own = {"n": rows, "d": columns, "1": "1"}
        for letter in letters:
            if letter not in own and letter not in sizes:
                sizes[letter] = f"?{self.sizes}"
                self.sizes += 1
        first, second = (own.get(letter) or sizes[letter] for letter in letters)
        return first, second

    def _filled(self, text: str, sizes: dict[str, str], depth: int) -> str:
        same: dict[str, str] = {}

        def filled(match: re.Match[str]) -> str:
            slot: str = match.group()
            name, rows, columns = match.groups()
            if rows is None:
                return self.topic.variable
            if slot not in same:  # the same slot twice is the same thing twice
                shape = self._letters(sizes, rows, columns)
                same[slot] = self._part(shape, depth) if name == "M" else self._constant(name, shape)
            return same[slot]

        return _SLOT.sub(filled, text)

    def _part(self, shape: Extents, depth: int) -> str:
        rows = [part for part in self.topic.inner if depth > 1 or "{M" not in part.text]
        self.draw.shuffle(rows)
        for part in rows if depth else ():
            before = dict(self.met)
            sizes: dict[str, str] = {}
            own = self._letters(sizes, *part.shape)
            if all(self._meet(a, b) for a, b in zip(own, shape, strict=True)):
                text = self._filled(part.text, sizes, depth - 1)
                alone = re.fullmatch(r"\w+|[a-z]+\([^()]*\)", text) is not None
                return text if alone else f"({text})"
            self.met = before
        raise _NoFit

    def _constant(self, name: str, shape: Extents) -> str:
        pool = _MATRICES if name[0].isupper() else _VECTORS
        free: list[str] = [each for each in [name, *pool] if each not in self.constants and each != self.topic.variable]
        if not free:
            raise _NoFit
        self.constants[free[0]] = shape
        return free[0]


def _shown(shape: Extents) -> str:
    rows, columns = shape
    return rows if columns == "1" else f"{rows} x {columns}"
