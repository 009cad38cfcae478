"""Networks in Python source, read and never run.

A closed interpreter walks the syntax tree of a file and computes with numbers, strings, lists, and
its own models of torch's modules and tensors. It imports, evaluates and opens nothing. What it does
not know is ``Unknown``; where that decides a size, a branch or a layer, the network is not read, and
the reader says where and why.
"""
