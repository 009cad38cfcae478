"""Figures of networks: as SVG the same bytes on every system, with nothing but the standard library.

``canvas`` collects marks and writes them, ``palette`` has the colours, and every kind of figure has
a module of its own with ``draw(network, canvas, request)``. ``figure`` picks the kind, and
``formats`` writes files.
"""
