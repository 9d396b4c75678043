"""The command that sets a gradient to zero."""

from __future__ import annotations

from typing import Any

import click

from matcalc.cli.deriving import show
from matcalc.cli.files import decodable, documented, source_text
from matcalc.cli.frame import (
    DERIVED,
    FUNCTION,
    LANGUAGE,
    OUTPUT,
    SHAPE,
    SOURCE,
    TIME_LIMIT,
    Command,
    format_option,
    shown,
    status,
    understood,
    variables,
    viewed,
)


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc solve "J = ||X w - y||^2 + lam ||w||^2" --wrt w',
        'matcalc solve "J = ||A X B - C||^2" --wrt X --no-steps',
        'matcalc solve "J = 1/2 w\' S w" --wrt w --shape "S: n x n pd" --subject "ones(n)\' w = 1"',
    ),
)
@SOURCE
@click.option("--wrt", multiple=True, metavar="NAME", callback=decodable, help="By what; one name.")
@click.option("--subject", metavar="EQUATION", callback=decodable, default="", help="A constraint, as A w = b.")
@SHAPE
@LANGUAGE
@FUNCTION
@format_option(DERIVED)
@OUTPUT
@viewed("document", "title", "author", "date", "steps", "explain", "ascii")
@click.option("--verify/--no-verify", default=True, help="Put the solution into the gradient.")
@TIME_LIMIT
def solve(
    source: str,
    wrt: tuple[str, ...],
    subject: str,
    shapes: tuple[str, ...],
    language: str | None,
    function: str | None,
    form: str | None,
    output: str | None,
    verify: bool,
    time_limit: float,
    **options: Any,
) -> int:
    """Find where the gradient of the objective in SOURCE is 0, if it is affine in the variable.

    Least squares, ridge regression and other quadratic objectives, with or without a linear constraint. SOURCE is an
    expression, a file, the name of an example, or - for standard input.
    """
    form, options["document"] = documented(form, options["document"], output, DERIVED)
    text = source_text(source)

    import matcalc

    with understood(text, shapes, language, function, form == "text") as program:
        names = variables(program, wrt)
        if len(names) > 1:
            raise click.UsageError(f"a gradient is set to 0 by one name, and here are {', '.join(names)}")
        found = matcalc.solve(program, names[0], subject=subject, verify=verify, time_limit=time_limit)
    show(found, form, output, options)
    return 0 if found.verification is None else status({names[0]: found.verification})
