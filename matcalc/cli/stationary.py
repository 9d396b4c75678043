"""The command that sets a gradient to zero."""

from __future__ import annotations

import click

from matcalc.cli.files import decodable
from matcalc.cli.frame import SOURCE, Asked, Command, Page, about, paged, proving, shown, status


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc solve "J = ||X w - y||^2 + lam ||w||^2" --wrt w',
        'matcalc solve "J = ||A X B - C||^2" --wrt X --no-steps',
        'matcalc solve "J = 1/2 w\' S w" --wrt w --shape "S: n x n pd" --subject "ones(n)\' w = 1"',
        'matcalc solve "min_Q ||A Q - B||^2" --wrt Q --subject "Q\'Q = I" --no-steps',
        'matcalc solve "max_W tr(W\' S W)" --wrt W --subject "W\'W = I" --no-steps',
    ),
)
@SOURCE
@about
@click.option(
    "--subject",
    metavar="EQUATION",
    callback=decodable,
    default="",
    help="Constraints, as A w = b, several with ; between; W'W = I.",
)
@paged("steps", "explain")
@proving("Put the solution into the gradient.")
def solve(source: str, asked: Asked, subject: str, page: Page, verify: bool, time_limit: float) -> int:
    """Find where the gradient of the objective in SOURCE is 0, if it is affine in the variable.

    Least squares, ridge regression and other quadratic objectives, with or without linear constraints; and, with
    orthonormal columns or a unit length, optima that have a name: orthogonal Procrustes, principal components,
    quotients of quadratic forms. SOURCE is an expression, a file, the name of an example, or - for standard input.
    """
    import matcalc

    with asked.understood(source, page.form == "text") as program:
        name = asked.variable(program, "a gradient is set to 0")
        found = matcalc.solve(program, name, subject=subject, verify=verify, time_limit=time_limit)
    page.show(found)
    return status([found.verification])
