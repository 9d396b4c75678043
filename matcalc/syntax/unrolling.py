"""Statements about layers, written out for a number of them.

What is announced holds for every statement that defines a name with that index. With a number for L the statements are
written out; with a letter they are written out for a few layers, so that shapes can be settled as ever, and what all
layers have in common is found in the result (generic.py). Places in the text stay what they were, for the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from matcalc.dims import Dim, DimSum, dim_names, dim_replace
from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.families import IndexedName, Place, Places, indexed, moved_name, stem_of
from matcalc.syntax.layers import EXAMPLE, MOST, Range
from matcalc.syntax.program import Program
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Statement, Token, Tree, copied, walk

MIDDLE = 4
"""Layers in which what all have in common is looked for: a first one, two in the middle, a last one."""

Named = Token | Tree
"""A piece of the text whose value is a name."""


class Unrolling:
    """The statements of a program, written out for a number of layers.

    `length`: what the letter L stands for meanwhile. `sums`: for each sum over layers the name that stands for it, and
    the name of its terms.
    """

    def __init__(self, source: Source, layers: Sequence[Range], statements: Sequence[Statement]) -> None:
        self.source = source
        self.symbolic = next((found for found in layers if found.symbolic), None)
        self.sums: dict[str, str] = {}
        self.stems: dict[str, Range] = {}
        self.lagged: set[str] = set()
        self.zeros = False  # whether a state starts as 0
        self._totals: dict[str, Tree] = {}
        self._outside: set[str] = set()
        family = self.symbolic
        self.length = 0 if family is None else family.first + MIDDLE - 1 - family.last.offset
        self._letters = {found.letter: found for found in layers}
        self._taken = {part for s in statements for name in _words(s) for part in _parts(name)}
        self._defined = {stem_of(_defines(s)) for s in statements}
        self._statements = [piece for s in statements for piece in self._without_sums(s)]
        self._scan(self._statements)

    @property
    def statements(self) -> Iterator[Statement]:
        """The statements for every layer, those of the sums first. The trees are copies."""
        for name, of in self.sums.items():
            assert self.symbolic is not None
            place = self._totals[name]
            last = Place("", self.symbolic.last.offset + self.length)
            terms = _sum_of(Tree("name", [], place.start, place.end, of), self.symbolic._replace(last=last), place)
            yield _definition(name, terms, place)
        for statement in self._statements:
            yield from self.written(statement)

    def hint(self) -> str:
        """A hint for shapes that do not fit."""
        names = sorted(self.lagged & set(self.stems))
        if not names:
            return ""
        name, family = names[0], self.stems[names[0]]
        ends = f"{name}[{family.first - 1}] and {name}[{family.last}]"
        why = f"if {family.word} add {name}[{family.letter}-1] to what they compute, or share their weights"
        return f"{why}, all of them have one shape, {ends} too"

    def _family(self, statement: Statement) -> Range | None:
        """The family that a statement is about: by the index of what it defines or declares."""
        names = statement.names if statement.kind == "definition" else [t for d in statement.declarations for t in d[0]]
        found = indexed(str(names[0].value)) if names else None
        return None if found is None else self._letters.get(found.place.letter)

    def _scan(self, statements: Iterable[Statement]) -> None:
        """What the layers define, and whether every index is one that there is."""
        for statement in statements:
            if statement.kind != "definition":
                continue
            family, name = self._family(statement), statement.names[0]
            if family is None:
                self._outside.add(str(name.value))
                continue
            found = indexed(str(name.value))
            assert found is not None
            if found.place.offset:
                hint = f"define {found.stem}[{family.letter}] by what comes before it, as {EXAMPLE}"
                message = f"the {family.word} define {found.stem}[{family.letter}], not {name.value}"
                raise self._error(ParseError, message, name, hint)
            self.stems[found.stem] = family
        for family in self._letters.values():
            if family not in self.stems.values():
                message = (
                    f"nothing is said of the {family.word} {family}: no name with the index {family.letter} is defined"
                )
                raise self.source.error(ParseError, message, family.start, family.end, hint=f"as in {EXAMPLE}")
        for piece in (piece for s in statements for piece in _names(s)):
            found = indexed(str(piece.value))
            if found is not None and found.place.letter in self._letters and found.place.offset == -1:
                self.lagged.add(found.stem)
        for statement in statements:
            own, defined = self._family(statement), statement.names[0] if _defines(statement) else None
            for piece in sorted(_names(statement), key=lambda piece: piece.start):
                self._check(piece, own, defined=piece is defined)

    def _check(self, piece: Named, own: Range | None, defined: bool) -> None:
        name = str(piece.value)
        found = indexed(name)
        if found is None:
            if name in self.stems:
                family = self.stems[name]
                hint = f"write {name}[{family.letter}], or {name}[{family.last}] for the last of the {family.word}"
                raise self._error(ParseError, f"{name} has no index here, and is defined with one", piece, hint)
            if name in self._letters:
                family = self._letters[name]
                if family.symbolic:
                    message = f"{name} is an index here, and cannot be used as a number"
                    raise self._error(UnsupportedError, message, piece)
            return
        stem, place = found
        if place.letter in self._letters:
            self._check_inside(piece, found, self._letters[place.letter], own)
        elif stem in self.stems:
            self._check_outside(piece, found, self.stems[stem], defined)
        elif self.symbolic is not None:
            self._check_input(piece, found, self.symbolic)

    def _check_inside(self, piece: Named, found: IndexedName, family: Range, own: Range | None) -> None:
        letter = family.letter
        if own is not family:
            hint = f"outside the {family.word} write {found.stem}[{family.last}] for the last one"
            message = f"{piece.value}: {letter} means nothing outside the {family.word} {family}"
            raise self._error(ParseError, message, piece, hint)
        if found.place.offset > 0:
            message = f"{piece.value} comes after layer {letter}: a layer is computed from the one before it"
            raise self._error(UnsupportedError, message, piece, f"number the {family.word} the other way round")
        if found.place.offset < -1 and family.symbolic:
            message = f"{piece.value} reaches {-found.place.offset} layers back, and only one is supported"
            hint = f"carry it along: define c[{letter}] = {found.stem}[{letter}-1] and use c[{letter}-1]"
            raise self._error(UnsupportedError, message, piece, hint)

    def _check_outside(self, piece: Named, found: IndexedName, family: Range, defined: bool) -> None:
        # A name that the layers define, with an index that is no l: a[L], a[0].
        (stem, place), first, last = found, family.first, family.last
        inside = place == last or (not place.letter and not last.letter and first <= place.offset <= last.offset)
        inside = inside or (place.letter == last.letter != "" and place.offset == last.offset)
        before = not place.letter and place.offset == first - 1 and stem in self.lagged
        if defined and inside:
            message = f"{piece.value} is one of the {family.word} {family}, which define it already"
            short = f"{family.last.moved(-1)}"
            hint = f"let the {family.word} end one earlier: {family.letter} = {first}..{short}"
            raise self._error(ParseError, message, piece, hint)
        if inside or before or str(found) in self._outside:
            return
        if place.letter == last.letter and place.letter and place.offset > last.offset:
            message = f"{piece.value} does not exist: the {family.word} end at {last}"
        elif place.letter and place.letter == last.letter:
            message = f"of the {family.word} only {stem}[{last}], the last, may be used outside them"
            raise self._error(UnsupportedError, f"{piece.value}: {message}", piece)
        elif family.symbolic and not place.letter and place.offset >= first:
            message = f"{piece.value}: which layer that is depends on {last.letter}"
            raise self._error(
                ParseError, message, piece, f"write {last.letter} for the last, or give the number of {family.word}"
            )
        else:
            start = f", and {stem}[{first - 1}] comes before them" if stem in self.lagged else ""
            message = f"{piece.value} does not exist: the {family.word} are {family}{start}"
        raise self._error(ParseError, message, piece, f"the last is {stem}[{last}]")

    def _check_input(self, piece: Named, found: IndexedName, family: Range) -> None:
        place = found.place
        ends = {family.last, Place(family.last.letter, 0)} if family.last.letter else {family.last}
        if place in ends or (not place.letter and place.offset < family.first):
            return
        if family.symbolic and not place.letter:
            hint = f"write {family.last} for the last, or give the number of {family.word}"
            message = f"{piece.value}: whether there is such a one depends on {family.last.letter}"
            raise self._error(UnsupportedError, message, piece, hint)
        message = f"{piece.value} does not exist: the {family.word} are {family}"
        raise self._error(ParseError, message, piece, f"the last is {found.stem}[{family.last}]")

    def _error(self, kind: type[MatcalcError], message: str, piece: Named, hint: str = "") -> MatcalcError:
        return self.source.error(kind, message, piece.start, piece.end, hint=hint)

    # ----------------------------------------------------------------------------------------------------------- sums

    def _without_sums(self, statement: Statement) -> Iterator[Statement]:
        """The statement with names for its sums over layers, after the definitions of what is summed."""
        if statement.tree is None or all(tree.kind != "total" for tree in walk(statement.tree)):
            yield statement
            return
        summands: list[Statement] = []

        def without(tree: Tree) -> Tree:
            if tree.kind != "total":
                return tree
            family, (body,) = self._family_of_sum(tree), tree.args
            if not family.symbolic:
                return Tree("group", [_sum_of(body, family, tree)], tree.start, tree.end)
            of = self._summand(body, family.letter)
            if body.kind != "name" or of != body.value:
                summands.append(_definition(of, body, tree))
            name = self._free("S")
            self.sums[name], self._totals[name] = of, tree
            return Tree("name", [], tree.start, tree.end, name)

        whole = copied(statement.tree, without)
        yield from summands
        yield Statement(statement.kind, whole, statement.names)

    def _family_of_sum(self, tree: Tree) -> Range:
        assert isinstance(tree.value, Range)
        letter, family = tree.value.letter, self._letters.get(tree.value.letter)
        if family is None:
            message = f"a range belongs to a sum over the layers: sum(e[{letter}], {tree.value})"
            raise self._error(ParseError, message, tree)
        if tree.value[:3] != family[:3]:
            message = f"this sum runs over {tree.value}, and the {family.word} over {family}"
            raise self._error(UnsupportedError, message, tree, "sum over all of them, and add what else there is")
        return family

    def _summand(self, body: Tree, letter: str) -> str:
        """The name of what is summed: its own if the layers define it, or a new one that is then defined."""
        own = indexed(str(body.value)) if body.kind == "name" else None
        if own is not None and own.place == Place(letter, 0) and own.stem in self._defined:
            return str(own)
        return f"{self._free('r')}[{letter}]"

    def _free(self, letter: str) -> str:
        taken = {*self._taken, *self.sums, *map(stem_of, self.sums.values())}
        return next(name for n in range(MOST) if (name := f"{letter}{n or ''}") not in taken)

    # -------------------------------------------------------------------------------------------------------- writing

    def starts_at_zero(self, name: Token, tree: Tree) -> bool:
        """Whether a definition is h[0] = 0 of a state that the layers carry on: zeros of its shape."""
        found = indexed(str(name.value))
        zero = found is not None and found.stem in self.lagged and tree.kind == "number" and tree.value == 0
        self.zeros = self.zeros or zero
        return zero

    def carries_matrix(self, program: Program) -> bool:
        """Whether what the layers carry on is a matrix."""
        return any(
            s.name != stem and stem in self.lagged and 1 not in s.shape
            for s in program.definitions
            for stem in [stem_of(s.name)]
        )

    def written(self, statement: Statement) -> Iterator[Statement]:
        """A statement for each layer that it speaks of."""
        family = self._family(statement)
        if family is None:
            yield _moved(statement, self._ends, {})
            return
        # A declaration of the state speaks of what comes before the first layer, too.
        declared = [indexed(str(token.value)) for names, *_ in statement.declarations[:1] for token in names[:1]]
        before = any(found is not None and found.stem in self.lagged & set(self.stems) for found in declared)
        for k in range(family.first - before, self._last(family) + 1):
            yield _moved(statement, {**self._ends, family.letter: Place("", k)}, {family.letter: k})

    def functions(self, names: Iterable[str]) -> Iterator[str]:
        """The functions of every layer: f[1], f[2], … for f[l]."""
        for name in names:
            found = indexed(name)
            family = None if found is None else self._letters.get(found.place.letter)
            layers = range(family.first, self._last(family) + 1) if family is not None else ()
            yield from [moved_name(name, {family.letter: Place("", k)}) for k in layers if family is not None]
            if family is None:
                yield moved_name(name, self._ends)

    @property
    def _ends(self) -> Places:
        return {} if self.symbolic is None else {self.symbolic.last.letter: Place("", self.length)}

    def _last(self, family: Range) -> int:
        return family.last.offset + (self.length if family.symbolic else 0)


def _defines(statement: Statement) -> str:
    return str(statement.names[0].value) if statement.kind == "definition" else ""


def _names(statement: Statement) -> list[Named]:
    """The names in a statement, sizes included."""
    found: list[Named] = [*statement.names]
    for names, dims, _ in statement.declarations:
        found += [*names, *(token for token in dims if isinstance(token.value, str))]
    trees = walk(statement.tree) if statement.tree is not None else ()
    return found + [tree for tree in trees if tree.kind == "name"]


def _words(statement: Statement) -> Iterator[str]:
    yield from (str(piece.value) for piece in _names(statement))
    for tree in walk(statement.tree) if statement.tree is not None else ():
        if tree.kind == "call":
            yield str(tree.value[0])


def _parts(name: str) -> Sequence[str]:
    found = indexed(name)
    return (name,) if found is None else (found.stem, found.place.letter)


def _definition(name: str, tree: Tree, place: Tree) -> Statement:
    return Statement("definition", tree, (Token("NAME", name, place.start, place.end),))


def _sum_of(body: Tree, range_: Range, place: Tree) -> Tree:
    """A sum over layers written out: (e[1]) + (e[2]) + …"""
    terms = []
    for k in range(range_.first, range_.last.offset + 1):
        term = copied(body, _mover({range_.letter: Place("", k)}, {range_.letter: k}))
        terms.append(Tree("group", [term], place.start, place.end))
    whole = Tree("sum", terms, place.start, place.end)
    whole.ops = ["", *["PLUS"] * (len(terms) - 1)]
    return whole if len(terms) > 1 else terms[0]


def _moved(statement: Statement, to: Places, numbers: Mapping[str, int]) -> Statement:
    """A copy of the statement, said of other layers; an index that stands for itself is a number."""

    def token(old: Token) -> Token:
        name = str(old.value)
        value: Dim = numbers[name] if old.kind == "DIMENSION" and name in numbers else moved_name(name, to)
        if isinstance(old.value, DimSum):
            sizes = {size: numbers.get(size, moved_name(size, to)) for size in dim_names(old.value)}
            value = dim_replace(old.value, sizes)
        return Token(old.kind, value, old.start, old.end) if isinstance(old.value, (str, DimSum)) else old

    tree = None if statement.tree is None else copied(statement.tree, _mover(to, numbers))
    declared = [
        (list(map(token, names)), list(map(token, dims)), words) for names, dims, words in statement.declarations
    ]
    return Statement(statement.kind, tree, list(map(token, statement.names)), declared)


def _mover(to: Places, numbers: Mapping[str, int]) -> Callable[[Tree], Tree]:
    def move(tree: Tree) -> Tree:
        if tree.kind == "name":
            number = numbers.get(tree.value)
            tree.value = moved_name(tree.value, to) if number is None else Fraction(number)
            tree.kind = "name" if number is None else "number"
        elif tree.kind == "call":
            tree.value = (moved_name(tree.value[0], to), tree.value[1])
        elif tree.kind == "negative" and tree.value == 1 and tree.args[0].kind == "number" and tree.args[0].value > 0:
            return Tree("number", [], tree.start, tree.end, -tree.args[0].value)
        return tree

    return move
