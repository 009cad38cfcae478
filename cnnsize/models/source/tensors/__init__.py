"""Tensors of either framework: their graph, and operations that are known by their shapes.

``graph`` applies layers of ``cnnsize.layers`` and sizes them. ``shapes``, ``indexing``, ``pieces``,
``expanding``, ``broadcasting``, ``arithmetic`` and ``sampling`` are the operations between the layers.
"""
