"""What a person wrote, checked: an answer, with a diagnosis of what is wrong with it.

claims.py finds the formulas in a text, formulas.py reads them under a program. This room uses the law, the judge, the
reader and the writer, and does the work of none of them.
"""
