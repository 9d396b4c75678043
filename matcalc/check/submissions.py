"""Many submissions, graded: in processes of their own, so that one that hangs or dies harms no other.

Texts that are equal are judged once. What is judged is written to a journal at once, from which a run that was
interrupted goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from matcalc import processes
from matcalc.check.marking import Assignment, Mark, marked
from matcalc.check.rubric import Rubric

SLACK = 10.0
"""Seconds that a submission has beyond the time limit of its judge, before its process is ended."""
TOO_LONG = 50_000
"""Characters of a submission."""


class Submission(NamedTuple):
    """What somebody handed in. `id` stands for the person; the attempts of one come in their order."""

    id: str
    problem: str
    text: str


@dataclass(frozen=True)
class Grade:
    """The grade of one person for one problem: that of the best attempt.

    `attempts`: those that count: readable, conforming, and different from those before. `steps`: the right lines of a
    derivation, "3/4". `where`: the first character that is wrong and the one after the last.
    """

    id: str
    problem: str
    ok: bool
    kind: str
    score: float
    attempts: int
    steps: str
    where: tuple[int, int] | None
    message: str
    read: str
    hints: tuple[str, str, str] = ("", "", "")


def grades(
    assignments: Sequence[Assignment],
    submissions: Sequence[Submission],
    rubric: Rubric,
    count: int = 0,
    journal: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> list[Grade]:
    """A grade for every person and problem, in the order of the first submissions.

    `count`: how many processes, 0 for one a core; the grades do not depend on it. `journal`: a file that a run leaves
    behind until it is done. `progress` is told how many texts are judged, and how many there are. Raises
    UnsupportedError without the package pebble, and the errors of a problem itself.
    """
    by_title = {assignment.title: assignment for assignment in assignments}
    for assignment in assignments:
        marked(assignment, " ")  # what is wrong with a problem is said before anything is judged
    texts = list(dict.fromkeys((s.problem, s.text) for s in submissions if s.problem in by_title))
    kept = _Journal(journal, assignments)
    found = {key: kept.marks[key] for key in texts if key in kept.marks}
    todo = [key for key in texts if key not in found]
    with kept:
        for key, mark in _judged([(by_title[problem], text) for problem, text in todo], count):
            found[key] = mark
            kept.write(key, mark)
            if progress is not None:
                progress(len(found), len(texts))
    kept.remove()
    people: dict[tuple[str, str], list[Mark]] = {}
    for s in submissions:
        lost = Mark("unreadable", message=f"there is no problem {s.problem}")
        people.setdefault((s.id, s.problem), []).append(found.get((s.problem, s.text), lost))
    return [_grade(id_, problem, marks, rubric) for (id_, problem), marks in people.items()]


def _grade(id_: str, problem: str, marks: Sequence[Mark], rubric: Rubric) -> Grade:
    best, score, attempts = marks[0], -1.0, 0
    seen: set[str] = set()
    for mark in marks:
        known = mark.read or mark.message
        counts = mark.readable and (mark.kind != "shape" or rubric.shapes_count)
        if counts and known not in seen:  # the same answer again is no further attempt
            attempts += 1
            seen.add(known)
        credit = max(0.0, rubric.of(mark.kind, mark.right, mark.lines) - rubric.penalty * max(0, attempts - 1))
        if credit > score or (credit == score and mark.readable and not best.readable):
            best, score = mark, credit
    steps = f"{best.right}/{best.lines}" if best.lines else ""
    ok = best.kind == "right"
    return Grade(
        id_, problem, ok, best.kind, round(score, 4), attempts, steps, best.where, best.message, best.read, best.hints
    )


# ------------------------------------------------------------------------------------------------------------ processes


def _judged(work: Sequence[tuple[Assignment, str]], count: int) -> Iterator[tuple[tuple[str, str], Mark]]:
    if not work:
        return
    count = min(count or os.cpu_count() or 1, len(work))
    with processes.pool(count, ["matcalc.check.marking", "sympy"], "grade") as pool:
        waiting = [
            (assignment, text, pool.schedule(_marked, args=[assignment, text], timeout=assignment.time_limit + SLACK))
            for assignment, text in work
        ]
        for assignment, text, future in waiting:
            try:
                mark = processes.result(future)
            except TimeoutError:
                mark = Mark("timeout", message=f"timed out after {assignment.time_limit + SLACK:g} s")
            except processes.DiedError:
                mark = Mark("timeout", message="its process ended before the answer was judged")
            yield (assignment.title, text), mark


def _marked(assignment: Assignment, text: str) -> Mark:
    if len(text) > TOO_LONG:
        return Mark("unreadable", message=f"it has {len(text):,} characters, and {TOO_LONG:,} are read")
    return marked(assignment, text)


class _Journal:
    # Lines of JSON: what was judged. Those of other problems, or of another version of one, are left out.

    def __init__(self, path: str, assignments: Sequence[Assignment]) -> None:
        self.path = path
        self.keys = {a.title: hashlib.sha256(repr(a).encode()).hexdigest()[:16] for a in assignments}
        self.marks: dict[tuple[str, str], Mark] = {}
        self.file: Any = None
        for row in self._rows() if path and os.path.exists(path) else ():
            if self.keys.get(row["problem"]) == row["key"]:
                self.marks[row["problem"], row["text"]] = _mark(row["mark"])

    def _rows(self) -> Iterator[dict[str, Any]]:
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:  # the run ended within this line
                    return

    def __enter__(self) -> None:
        if self.path:
            self.file = open(self.path, "a", encoding="utf-8")

    def write(self, key: tuple[str, str], mark: Mark) -> None:
        if self.file is not None:
            row = {"problem": key[0], "key": self.keys[key[0]], "text": key[1], "mark": mark}
            self.file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self.file.flush()

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()

    def remove(self) -> None:
        if self.path and os.path.exists(self.path):
            os.remove(self.path)


def _mark(fields: Sequence[Any]) -> Mark:
    kind, read, message, where, hints, right, lines = fields
    first, second, third = hints
    return Mark(kind, read, message, where and (where[0], where[1]), (first, second, third), right, lines)


# -------------------------------------------------------------------------------------------------------------- summary


def mistakes(found: Iterable[Grade]) -> Mapping[str, Mapping[str, int]]:
    """How often each kind of mistake was made, by problem; the most common first."""
    counts: dict[str, dict[str, int]] = {}
    for grade in found:
        of = counts.setdefault(grade.problem, {})
        of[grade.kind] = of.get(grade.kind, 0) + 1
    return {problem: dict(sorted(of.items(), key=lambda item: (-item[1], item[0]))) for problem, of in counts.items()}
