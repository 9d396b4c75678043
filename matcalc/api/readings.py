"""What was read of a text, for whoever asks: the program, how it is written, what was guessed and what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matcalc.checked import checked
from matcalc.errors import Alternative, AmbiguousError, MatcalcError
from matcalc.expr import Symbol
from matcalc.shows import Shows
from matcalc.syntax import parse
from matcalc.syntax import read as _read
from matcalc.syntax.declarations import as_declared
from matcalc.syntax.program import Program
from matcalc.write import TEXT, write


@dataclass(frozen=True)
class Reading(Shows):
    """A text as it was understood. `program` is None where it was not, and `error` says why."""

    source: str
    program: Program | None = None
    notes: tuple[str, ...] = ()
    """The guesses that could change the answer, each with the other reading and how to get it."""
    error: MatcalcError | None = None

    @property
    def questions(self) -> tuple[Alternative, ...]:
        """The readings between which the text does not decide, each with the text that says it."""
        return getattr(self.error, "readings", ())

    @property
    def text(self) -> str:
        """The program in the notation, every shape declared. It parses to the same program; "" where there is none."""
        program = self.program
        if program is None:
            return ""
        if program.family is not None:  # one line for all layers, which only the source has
            return program.source
        given = (f"given d{program.objective.name}/d{s.name} = {write(g, TEXT)}" for s, g in program.given)
        return "\n".join([*statements(program.inputs, program.functions, program.definitions), *given])

    def __str__(self) -> str:
        said = [f"- {note}" for note in self.notes]
        return "\n".join(filter(None, [self.text, *said, str(self.error or "")]))


@checked
def read(source: str, shapes: Sequence[str] = (), language: str = "") -> Reading:
    """What is read of a text: `program`, `text` in the notation, `notes` and `questions`. An error is kept, not raised.

    `shapes`: further declarations ("X: n x d"). `language` as for `parse`. Raises ParseError for what is no text.

    >>> reading = read("‖X W + b - Y‖^2")
    >>> print(reading.text)
    X: n x d
    W: d x h
    b: h
    Y: n x h
    J = ‖X W + 𝟏 b' - Y‖^2
    >>> [question.text for question in read("‖r .* X‖^2").questions]
    ["(r 1') .* X", "(1 r') .* X", 'r * X']
    """
    found = _read(source, shapes, language=language)
    error = found.error
    if isinstance(error, AmbiguousError) and error.indexed:
        error = with_matrix_form(error, shapes)
    return Reading(
        source if isinstance(source, str) else found.written.source.text, found.program, tuple(found.notes), error
    )


def with_matrix_form(error: AmbiguousError, shapes: Sequence[str]) -> AmbiguousError:
    """The same question, with the matrix form of the reading by indices as another text for it."""
    try:
        program = parse(error.readings[0].text, shapes)
    except MatcalcError:
        return error
    declared = [s for s in program.inputs if s.name not in program.inferred]
    matrix = Alternative("this is their matrix form", "; ".join(statements(declared, (), program.definitions)))
    error.hint = ""
    return error.asking(*error.readings, matrix)


def statements(inputs: Sequence[Symbol], functions: Sequence[str], named: Sequence[Symbol]) -> Iterator[str]:
    """The lines of a program: what is declared, then what is defined."""
    for s in inputs:
        if shape := as_declared(s.shape):
            yield " ".join([f"{s.name}: {shape}", *sorted(s.attributes)])
    yield from (f"{name}: elementwise" for name in functions)
    for s in named:
        assert s.definition is not None
        yield f"{s.name} = {write(s.definition, TEXT)}"
