"""Count, sample and rank the members of a family without listing them.

``trellis`` merges members that have the same volume between two choices; its edges have the costs.
``condition`` splits a condition into tests on letters and bounds on sums of costs (``forms``), and
``axes`` gives each edge a number for these sums. ``spread`` follows how the sums are distributed,
``meeting`` joins beginnings and ends of members at a place in the middle, and ``paths`` turns ranks
into members. ``question`` combines them; ``top``, ``histogram`` and ``front`` ask it.
"""
