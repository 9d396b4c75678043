"""python -m tests.syntax.as_typed [TABLE …] [--all]: what is read otherwise than meant, the worst first; the counts."""

from __future__ import annotations

import signal
import sys
import time
import warnings
from collections import Counter
from types import FrameType

from .case import ASKED, REFUSED, Case
from .judge import CRASHED, OUTCOMES, RIGHT, Verdict, judge
from .tables import TABLES

LIMIT = 20
"""Seconds for one case."""


class Late(BaseException):
    """A case takes too long."""


def _late(signum: int, frame: FrameType | None) -> None:
    raise Late


def judged(case: Case) -> Verdict:
    """What comes of the case within LIMIT seconds."""
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(LIMIT)
    try:
        return judge(case)
    except Late:
        return Verdict(CRASHED, False, f"not done after {LIMIT} s")
    finally:
        signal.alarm(0)


def main(arguments: list[str]) -> int:
    """Prints the failures of the tables named, or of all; with --all also what is as it should be."""
    warnings.simplefilter("ignore")
    chosen = [a for a in arguments if a in TABLES] or list(TABLES)
    bad = 0
    totals = []
    for table in chosen:
        start = time.monotonic()
        found = [(case, judged(case)) for case in TABLES[table]]
        seconds = time.monotonic() - start
        counts = Counter((_wanted(case), verdict.outcome, verdict.good) for case, verdict in found)
        failures = [pair for pair in found if not pair[1].good]
        bad += len(failures)
        shown = found if "--all" in arguments else failures
        print(f"\n## {table}: {len(found) - len(failures)} of {len(found)} as meant ({seconds:.0f} s)")
        for outcome in OUTCOMES:
            rows = [(case, v) for case, v in shown if v.outcome == outcome]
            if rows:
                print(f"\n### {outcome} ({len(rows)})\n")
            for case, verdict in rows:
                print(_row(case, verdict))
        totals.append((table, counts))
    print("\n## Counts\n\n| table | cases | to be | as meant | refused or asked, which will do | otherwise |")
    print("|---|---|---|---|---|---|")
    for table, counts in totals:
        for wanted in ("read", ASKED, REFUSED):
            number = sum(n for (w, _, _), n in counts.items() if w == wanted)
            best = RIGHT if wanted == "read" else wanted
            right = counts[wanted, best, True]
            will_do = sum(n for (w, o, good), n in counts.items() if w == wanted and good and o != best)
            other = ", ".join(f"{counts[wanted, o, False]} {o}" for o in OUTCOMES if counts[wanted, o, False])
            print(f"| {table} | {number} | {wanted} | {right} | {will_do} | {other} |")
    return bool(bad)


def _wanted(case: Case) -> str:
    return case.meant if case.meant in (ASKED, REFUSED) else "read"


def _row(case: Case, verdict: Verdict) -> str:
    shapes = f"  [{case.shapes}]" if case.shapes else ""
    meant = f"  meant {case.meant}" if verdict.outcome != RIGHT else ""
    why = f"  ({case.why})" if case.why else ""
    detail = " | ".join(line.strip() for line in verdict.detail.splitlines())[:420]
    return f"- `{case.title}`{shapes} by `{case.wrt}`:{meant}{why}\n    {detail}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
