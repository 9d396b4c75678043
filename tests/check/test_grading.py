"""Many answers are graded in processes of their own: the same on any number, and one that hangs harms no other."""

from __future__ import annotations

import csv
import json
import subprocess
import time
from pathlib import Path

import pytest
from strangers import COMMAND, folder_of_strangers

import matcalc
from matcalc.check import submissions
from matcalc.check.marking import Assignment, Mark, marked
from matcalc.check.rubric import Rubric, rubric_of
from matcalc.check.submissions import Submission, grades
from matcalc.check.verdict import CREDIT
from matcalc.cli import run

RIDGE = "J = ||X w - y||^2"
ANSWERS = {
    "ann": "2 X'(X w - y)",
    "bob": ["X'(X w - y)", "2 X'(X w - y)"],
    "cy": "2 X'(y - X w)",
    "dee": "2 X (X w - y)",
    "eve": "2 X'(X w",
    "fay": "",
    "gus": ["X'(X w - y)", "X' (X w - y)", "X'(X w-y)"],
}
KINDS = {
    "ann": ("right", 1.0, 1),
    "bob": ("right", 1.0, 2),
    "cy": ("sign", CREDIT["sign"], 1),
    "dee": ("shape", CREDIT["shape"], 0),
    "eve": ("unreadable", 0.0, 0),
    "fay": ("unreadable", 0.0, 0),
    "gus": ("factor", CREDIT["factor"], 1),
}
WRONG = """dJ = 2 (X w - y) : d(X w - y)
 = 2 (X w - y) : X dw
 = 2 X (X w - y) : dw
dJ/dw = 2 X'(X w - y) w
"""


def test_a_class_is_graded_alike_on_any_number_of_processes() -> None:
    books = [matcalc.grade(RIDGE, "w", ANSWERS, processes=count) for count in (1, 2)]
    assert books[0] == books[1]
    found = {g.id: (g.kind, g.score, g.attempts) for g in books[0].grades}
    assert found.keys() == KINDS.keys()
    for who, (kind, score, attempts) in KINDS.items():
        assert (found[who][1], found[who][2]) == (score, attempts), who
        assert found[who][0] == kind or kind == "shape"
    assert books[0].mistakes["J"]["right"] == 2


def test_a_class_is_graded_in_any_folder(tmp_path: Path) -> None:
    folder_of_strangers(tmp_path)
    (tmp_path / "answers.csv").write_text('id,answer\nann,"2 X\'(X w - y)"\n')
    command = [*COMMAND, "grade", RIDGE, "answers.csv", "--wrt", "w", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and json.loads(done.stdout)[0]["ok"], done.stderr


def test_what_hangs_is_named_and_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Assignment("slow", "J = ||X w - y||^2", "w", time_limit=0.5)
    quick = Assignment("quick", RIDGE, "w", time_limit=60)
    monkeypatch.setattr(submissions, "SLACK", 0.0)
    monkeypatch.setattr(submissions, "_marked", _hanging)
    work = [Submission("ann", "slow", "2 X'(X w - y)"), Submission("bob", "quick", "2 X'(X w - y)")]
    found = {g.id: g for g in grades([slow, quick], work, Rubric(), 1)}
    assert found["ann"].kind == "timeout" and "timed out" in found["ann"].message and found["ann"].attempts == 0
    assert found["bob"].ok


def _hanging(assignment: Assignment, text: str) -> Mark:
    if assignment.title == "slow":
        time.sleep(60)
    return marked(assignment, text)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    assignment = Assignment("ridge", RIDGE, "w")
    journal = tmp_path / "grades.csv.partial"
    work = [Submission("ann", "ridge", "2 X'(X w - y)"), Submission("bob", "ridge", "X'(X w - y)")]
    kept = submissions._Journal(str(journal), [assignment])
    with kept:
        kept.write(("ridge", work[0].text), Mark("sign", message="of the run before"))
    with journal.open("a") as file:
        file.write('{"problem": "ridge", "te')  # it ended here
    judged: list[tuple[int, int]] = []
    found = grades([assignment], work, Rubric(), 1, str(journal), lambda done, of: judged.append((done, of)))
    assert [g.kind for g in found] == ["sign", "factor"] and judged == [(2, 2)]
    assert not journal.exists()
    with submissions._Journal(str(journal), [assignment]) as _:
        pass
    other = submissions._Journal(str(journal), [assignment._replace(source="J = ||X w||^2")])
    assert not other.marks


def test_a_derivation_earns_its_right_lines_once() -> None:
    assignment = Assignment("ridge", RIDGE, "w")
    mark = marked(assignment, WRONG)
    assert mark.kind != "right" and mark.lines >= 3 and 0 < mark.right < mark.lines
    assert Rubric(steps=0.8).of(mark.kind, mark.right, mark.lines) == 0.8 * mark.right / mark.lines
    right = WRONG.replace("2 X (X", "2 X'(X").replace(" w\n", "\n")
    assert marked(assignment, right).kind == "right"
    assert marked(assignment, "dJ = 2 (X w - y) : X dw").message == "the lines are right, and no result is stated"


def test_where_points_into_what_was_handed_in() -> None:
    mark = marked(Assignment("ridge", RIDGE, "w"), WRONG)
    assert mark.where is not None and mark.where[0] >= WRONG.index("2 X'(X w - y) w")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[credit]\nsing = 1", "no kind sing"),
        ("[credit]\nsign = 2", "a number from 0 to 1|gives sign 2"),
        ("sign = 1", "kinds stand below|no entry sign"),
        ("step = 1", "no entry step"),
        ("credit = 1", "credit is a table"),
        ("[credit", "no TOML"),
        ("steps = true", "gives steps True"),
        ("shapes_count = 1", "gives shapes_count 1"),
    ],
)
def test_a_rubric_that_says_nothing(text: str, words: str) -> None:
    with pytest.raises(matcalc.ParseError, match=words) as error:
        rubric_of(text)
    assert error.value.hint


