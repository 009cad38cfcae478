"""Read an ONNX file: a graph with shapes (``graph``), layers of operators (``table``), a flow.

All modules but ``bytes``, ``scopes`` and ``axes`` import onnx, and so are imported late.
"""
