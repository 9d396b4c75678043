"""The examples of the documentation of matrixcalculus.org, in its own spelling, and one more for each of its functions.

A row: (objective, declarations, variable, the gradient as it is to be printed, the gradient as that site gives it).
There lower case is a scalar up to g and a vector from h, upper case a matrix; matcalc infers shapes from the uses, and
declarations stand only where these leave a choice. The site's matrix and vector constants are written out.

Not here: its example A*exp(x), which is not a scalar.
"""

from __future__ import annotations

Row = tuple[str, str, str, str, str]
t0 = "exp(-y .* (X w))"

EXAMPLES: tuple[Row, ...] = (
    ("0.5*x'*A*x", "", "x", "1/2 (A + A') x", "1/2 A x + 1/2 A' x"),
    ("0.5*x'*A*x", "", "A", "1/2 x x'", "1/2 x x'"),
    ("x'*A*x + c*sin(y)'*x", "", "x", "(A + A') x + c sin(y)", "A x + A' x + c sin(y)"),
    ("x'*A*x + c*sin(y)'*x", "", "y", "c x .* cos(y)", "c x .* cos(y)"),
    ("x'*A*x + c*sin(y)'*x", "", "c", "sin(y)' x", "sin(y)' x"),
    ("x'*A*x + c*sin(y)'*x", "", "A", "x x'", "x x'"),
    ("sin(x)'*y", "", "x", "y .* cos(x)", "y .* cos(x)"),
    ("(y.*v)'*x", "", "x", "v .* y", "y .* v"),
    ("(y.*v)'*x", "", "v", "x .* y", "x .* y"),
    ("a^b", "", "a", "b a^(b - 1)", "b a^(b - 1)"),
    ("a^b", "a: scalar positive", "b", "a^b log(a)", "a^b log(a)"),
    ("norm1(A*x-y)", "", "x", "A' sign(A x - y)", "A' sign(A x - y)"),
    ("norm1(A*x-y)", "", "A", "sign(A x - y) x'", "sign(A x - y) x'"),
    ("norm1(A*x-y)", "", "y", "-sign(A x - y)", "-sign(A x - y)"),
    ("norm2(A*x-y)^2", "", "x", "2 A'(A x - y)", "2 A'(A x - y)"),
    ("norm2(A*x-y)^2", "", "A", "2 (A x - y) x'", "2 (A x - y) x'"),
    ("norm2(A*x-y)^2", "", "y", "2 (y - A x)", "-2 (A x - y)"),
    ("sum(log(exp(-y.*(X*w)) + vector(1)))", "", "w", "-X'(y .* sigmoid(-y .* (X w)))",
     f"-X'(({t0} .* y) ./ ({t0} + vector(1)))"),
    ("sum(log(exp(-y.*(X*w)) + vector(1)))", "", "X", "-(y .* sigmoid(-y .* (X w))) w'",
     f"-(({t0} .* y) ./ ({t0} + vector(1))) w'"),
    ("sum(log(exp(-y.*(X*w)) + vector(1)))", "", "y", "-(X w) .* sigmoid(-y .* (X w))",
     f"-({t0} .* (X w)) ./ ({t0} + vector(1))"),
    ("tr(A*X'*B*X*C)", "", "X", "B X C A + B' X A' C'", "B X C A + B' X A' C'"),
    ("tr(A*X'*B*X*C)", "", "A", "C' X' B' X", "C' X' B' X"),
    ("tr(A*X'*B*X*C)", "", "B", "X A' C' X'", "X A' C' X'"),
    ("log(det(inv(X)))", "", "X", "-inv(X)'", "-inv(X)'"),
)  # fmt: skip

