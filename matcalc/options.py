"""The words that options take, in every function, command and request."""

CONVENTIONS = ("projected", "entries", "free")
"""What a gradient by a structured variable is."""
STRUCTURES = ("half", "projected", "free")
"""What a Jacobian or a Hessian by a structured variable is."""
LAYOUTS = ("gradient", "numerator", "denominator")
"""How derivatives are laid out; a Jacobian has the last two."""
LANGUAGES = ("text", "latex", "python", "matlab")
"""What a program is written in."""
