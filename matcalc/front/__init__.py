"""The implementation of matcalc.api: requests, the objects that users get, and verification.

Derivations and formulas; names and parts of variables; given gradients; Jacobians; layers; proofs.
"""
