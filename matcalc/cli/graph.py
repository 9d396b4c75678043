"""The command that draws."""

from __future__ import annotations

import click

from matcalc.cli.files import chosen_form, endings, write
from matcalc.cli.frame import ASCII, CONVENTION, PRIMES, SOURCE, Asked, Command, about, received, shown

PICTURES = ("svg", "png", "pdf")
DRAWN = ("mermaid", "dot", "markdown", *PICTURES)


@click.command(
    cls=Command,
    epilog=shown(
        'matcalc graph "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2 --output network.svg',
        "matcalc graph network.mc --wrt W1,W2 --format dot | dot -Tpdf > network.pdf",
        "matcalc graph attention --output attention.md",
    ),
)
@SOURCE
@about
@CONVENTION
@click.option("--format", "form", type=click.Choice(DRAWN), help="What to write; mermaid by default.")
@click.option("--output", metavar="FILE", help=f"Write to FILE; {endings(DRAWN)} also say the format.")
@PRIMES
@ASCII
def graph(
    source: str,
    asked: Asked,
    convention: str,
    form: str | None,
    output: str | None,
    primes: bool,
    ascii: bool,
) -> int:
    """Draw the computation: values forward and gradients backward on every edge, with their shapes.

    SOURCE and --wrt are as in derive. Mermaid and DOT are text and need nothing else. svg, png and pdf need the
    Python package pygraphviz (python -m pip install "pygraphviz>=2"), which brings Graphviz.
    """
    form = chosen_form(form, output, DRAWN)

    import matcalc

    with asked.understood(source, echo=False) as program:
        drawn = matcalc.graph(program, asked.variables(program), convention=convention, primes=primes)

    def render(ascii: bool) -> str | bytes:
        if form == "dot":
            return drawn.to_dot(ascii=ascii)
        if form == "svg":
            return drawn.to_svg(ascii=ascii)
        if form in PICTURES:
            return drawn.to_picture(form, ascii=ascii)
        text = drawn.to_mermaid(ascii=ascii)
        return f"```mermaid\n{text}```\n" if form == "markdown" else text

    if not received(drawn):
        write(render, output, ascii=ascii, document=form in ("markdown", "svg"))
    return 0
