"""What needs a CUDA device. ``python -m tests.gpu`` runs all of it and writes TABLE.md beside this
file.
"""
