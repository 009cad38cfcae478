"""Read what people paste: ``print(model)``, lists of modules in Python, tables of summaries.

``registry`` decides which reader a text needs. A reader collects the layers of a paste in a
``chain_view.ChainView``, which the informal reader then reads like any chain with arrows.
"""
