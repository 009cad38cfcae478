"""A finding about a network in source: its record, its place, and the words that messages share.

``finding`` is the record. ``origins`` goes from a number of a layer to where it is written,
``literals`` writes another number there, and ``spans`` goes from a node of the syntax tree to its
characters. ``words`` and ``window_wording`` are phrases of the messages of torch and of Keras.
"""
