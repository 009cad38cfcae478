"""Read Python code that builds a model, from its syntax tree; nothing is executed.

``source`` turns a paste into a tree with places, ``values`` evaluates constants, ``calls`` writes
the calls of layers, ``models`` follows the statements, ``networks`` picks the network they build.
"""
