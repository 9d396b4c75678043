"""The command that writes the page as static files."""

from __future__ import annotations

import click

from matcalc.cli.files import complain
from matcalc.cli.frame import Command, Group, shown


@click.group(cls=Group)
def site() -> None:
    """The page without a server."""


@site.command(cls=Command, epilog=shown("matcalc site build site", "python -m http.server --directory site"))
@click.argument("folder")
def build(folder: str) -> int:
    """Write the page as static files into FOLDER: matcalc runs in the reader's browser, and no server is needed.

    FOLDER is a new one, or an earlier page, which is renewed. Any host of files serves it, under any address; opened
    as a file, it does not work. Needs Node.js with npm, which fetches Pyodide.
    """
    from matcalc.web.static.building import build

    try:
        sizes = build(folder, report=complain)
    except OSError as error:
        raise click.ClickException(f"cannot write {folder}: {error.strerror}") from None
    click.echo(f"{folder}: {len(sizes)} files, {sum(sizes.values()) / 1e6:.1f} MB")
    return 0
