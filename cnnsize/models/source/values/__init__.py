"""What an expression of the source can have as its value, besides Python's plain values.

``objects`` has modules, tensors, functions and ``Unknown``; ``keras`` has layers and models of Keras;
``arrays`` has the arrays of data sets. ``number`` has integers that remember where they come from, and
``unknowns`` makes letters for sizes that are not known. ``sites`` is where the arguments of a call are
written, ``source_files`` the file that a value is from, ``module_tree`` the modules that a module
holds, and ``instances`` the answer of isinstance().
"""
