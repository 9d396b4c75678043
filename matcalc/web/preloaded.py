"""Loads what answers need, by one small answer of each kind, before processes are forked: then each answers at once."""

from matcalc.web.service import answered

_SOURCE = {"source": "J = sum(log(1 + exp(X w)))", "wrt": ["w"]}
for _name, _request in {
    "derive": _SOURCE,
    "hessian": {**_SOURCE, "time_limit": 0.1},
    "check": {**_SOURCE, "answer": "X' sigmoid(X w)"},
    "rules": {},
}.items():
    answered(_name, _request)
