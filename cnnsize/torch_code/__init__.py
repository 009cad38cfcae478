"""Torch source of a network, as text. Torch itself is never imported."""

from __future__ import annotations

from cnnsize.torch_code.source import emitted, events, torch_source

__all__ = ["emitted", "events", "torch_source"]
