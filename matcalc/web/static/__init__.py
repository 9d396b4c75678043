"""The page without a server: static files, in which Pyodide runs matcalc in the reader's browser.

building.py fetches Pyodide by npm, compiles Python's library, matcalc, SymPy, mpmath and Lark with it, and lays the
page beside them. Nothing is fetched from anywhere else when the page runs. There transport.js asks worker.js, which
asks answering.py.
"""
