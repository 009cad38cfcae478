"""``Request``, the options of a figure."""

from __future__ import annotations

from cnnsize.record import Record


class Request(Record):
    """The options of a figure; each kind reads those that it knows, and None is its default.

    ``depth`` is the number of levels of blocks to open, ``layer`` the path of a layer as in the
    JSON report, and ``width`` a width in px.
    """

    depth: int | None = None
    layer: str | None = None
    width: int | None = None
