"""The commands that print the rule book, the notation and the examples."""

from __future__ import annotations

import click

from matcalc.cli.files import all_examples, documented, example, write
from matcalc.cli.frame import ASCII, OUTPUT, RULED, Command, format_option


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
        # The first line of an example is "# its title: the command that derives it", or begins with %.
        titles = {key: text.partition("\n")[0].strip("#% ").partition(": matcalc ")[0] for key, text in texts.items()}
        listed = "\n".join(f"{key:{width}}  {title}" for key, title in titles.items())
        text = f"{listed}\n\nmatcalc examples NAME prints one, with the command that derives it."
    write(lambda ascii: text, output)
    return 0
