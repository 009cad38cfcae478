"""Read architectures as people really write them.

``writer.to_strict`` is the entry; ``sequence`` reads chains, ``phrases`` a layer's name,
``modifiers`` and ``arguments`` what follows it, all as functions over one ``TokenCursor``.
"""
