"""What texts say about Python source, compared with the source.

An architecture in a docstring or a document that names a class is compared with the network that
the static reader reads from the class (CNN128), and comments with shapes beside layers are compared
with the shapes of these layers (CNN127). Texts that name no class are never compared.
"""