def test_a_formula_that_does_not_conform_uses_no_attempt_up() -> None:
    answers = {"ann": ["X (X w - y)", "y y' X w", "2 X'(X w - y)"]}
    for text, attempts in (("penalty = 0.25", 1), ("penalty = 0.25\nshapes_count = true", 3)):
        (found,) = matcalc.grade(RIDGE, "w", answers, rubric=text, processes=1).grades
        assert (found.kind, found.attempts, found.score) == ("right", attempts, 1 - 0.25 * (attempts - 1))


def test_a_rubric_says_what_a_mistake_costs() -> None:
    answers = {"ann": ["X'(X w - y)", "2 X'(X w - y)"], "bob": "X'(X w - y)"}
    book = matcalc.grade(RIDGE, "w", answers, rubric="penalty = 0.25\n[credit]\nfactor = 0.9", processes=1)
    assert [g.score for g in book.grades] == [0.9, 0.9]
    assert [g.kind for g in book.grades] == ["factor", "factor"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "ridge.mc").write_text(RIDGE)
    (tmp_path / "form.mc").write_text("J = x' A x")
    folder = tmp_path / "handed-in"
    for problem, who, text in (
        ("ridge", "ann.1.txt", "X'(X w - y)"), ("ridge", "ann.2.txt", "2 X'(X w - y)"), ("form", "ann.txt", "2 A x"),
        ("form", "bob.txt", "(A + A') x"), ("ridge", "bob.txt", "\x00\xff"),
    ):  # fmt: skip
        (folder / problem).mkdir(parents=True, exist_ok=True)
        (folder / problem / who).write_bytes(text.encode("latin-1"))
    problems = [str(tmp_path / "ridge.mc"), str(tmp_path / "form.mc")]
    output, plot = str(tmp_path / "grades.csv"), str(tmp_path / "mistakes.svg")
    names = ("--wrt", "w", "--wrt", "x")
    assert run(["grade", *problems, str(folder), *names, "--output", output, "--plot", plot]) == 0
    with open(output, encoding="utf-8", newline="") as file:
        rows = {(row["id"], row["problem"]): row for row in csv.DictReader(file)}
    assert rows["ann", "ridge"]["ok"] == "yes" and rows["ann", "ridge"]["attempts"] == "2"
    assert rows["ann", "form"]["kind"] == "subset" and rows["bob", "form"]["ok"] == "yes"
    assert rows["bob", "ridge"]["kind"] == "unreadable" and len(rows) == 4
    assert (tmp_path / "mistakes.svg").read_text().count("<svg") == 1
    assert "ridge: 1 of 2 right" in capsys.readouterr().err
    handed_in = tmp_path / "answers.csv"
    handed_in.write_text('id,answer\nann,"2 X\'(X w - y)"\nann,X w\n')
    assert run(["grade", problems[0], str(handed_in), "--wrt", "w", "--format", "json", "--visibility", "hidden"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["ok"] and result["grade"] == 1 and result["visibility"] == "hidden" and result["id"] == "ann"
    assert run(["grade", problems[0], str(handed_in), "--wrt", "w", "--format", "markdown", "--hide-answer"]) == 0
    assert "| ann | ridge | yes | right | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["J = x' x"], "name the problem and the answers"),
        (["J = x' x", "nowhere"], "no folder or file nowhere"),
        (["J = x' A x", "wrong.csv", "--wrt", "x"], "it needs the columns id and answer"),
        (["J = x' A x", "empty", "--wrt", "x"], "there is no answer in"),
        (["J = x' A x", "empty", "--wrt", "x,A"], "an answer is the gradient by one name"),
    ],
)
def test_what_cannot_be_graded(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.csv").write_text("who,what\n1,2\n")
    (tmp_path / "empty").mkdir()
    assert run(["grade", *arguments]) == 2
    assert words in capsys.readouterr().err
