"""A definition that was typed with indices, in matrix form; the error at the part that has none."""

from __future__ import annotations

from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Term, postorder
from matcalc.sums import Converted, NoMatrixForm, in_matrices
from matcalc.syntax.build import Builder
from matcalc.syntax.tree import Tree, walk


def matrix_form(builder: Builder, root: Tree, indexed: bool) -> Converted:
    """The expression that a tree is, in matrix form if it is `indexed`, and the steps to it. Raises MatcalcError."""
    node = builder.build(root)
    if not indexed or not _has_letters(node):
        return Converted(node, ())
    try:
        if root.kind in ("array", "lines"):
            letters = tuple(letter.name for letter in root.value)
            return in_matrices(root.args[0].node, letters, node.shape[: len(letters)])
        return in_matrices(node, (), ())
    except NoMatrixForm as error:
        raise _refused(builder, root, error) from None


def _has_letters(node: Node) -> bool:
    return any(isinstance(part, Term) and part.op.letters for part in postorder(node))


def _refused(builder: Builder, root: Tree, error: NoMatrixForm) -> MatcalcError:
    # The smallest part of the text that it is, or the sum around it.
    found = [tree for tree in walk(root) if tree.node is error.part]
    below = set(postorder(error.part))
    sums = [tree for tree in walk(root) if tree.kind == "over" and tree.args[0].node in below]
    tree = found[0] if found else sums[0] if sums else root
    message = f"{builder.text(tree)} has no matrix form: {error.why}"
    hint = "only what products and functions of vectors and matrices say can be turned into matrix form"
    return builder.error(UnsupportedError, message, tree, hint)
