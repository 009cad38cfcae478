"""Families of networks: a text with free letters and ``?`` describes many networks, its members.

``family`` is the public face; ``survey``, ``boundary`` and ``query`` work on its members.
``inventory``, ``domains`` and ``choices`` say what is free; ``engine`` sizes all members, with
``segments``, ``sizer`` and ``memo``. ``questions`` are those that ``counting`` answers for families
of any size. ``matching`` compares a network with a pattern, and
``inputs`` works out which input sizes fit a network.
"""
