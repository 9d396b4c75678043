"""The commands that derive, and that verify: gradients and Jacobians."""

from __future__ import annotations

import click

from matcalc.cli.completion import sources
from matcalc.cli.files import all_named, decodable, documented, look, naming
from matcalc.cli.frame import (
    ASCII,
    CONVENTION,
    OUTPUT,
    PRIMES,
    SOURCE,
    STRUCTURE,
    TIME_LIMIT,
    VERIFIED,
    Asked,
    Command,
    Page,
    about,
    about_parts,
    format_option,
    paged,
    proving,
    shown,
    status,
)
from matcalc.document.view import View
from matcalc.options import LAYOUTS


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc derive "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2',
        'matcalc derive "x\' A x" --wrt x --shape "A: n x n symmetric" --no-steps',
        "matcalc derive network.mc --wrt W1 --format markdown",
        'matcalc derive "A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R" --wrt W3',
        'matcalc derive "layers l = 1..L: a[l] = g(W[l] a[l-1]); a[0] = x; J = ||a[L] - y||^2" --wrt W',
        'echo "J = logdet(X)" | matcalc derive - --wrt X --ascii',
        'matcalc derive ridge.mc network.mc --output hand-in.pdf --title "Sheet 3" --author "Ada Lovelace"',
    ),
)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, callback=decodable, shell_complete=sources)
@about_parts
@CONVENTION
@paged("steps", "explain", "expand", "factor", "braces", "entries", "layout")
@PRIMES
@proving("Prove the gradients.")
def derive(
    sources: tuple[str, ...],
    asked: Asked,
    convention: str,
    page: Page,
    primes: bool,
    verify: bool,
    time_limit: float,
) -> int:
    """Derive gradients, step by step, and prove them.

    SOURCE is an expression, a file, the name of an example, or - for standard input. Without --wrt, matcalc uses the
    only input, or all inputs that are not declared constant if some are. docs/backpropagation.md answers the questions
    of learners: why one may differentiate by a matrix, what differentials are for, which rules are needed.

    Several files, or names of examples, become one document, a problem each; --wrt is then for each the names that it
    has, or else those that its first comment suggests.
    """
    several = len(sources) > 1
    if several and not all_named(sources):
        raise click.UsageError(f"Got unexpected extra argument ({' '.join(sources[1:])})")

    import matcalc

    found = []
    for source in sources:
        with asked.understood(source, page.form == "text") as program:
            names = asked.variables(program, several)
            found.append(
                matcalc.derive(
                    program, names, verify=verify, convention=convention, primes=primes, time_limit=time_limit
                )
            )

    if several:
        asked.refuse_unknown([derivation.program for derivation in found])
    page.show(matcalc.Homework(tuple(found)) if several else found[0])
    proofs = [derivation.verification for derivation in found]
    proofs += [derivation.by_entries for derivation in found if page.view.entries or derivation.parts]
    return status(proof for one in proofs for proof in one.values())


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc jacobian "A X B" --wrt X',
        'matcalc jacobian "f(X w)" --wrt w --layout denominator',
        'matcalc jacobian "z = W1 x + b1; y = softmax(W2 relu(z))" --wrt x --format latex',
    ),
)
@SOURCE
@about_parts
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS[1:]),
    default="numerator",
    show_default=True,
    help="A row for each entry of the output, or for each entry of the variable.",
)
@STRUCTURE
@paged("steps", "explain", "expand", "braces", "entries")
@proving("Prove the Jacobian.")
def jacobian(
    source: str, asked: Asked, layout: str, structure: str, page: Page, verify: bool, time_limit: float
) -> int:
    """Derive the Jacobian of the last definition in SOURCE, step by step, and prove it.

    SOURCE is an expression, a file, the name of an example, or - for standard input. Output and variable may be
    scalars, vectors or matrices. Matrices are stacked by columns: the Jacobian is dvec(Y)/dvec(X)'.
    """
    import matcalc

    with asked.understood(source, page.form == "text") as program:
        name = asked.variable(program, "a Jacobian is")
        found = matcalc.jacobian(
            program, name, layout=layout, structure=structure, verify=verify, time_limit=time_limit
        )

    page.show(found)
    by_entries = found.by_entries if page.view.entries or found.parts else {}
    return status([found.verification, *by_entries.values()])


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc verify "J = ||X w - y||^2" --wrt w --candidate "2 X\'(X w - y)"',
        'matcalc verify "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2',
    ),
)
@SOURCE
@about
@CONVENTION
@click.option(
    "--candidate", metavar="FORMULA", callback=decodable, help="A formula for the gradient, in SOURCE's names."
)
@format_option(VERIFIED)
@OUTPUT
@TIME_LIMIT
@ASCII
def verify(
    source: str,
    asked: Asked,
    convention: str,
    candidate: str | None,
    form: str | None,
    output: str | None,
    time_limit: float,
    ascii: bool,
) -> int:
    """Check whether a formula is the gradient, by an independent judge.

    Without --candidate, the derived gradient is checked. SOURCE and --wrt are as in derive.
    """
    form, document = documented(form, False, output, VERIFIED)

    import matcalc
    from matcalc.api.reference import Verdicts

    with asked.understood(source, form == "text") as program:
        names = asked.variables(program)
        if candidate is None:
            found = matcalc.derive(program, names, convention=convention, time_limit=time_limit).verification
        elif len(names) == 1:
            naming("the candidate")
            checked = matcalc.verify(program, names[0], candidate, convention=convention, time_limit=time_limit)
            found = {names[0]: checked}
        else:
            raise click.UsageError(f"--candidate is one formula, and --wrt names {', '.join(names)}")

    Page(form, output, View(ascii=ascii, document=document, **look(output))).show(Verdicts(program, found))
    # An inconclusive check does not answer the question.
    return status(found.values()) or (3 if any(proof.status == "skipped" for proof in found.values()) else 0)
