"""The commands that print the rule book, the notation and the examples."""

from __future__ import annotations

import click

from matcalc.cli.files import documented, example, write
from matcalc.cli.frame import ASCII, OUTPUT, RULED, Command, format_option
from matcalc.collection import all_examples, title_of


@click.command(cls=Command)
@click.argument("name", default="")
@format_option(RULED)
@OUTPUT
@ASCII
def rules(name: str, form: str | None, output: str | None, ascii: bool) -> int:
    """Print the rule book: for each rule its statement, requirements, reason, source, and use.

    With NAME, a word such as softmax, only the rules that are called so, and how they are derived.
    """
    form, document = documented(form, False, output, RULED)

    from matcalc.api.reference import rules

    write(lambda ascii: rules(form, name=name, ascii=ascii, document=document), output, ascii, form != "text")
    return 0


@click.command(cls=Command)
@format_option(RULED)
@OUTPUT
@ASCII
def notation(form: str | None, output: str | None, ascii: bool) -> int:
    """Print the notation: statements, signs and functions, each with what may be typed."""
    form, document = documented(form, False, output, RULED)

    from matcalc.api.reference import notation

    write(lambda ascii: notation(form, ascii=ascii, document=document), output, ascii, form != "text")
    return 0


@click.command(cls=Command)
@click.argument("name", required=False)
@OUTPUT
def examples(name: str | None, output: str | None) -> int:
    """List the examples, or print the one called NAME."""
    texts = all_examples()
    if name is not None:
        text = example(name, texts)
    else:
        width = max(map(len, texts), default=0)
        listed = "\n".join(f"{key:{width}}  {title_of(text)}" for key, text in texts.items())
        text = f"{listed}\n\nmatcalc examples NAME prints one, with the command that derives it."
    write(lambda ascii: text, output)
    return 0
