"""The command for second derivatives."""

from __future__ import annotations

import click

from matcalc.cli.files import decodable, write
from matcalc.cli.frame import (
    SOURCE,
    STRUCTURE,
    Asked,
    Command,
    Page,
    about,
    alone,
    paged,
    proving,
    received,
    shown,
    status,
)


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc hessian "J = sum(log(1 + exp(X w)))" --wrt w',
        'matcalc hessian "J = ||U V\' - A||^2" --wrt U --wrt V --no-steps',
        'matcalc hessian "J = logdet(X)" --wrt X --operator',
        'matcalc hessian "S: n x n pd; J = logdet(S)" --wrt S --structure half',
        'matcalc hessian "J = logdet(X)" --wrt X --direction V',
        'matcalc hessian "J = 1/2 ||f(X w) - y||^2" --wrt w --gauss-newton --no-steps',
    ),
)
@SOURCE
@about
@click.option("--operator", is_flag=True, help="Only the map of a direction dX, on one line.")
@click.option("--direction", metavar="NAME", callback=decodable, help="Only the Hessian times this direction.")
@STRUCTURE
@click.option("--gauss-newton", is_flag=True, help="The Gauss-Newton matrix of a loss g(r): J' H J, J of r and H of g.")
@click.option("--fisher", is_flag=True, help="The Fisher matrix of a negative log-likelihood.")
@click.option("--residual", metavar="NAME", callback=decodable, default="", help="The r of --gauss-newton or --fisher.")
@paged("steps", "explain", "expand", "braces", "entries")
@proving("Prove the gradient and its Jacobian.")
def hessian(
    source: str,
    asked: Asked,
    operator: bool,
    direction: str | None,
    structure: str,
    gauss_newton: bool,
    fisher: bool,
    residual: str,
    page: Page,
    verify: bool,
    time_limit: float,
) -> int:
    """Derive the Hessian of the objective in SOURCE, step by step, and prove it.

    It is shown as the map of a direction to what the gradient changes by along it, and as a matrix on stacked columns
    where that is short. Two names in --wrt ask for mixed derivatives. --gauss-newton and --fisher leave out the
    curvature of what the loss is taken of. SOURCE is an expression, a file, the name of an example, or - for standard
    input.
    """
    import matcalc

    found: matcalc.Hessian | matcalc.GaussNewton
    with asked.understood(source, page.form == "text") as program:
        names = asked.variables(program, repeated=True)
        if direction is not None:
            alone("--direction", "operator", "structure", *_OF_LOSSES, *_OF_PAGES)
            line = matcalc.hvp(program, _one("a Hessian times a direction", names), direction)
        elif any((gauss_newton, fisher, residual)):
            kind = "--fisher" if fisher else "--gauss-newton" if gauss_newton else "--residual"
            alone(kind, "structure", "entries", *(["gauss_newton"] if fisher else []))
            if kind == "--residual":
                raise click.UsageError("--residual says what --gauss-newton or --fisher is of: give one of them")
            made = matcalc.fisher if fisher else matcalc.gauss_newton
            name = _one("such a matrix", names)
            found = made(program, name, residual=residual, verify=verify, time_limit=time_limit)
            line = found.operator
        else:
            if len(names) > 2:
                raise click.UsageError(f"a Hessian is by one name or two, and here are {', '.join(names)}")
            found = matcalc.hessian(program, *names, structure=structure, verify=verify, time_limit=time_limit)
            line = found.operator
        if operator:
            alone("--operator", *_OF_PAGES)
    if direction is not None or operator:
        if not received(line):
            write(lambda ascii: "; ".join(line.lines("ascii" if ascii else "text")), page.output, page.view.ascii)
        return 0
    page.show(found)
    by_entries = found.by_entries if page.view.entries and isinstance(found, matcalc.Hessian) else {}
    return status([found.verification, *by_entries.values()])


_OF_LOSSES = ("gauss_newton", "fisher", "residual")
_OF_PAGES = ("form", "document", "title", "author", "date", "explain", "expand", "braces", "entries")
"""Options of a page, which one line has no place for."""


def _one(what: str, names: list[str]) -> str:
    if len(names) > 1:
        raise click.UsageError(f"{what} is by one name, and here are {', '.join(names)}")
    return names[0]
