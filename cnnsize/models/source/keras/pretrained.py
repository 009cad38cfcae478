"""Networks of keras.applications: those that the zoo has layer by layer; others are refused."""

from __future__ import annotations

from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values import Arguments, Unknown, Value


def pretrained(machine: Machine, name: str, arguments: Arguments) -> Value:
    """Return a network of keras.applications."""
    return Unknown(f"keras.applications.{name} is not in the zoo", arguments.node)
