"""Networks in Python source, read and never run.

A closed interpreter walks the syntax tree of a file and computes with numbers, strings, lists, and
its own models of torch's modules and tensors. It imports, evaluates and opens nothing. What it does
not know is ``Unknown``; where that decides a size, a branch or a layer, the network is not read, and
the reader says where and why.

There are two entry points. ``read`` returns the networks of a file as text in the notation, and
``check`` returns what is wrong with them. From the bottom up:

=====================  ================================================================================
``values``             what an expression evaluates to
``errors``             exceptions that end the reading of a network
``machine``            the state of the interpreter and its bounds
``tensors``            the graph of a network, and operations on tensors that torch and Keras share
``operators``          arithmetic, comparisons and truth of values
``sequences``          elements of lists, containers of modules and tensors
``torch``              modules, functions and layers of torch
``torchvision``        torchvision's networks, as source that the interpreter reads
``python``             statements, expressions, built-in functions and imports
``evidence``           what a file says about the size of an input; ``runs`` records a run
``images``             whether the images of a file reach its network in that size
``findings``           a finding, its place, and words of its message
``ends``               the further inputs and outputs of a network
``keras``              layers, models and networks of Keras
``calls``              calls of any of these; ``interpreter`` joins it with ``python``
``nets``               which networks a file holds
``solve``              runs of a network on an input that is given or that its layers fit
``input_comments``     comments that say the size of an input, and the networks that they are about
``file_input``         an input that is given for all networks of a file
``checks``             what is wrong with a network, proved from its runs
=====================  ================================================================================
"""
