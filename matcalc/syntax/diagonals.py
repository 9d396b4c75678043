"""diag(X X')^-1 beside a matrix: a diagonal matrix as people write it, and a vector in the notation. It is asked."""

from __future__ import annotations

from matcalc.errors import Alternative
from matcalc.syntax.looks import bare
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree

_DEEPEST = 20
"""Brackets, transposes and products in one another are not looked into further."""


def ask_diagonal(source: Source, chain: Tree) -> None:
    """Ask what diag(X X')^-1 beside a matrix is: the diagonal matrix, or the vector of the diagonal."""
    for i, factor in enumerate(chain.args):
        call = factor.args[0] if factor.kind == "power" else None
        if call is None or call.kind != "call" or call.value[0] != "diag" or not _is_matrix(call.args[0]):
            continue
        before = i > 0 and _is_matrix(chain.args[i - 1])
        if not before and not any(_is_matrix(arg) for arg in chain.args[i + 1 : i + 2]):
            continue
        text, of = source.text, source.text[call.args[0].start : call.args[0].end]
        word = text[call.start : call.args[0].start].rstrip("([{ ").removesuffix(r"\left")
        rest, times = text[call.end : factor.end], r"\odot" if "\\" in text else ".*"
        vector = f"({word}({of}){rest})" if before else f"{word}({of}){rest} {times} "
        raise source.asked(
            factor.start,
            factor.end,
            Alternative("it is the diagonal matrix", f"{word}({word}({of})){rest}"),
            Alternative("it is the vector of the diagonal", vector),
        )


def _is_matrix(root: Tree) -> bool:
    """Whether it is a matrix by how it is written: a capital, or a product that begins and ends with one."""
    ends = [root]
    for _ in range(_DEEPEST):
        if not ends:
            return True
        tree = bare(ends.pop())
        if tree.kind == "transpose":
            ends.append(tree.args[0])
        elif tree.kind == "chain" and set(tree.ops) <= {"", "TIMES"}:
            ends += [tree.args[0], tree.args[-1]]
        elif tree.kind != "name" or not str(tree.value)[0].isupper():
            return False
    return False
