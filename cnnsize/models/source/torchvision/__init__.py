"""Networks of torchvision, with its names of modules, as source that the reader reads.

Nothing imports these files. They hold what a file can do with ``models.resnet18()``: its children, its
attributes and layers that are replaced. Weights are not loaded.
"""
