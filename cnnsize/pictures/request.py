"""``Request``, the options of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnsize.pictures.canvas import cut
from cnnsize.record import Record

if TYPE_CHECKING:
    from cnnsize.network import Network

MAX_PATHS = 8  # that a message lists


class Request(Record):
    """The options of a figure; each kind reads those that it knows, and None is its default.

    ``depth`` is the number of levels of blocks to open, ``layer`` the path of a layer as in the
    JSON report, ``unit`` a position (x, y) of its output, and ``width`` a width in px.
    """

    depth: int | None = None
    layer: str | None = None
    unit: tuple[int, int] | None = None
    width: int | None = None


DEFAULT_REQUEST = Request()


def layer_refusal(
    network: Network, path: str, known: Sequence[str], *, lacks: str, having: str
) -> str:
    """Return why a figure cannot show the layer at a path, and the paths of those that it can show.

    ``lacks`` says what the layer does not have, and ``having`` names those that do.
    """
    step = next((step for step in network.steps if step.path == path), None)
    what = "there is no such layer" if step is None else f"{cut(step.text)} {lacks}"
    if not known:
        return f"layer {cut(path)}: {what}"
    more = ", ..." if len(known) > MAX_PATHS else ""
    return f"layer {cut(path)}: {what}; {having}: {', '.join(known[:MAX_PATHS])}{more}"
