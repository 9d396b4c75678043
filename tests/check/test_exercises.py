"""Problems to practise on: there are some for every topic and level, their solutions are right, and a seed decides."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import numpy as np
import pytest
from finite import evaluate

import matcalc
from matcalc.check.exercises import LEVELS, TOPICS, tasks
from matcalc.cli import run
from matcalc.cli.practising import TOPICS as OFFERED
from matcalc.expr import Symbol, dims, expand

CASES = [(topic, level) for topic in TOPICS for level in LEVELS]


@pytest.mark.parametrize(("topic", "level"), CASES)
def test_a_solution_is_the_slope_of_its_problem(topic: str, level: int) -> None:
    """By finite differences of the text, evaluated in NumPy without matcalc's own meaning of it; and of its level."""
    for task in islice(tasks(topic, level, 5), 2):
        rules = {step.rule.name for section in task.record.sections for step in section.steps if not step.rule.quiet}
        assert len(rules) in LEVELS[level]
        program = task.record.program
        objective, variable = program.objective, task.record.wrt[0]
        gradient = expand(dict(task.record.gradients)[variable])
        sizes = {name: 2 + n for n, name in enumerate(dims(*program.inputs))}
        draw = np.random.default_rng(1)
        values = {s.name: draw.uniform(0.05, 0.3, shape(s, sizes)) + scaled(s, sizes) for s in program.inputs}
        if "symmetric" in variable.attributes:
            values[variable.name] += values[variable.name].T
        claimed = evaluate([gradient], values, sizes)[0]
        step = draw.normal(size=claimed.shape)
        if "symmetric" in variable.attributes:
            step += step.T
        ends = [
            evaluate([objective], {**values, variable.name: values[variable.name] + h * step}, sizes)[0].item()
            for h in (1e-6, -1e-6)
        ]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx((claimed * step).sum(), rel=1e-5, abs=1e-7), task.source


def shape(symbol: Symbol, sizes: dict[str, int]) -> tuple[int, int]:
    rows, columns = (sizes.get(str(dim), dim) for dim in symbol.shape)
    return int(rows), int(columns)  # type: ignore[call-overload]


def scaled(symbol: Symbol, sizes: dict[str, int]) -> Any:
    # What is inverted is far from singular.
    rows, columns = shape(symbol, sizes)
    return np.eye(rows) if rows == columns > 1 else 0


def test_a_seed_decides() -> None:
    one, two = (matcalc.practice("traces", 3, 7, count=4) for _ in range(2))
    assert [p.program.source for p in one.problems] == [p.program.source for p in two.problems]
    assert len({p.program.source for p in one.problems}) == 4
    other = matcalc.practice("traces", 3, 8, count=4)
    assert {p.program.source for p in other.problems} != {p.program.source for p in one.problems}


def test_every_solution_is_proved() -> None:
    for topic in ("quadratic", "nets"):
        for problem in matcalc.practice(topic, 4, 1, count=3).problems:
            assert all(found.status == "proved" for found in problem.verification.values())


def test_a_sheet_asks_first_and_solves_behind() -> None:
    sheet = matcalc.practice("norms", 2, 3, count=2)
    text = sheet.to_text()
    asked, solved = text.split("Solutions")
    assert asked.count("Find the gradient of J with respect to X.") == 2 and "Derivation" not in asked
    assert solved.count("Derivation") == 2 and "Problem 2" in asked and "Problem 2" in solved
    for form in ("latex", "markdown", "html"):
        page = str(sheet.written(form, matcalc.View(document=form == "html")))
        assert page.count("Problem 2") == 2 and "Solutions" in page
    alone = matcalc.practice("norms", 2, 3, count=2, solved=False).to_text()
    assert alone.rstrip() == asked.rstrip()
    assert len(json.loads(sheet.to_json())) == 2


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["practice", "--topic", "determinants", "--level", "2", "--seed", "4"]) == 0
    out = capsys.readouterr().out
    problem = matcalc.practice("determinants", 2, 4).problems[0]
    assert problem.program.source.replace("\n", "; ") in out and f"--wrt {next(iter(problem))} --answer" in out
    assert "Derivation" not in out
    assert run(["practice", "--topic", "determinants", "--solved"]) == 0
    assert "Derivation" in capsys.readouterr().out
    assert tuple(TOPICS) == OFFERED


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("nonsense",), "there is no topic nonsense"), (("traces", 9), "there is no level 9"),
     (("traces", 1, 0, 1000), "1 to 100 problems")],
)  # fmt: skip
def test_what_there_is_not(arguments: tuple[Any, ...], words: str) -> None:
    topic, *rest = arguments
    options = {"count": rest.pop()} if len(rest) == 3 else {}
    with pytest.raises(matcalc.UnsupportedError, match=words) as error:
        matcalc.practice(topic, *rest, **options)
    assert error.value.hint or options
