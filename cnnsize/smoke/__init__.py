"""Runs the emitted model and compares it with the prediction.

PyTorch is imported in a child process alone (``child/``), with a time limit: a crash in native code
ends the child, and becomes an error message.
"""
