"""A class's homework: many answers to one problem, graded."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matcalc.api.asking import name_of, program_of
from matcalc.check.marking import Assignment as Assignment
from matcalc.check.rubric import Rubric as Rubric
from matcalc.check.rubric import rubric_of as rubric_of
from matcalc.check.submissions import Grade, grades, mistakes
from matcalc.check.submissions import Submission as Submission
from matcalc.check.verdict import in_words, shapeless
from matcalc.checked import checked
from matcalc.errors import UnsupportedError
from matcalc.shows import Shows
from matcalc.syntax.program import Program

COLUMNS = ("id", "problem", "ok", "kind", "score", "attempts", "steps", "where", "message", "read")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
"""When a course system shows a result."""


@dataclass(frozen=True)
class Gradebook(Shows):
    """Grades, and how common each mistake was. `str()` is a table with the summary below it."""

    grades: tuple[Grade, ...]
    hides_answer: bool = False
    """Messages say what is wrong, and not how it should read."""
    hides_shapes: bool = False
    """Messages tell no shape and no domain."""
    words: tuple[tuple[str, str], ...] = ()
    """What stands for words of the messages: (("matrix", "operator"),)."""

    def message(self, grade: Grade) -> str:
        """What its writer is told."""
        hidden = self.hides_answer and grade.kind != "unreadable"
        said = (grade.hints[1] or grade.message) if hidden else grade.message
        return in_words(shapeless(grade.kind, said) if self.hides_shapes else said, dict(self.words))

    @property
    def mistakes(self) -> Mapping[str, Mapping[str, int]]:
        """How often each kind was found, by problem."""
        return mistakes(self.grades)

    def to_csv(self) -> str:
        """A row for each person and problem, below a row of names."""
        file = io.StringIO()
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(self._rows())
        return file.getvalue()

    def _rows(self) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        for g in self.grades:
            where = f"{g.where[0]}-{g.where[1]}" if g.where else ""
            message, read = (" ".join(text.split()) for text in (self.message(g), g.read))
            ok = "yes" if g.ok else "no"
            found.append((g.id, g.problem, ok, g.kind, f"{g.score:g}", str(g.attempts), g.steps, where, message, read))
        return found

    def to_json(self, visibility: str = "visible") -> str:
        """A list of results for a course system: ok, grade from 0 to 1, message, visibility, and what the CSV has.

        `visibility`: "visible", "hidden", "after_due_date" or "after_published".
        """
        if visibility not in VISIBILITIES:
            raise UnsupportedError(f"there is no visibility {visibility}", hint=f"one of {', '.join(VISIBILITIES)}")
        found = [
            {
                "id": g.id,
                "problem": g.problem,
                "ok": g.ok,
                "grade": g.score,
                "message": self.message(g),
                "visibility": visibility,
                "kind": g.kind,
                "attempts": g.attempts,
                "steps": g.steps,
                "where": g.where,
                "read": g.read,
            }
            for g in self.grades
        ]
        return json.dumps(found, ensure_ascii=False, indent=1)

    @property
    def tables(self) -> Sequence[tuple[Sequence[str], Sequence[Sequence[str]]]]:
        """The grades, and how common each mistake was: titles of columns, and rows of text."""
        shown = [(*row[:7], row[8]) for row in self._rows()]
        counts = [(p, kind, str(n)) for p, of in self.mistakes.items() for kind, n in of.items()]
        return ((*COLUMNS[:7], "message"), shown), (("problem", "kind", "how often"), counts)

    def to_markdown(self) -> str:
        """The grades and the summary as tables."""
        return "\n\n".join(_table(titles, rows) for titles, rows in self.tables) + "\n"

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """How many were right, the mean score, and how common each mistake was, in lines of text."""
        lines = []
        for problem, of in self.mistakes.items():
            scores = [g.score for g in self.grades if g.problem == problem]
            mean = sum(scores) / len(scores)
            lines.append(f"{problem}: {of.get('right', 0)} of {len(scores)} right, mean score {mean:.2f}")
            width = max(map(len, of))
            lines += [f"  {kind:<{width}}  {n:>4}  {'█' * round(30 * n / len(scores))}" for kind, n in of.items()]
        return "\n".join(lines)

    def plot(self, path: str) -> None:
        """A picture of the summary, in the format that the path's ending names.

        Raises UnsupportedError without matplotlib, or for a format that it cannot write.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            hint = 'in the folder of matcalc: pip install ".[grade]"'
            raise UnsupportedError("a plot needs the package matplotlib", hint=hint) from None
        found = self.mistakes
        figure = Figure(figsize=(7, 0.9 + sum(0.6 + 0.28 * len(of) for of in found.values())), layout="constrained")
        heights = [len(of) + 1 for of in found.values()]
        parts = figure.subplots(len(found), 1, squeeze=False, gridspec_kw={"height_ratios": heights})
        for axes, (problem, of) in zip(parts[:, 0], found.items(), strict=True):
            colours = ["#2e7d32" if kind == "right" else "#b45309" for kind in of]
            axes.bar_label(axes.barh(list(of), list(of.values()), color=colours), padding=3)
            axes.invert_yaxis()
            axes.set_title(problem, loc="left", fontsize=10)
            axes.set_xlabel("answers")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.spines[["top", "right"]].set_visible(False)
        try:
            figure.savefig(path)
        except ValueError as error:
            raise UnsupportedError(f"no plot is written: {error}", hint="an ending such as .svg, .png, .pdf") from None


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


@checked
def grade(
    source: str | Program,
    wrt: str,
    answers: Mapping[str, str | Sequence[str]],
    *,
    rubric: str = "",
    processes: int = 0,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 10.0,
) -> Gradebook:
    """The grades of many answers for the gradient by `wrt`, judged in processes of their own.

    `answers`: by the id of each person, a text or the texts of several attempts, of which the best counts; a text is an
    answer as for `check`, or a derivation. `rubric`: TOML, the table [credit] of kinds, `steps`, `penalty`.
    `processes`: how many, 0 for one a core. `time_limit`: seconds for one answer; one that hangs is ended and named
    "timeout". Needs the package pebble. Raises the errors of `parse`, and ParseError for the rubric.
    """
    program = program_of(source, shapes, language)
    name = name_of(wrt)
    assignment = Assignment(
        program.objective.name, program.source, name, convention, tuple(shapes), program.language, float(time_limit)
    )
    handed_in = [
        Submission(str(id_), assignment.title, text)
        for id_, texts in answers.items()
        for text in ([texts] if isinstance(texts, str) else texts)
    ]
    return graded([assignment], handed_in, rubric_of(rubric), processes)


def graded(
    assignments: Sequence[Assignment],
    submissions: Sequence[Submission],
    rubric: Rubric,
    processes: int = 0,
    journal: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Gradebook:
    """As `grade`, for several problems; what is judged is kept in the file `journal` until all is."""
    return Gradebook(tuple(grades(assignments, submissions, rubric, processes, journal, progress)))
