"""What a user may type: the ladder of precedence (matcalc.lark) and the messages for what may not be typed (mistakes.toml)."""
