"""Layer kinds that people number (``conv1``, ``conv2``)."""

from __future__ import annotations

NUMBERING = ("CONV", "FC")  # what people number first, and other layers with it
