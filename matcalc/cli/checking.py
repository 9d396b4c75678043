"""The command that checks what a person wrote."""

from __future__ import annotations

import click

from matcalc.cli.files import chosen_form, decodable, source_text, write
from matcalc.cli.frame import OUTPUT, SHAPE, SOURCE, TIME_LIMIT, Command, declarations, format_option, shown

CHECKED = ("text", "json")


@click.command(
    cls=Command,
    epilog=shown(
        "matcalc check derivation.txt",
        'matcalc check "J = w\' A w; A: n x n" "dJ = 2 w\' A dw"',
    ),
)
@SOURCE
@click.argument("text", required=False, callback=decodable)
@SHAPE
@format_option(CHECKED)
@OUTPUT
@TIME_LIMIT
def check(
    source: str, text: str | None, shapes: tuple[str, ...], form: str | None, output: str | None, time_limit: float
) -> int:
    """Check a derivation line by line: the first line that does not follow, its rule, and how it should read.

    SOURCE is a file, a text, or - for standard input, with definitions, `given`s and the derivation. Or SOURCE is the
    program, and TEXT the derivation, a file or a text.
    """
    form = chosen_form(form, output, CHECKED)

    import matcalc

    program = "\n".join([*declarations(shapes), source_text(source)])
    found = matcalc.check_derivation(program, source_text(text) if text else "", time_limit=time_limit)
    write(lambda ascii: found.to_json() if form == "json" else str(found), output, document=form != "text")
    return 1 if found.bad else 2 if found.unreadable else 0
