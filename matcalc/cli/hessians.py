"""The command for second derivatives."""

from __future__ import annotations

from typing import Any

import click

from matcalc.cli.files import decodable, documented, source_text, write
from matcalc.cli.frame import (
    DERIVED,
    OUTPUT,
    SOURCE,
    TIME_LIMIT,
    Asked,
    Command,
    about,
    format_option,
    received,
    show,
    shown,
    status,
    viewed,
)


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc hessian "J = sum(log(1 + exp(X w)))" --wrt w',
        'matcalc hessian "J = ||U V\' - A||^2" --wrt U --wrt V --no-steps',
        'matcalc hessian "J = logdet(X)" --wrt X --operator',
        'matcalc hessian "J = logdet(X)" --wrt X --direction V',
    ),
)
@SOURCE
@about
@click.option("--operator", is_flag=True, help="Only the map of a direction dX, on one line.")
@click.option("--direction", metavar="NAME", callback=decodable, help="Only the Hessian times this direction.")
@format_option(DERIVED)
@OUTPUT
@viewed("document", "title", "author", "date", "steps", "explain", "expand", "braces", "ascii")
@click.option("--verify/--no-verify", default=True, help="Prove the gradient and its Jacobian.")
@TIME_LIMIT
def hessian(
    source: str,
    asked: Asked,
    operator: bool,
    direction: str | None,
    form: str | None,
    output: str | None,
    verify: bool,
    time_limit: float,
    **options: Any,
) -> int:
    """Derive the Hessian of the objective in SOURCE, step by step, and prove it.

    It is shown as the map of a direction to what the gradient changes by along it, and as a matrix on stacked columns
    where that is short. Two names in --wrt ask for mixed derivatives. SOURCE is an expression, a file, the name of an
    example, or - for standard input.
    """
    form, options["document"] = documented(form, options["document"], output, DERIVED)
    text = source_text(source)

    import matcalc

    with asked.understood(text, form == "text") as program:
        names = asked.variables(program)
        if len(names) > 2:
            raise click.UsageError(f"a Hessian is by one name or two, and here are {', '.join(names)}")
        if direction is not None:
            line = matcalc.hvp(program, names[0], direction)
        else:
            found = matcalc.hessian(program, *names, verify=verify, time_limit=time_limit)
            line = found.operator.expanded()
    if direction is not None or operator:
        if not received(line):
            write(lambda ascii: line.ascii() if ascii or options["ascii"] else str(line), output)
        return 0
    show(found, form, output, options)
    return 0 if found.verification is None else status({names[0]: found.verification})
