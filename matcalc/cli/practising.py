"""The command that makes problems to practise on."""

from __future__ import annotations

import click

from matcalc.cli.frame import Command, Page, paged, shown

TOPICS = ("traces", "quadratic", "norms", "determinants", "symmetric", "entries", "nets")


@click.command(
    cls=Command,
    epilog=shown(
        "matcalc practice --topic traces --level 2 --seed 7",
        "matcalc practice --topic nets --level 3 --solved",
        "matcalc practice --topic determinants --sheet 10 --output sheet.tex",
    ),
)
@click.option("--topic", type=click.Choice(TOPICS), default="traces", show_default=True, help="What it is about.")
@click.option("--level", type=click.IntRange(1, 5), default=1, show_default=True, help="How hard it is.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another number, another problem.")
@click.option("--sheet", type=click.IntRange(1, 100), metavar="N", help="A sheet of N problems and their solutions.")
@click.option("--solved/--unsolved", default=None, help="With the solution, or without; a sheet has it.")
@paged("steps", "explain")
def practice(
    topic: str,
    level: int,
    seed: int,
    sheet: int | None,
    solved: bool | None,
    page: Page,
) -> int:
    """Make a problem to practise on, or a sheet of them: a scalar by one of its names, with a short gradient.

    The level is the number of rules that the derivation takes. The same topic, level and seed make the same problem.
    `matcalc check` takes the answer.
    """
    import matcalc

    solved = sheet is not None if solved is None else solved
    found = matcalc.practice(topic, level, seed, count=sheet or 1, solved=solved)
    page.show(found)
    if page.form == "text" and page.output is None and not sheet and not solved:
        problem = found.problems[0]
        source = problem.program.source.replace("\n", "; ")
        click.echo(f'\nmatcalc check "{source}" --wrt {next(iter(problem))} --answer "…"')
    return 0
