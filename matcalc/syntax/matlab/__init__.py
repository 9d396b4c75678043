"""MATLAB, to trees of the notation, by the front end of Python.

parsing.py makes Python's syntax tree of the text, axes.py guesses what the names are, reading.py gives the calls and
operators MATLAB's own meaning.
"""
