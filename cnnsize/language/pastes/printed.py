"""The print of a PyTorch module, as ``print(model)`` writes it."""

from __future__ import annotations

import re

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.chain_view import ChainView


def read(text: str) -> StrictText:
    """Return the strict text of a printed module. Raises ArchitectureError."""
    chain = ChainView(text)
    for line in re.finditer(r"\(\w+\): (\w+\([^\n]*\))[ \t\r]*$", text, re.MULTILINE):
        chain.begin_item(line.start(1))
        chain.copy(*line.span(1))
    return chain.read()
