"""The file formats of figures: a table of them, and one module each.

Each module has ``write(drawing, theme, scale) -> bytes``. ``png`` and ``pdf`` need a package each,
which is imported only where such a file is written.
"""
