r"""LaTeX as it is pasted: a formula, several lines, an environment, Markdown around it, to the tokens of the notation.

macros.py makes pieces of TeX and puts macros in, stretches.py finds the formulas of a text, commands.py makes tokens of
one, spelling.py spells its names, statements.py settles what stands on the left and how far functions reach. Places
are those of the text as it was typed, and everything after that is the same as for text.
"""

from __future__ import annotations

from collections.abc import Collection

from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tex.onepass import Texts
from matcalc.syntax.tex.statements import settled
from matcalc.syntax.tex.stretches import read_stretches
from matcalc.syntax.tree import Token


def tokens_of(source: Source, roles: Roles, known: Collection[str] = ()) -> list[Token]:
    """The tokens of a text in LaTeX; notes, and the names to differentiate by, go to the roles.

    `known`: names from elsewhere; a run of letters that is one of them is that name. Raises ParseError,
    AmbiguousError, UnsupportedError, each with its place.
    """
    words = {name for name in known if len(name) > 1 and name.isalpha()}
    texts = Texts(source, known, words, roles.closed, bool(roles.varying))
    read_stretches(texts)
    return settled(texts, roles)
