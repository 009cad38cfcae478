"""Read the tables that Keras, torchsummary and torchinfo print of a model.

``keras_summary``, ``torch_summary`` and ``torchinfo`` find the rows; ``summary`` solves them. ``claims``
says what a solver works with, ``readings`` lists the solvers.
"""
