"""The command that checks what a person wrote: an answer, or a derivation."""

from __future__ import annotations

from collections.abc import Mapping

import click

from matcalc.cli.files import chosen_form, decodable, source_text, write
from matcalc.cli.frame import (
    CONVENTION,
    OUTPUT,
    SOURCE,
    TIME_LIMIT,
    TOLD,
    Asked,
    Command,
    about,
    declarations,
    format_option,
    received,
    shown,
)

CHECKED = ("text", "json")


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc check "J = ||X W - Y||^2" --wrt W --answer "2 X\'(X W - Y)"',
        'matcalc check "J = x\' A x" --wrt x --answer "2 A x" --hint 1',
        "matcalc check derivation.txt",
        'matcalc check "J = w\' A w; A: n x n" "dJ = 2 w\' A dw"',
    ),
)
@SOURCE
@click.argument("text", required=False, callback=decodable)
@click.option("--answer", metavar="FORMULA", callback=decodable, help="A gradient: the text, a file with it, or -.")
@click.option(
    "--hint", type=click.IntRange(1, 3), help="Only a hint: 1 where to look, 2 which rule, 3 the rule applied."
)
@TOLD
@about
@CONVENTION
@format_option(CHECKED)
@OUTPUT
@TIME_LIMIT
def check(
    source: str,
    text: str | None,
    answer: str | None,
    hint: int | None,
    hide_answer: bool,
    hide_shapes: bool,
    words: Mapping[str, str],
    asked: Asked,
    convention: str,
    form: str | None,
    output: str | None,
    time_limit: float,
) -> int:
    """Check a person's answer, or a derivation line by line.

    With --answer, SOURCE and --wrt are as in derive, and the answer is judged: right, or which mistake it has, where,
    and how it should read. It may have several lines, be LaTeX, or be stated for one entry.

    Without it, SOURCE is a file, a text, or - for standard input, with definitions, `given`s and a derivation; or
    SOURCE is the program, and TEXT the derivation, a file or a text. The first line that does not follow is named, with
    its rule and how it should read. Exit status: 0 right, 1 wrong, 2 not read or not judged.
    """
    form = chosen_form(form, output, CHECKED)

    import matcalc

    found: matcalc.Verdict | matcalc.DerivationReport
    if answer is None:
        if asked.wrt:
            raise click.UsageError("--wrt is about an --answer")
        program = "\n".join([*declarations(asked.shapes), source_text(source)])
        found = matcalc.check_derivation(program, source_text(text) if text else "", time_limit=time_limit)
        hint = hint if found.bad else None
        status = 0 if found.ok else 1 if found.bad else 2
    else:
        if text:
            raise click.UsageError("TEXT is a derivation, and --answer an answer; give one of them")

        from matcalc.api.judging import check as checked

        with asked.understood(source, echo=False) as problem:
            name = asked.variable(problem, "an answer is the gradient")
            found = checked(problem, name, source_text(answer), convention=convention, time_limit=time_limit)
        status = 0 if found.ok else 1 if found.readable else 2
    found = found.without_answer() if hide_answer else found
    found = (found.without_shapes() if hide_shapes else found).in_words(words)
    said = found.to_json() if form == "json" else found.hint(hint) if hint else str(found)
    if hint or not received(found):
        write(lambda ascii: said, output, document=form != "text")
    return status
