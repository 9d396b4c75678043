"""The rule book: tables of rules, each row two expressions with slots."""