FUNCTIONS: tuple[Row, ...] = (
    ("sum(sin(A*x))", "x: n", "x", "A' cos(A x)", "A' cos(A x)"),
    ("sum(cos(A*x))", "x: n", "x", "-A' sin(A x)", "-A' sin(A x)"),
    ("sum(tan(x))", "x: n", "x", "1 + tan(x).^2", "vector(1) ./ cos(x).^2"),
    ("sum(asin(x))", "x: n", "x", "1 ./ sqrt(1 - x.^2)", "vector(1) ./ (vector(1) - x.^2).^0.5"),
    ("sum(acos(x))", "x: n", "x", "-(1 ./ sqrt(1 - x.^2))", "-vector(1) ./ (vector(1) - x.^2).^0.5"),
    ("sum(atan(x))", "x: n", "x", "1 ./ (1 + x.^2)", "vector(1) ./ (vector(1) + x.^2)"),
    ("sum(tanh(A*x))", "x: n", "x", "A'(1 - tanh(A x).^2)", "A'(vector(1) - tanh(A x).^2)"),
    ("sum(exp(A*x))", "x: n", "x", "A' exp(A x)", "A' exp(A x)"),
    ("sum(log(A*x))", "x: n", "x", "A'(1 ./ (A x))", "A'(vector(1) ./ (A x))"),
    ("sum(abs(A*x))", "x: n", "x", "A' sign(A x)", "A' sign(A x)"),
    ("sum(relu(A*x))", "x: n", "x", "A' [A x > 0]", "A' relu(sign(A x))"),
    ("sum(sign(x).*x)", "x: n", "x", "sign(x)", "sign(x)"),
    ("log(sum(exp(x)))", "x: n", "x", "softmax(x)", "exp(x) / sum(exp(x))"),
    ("sum(x)^2", "x: n", "x", "2 sum(x) ones(n)", "2 sum(x) vector(1)"),
    ("sum(X.^2)", "X: n x m", "X", "2 X", "2 X"),
    ("sum(X*Y)", "X: n x m; Y: m x p", "X", "ones(n) rowsum(Y)'", "vector(1) (Y ones(p))'"),
    ("norm1(X)", "X: n x m", "X", "sign(X)", "sign(X)"),
    ("norm1(x)", "x: n", "x", "sign(x)", "sign(x)"),
    ("norm2(X)", "X: n x m", "X", "X / norm(X)", "X / norm2(X)"),
    ("norm2(A*x-y)", "", "x", "A'(A x - y) / norm(A x - y)", "A'(A x - y) / norm2(A x - y)"),
    ("tr(X)", "", "X", "eye(n)", "eye(n)"),
    ("tr(X'*A*X)", "", "X", "(A + A') X", "A X + A' X"),
    ("tr(A*inv(X)*B)", "A, B, X: n x n", "X", "-(inv(X) B A inv(X))'", "-(inv(X) B A inv(X))'"),
    ("det(X)", "", "X", "det(X) inv(X)'", "det(X) inv(X)'"),
    ("log(det(X))", "", "X", "inv(X)'", "inv(X)'"),
    ("logdet(X)", "", "X", "inv(X)'", "inv(X)'"),
    ("logdet(X'*X)", "X: n x m", "X", "2 pinv(X)'", "2 X inv(X' X)"),
    ("a'*inv(X)*b", "a, b: n", "X", "-inv(X)' a b' inv(X)'", "-inv(X)' a b' inv(X)'"),
    ("x'*diag(y)*x", "x: n", "x", "2 x .* y", "2 x .* y"),
    ("x'*diag(y)*x", "x: n", "y", "x.^2", "x .* x"),
    ("sum(x./y)", "x, y: n", "y", "-x ./ y.^2", "-x ./ (y .* y)"),
    ("sum(x.^3)", "x: n", "x", "3 x.^2", "3 x.^2"),
    ("(x+vector(1))'*(x+vector(1))", "x: n", "x", "2 (1 + x)", "2 (x + vector(1))"),
    ("sum((X+matrix(1)).^2)", "X: n x m", "X", "2 (1 + X)", "2 (X + matrix(1))"),
    ("x'*(A+eye(n))*x", "x: n", "x", "(2 I + A + A') x", "(A + eye(n)) x + (A + eye(n))' x"),
    ("norm2(A*x-y)^2 + c*norm2(x)^2", "c: scalar", "x", "2 (A'(A x - y) + c x)", "2 A'(A x - y) + 2 c x"),
    ("0.5*norm2(A*x-y)^2 + c*norm1(x)", "c: scalar", "x", "A'(A x - y) + c sign(x)", "A'(A x - y) + c sign(x)"),
    ("norm2(T-U*V')^2", "T: n x m; U: n x k", "U", "2 (U V' - T) V", "-2 (T - U V') V"),
    ("norm2(T-U*V')^2", "T: n x m; U: n x k", "V", "2 (U V' - T)' U", "-2 (T - U V')' U"),
    ("sum(relu(vector(1)-y.*(X*w)))", "", "w", "-X'(y .* [1 - y .* (X w) > 0])",
     "-X'(y .* relu(sign(vector(1) - y .* (X w))))"),
    ("tr(S*X) - log(det(X)) + c*norm1(X)", "S: n x n; c: scalar", "X", "(S - inv(X))' + c sign(X)",
     "(S - inv(X))' + c sign(X)"),
    ("(x'*A*x)/(x'*x)", "A: n x n symmetric", "x", "2 (A x - (x' A x) x / (x' x)) / (x' x)",
     "2 A x / (x' x) - 2 (x' A x) x / (x' x)^2"),
    ("x'*A*x - b*(x'*x)", "A: n x n symmetric; b: scalar", "x", "2 (A x - b x)", "2 A x - 2 b x"),
    ("exp(-a*norm2(x-y)^2)", "x: n; a: scalar", "x", "2 a exp(-a norm(x - y)^2) (y - x)",
     "-2 a exp(-a norm2(x - y)^2) (x - y)"),
    ("1/(1+exp(-w'*x))", "w: n", "w", "sigmoid(w' x) (1 - sigmoid(w' x)) x", "exp(-w' x) / (1 + exp(-w' x))^2 x"),
)  # fmt: skip
