"""The command that grades many answers."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from matcalc.cli.completion import sources
from matcalc.cli.files import chosen_form, decodable, naming, write
from matcalc.cli.frame import CONVENTION, TOLD, Asked, Command, about, format_option, shown
from matcalc.errors import MatcalcError, ParseError

if TYPE_CHECKING:
    from matcalc.api.gradebook import Submission

GRADED = ("csv", "json", "markdown")
IDS = ("id", "student", "user", "username", "name", "email")
"""Columns that say whose an answer is; the first that there is counts."""
LARGEST = 60_000
"""Bytes of a submission that are read; one character more than is graded shows that it is too long."""


@click.command(
    cls=Command,
    epilog=shown(
        "matcalc grade problem.mc answers/ --wrt W --output grades.csv",
        "matcalc grade problem.mc answers.csv --rubric rubric.toml --plot mistakes.svg --output grades.csv",
        "matcalc grade ridge.mc network.mc handed-in/ --format json",
    ),
)
@click.argument(
    "sources", metavar="PROBLEM... ANSWERS", nargs=-1, required=True, callback=decodable, shell_complete=sources
)
@about
@CONVENTION
@click.option("--rubric", metavar="FILE", help="TOML: [credit] with kinds, as sign = 0.9; steps = 0.5; penalty = 0.")
@click.option("--processes", type=click.IntRange(1), help="How many at once; one a core by default.")
@click.option("--time-limit", type=click.FloatRange(0.1), default=10.0, show_default=True, help="Seconds an answer.")
@TOLD
@click.option(
    "--visibility",
    type=click.Choice(("visible", "hidden", "after_due_date", "after_published")),
    default="visible",
    show_default=True,
    help="In JSON, when a course system shows a result.",
)
@click.option("--plot", metavar="FILE", help="A picture of how common each mistake was: .svg, .png or .pdf.")
@format_option(GRADED)
@click.option("--output", metavar="FILE", help="Write to FILE; .csv, .json, .md say the format. It can be resumed.")
def grade(
    sources: tuple[str, ...],
    asked: Asked,
    convention: str,
    rubric: str | None,
    processes: int | None,
    time_limit: float,
    hide_answer: bool,
    hide_shapes: bool,
    words: Mapping[str, str],
    visibility: str,
    plot: str | None,
    form: str | None,
    output: str | None,
) -> int:
    """Grade many answers to a problem, or to several: the mistake of each, its place, and a score.

    ANSWERS is a folder or a CSV file. In a folder every file is an answer; its name up to the first dot is the id of
    who wrote it, and ann.1.txt, ann.2.txt are attempts. For several problems the folder has one folder for each, of
    the problem's name. A CSV file has the columns id and answer, and problem where there are several; an id that comes
    again is a further attempt. An answer is a formula or a derivation. One that hangs or cannot be read costs no
    attempt and harms no other. If the run is interrupted, the same command goes on where it stopped.
    """
    if len(sources) < 2:
        raise click.UsageError("name the problem and the answers: matcalc grade problem.mc answers/")
    form = chosen_form(form, output, GRADED)

    from matcalc.api.gradebook import Assignment, Rubric, graded, rubric_of

    assignments = []
    *problems, answers = sources
    for n, source in enumerate(problems):
        with asked.understood(source) as program:
            name = asked.variable(program, "an answer is the gradient", several=len(problems) > 1)
            title = _stem(source) if os.path.isfile(source) else f"problem{n + 1}" if n else "problem"
            read = program.source, name, convention, tuple(asked.shapes), program.language, time_limit
            assignments.append(Assignment(title, *read))
    naming(answers)
    submissions = list(_submissions(answers, [a.title for a in assignments]))
    if not submissions:
        raise MatcalcError(f"there is no answer in {answers}", hint="a folder with a file an answer, or a CSV file")
    marks = Rubric()
    if rubric:
        naming(rubric)
        marks = rubric_of(_text(rubric))
    naming("")
    journal = f"{output}.partial" if output and output != "-" else ""
    with _progress() as progress:
        book = graded(assignments, submissions, marks, processes or 0, journal, progress)
    book = replace(book, hides_answer=hide_answer, hides_shapes=hide_shapes, words=tuple(words.items()))
    text = book.to_json(visibility) if form == "json" else book.to_markdown() if form == "markdown" else book.to_csv()
    write(lambda ascii: text, output, document=True)
    if plot:
        book.plot(plot)
    click.echo(book.summary(), err=True)
    return 0


def _submissions(answers: str, problems: list[str]) -> Iterator[Submission]:
    from matcalc.api.gradebook import Submission

    if os.path.isdir(answers):
        for problem in problems:
            folder = os.path.join(answers, problem) if len(problems) > 1 else answers
            for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
                path = os.path.join(folder, file)
                if os.path.isfile(path) and not file.startswith("."):
                    yield Submission(_stem(file), problem, _text(path, LARGEST))
        return
    if not os.path.isfile(answers):
        raise MatcalcError(f"there is no folder or file {answers}", hint="the answers come last, behind the problems")
    rows = csv.DictReader(_text(answers).splitlines(keepends=True))
    columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    who = next((columns[name] for name in IDS if name in columns), None)
    if who is None or "answer" not in columns:
        named = ", ".join(columns) or "none"
        raise ParseError(f"the columns of {answers} are {named}", hint="it needs the columns id and answer")
    for row in rows:
        problem = (row.get(columns.get("problem", "")) or "").strip() or problems[0]
        yield Submission((row[who] or "").strip(), problem, row[columns["answer"]] or "")


def _stem(path: str) -> str:
    return os.path.basename(path).partition(".")[0]


def _text(path: str, most: int = -1) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(most).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise click.ClickException(f"cannot read {path}: {error.strerror}") from None


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    # A bar on a terminal, if there is the package for it.
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield None
        return
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("judging", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
