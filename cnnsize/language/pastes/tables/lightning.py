"""Refuse the table of PyTorch Lightning, whose numbers of parameters are rounded."""

from __future__ import annotations

import re
from typing import NoReturn

from cnnsize.layers.volume import Volume
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

HEADER = re.compile(r"\|\s*Name\s*\|\s*Type\s*\|\s*Params[^\n]*")


def read(text: str, input: Volume | None = None) -> NoReturn:
    """Raise ArchitectureError."""
    header = HEADER.search(text)
    raise error(
        "CNN001",
        "this is the table of PyTorch Lightning, which rounds its numbers of parameters",
        Span(*header.span()) if header else Span(0, len(text)),
        help=("print the model with torchinfo, or paste print(model)",),
    )
