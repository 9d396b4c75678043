"""What people type is read as they meant it, asked about, or refused: never another problem."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from selection import some

from .case import ASKED, REFUSED, Case
from .draws import names_of
from .judge import RIGHT, SILENT, WRONG, expected, judge
from .tables import TABLES

ROWS = [(f"{table}-{i}", case) for table, cases in TABLES.items() for i, case in enumerate(cases)]
CASES = some([case for _, case in ROWS], len(ROWS) // 2, [name for name, _ in ROWS])
MEANT = [(name, case) for name, case in ROWS if case.meant not in (ASKED, REFUSED)]


@pytest.mark.parametrize("case", CASES)
def test_text_is_read_as_it_was_meant(case: Case) -> None:
    verdict = judge(case)
    told = f"{case.title}: {verdict.outcome}: {verdict.detail}"
    if case.unread:
        assert verdict.outcome in (REFUSED, ASKED, SILENT), told
        assert not verdict.good, f"{case.title}: is read as meant now; take the mark away"
    else:
        assert verdict.good, told


@pytest.mark.parametrize("case", some([case for _, case in MEANT], len(MEANT) // 3, [name for name, _ in MEANT]))
def test_case_has_a_value_and_slopes_that_tell_it_apart(case: Case) -> None:
    known = {name.name for name in names_of(case.sizes)}
    assert set(case.wrt.split()) <= known
    for square in (False, True):
        *_, value, slopes = expected(case, case.meant, square)
        assert case.gradients or np.isfinite(value)
        for name, slope in slopes.items():
            assert np.isfinite(slope).all(), name
            assert np.abs(slope).max() > 1e-6, name


LEAST = "X: n d, w: d, y: n"


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        (Case("‖X w - y‖^2", "w", LEAST, "sq(X @ w - y)"), RIGHT),
        (Case("‖X w - y‖^2", "w", LEAST, "sq(X @ w + y)"), WRONG),
        (Case("‖X w - y‖^2", "w", LEAST, "sq(X @ w - y)/n"), WRONG),
        (Case("‖X W - Y‖^2", "W", "X: n d, W: d, Y: n", "sq(X @ W - Y)"), WRONG),
        (Case("‖X v - y‖^2", "v", LEAST + ", v: d", "sq(X @ v - y) + w @ w - w @ w"), RIGHT),
        (Case("‖X v - y‖^2", "X", LEAST, "sq(X @ w - y)"), WRONG),
        (Case("‖X w - y‖^2", "w", meant=ASKED), WRONG),
        (Case("‖X w - y‖^2", "w", meant=REFUSED), WRONG),
        (Case("‖X w -", "w", meant=REFUSED), REFUSED),
    ],
)
def test_judge_tells_what_is_right_from_what_is_wrong(case: Case, outcome: str) -> None:
    verdict = judge(case)
    assert verdict.outcome == outcome
    assert verdict.good == (outcome != WRONG)


def test_judge_asks_for_the_readings_that_were_meant() -> None:
    sizes = "X: n d, w: d, y: n"
    meant = "sq(X @ w - y)/(2*n)", "n/2*sq(X @ w - y)"
    assert judge(Case("1/2n ‖X w - y‖^2", "w", sizes, ASKED, meanings=meant)).good
    assert not judge(Case("1/2n ‖X w - y‖^2", "w", sizes, ASKED, meanings=("sq(X @ w - y)",))).good


def test_no_text_stands_twice() -> None:
    seen = [(case.title, case.shapes, case.wrt, case.language) for case in chain.from_iterable(TABLES.values())]
    assert len(seen) == len(set(seen))
