"""Models of other tools as input: a live PyTorch module, an ONNX file, Python source (``source``).

A reader makes a ``Flow``, the layers in the order in which they run. ``series`` makes a tree of
chains and joins of it, ``blocks`` names what repeats, and ``written`` makes text in the notation.
"""
