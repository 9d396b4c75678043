"""np.einsum of one array, two or three as products, traces and sums: letters summed pair by pair, from the left."""

from __future__ import annotations

import ast

from matcalc.syntax.python.ranks import subscripts
from matcalc.syntax.python.trees import Expressions, Valued
from matcalc.syntax.tree import Tree

_HINT = "one array, two or three with one index or two each are read; write the rest with @, *, .T and sums"


class EinsumTrees(Expressions):
    """Makes trees of einsum."""

    def _einsum(self, node: ast.Call) -> Valued:
        found = subscripts(node)
        if found is None:
            raise self.no(node, "this einsum is not in the notation", _HINT)
        letters, out = found
        arrays = [self._read(argument) for argument in node.args[1:]]
        for argument, array, have in zip(node.args[1:], arrays, letters, strict=True):
            if array.rank != len(have):
                raise self.no(argument, f"einsum has {have} for this, which has another number of axes")
        tree, have = arrays[0].tree, letters[0]
        for n, array in enumerate(arrays[1:], 1):
            keep = {*out, *"".join(letters[n + 1 :])}
            tree, have = self._alone(node, tree, have, keep | {*letters[n]})
            other, its = self._alone(node, array.tree, letters[n], keep | {*have})
            tree, have = self._pair(node, (tree, have), (other, its), keep)
        tree, have = self._alone(node, tree, have, {*out})
        return Valued(self._T(tree) if len(have) == 2 and have != out else tree, len(out))

    def _alone(self, node: ast.Call, tree: Tree, have: str, keep: set[str]) -> tuple[Tree, str]:
        """One array without the letters that nothing keeps; twice the same letter is its diagonal."""
        if len(have) == 2 and have[0] == have[1]:
            kept = have[0] in keep
            return self._call_of(node, "diag" if kept else "tr", tree), have[0] if kept else ""
        gone = [letter not in keep for letter in have]
        if not any(gone):
            return tree, have
        if all(gone):
            return self._call_of(node, "sum", tree), ""
        if gone[0]:
            return self._T(self._call_of(node, "colsum", tree)), have[1]
        return self._call_of(node, "rowsum", tree), have[0]

    def _pair(
        self, node: ast.Call, left: tuple[Tree, str], right: tuple[Tree, str], keep: set[str]
    ) -> tuple[Tree, str]:
        """Two arrays, of which every letter is kept or is in both."""
        (a, have), (b, its) = left, right
        shared = [letter for letter in have if letter in its]
        if not have or not its:
            return self._product(node, "TIMES", a, b), have or its
        if len(shared) == 2:
            b = b if have == its else self._T(b)
            return self._alone(node, self._product(node, "HADAMARD", a, b), have, keep)
        if not shared and len(have) == len(its) == 1:
            return self._product(node, "TIMES", a, self._T(b)), have + its
        if not shared or (len(have) == len(its) == 2 and shared[0] in keep):
            raise self.no(node, "this einsum has an array of three axes on its way", _HINT)
        (x,) = shared
        if x not in keep:  # a matrix product: x last on the left, first on the right
            a = self._T(a) if len(have) == 1 or have[1] != x else a
            b = b if its[0] == x else self._T(b)
            found = self._product(node, "TIMES", a, b)
            rest = have.replace(x, "") + its.replace(x, "")
            return self._T(found) if len(have) == 1 and len(its) == 2 else found, rest
        if len(have) == len(its) == 1:
            return self._product(node, "HADAMARD", a, b), x
        vector, matrix, letters = (a, b, its) if len(have) == 1 else (b, a, have)
        scaled = self._call_of(node, "diag", vector)
        pair = (scaled, matrix) if letters[0] == x else (matrix, scaled)
        return self._product(node, "TIMES", *pair), letters
