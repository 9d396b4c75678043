"""Kronecker products, partial traces and stacked columns: how they cross the colon, and how they simplify.

Sources: Magnus & Neudecker, Matrix Differential Calculus, ch. 2; Petersen & Pedersen, The Matrix Cookbook, 10.2; Van
Loan 2000, The ubiquitous Kronecker product; the partial trace as the adjoint of ⊗: Bhatia 2003, Partial traces and
entropy inequalities.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc import operators as ops
from matcalc.dims import Dim, dim_add, dim_half, dim_mul
from matcalc.expr import Node
from matcalc.operators import T, commutation, eye, hadamard, inner, matmul, number, ones, plus, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, quiet, scalar, vector


def kron(*args: Node) -> Node:
    """A ⊗ B …"""
    return term(ops.KRON, *args)


def vec(a: Node) -> Node:
    """The columns of A stacked into one column."""
    return term(ops.VEC, a)


def vech(a: Node) -> Node:
    """The columns of the lower triangle of A stacked into one column."""
    return term(ops.VECH, a)


def unvec(a: Node, rows: Dim, columns: Dim) -> Node:
    """The rows×columns matrix with vec(M) = a."""
    return term(ops.UNVEC, a, ops.size_node(rows), ops.size_node(columns))


def half(structure: str, n: Dim) -> Node:
    """The matrix D with vec(X) = D v, v the independent entries of an n×n matrix X of a structure, column by column."""
    return term(ops.DUPLICATIONS[structure], ops.size_node(n))


def khatri_rao(a: Node, b: Node) -> Node:
    """The Kronecker products of the columns."""
    return term(ops.KHATRI_RAO, a, b)


def cross(a: Node, b: Node) -> Node:
    """The cross products of the columns."""
    return term(ops.CROSS, a, b)


def ptrace1(a: Node, size: Dim) -> Node:
    """The sum of the size×size diagonal blocks of A: tr(A) B for A ⊗ B."""
    return term(ops.PTRACE1, a, ops.size_node(size))


def ptrace2(a: Node, size: Dim) -> Node:
    """The traces of the size×size blocks of A: A tr(B) for A ⊗ B."""
    return term(ops.PTRACE2, a, ops.size_node(size))


NM, KN, KM = dim_mul("n", "m"), dim_mul("k", "n"), dim_mul("k", "m")
A, B, C = matrix("A"), matrix("B"), matrix("C")
S, R = matrix("S", "n", "n"), matrix("R", "p", "p")
a = vector("a")
s, t = scalar("s"), scalar("t")
c = scalar("c", kinds.number)
k = scalar("k", kinds.integer)
zero = ops.zeros("n", "m")

_G, _V = matrix("G"), matrix("V", kind=kinds.varying)
_Gk = matrix("G", dim_mul("n", "p"), dim_mul("m", "q"))
_Ak, _Bk = matrix("A", kind=kinds.constant), matrix("B", "p", "q", kinds.constant)
_Vk = matrix("V", "p", "q", kinds.varying)
_Vt = matrix("V", KN, KM, kinds.varying)
_g, _v = vector("G", NM), vector("V", NM, kinds.varying)
_Gr, _Br = matrix("G", dim_mul("n", "p"), "m"), matrix("B", "p", "m", kinds.constant)
_Vr = matrix("V", "p", "m", kinds.varying)
_G3, _A3, _V3 = matrix("G", 3, "m"), matrix("A", 3, "m", kinds.constant), matrix("V", 3, "m", kinds.varying)
_Vn, _HALF = matrix("V", "n", "n", kinds.varying), half("lower", "n").shape[1]
_BY_COLUMN = "both are the sum over $i, j, k$ of $A_ik B_jk$, one of them varied, times the entry of $G$ there"
_TRIPLE = "both are the determinants of three columns, which may be turned round in a ring"
_columnwise = "both pair the entries of $G$ and $V$ column by column"
KRONECKER_ADJOINTS: dict[ops.Operator, tuple[RewriteRule, ...]] = {
    ops.KRON: (
        RewriteRule("Kronecker product crosses", inner(_Gk, kron(_Ak, _Vk)),
             inner(ptrace1(matmul(kron(T(_Ak), eye("p")), _Gk), "m"), _Vk),
             reason="both are the sum over $i, j$ of $A_ij (G_ij : V)$, $G_ij$ the blocks of $G$"),
        RewriteRule("Kronecker product crosses", inner(_Gk, kron(_V, _Bk)),
             inner(ptrace2(matmul(_Gk, kron(eye("m"), T(_Bk))), "p"), _V),
             reason="both are the sum over $i, j$ of $V_ij (G_ij : B)$, $G_ij$ the blocks of $G$"),
    ),
    ops.KHATRI_RAO: (
        RewriteRule("Khatri-Rao product crosses", inner(_Gr, khatri_rao(_Ak, _Vr)),
             inner(matmul(kron(ones(1, "n"), eye("p")), hadamard(_Gr, kron(_Ak, ones("p")))), _Vr), reason=_BY_COLUMN),
        RewriteRule("Khatri-Rao product crosses", inner(_Gr, khatri_rao(_V, _Br)),
             inner(matmul(kron(eye("n"), ones(1, "p")), hadamard(_Gr, kron(ones("n"), _Br))), _V), reason=_BY_COLUMN),
    ),
    ops.CROSS: (
        RewriteRule("cross product crosses", inner(_G3, cross(_A3, _V3)), inner(cross(_G3, _A3), _V3), reason=_TRIPLE),
        RewriteRule("cross product crosses", inner(_G3, cross(_V3, _A3)), inner(cross(_A3, _G3), _V3), reason=_TRIPLE),
    ),
    ops.VEC: (
        RewriteRule("vec crosses", inner(_g, vec(_V)), inner(unvec(_g, "n", "m"), _V),
             reason=_columnwise),
    ),
    ops.VECH: (
        RewriteRule("vech crosses", inner(vector("G", _HALF), vech(_Vn)),
             inner(unvec(matmul(half("lower", "n"), vector("G", _HALF)), "n", "n"), _Vn), reason=_columnwise),
    ),
    ops.UNVEC: (
        RewriteRule("unvec crosses", inner(_G, unvec(_v, "n", "m")), inner(vec(_G), _v),
             reason=_columnwise),
    ),
    ops.PTRACE1: (
        RewriteRule("partial trace crosses", inner(_G, ptrace1(_Vt, "k")), inner(kron(eye("k"), _G), _Vt),
             reason="both are the sum over $i$ of $G : V_ii$, $V_ij$ the blocks of $V$"),
    ),
    ops.PTRACE2: (
        RewriteRule("partial trace crosses", inner(_G, ptrace2(_Vt, "k")), inner(kron(_G, eye("k")), _Vt),
             reason="both are the sum over $i, j$ of $G_ij tr(V_ij)$, $V_ij$ the blocks of $V$"),
    ),
}  # fmt: skip

_B, _Q = matrix("B", "p", "q"), matrix("Q", "k", "m")
_P, _L = matrix("P", "n", "k"), matrix("L", "n", "k")
_ONES = "the sums are products with ones, and ones are the Kronecker product of ones"
KRONECKER = (
    quiet("transpose of a Kronecker product", T(kron(A, _B)), kron(T(A), T(_B))),
    RewriteRule("inverse of a Kronecker product", ops.inv(kron(S, R)), kron(ops.inv(S), ops.inv(R)),
         source="Cookbook, 10.2"),
    RewriteRule("pseudoinverse of a Kronecker product", term(ops.PINV, kron(A, _B)),
         kron(term(ops.PINV, A), term(ops.PINV, _B)),
         source="Cookbook, 10.2"),
    RewriteRule("power of a Kronecker product", term(ops.MATPOW, kron(S, R), k),
         kron(term(ops.MATPOW, S, k), term(ops.MATPOW, R, k))),
    RewriteRule("mixed product", matmul(kron(_P, _B), kron(_Q, matrix("D", "q", "r"))),
         kron(matmul(_P, _Q), matmul(_B, matrix("D", "q", "r"))), source="Cookbook, 10.2"),
    quiet("mixed product with a row", matmul(A, kron(matrix("B", 1, "p"), eye("m"))), kron(matrix("B", 1, "p"), A)),
    quiet("mixed product with a column", matmul(kron(vector("b", "p"), eye("n")), A), kron(vector("b", "p"), A)),
    RewriteRule("mixed product with a column", matmul(kron(vector("b", "p"), A), matrix("C", "m", "q")),
         kron(vector("b", "p"), matmul(A, matrix("C", "m", "q"))), source="Cookbook, 10.2"),
    RewriteRule("mixed product with a row", matmul(A, kron(matrix("B", 1, "p"), matrix("C", "m", "q"))),
         kron(matrix("B", 1, "p"), matmul(A, matrix("C", "m", "q"))), source="Cookbook, 10.2"),
    RewriteRule("row sums of a Kronecker product", term(ops.ROWSUM, kron(A, _B)),
         kron(term(ops.ROWSUM, A), term(ops.ROWSUM, _B)), reason=_ONES),
    RewriteRule("column sums of a Kronecker product", term(ops.COLSUM, kron(A, _B)),
         kron(term(ops.COLSUM, A), term(ops.COLSUM, _B)), reason=_ONES),
    RewriteRule("common factor", plus(kron(A, _B), scale(c, kron(A, matrix("C", "p", "q")))),
         kron(A, plus(_B, scale(c, matrix("C", "p", "q"))))),
    RewriteRule("common factor", plus(kron(A, _B), scale(c, kron(C, _B))), kron(plus(A, scale(c, C)), _B)),
    quiet("factor out of a Kronecker product", kron(scale(s, A), _B), scale(s, kron(A, _B))),
    quiet("factor out of a Kronecker product", kron(A, scale(s, _B)), scale(s, kron(A, _B))),
    quiet("identity", kron(eye("n"), eye("m")), eye(NM)),
    quiet("ones", kron(ones("n", "m"), ones("p", "q")), ones(dim_mul("n", "p"), dim_mul("m", "q"))),
    quiet("zero", kron(zero, _B), ops.zeros(dim_mul("n", "p"), dim_mul("m", "q"))),
    quiet("zero", kron(A, ops.zeros("p", "q")), ops.zeros(dim_mul("n", "p"), dim_mul("m", "q"))),
    RewriteRule("outer product", kron(a, matrix("B", 1, "m")), matmul(a, matrix("B", 1, "m"))),
    RewriteRule("outer product", kron(matrix("B", 1, "m"), a), matmul(a, matrix("B", 1, "m"))),
    RewriteRule("common factor", plus(kron(A, _B), kron(A, matrix("C", "p", "q"))),
         kron(A, plus(_B, matrix("C", "p", "q")))),
    RewriteRule("common factor", plus(kron(A, _B), kron(C, _B)), kron(plus(A, C), _B)),
    RewriteRule("outer products of an outer product",
         kron(matrix("B", 1, "p"), matmul(vec(matmul(a, matrix("C", 1, "m"))), matrix("D", 1, "q"))),
         kron(matmul(T(matrix("C", 1, "m")), matrix("B", 1, "p")), matmul(a, matrix("D", 1, "q"))),
         reason="`vec(a b')` is `b ⊗ a`"),
    RewriteRule("Hadamard product of Kronecker products", hadamard(kron(A, _B), kron(C, matrix("D", "p", "q"))),
         kron(hadamard(A, C), hadamard(_B, matrix("D", "p", "q")))),
    RewriteRule("trace of a Kronecker product", term(ops.TRACE, kron(S, R)),
         hadamard(term(ops.TRACE, S), term(ops.TRACE, R)),
         source="Cookbook, 10.2"),
    RewriteRule("sum of a Kronecker product", term(ops.SUM, kron(A, _B)),
         hadamard(term(ops.SUM, A), term(ops.SUM, _B))),
    *(
        RewriteRule("norm of a Kronecker product", term(norm, kron(A, _B)), hadamard(term(norm, A), term(norm, _B)))
        for norm in (ops.NORM, ops.NORM_SPEC, ops.NORM_NUC)
    ),
    RewriteRule("Frobenius product of Kronecker products", inner(kron(A, _B), kron(C, matrix("D", "p", "q"))),
         hadamard(inner(A, C), inner(_B, matrix("D", "p", "q")))),
)  # fmt: skip

_At, _Bt = matrix("A", KN, KM), matrix("B", KN, KM)
_St = matrix("S", KN, KN)
_Sk = matrix("S", "k", "k")
_TOGETHER = "partial traces together"
PARTIAL_TRACES_OF_PRODUCTS = (
    RewriteRule("partial trace of a Kronecker product", ptrace1(kron(_Sk, A), "k"), scale(term(ops.TRACE, _Sk), A)),
    RewriteRule("partial trace of a Kronecker product", ptrace2(kron(A, _Sk), "k"), scale(term(ops.TRACE, _Sk), A)),
)
PARTIAL_TRACES = (
    quiet("partial trace", ptrace1(A, 1), A),
    quiet("partial trace", ptrace2(A, 1), A),
    quiet("partial trace", ptrace1(S, "n"), term(ops.TRACE, S)),
    quiet("partial trace", ptrace2(S, "n"), term(ops.TRACE, S)),
    *PARTIAL_TRACES_OF_PRODUCTS,
    *(
        rule
        for op in (ptrace1, ptrace2)
        for rule in (
            RewriteRule("trace of a partial trace", term(ops.TRACE, op(_St, "k")), term(ops.TRACE, _St)),
            quiet("factor out of a partial trace", op(scale(s, _At), "k"), scale(s, op(_At, "k"))),
            quiet("partial trace of a transpose", op(T(_At), "k"), T(op(_At, "k"))),
            quiet("partial trace of a transpose", op(_At, "k"), T(op(T(_At), "k")), guard=kinds.turned_twice_inside),
            RewriteRule(_TOGETHER, plus(op(_At, "k"), op(_Bt, "k")), op(plus(_At, _Bt), "k")),
            RewriteRule(_TOGETHER, plus(op(_At, "k"), scale(c, op(_Bt, "k"))), op(plus(_At, scale(c, _Bt)), "k")),
        )
    ),
)  # fmt: skip

_X, _Sq, _Rq = matrix("X"), matrix("S", "n", "n"), matrix("R", "n", "n")
_Sym, _Low = matrix("S", "n", "n", kinds.symmetric), matrix("S", "n", "n", kinds.lower)
_MN = "Magnus & Neudecker, 3.8"
_a, _b, _apq = vector("a", NM), vector("b", NM), vector("a", dim_mul("p", "q"))
_Pv, _Qv = matrix("P", "m", "q"), matrix("Q", "n", "p")
VECTORIZED = (
    quiet("vec of a column", vec(a), a),
    quiet("factor out of vech", vech(scale(s, _Sq)), scale(s, vech(_Sq))),
    RewriteRule("vech of a sum", plus(vech(_Sq), vech(_Rq)), vech(plus(_Sq, _Rq))),
    RewriteRule("vech of a symmetric matrix", matmul(half("symmetric", "n"), vech(_Sym)), vec(_Sym), source=_MN),
    RewriteRule("vech of a lower triangular matrix", matmul(half("lower", "n"), vech(_Low)), vec(_Low), source=_MN),
    RewriteRule("lower triangle taken out", matmul(T(half("lower", "n")), vec(_Sq)), vech(_Sq), source=_MN),
    quiet("vec of a row", vec(matrix("A", 1, "m")), T(matrix("A", 1, "m"))),
    quiet("unvec of a column", unvec(a, "n", 1), a),
    quiet("unvec of a row", unvec(a, 1, "n"), T(a)),
    quiet("vec undone", unvec(vec(A), "n", "m"), A),
    quiet("unvec undone", vec(unvec(_a, "n", "m")), _a),
    quiet("factor out of vec", vec(scale(s, A)), scale(s, vec(A))),
    quiet("factor out of unvec", unvec(scale(s, _a), "n", "m"), scale(s, unvec(_a, "n", "m"))),
    quiet("vec of zeros", vec(zero), ops.zeros(NM)),
    quiet("vec of ones", vec(ones("n", "m")), ones(NM)),
    quiet("unvec of ones", unvec(ones(NM), "n", "m"), ones("n", "m")),
    quiet("unvec of zeros", unvec(ops.zeros(NM), "n", "m"), zero),
    RewriteRule("vec of a sum", plus(vec(A), vec(B)), vec(plus(A, B))),
    RewriteRule("vec of a sum", plus(vec(A), scale(c, vec(B))), vec(plus(A, scale(c, B)))),
    RewriteRule("vec of a Hadamard product", hadamard(vec(A), vec(B)), vec(hadamard(A, B))),
    RewriteRule("vec of a power", ops.power(vec(A), s), vec(ops.power(A, s))),
    RewriteRule("vec of a product", matmul(kron(matrix("P", "q", "m"), matrix("Q", "p", "n")), vec(_X)),
         vec(matmul(matrix("Q", "p", "n"), _X, T(matrix("P", "q", "m")))), source="Cookbook, 10.2"),
    RewriteRule("vec of a product", matmul(T(vec(_X)), kron(_Pv, _Qv)),
         T(vec(matmul(T(_Qv), _X, _Pv))), source="Cookbook, 10.2"),
    RewriteRule("vec of a product", unvec(matmul(kron(_Pv, _Qv), _apq), "n", "m"),
         matmul(_Qv, unvec(_apq, "p", "q"), T(_Pv))),
    RewriteRule("outer product", unvec(kron(vector("a", "m"), vector("b", "n")), "n", "m"),
         matmul(vector("b", "n"), T(vector("a", "m")))),
    RewriteRule("unvec of a sum", unvec(plus(vec(A), _a), "n", "m"), plus(A, unvec(_a, "n", "m"))),
    RewriteRule("unvec of a sum", unvec(plus(scale(s, vec(A)), _a), "n", "m"),
         plus(scale(s, A), unvec(_a, "n", "m"))),
    RewriteRule("unvec of a Hadamard product", unvec(hadamard(vec(A), _a), "n", "m"),
         hadamard(A, unvec(_a, "n", "m"))),
    RewriteRule("vec of a sum", vec(plus(unvec(_a, "n", "m"), B)), plus(_a, vec(B))),
    RewriteRule("vec of a sum", vec(plus(scale(s, unvec(_a, "n", "m")), B)), plus(scale(s, _a), vec(B))),
    RewriteRule("vec of a Hadamard product", vec(hadamard(unvec(_a, "n", "m"), B)), hadamard(_a, vec(B))),
    RewriteRule("unvec of a sum", plus(unvec(_a, "n", "m"), unvec(_b, "n", "m")),
         unvec(plus(_a, _b), "n", "m")),
    RewriteRule("Frobenius product of columns", matmul(T(vec(A)), vec(B)), inner(A, B), source="Cookbook, 10.2"),
    quiet("sum of vec", term(ops.SUM, vec(A)), term(ops.SUM, A)),
    quiet("sum of vec", term(ops.MEAN, vec(A)), term(ops.MEAN, A)),
    quiet("norm of vec", term(ops.NORM, vec(A)), term(ops.NORM, A)),
)  # fmt: skip


_K, _x = commutation("n", "m"), vector("a", NM)
_symmetric = plus(eye(dim_mul("n", "n")), commutation("n", "n"))
COMMUTING = (
    quiet("commutation with a column", commutation("n", 1), eye("n")),
    quiet("commutation with a row", commutation(1, "n"), eye("n")),
    quiet("transpose of a commutation matrix", T(_K), commutation("m", "n"), source="Magnus & Neudecker, 3.7"),
    quiet("inverse of a commutation matrix", ops.inv(_K), commutation("m", "n"), source="Magnus & Neudecker, 3.7"),
    quiet("commuted twice", matmul(_K, commutation("m", "n")), eye(NM), source="Magnus & Neudecker, 3.7"),
    RewriteRule("commuted on both sides",
         matmul(commutation("p", "n"), kron(A, _B), commutation("m", "q")), kron(_B, A),
         source="Magnus & Neudecker, 3.7"),
    RewriteRule("commutation of a Kronecker product",
         plus(matmul(kron(A, _B), commutation("m", "q")), kron(_B, A)),
         matmul(plus(eye(dim_mul("n", "p")), commutation("n", "p")), kron(_B, A)),
         source="Magnus & Neudecker, 3.7"),
    RewriteRule("common factor", plus(matmul(matrix("P", "p", NM), _K), matrix("P", "p", NM)),
         matmul(matrix("P", "p", NM), plus(eye(NM), _K))),
    RewriteRule("common factor", plus(matmul(_K, matrix("P", NM, "p")), matrix("P", NM, "p")),
         matmul(plus(eye(NM), _K), matrix("P", NM, "p"))),
    *(RewriteRule("commuted sum twice", both, scale(number(2), _symmetric), source="Magnus & Neudecker, 3.7")
      for both in (term(ops.MATPOW, _symmetric, number(2)), matmul(_symmetric, _symmetric))),
    *(RewriteRule("commuted sum", both, _symmetric, source="Magnus & Neudecker, 3.7")
      for both in (matmul(commutation("n", "n"), _symmetric), matmul(_symmetric, commutation("n", "n")))),
    RewriteRule("commutation matrix times vec", matmul(_K, vec(A)), vec(T(A)), source="Magnus & Neudecker, 3.7"),
    RewriteRule("commutation matrix times vec", matmul(T(vec(matrix("A", "m", "n"))), _K),
         T(vec(T(matrix("A", "m", "n")))),
         source="Magnus & Neudecker, 3.7"),
)  # fmt: skip

_Dn, _NN, _Knn = half("symmetric", "n"), dim_mul("n", "n"), commutation("n", "n")
_Sn, _Rn = matrix("S", "n", "n"), matrix("R", "n", "n")
_Pn, _row = matrix("P", "m", "n"), matrix("B", 1, "n")
_minus_D, _cut = scale(number(-1), half("skew", "n")), half("diagonal", "n")
_COUNTED = {  # D'D, where it is a multiple of I
    "skew": (2, dim_half(dim_add(_NN, dim_mul(-1, "n")))),
    "diagonal": (1, "n"),
    "lower": (1, dim_half(dim_add(_NN, "n"))),
    "upper": (1, dim_half(dim_add(_NN, "n"))),
}
_Big, _Other, _Wn = matrix("S", _NN, _NN), matrix("R", _NN, _NN), matrix("Q", "n", "n")
HALVES = (
    *(
        rule
        for d, to in ((_Dn, _Dn), (half("skew", "n"), _minus_D), (_cut, _cut))
        for rule in (
            quiet("commuted entries", matmul(_Knn, d), to, source=_MN),
            quiet("commuted entries", matmul(T(d), _Knn), T(to), source=_MN),
        )
    ),
    *(
        quiet("entries counted", matmul(T(half(name, "n")), half(name, "n")), scale(number(times), eye(size)))
        for name, (times, size) in _COUNTED.items()
        if size is not None
    ),
    *(
        quiet("pseudoinverse of a duplication matrix", ops.term(ops.PINV, half(name, "n")),
              scale(number(Fraction(1, times)), T(half(name, "n"))))
        for name, (times, _) in _COUNTED.items()
    ),
    quiet("pseudoinverse of a duplication matrix", matmul(term(ops.PINV, _Dn), _Dn),
          eye(dim_half(dim_add(_NN, "n")) or 1), source=_MN),
    quiet("pseudoinverse of a duplication matrix", matmul(_Dn, term(ops.PINV, _Dn)),
          scale(number(Fraction(1, 2)), plus(eye(_NN), _Knn)), source=_MN),
    quiet("pseudoinverse of a duplication matrix", matmul(term(ops.PINV, _Dn), _Knn), term(ops.PINV, _Dn), source=_MN),
    RewriteRule("inverse by independent entries", ops.inv(matmul(T(_Dn), kron(_Sn, _Sn), _Dn)),
         matmul(term(ops.PINV, _Dn), kron(ops.inv(_Sn), ops.inv(_Sn)), T(term(ops.PINV, _Dn))), source=_MN),
    RewriteRule("commuted between duplication matrices", matmul(T(_Dn), kron(_Sn, _Rn), _Dn),
         matmul(T(_Dn), kron(_Rn, _Sn), _Dn), guard=kinds.unordered, source=_MN),
    RewriteRule("Hadamard product by selection", matmul(T(_cut), kron(_Sn, _Rn), _cut), hadamard(_Sn, _Rn),
         source="Magnus & Neudecker, 3.6"),
    RewriteRule("diagonal by selection", matmul(T(_cut), vec(_Sn)), term(ops.DIAGONAL, _Sn)),
    RewriteRule("diagonal by selection", matmul(T(vec(_Sn)), _cut), T(term(ops.DIAGONAL, _Sn))),
    RewriteRule("diagonal by selection", matmul(T(_cut), term(ops.DIAG, vec(_Sn)), _cut),
         term(ops.DIAG, term(ops.DIAGONAL, _Sn))),
    RewriteRule("diagonal matrix by its entries", matmul(_cut, a), vec(term(ops.DIAG, a))),
    *(
        RewriteRule("diagonal by selection", matmul(wide, _cut), matmul(_Pn, term(ops.DIAG, T(_row))),
             reason="column $i$ of both is $b_i$ times that of $P$")
        for wide in (kron(_row, _Pn), kron(_Pn, _row))
    ),
    *(
        rule
        for name, mask in (("diagonal", eye("n")), ("lower", term(ops.TRIL, ones("n", "n"))),
                           ("upper", term(ops.TRIU, ones("n", "n"))))
        for rule in (
            quiet("entries kept", matmul(T(half(name, "n")), term(ops.DIAG, vec(mask))), T(half(name, "n"))),
            quiet("entries kept", matmul(term(ops.DIAG, vec(mask)), half(name, "n")), half(name, "n")),
            quiet("entries kept", matmul(half(name, "n"), T(half(name, "n"))), term(ops.DIAG, vec(mask))),
        )
    ),
    *(
        RewriteRule("common factor", plus(scale(s, matmul(T(d), _Big, d)), one),
             matmul(T(d), plus(scale(s, _Big), other), d))
        for d in (half(name, "n") for name in ops.DUPLICATIONS)
        for one, other in ((matmul(T(d), _Other, d), _Other), (scale(t, matmul(T(d), _Other, d)), scale(t, _Other)))
    ),
    *(
        RewriteRule("common factor", plus(scale(s, kron(_Sn, _Rn)), one), kron(_Sn, plus(scale(s, _Rn), other)))
        for one, other in ((kron(_Sn, _Wn), _Wn), (scale(t, kron(_Sn, _Wn)), scale(t, _Wn)))
    ),
)  # fmt: skip

_A3, _B3, _zero3 = matrix("A", 3), matrix("B", 3), ops.zeros(3, "m")
_Zr = ops.zeros(dim_mul("n", "p"), "m")
COLUMNWISE = (
    quiet("factor out of a Khatri-Rao product", khatri_rao(scale(s, A), _Br), scale(s, khatri_rao(A, _Br))),
    quiet("factor out of a Khatri-Rao product", khatri_rao(A, scale(s, _Br)), scale(s, khatri_rao(A, _Br))),
    quiet("zero", khatri_rao(zero, _Br), _Zr),
    quiet("zero", khatri_rao(A, ops.zeros("p", "m")), _Zr),
    quiet("product of columns", khatri_rao(a, vector("b", "p")), kron(a, vector("b", "p"))),
    quiet("factor out of a cross product", cross(scale(s, _A3), _B3), scale(s, cross(_A3, _B3))),
    quiet("factor out of a cross product", cross(_A3, scale(s, _B3)), scale(s, cross(_A3, _B3))),
    quiet("zero", cross(_zero3, _B3), _zero3),
    quiet("zero", cross(_A3, _zero3), _zero3),
    RewriteRule("cross product with itself", cross(_A3, _A3), _zero3),
)  # fmt: skip

KRONECKER_IDENTITIES = (*KRONECKER, *COLUMNWISE, *PARTIAL_TRACES, *VECTORIZED, *COMMUTING, *HALVES)
KRONECKER_OBJECTIVES = (*KRONECKER, *PARTIAL_TRACES_OF_PRODUCTS, *VECTORIZED)
