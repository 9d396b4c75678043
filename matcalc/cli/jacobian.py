"""The command that derives Jacobians."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from matcalc.cli.files import decodable, documented, look, source_text, write
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
        'matcalc jacobian "A X B" --wrt X',
        'matcalc jacobian "f(X w)" --wrt w --layout denominator',
        'matcalc jacobian "z = W1 x + b1; y = softmax(W2 relu(z))" --wrt x --format latex',
    ),
)
@SOURCE
@click.option("--wrt", multiple=True, metavar="NAME", callback=decodable, help="By what; one name.")
@SHAPE
@LANGUAGE
@FUNCTION
@click.option(
    "--layout",
    type=click.Choice(("numerator", "denominator")),
    default="numerator",
    show_default=True,
    help="A row for each entry of the output, or for each entry of the variable.",
)
@format_option(DERIVED)
@OUTPUT
@viewed("document", "steps", "expand", "braces", "ascii")
@click.option("--verify/--no-verify", default=True, help="Prove the Jacobian.")
@TIME_LIMIT
def jacobian(
    source: str,
    wrt: tuple[str, ...],
    shapes: tuple[str, ...],
    language: str | None,
    function: str | None,
    layout: str,
    form: str | None,
    output: str | None,
    verify: bool,
    time_limit: float,
    **options: Any,
) -> int:
    """Derive the Jacobian of the last definition in SOURCE, step by step, and prove it.

    SOURCE is an expression, a file, the name of an example, or - for standard input. Output and variable may be
    scalars, vectors or matrices. Matrices are stacked by columns: the Jacobian is dvec(Y)/dvec(X)'.
    """
    form, options["document"] = documented(form, options["document"], output, DERIVED)
    text = source_text(source)

    from matcalc import api

    with understood(text, shapes, language, function, form == "text") as program:
        names = variables(program, wrt)
        if len(names) > 1:
            raise click.UsageError(f"a Jacobian is by one name, and here are {', '.join(names)}")
        found = api.jacobian(program, names[0], layout=layout, verify=verify, time_limit=time_limit)

    view = api.View(**options, **look(output))
    write(lambda ascii: found.written(form, replace(view, ascii=ascii)), output, view.ascii, form != "text")
    return 0 if found.verification is None else status({names[0]: found.verification})
