"""Python with the names of NumPy, PyTorch or JAX, to trees of the notation. It is read by `ast`, and never executed.

words.py has the functions, ranks.py guesses how many axes an undeclared name has, trees.py and calls.py make trees of
expressions, statements.py reads assignments and functions.
"""
