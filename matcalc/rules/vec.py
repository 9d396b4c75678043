"""VEC_ROWS: how each linear operator crosses vec, vec(L(V)) = M vec(V); M is the matrix of L on stacked columns.

With the differentials these rows give Jacobians: dY = L(dX), so vec(dY) = M vec(dX), and M = dvec(Y)/dvec(X)' (the
first identification theorem: Magnus & Neudecker, Matrix Differential Calculus, ch. 5 and 9). The M of the adjoint of L
is the transpose of M. The other two tables are differentials.py and adjoints.py.

K is the commutation matrix: vec(A') = K vec(A) for n×m matrices A.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matcalc import operators as ops
from matcalc.dims import dim_add, dim_mul
from matcalc.expr import Node, Slot, Term, postorder
from matcalc.operators import T, commutation, eye, hadamard, matmul, minus, number, ones, plus, scale, term, zeros
from matcalc.rewrite import Match, RewriteRule, fill
from matcalc.rules import kinds
from matcalc.rules.kronecker import cross, half, khatri_rao, kron, ptrace1, ptrace2, unvec, vec, vech
from matcalc.rules.parts import colrange, corner, hcat, rowrange, vcat
from matcalc.rules.slots import matrix, quiet, scalar, vector
from matcalc.rules.spectral import SECOND, along, expm, logm, matpow, pinv, polar, sqrtm, where

V = matrix("V", kind=kinds.varying)
v = scalar("v", kind=kinds.varying)
column = vector("V", kind=kinds.varying)
square = matrix("V", "n", "n", kinds.varying)
A = matrix("A", kind=kinds.constant)
M = matrix("M", "n", "k", kinds.constant)
N = matrix("N", "k", "m", kinds.constant)
a = vector("a", kind=kinds.constant)
s = scalar("s", kind=kinds.constant)
NN, NM, N_P, M_P = dim_mul("n", "n"), dim_mul("n", "m"), dim_add("n", "p"), dim_add("m", "p")
_I, _one_n, _one_m = eye("n"), ones("n"), ones("m")
_below = matrix("V", "k", "m", kinds.varying)
_blocks = matrix("V", dim_mul("k", "n"), dim_mul("k", "m"), kinds.varying)
_PRODUCT = "Magnus & Neudecker, 2.4"
_KRONECKER = "Magnus & Neudecker, 3.7"
_EQUAL = "both are the same column"


_a3, _v3 = vector("a", 3, kinds.constant), vector("V", 3, kinds.varying)
_A3, _V3 = matrix("A", 3, "m", kinds.constant), matrix("V", 3, "m", kinds.varying)
_thrice, _units = kron(eye("m"), T(ones(3))), kron(T(_one_m), eye(3))
_own_block = kron(eye("m"), ones(3, 3))
_BLOCKS = "a block on the diagonal for each column, of its cross products with the unit vectors"


def _diag(a: Node) -> Node:
    return term(ops.DIAG, a)


def _kept(op: ops.Operator) -> tuple[RewriteRule, ...]:
    # tril(V) is the Hadamard product of V and the lower triangle of ones.
    weights = term(op, ones("n", "n"))
    return (
        RewriteRule("triangle crosses vec", vec(term(op, square)), matmul(_diag(vec(weights)), vec(square)),
             reason="entry $ij$ is that of $V$ times what is kept of it"),
    )  # fmt: skip


_S, _X = matrix("S", "n", "n", kinds.constant), matrix("X", "n", "n", kinds.constant)
_I_m, _Q = eye("m"), polar(A)
_H = matmul(T(_Q), A)
_VAN_LOAN = "Higham 2008, ch. 3; Van Loan 1978"
_ONE_TO_THE_OTHER = (
    "`S' ⊗ I` makes `V S` of $V$ and `I ⊗ S` makes `S V`; they commute, and the block is their divided difference"
)


def _both(one: Node, other: Node, beside: Node) -> Node:
    # [one, beside; 0, other]
    return vcat(hcat(one, beside), hcat(zeros(NN, NN), other))


_pair = _both(kron(T(_S), _I), kron(_I, _S), eye(NN))


def _of_pair(op: ops.Operator, pair: Node) -> Node:
    if op is ops.POWER_FRECHET:
        return matpow(pair, scalar("t", kinds.exponent))
    return expm(pair) if op is ops.EXPM_FRECHET else logm(pair)


VEC_PRODUCT = "product crosses vec"
VEC_ROWS: dict[ops.Operator, tuple[RewriteRule, ...]] = {
    ops.MATMUL: (
        quiet("product with a column", vec(matmul(M, vector("V", "k", kinds.varying))),
              matmul(M, vector("V", "k", kinds.varying)), reason="both are columns already"),
        RewriteRule(VEC_PRODUCT, vec(matmul(vector("V", "n", kinds.varying), matrix("N", 1, "m", kinds.constant))),
             matmul(kron(T(matrix("N", 1, "m", kinds.constant)), _I), vector("V", "n", kinds.varying)), source=_PRODUCT,
             reason="column $j$ of $a N$ is $N_j a$"),
        RewriteRule(VEC_PRODUCT, vec(matmul(M, matrix("V", "k", "l", kinds.varying),
             matrix("N", "l", "m", kinds.constant))),
             matmul(kron(T(matrix("N", "l", "m", kinds.constant)), M), vec(matrix("V", "k", "l", kinds.varying))),
             source=_PRODUCT,
             reason="column $j$ of both is the sum over $l$ of $N_lj M v_l$, $v_l$ the columns of $V$"),
        RewriteRule(VEC_PRODUCT, vec(matmul(M, _below)), matmul(kron(eye("m"), M), vec(_below)), source=_PRODUCT,
             reason="column $j$ of $M V$ is $M v_j$, $v_j$ the columns of $V$: a block $M$ on the diagonal for each "
             "column"),
        RewriteRule(VEC_PRODUCT, vec(matmul(matrix("V", "n", "k", kinds.varying), N)),
             matmul(kron(T(N), _I), vec(matrix("V", "n", "k", kinds.varying))), source=_PRODUCT,
             reason="column $j$ of both is the sum over $k$ of $N_kj v_k$, $v_k$ the columns of $V$"),
    ),
    ops.HADAMARD: (
        quiet("factor crosses vec", vec(hadamard(s, v)), hadamard(s, v), reason="both are scalars"),
        RewriteRule("Hadamard product as a matrix product", vec(hadamard(a, column)), matmul(_diag(a), column),
              reason="entry $i$ of both is $a_i V_i$"),
        RewriteRule("Hadamard product crosses vec", vec(hadamard(A, V)), matmul(_diag(vec(A)), vec(V)),
             source="Magnus & Neudecker, 3.6", reason="both hold $A_ij V_ij$ in the place of entry $ij$"),
    ),
    ops.SCALE: (
        quiet("factor crosses vec", vec(scale(s, V)), scale(s, vec(V)), reason="vec is linear"),
        quiet("scalar differential goes last", vec(scale(v, a)), matmul(a, v),
             reason="entry $i$ of both is $a_i v$"),
        RewriteRule("scalar differential crosses vec", vec(scale(v, A)), scale(v, vec(A)), reason="vec is linear"),
    ),
    ops.INNER: (
        RewriteRule("Frobenius product as a product of columns", vec(ops.inner(a, column)), matmul(T(a), column),
             reason="both are the sum over $i$ of $a_i V_i$"),
        RewriteRule("Frobenius product as a product of columns", vec(ops.inner(A, V)), matmul(T(vec(A)), vec(V)),
             source="Magnus & Neudecker, 2.4", reason="both are the sum over $i, j$ of $A_ij V_ij$"),
    ),
    ops.TRANSPOSE: (
        quiet("transpose of a column", vec(T(column)), column, reason=_EQUAL),
        quiet("transpose of a row", vec(T(matrix("V", 1, "m", kinds.varying))), vec(matrix("V", 1, "m", kinds.varying)),
              reason=_EQUAL),
        RewriteRule("transpose crosses vec", vec(T(V)), matmul(commutation("n", "m"), vec(V)),
             source="Magnus & Neudecker, 3.7", reason="each entry moves from its place in $V$ to its place in $V'$"),
    ),
    ops.TRACE: (
        RewriteRule("trace crosses vec", vec(term(ops.TRACE, square)), matmul(T(vec(_I)), vec(square)),
             source="Magnus & Neudecker, 2.4", reason="both are the sum over $i$ of $V_ii$"),
    ),
    ops.SUM: (
        RewriteRule("sum crosses vec", vec(term(ops.SUM, V)), matmul(T(ones(NM)), vec(V)),
             reason="both are the sum over $i, j$ of $V_ij$"),
    ),
    ops.MEAN: (
        RewriteRule("mean crosses vec", vec(term(ops.MEAN, V)),
             scale(hadamard(ops.reciprocal(ops.size_node("n")), ops.reciprocal(ops.size_node("m"))),
                  matmul(T(ones(NM)), vec(V))),
             reason="both are $1 / (n m)$ times the sum over $i, j$ of $V_ij$"),
    ),
    ops.CUMSUM: (
        RewriteRule("cumulative sum crosses vec", vec(term(ops.CUMSUM, column)),
             matmul(term(ops.TRIL, ones("n", "n")), column),
             reason="entry i of both is the sum of the first i entries of V"),
    ),
    ops.ROWSUM: (
        RewriteRule("row sums cross vec", vec(term(ops.ROWSUM, V)), matmul(kron(T(_one_m), _I), vec(V)),
             reason="`rowsum(V) = V 1`, the sum of the columns"),
    ),
    ops.COLSUM: (
        RewriteRule("column sums cross vec", vec(term(ops.COLSUM, V)), matmul(kron(eye("m"), T(_one_n)), vec(V)),
             reason="`colsum(V) = 1' V`: each column is summed"),
    ),
    ops.ROWMEAN: (
        RewriteRule("row means cross vec", vec(term(ops.ROWMEAN, V)),
             scale(ops.reciprocal(ops.size_node("m")), matmul(kron(T(_one_m), _I), vec(V))),
             reason="`rowmean(V) = V 1 / m`, the mean of the columns"),
    ),
    ops.COLMEAN: (
        RewriteRule("column means cross vec", vec(term(ops.COLMEAN, V)),
             scale(ops.reciprocal(ops.size_node("n")), matmul(kron(eye("m"), T(_one_n)), vec(V))),
             reason="`colmean(V) = 1' V / n`: the mean of each column"),
    ),
    ops.DIAG: (
        RewriteRule("diag crosses vec", vec(_diag(column)), matmul(half("diagonal", "n"), column),
             reason="each entry moves to its place on the diagonal"),
    ),
    ops.DIAGONAL: (
        RewriteRule("diagonal crosses vec", vec(term(ops.DIAGONAL, square)),
             matmul(T(half("diagonal", "n")), vec(square)), reason="the entries on the diagonal are taken out"),
    ),
    ops.TRIL: _kept(ops.TRIL),
    ops.TRIU: _kept(ops.TRIU),
    ops.TRIL_HALF: _kept(ops.TRIL_HALF),
    ops.KRON: (
        RewriteRule("Kronecker product crosses vec", vec(kron(A, matrix("V", "p", "q", kinds.varying))),
             matmul(kron(eye("m"), commutation("q", "n"), eye("p")), kron(vec(A), eye(dim_mul("p", "q"))),
                    vec(matrix("V", "p", "q", kinds.varying))),
             source=_KRONECKER, reason="`vec(A ⊗ V) = (I ⊗ K ⊗ I)(vec(A) ⊗ vec(V))`"),
        RewriteRule("Kronecker product crosses vec", vec(kron(V, matrix("B", "p", "q", kinds.constant))),
             matmul(kron(eye("m"), commutation("q", "n"), eye("p")),
                    kron(eye(NM), vec(matrix("B", "p", "q", kinds.constant))), vec(V)),
             source=_KRONECKER, reason="`vec(V ⊗ B) = (I ⊗ K ⊗ I)(vec(V) ⊗ vec(B))`"),
    ),
    ops.KHATRI_RAO: (
        RewriteRule("Khatri-Rao product crosses vec", vec(khatri_rao(A, matrix("V", "p", "m", kinds.varying))),
             matmul(_diag(vec(kron(A, ones("p")))), kron(eye("m"), _one_n, eye("p")),
                    vec(matrix("V", "p", "m", kinds.varying))),
             reason="entry by entry it is the product of `A ⊗ 1` and `1 ⊗ V`"),
        RewriteRule("Khatri-Rao product crosses vec", vec(khatri_rao(V, matrix("B", "p", "m", kinds.constant))),
             matmul(_diag(vec(kron(_one_n, matrix("B", "p", "m", kinds.constant)))), kron(eye(NM), ones("p")), vec(V)),
             reason="entry by entry it is the product of `V ⊗ 1` and `1 ⊗ B`"),
    ),
    ops.CROSS: (
        quiet("cross product of a column", vec(cross(_a3, _v3)), matmul(cross(matmul(_a3, T(ones(3))), eye(3)), _v3),
              reason="column $j$ of the matrix is the cross product with the $j$-th unit vector"),
        quiet("cross product of a column", vec(cross(_v3, _a3)), matmul(cross(eye(3), matmul(_a3, T(ones(3)))), _v3),
              reason="column $j$ of the matrix is the cross product with the $j$-th unit vector"),
        RewriteRule("cross product crosses vec", vec(cross(_A3, _V3)),
             matmul(hadamard(_own_block, kron(ones("m"), cross(matmul(_A3, _thrice), _units))), vec(_V3)),
             reason=_BLOCKS),
        RewriteRule("cross product crosses vec", vec(cross(_V3, _A3)),
             matmul(hadamard(_own_block, kron(ones("m"), cross(_units, matmul(_A3, _thrice)))), vec(_V3)),
             reason=_BLOCKS),
    ),
    ops.VEC: (
        quiet("vec of a column", vec(vec(V)), vec(V), reason="`vec(V)` is a column already"),
    ),
    ops.VECH: (
        RewriteRule("vech crosses vec", vec(vech(square)), matmul(T(half("lower", "n")), vec(square)),
             source="Magnus & Neudecker, 3.8", reason="the entries of the lower triangle are taken out"),
    ),
    ops.UNVEC: (
        quiet("vec undoes unvec", vec(unvec(vector("V", NM, kinds.varying), "n", "m")), vector("V", NM, kinds.varying),
              reason="`unvec(V)` is the matrix whose columns stacked are $V$"),
    ),
    ops.PTRACE1: (
        RewriteRule("partial trace crosses vec", vec(ptrace1(_blocks, "k")),
             matmul(kron(T(vec(eye("k"))), eye(NM)), kron(eye("k"), commutation("k", "m"), _I),
                    vec(_blocks)),
             source=_KRONECKER, reason="the transpose of how `I ⊗ V` crosses vec: the two maps are adjoint"),
    ),
    ops.PTRACE2: (
        RewriteRule("partial trace crosses vec", vec(ptrace2(_blocks, "k")),
             matmul(kron(eye(NM), T(vec(eye("k")))), kron(eye("m"), commutation("n", "k"), eye("k")),
                    vec(_blocks)),
             source=_KRONECKER, reason="the transpose of how `V ⊗ I` crosses vec: the two maps are adjoint"),
    ),
    ops.HCAT: (
        RewriteRule("block crosses vec", vec(hcat(V, zeros("n", "p"))),
             matmul(vcat(eye(NM), zeros(dim_mul("n", "p"), NM)), vec(V)), reason="the columns of $V$, then zeros"),
        RewriteRule("block crosses vec", vec(hcat(zeros("n", "p"), V)),
             matmul(vcat(zeros(dim_mul("n", "p"), NM), eye(NM)), vec(V)), reason="zeros, then the columns of $V$"),
    ),
    ops.VCAT: (
        RewriteRule("block crosses vec", vec(vcat(V, zeros("p", "m"))),
             matmul(kron(eye("m"), vcat(_I, zeros("p", "n"))), vec(V)), reason="`[V; 0] = [I; 0] V`"),
        RewriteRule("block crosses vec", vec(vcat(zeros("p", "m"), V)),
             matmul(kron(eye("m"), vcat(zeros("p", "n"), _I)), vec(V)), reason="`[0; V] = [0; I] V`"),
    ),
    ops.COLRANGE: (
        RewriteRule("columns cross vec", vec(colrange(V, "i", "j")),
             matmul(kron(T(colrange(eye("m"), "i", "j")), _I), vec(V)),
             reason="columns $i$ to $j$ of $V$ are $V$ times those of $I$"),
    ),
    ops.ROWRANGE: (
        RewriteRule("rows cross vec", vec(rowrange(V, "i", "j")),
             matmul(kron(eye("m"), rowrange(_I, "i", "j")), vec(V)),
             reason="rows $i$ to $j$ of $V$ are those of $I$ times $V$"),
    ),
    **{
        op: (RewriteRule("Fréchet derivative crosses vec", vec(along(op, _S, square)),
                  matmul(corner(_of_pair(op, _pair), NN), vec(square)), source=_VAN_LOAN, reason=_ONE_TO_THE_OTHER,
                  **where(op)),)
        for op in (ops.EXPM_FRECHET, ops.LOGM_FRECHET, ops.POWER_FRECHET)
    },
    ops.SQRTM_FRECHET: (
        RewriteRule("Fréchet derivative crosses vec", vec(along(ops.SQRTM_FRECHET, _S, square)),
             matmul(ops.inv(plus(kron(_I, sqrtm(_S)), kron(T(sqrtm(_S)), _I))), vec(square)),
             source="Higham 2008, ch. 6", reason="both solve `sqrtm(S) Z + Z sqrtm(S) = V`, in stacked columns"),
    ),
    **{
        SECOND[op]: (RewriteRule("Fréchet derivative crosses vec", vec(along(SECOND[op], _S, _X, square)),
                  matmul(corner(along(op, _pair, _both(kron(T(_X), _I), kron(_I, _X), zeros(NN, NN))), NN),
                         vec(square)),
                  source=_VAN_LOAN, reason="it is what the matrix for one direction changes by along the other"),)
        for op in SECOND
    },
    ops.POLAR_FRECHET: (
        RewriteRule("Fréchet derivative crosses vec", vec(term(ops.POLAR_FRECHET, A, V)),
             matmul(plus(matmul(kron(_I_m, _Q), pinv(plus(kron(_I_m, _H), kron(_H, _I_m))),
                                minus(kron(_I_m, T(_Q)), matmul(kron(T(_Q), _I_m), commutation("n", "m")))),
                         kron(pinv(_H), minus(_I, matmul(_Q, T(_Q))))), vec(V)),
             source="Higham 2008, ch. 8",
             reason="with `A = Q H` the differential is `Q Ω + (I - Q Q') V pinv(H)`, where `Ω H + H Ω = Q' V - V' Q`"),
    ),
}  # fmt: skip
_B, _C = matrix("B", "p", "n", kinds.constant), matrix("C", "p", "n", kinds.constant)
DISTRIBUTE = quiet("vec of a sum", vec(plus(matrix("B"), matrix("C"))), plus(vec(matrix("B")), vec(matrix("C"))))
COLLECT = RewriteRule("collect", plus(matmul(_B, column), matmul(_C, column)), matmul(plus(_B, _C), column),
               reason="a matrix product distributes over sums")  # fmt: skip
_b, _am, _Cm = vector("b"), vector("a", "m"), matrix("C")
_STACKED = "product of columns, stacked"
CONTRACTIONS = (
    RewriteRule("Hadamard product, stacked", matmul(_diag(vec(matrix("B"))), vec(_Cm)), vec(hadamard(matrix("B"), _Cm)),
         reason="both hold $B_ij C_ij$ in the place of entry $ij$"),
    RewriteRule("Hadamard product, stacked", matmul(T(vec(_Cm)), _diag(vec(matrix("B")))),
         T(vec(hadamard(matrix("B"), _Cm))),
         reason="both hold $B_ij C_ij$ in the place of entry $ij$"),
    RewriteRule("diag of a vector times a vector", matmul(_diag(vector("a")), _b), hadamard(vector("a"), _b),
         reason="entry $i$ of both is $a_i b_i$"),
    RewriteRule("diag of a vector times a vector", matmul(T(_b), _diag(vector("a"))), T(hadamard(vector("a"), _b)),
         reason="entry $i$ of both is $a_i b_i$"),
    RewriteRule(_STACKED, matmul(kron(_am, _I), _b), vec(matmul(_b, T(_am))), source=_PRODUCT,
         reason="column $j$ of $b a'$ is $a_j b$"),
    RewriteRule(_STACKED, matmul(T(_b), kron(T(_am), _I)), T(vec(matmul(_b, T(_am)))), source=_PRODUCT,
         reason="column $j$ of $b a'$ is $a_j b$"),
)  # fmt: skip
"""Undo vec: multiply the Jacobians of a chain with the accumulated gradient."""


def vec_rows(op: ops.Operator) -> tuple[RewriteRule, ...]:
    """The rules by which a term of `op` crosses vec. Empty if there are none."""
    return VEC_ROWS.get(op, ())


def factor(rule: RewriteRule, found: Match) -> Node | None:
    """M of a row vec(L(V)) = M vec(V), filled; None if M is the identity."""
    node = _factor(rule.rhs)
    return None if node is None else fill(node, found)


def _factor(node: Node) -> Node | None:
    # Remove V, the last factor; for v A with v a scalar, A remains.
    if isinstance(node, Slot) or (isinstance(node, Term) and node.op is ops.VEC and _varies(node)):
        return None
    assert isinstance(node, Term)
    rest = [n for n in node.args if not _varies(n)]
    (inside,) = (n for n in node.args if _varies(n))
    inner_ = _factor(inside)
    parts = [*rest, *([] if inner_ is None else [inner_])]
    return matmul(*parts)


def _varies(node: Node) -> bool:
    return any(isinstance(n, Slot) and n.kind == "varying" for n in postorder(node))


_J, _nn = matrix("G", "k", NN), commutation("n", "n")  # the Jacobian by vec(X)
_KEPT: Mapping[str, Node] = {
    "symmetric": scale(number(Fraction(1, 2)), plus(eye(NN), _nn)),
    "skew": scale(number(Fraction(1, 2)), plus(eye(NN), scale(number(-1), _nn))),
    "diagonal": _diag(vec(_I)),
    "lower": _diag(vec(term(ops.TRIL, ones("n", "n")))),
    "upper": _diag(vec(term(ops.TRIU, ones("n", "n")))),
}
_CALLED = {"lower": "lower triangular", "upper": "upper triangular"}
JACOBIANS: Mapping[str, Mapping[str, RewriteRule]] = {
    "projected": {
        name: RewriteRule(f"change within {_CALLED.get(name, name)} matrices", matrix("P", "k", NN), matmul(_J, kept))
        for name, kept in _KEPT.items()
    },
    "half": {
        name: RewriteRule(f"change of the independent entries, {_CALLED.get(name, name)}",
             matrix("P", "k", half(name, "n").shape[1]), matmul(_J, half(name, "n")), source="Magnus & Neudecker, 3.8")
        for name in ops.DUPLICATIONS
    },
    "free": {},
}  # fmt: skip
"""The Jacobian by a structured X, from the free one by convention and structure: for changes of X that keep it (D D⁺,
the projection), or by the independent entries v of X, where vec(X) = D v. An orthogonal X has neither."""
