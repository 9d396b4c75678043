"""The rooms behind the door (matcalc.api): what a user asks by and holds in hand, and how it is judged.

A derivation and a formula as they are held; names and parts of them; known gradients; Jacobians; layers; verification.
"""
