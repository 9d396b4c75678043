"""What a user may type: the ladder of precedence (matcalc.lark) and what may not be typed (mistakes.toml)."""
