"""Networks of Keras in Python source: layers, Sequential, functional models and subclasses.

Tensors are N x H x W x C, or N x C x H x W with channels_first; pairs are (H, W). ``functions`` is
what a name of Keras means, ``signatures`` binds arguments, ``layers`` and ``windows`` apply layers,
``models`` builds and calls models, ``nets`` lists those of a file, and ``run`` makes their flow.
"""
