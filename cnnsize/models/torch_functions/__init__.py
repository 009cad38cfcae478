"""What each function of torch means in the notation.

A function here gets a ``Call``, and adds a layer, an alias of its operand, or a reason why the
notation does not have it. ``table`` has all of them by their names. Pairs of torch are (H, W), those
of the notation (W, H).
"""
