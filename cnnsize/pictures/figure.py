"""``Figure``, a drawn network, and the choice of its kind."""

from __future__ import annotations

from collections.abc import Iterable
from errno import EACCES
from importlib import import_module
from typing import TYPE_CHECKING

from cnnsize.network import Network
from cnnsize.pictures.canvas import Canvas, cut
from cnnsize.pictures.formats.registry import SCALE
from cnnsize.pictures.heading import facts_of, write_heading
from cnnsize.pictures.kinds import KINDS, known_kind
from cnnsize.pictures.request import Request
from cnnsize.record import Record, public
from cnnsize.sizing.rows import Loop, Part, Row

if TYPE_CHECKING:
    from os import PathLike

WINDOW_FAULTS = ("CNN101", "CNN102")
MAX_TITLE = 60  # characters


@public
class Figure(Record):
    """A figure of a network: ``figure.svg()`` is its SVG text, ``figure.save(path)`` writes it.

    ``Network.figure()`` returns one.
    """

    kind: str
    title: str
    description: str
    canvas: Canvas
    network: Network | None = None  # that formats of nodes and edges are written from

    def __str__(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<Figure {self.kind} of {self.title}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from html import escape  # late: only notebooks need it

        # an <img> holds its names for itself, and is shown in the colours of the notebook
        image = f'<img alt="{escape(self.name)}" src="{self.data_uri()}">'
        return {"text/plain": repr(self), "text/html": image}

    def data_uri(self) -> str:
        """Return an address that holds the figure as SVG, for the ``src`` of an image."""
        from base64 import b64encode  # late: only pages need it

        return f"data:image/svg+xml;base64,{b64encode(self.encode('svg')).decode()}"

    @property
    def name(self) -> str:
        """What the figure shows: ``Volumes of vgg16``."""
        return f"{KINDS[self.kind].title or self.kind.capitalize()} of {self.title}"

    def svg(self, theme: str = "auto") -> str:
        """Return the figure as SVG text, the same on every system.

        ``theme`` is ``"light"``, ``"dark"`` or ``"auto"``, which follows the reader's settings.
        Raises ValueError for another theme.
        """
        return self.encode("svg", theme).decode()

    def encode(self, file_format: str, theme: str = "auto", scale: float = SCALE) -> bytes:
        """Return the content of a file in a format: svg, png, pdf, tex, html, dot or mermaid.

        ``scale`` is the number of pixels of PNG for each px. All formats but SVG and HTML are light
        unless the theme is ``"dark"``. Raises ValueError where the format cannot hold the figure, and
        ImportError without the package that it needs.
        """
        from cnnsize.pictures.formats.drawing import Drawing, encode  # late: only what is written

        drawing = Drawing(self.kind, self.name, self.description, self.canvas, self.network)
        return encode(drawing, file_format, theme, scale)

    def save(self, path: str | PathLike[str], theme: str = "auto", *, scale: float = SCALE) -> None:
        """Write the figure to a file, in the format that the suffix of its name stands for.

        An existing file is replaced in one step. Raises as ``encode`` does, ValueError for another
        suffix, and OSError.
        """
        from os import fspath  # late, like the next: only where a file is written

        from cnnsize.files.write import WriteRefusedError, replace_file
        from cnnsize.pictures.formats.registry import format_of

        name = fspath(path)
        content = self.encode(format_of(name), theme, scale)
        try:
            with replace_file(name) as file:
                file.write(content)
        except WriteRefusedError as error:
            raise PermissionError(EACCES, str(error), name) from None


def figure(
    network: Network,
    kind: str | None = None,
    *,
    depth: int | None = None,
    layer: str | None = None,
    unit: int | tuple[int, int] | None = None,
    width: int | None = None,
    title: str | None = None,
) -> Figure:
    """Return a figure of a network. Without a kind, it is the one that fits the network."""
    request = Request(depth, layer, (unit, unit) if isinstance(unit, int) else unit, width)
    kind = known_kind(kind) if kind else default_kind(network, request)
    for option in Request._fields:
        if getattr(request, option) is not None and option not in KINDS[kind].options:
            kinds = " and ".join(name for name in KINDS if option in KINDS[name].options)
            raise ValueError(f"{option} does not apply to {kind}, only to {kinds}")
    title = cut(title or network.architecture.name or str(network.architecture), MAX_TITLE)
    canvas = Canvas()
    description = import_module(f"cnnsize.pictures.{KINDS[kind].module}").draw(
        network, canvas, request
    )
    facts = facts_of(network)
    write_heading(canvas, title, facts)
    return Figure(kind, title, f"{facts}. {description}", canvas, network)


def default_kind(network: Network, request: Request) -> str:
    """Return the kind of figure that shows most about a network."""
    if request.unit is not None:
        return "cone"
    if request.layer is not None:
        return "tiling"
    if request.depth is not None:
        return "volumes"
    for problem in network.problems:
        if problem.fault.code in WINDOW_FAULTS and not problem.fault.why:
            return "tiling"
    return "graph" if has_structure(network.rows) else "volumes"


def has_structure(parts: Iterable[Part]) -> bool:
    """Return whether there is a join or a block in parts of a network."""
    return any(
        has_structure(part.body) if isinstance(part, Loop) else not isinstance(part, Row)
        for part in parts
    )
