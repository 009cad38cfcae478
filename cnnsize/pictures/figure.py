"""``Figure``, a drawn network, and the choice of its kind."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from cnnsize.network import Network
from cnnsize.pictures.canvas import THEMES, Canvas, cut, text_width
from cnnsize.pictures.kinds import ALIASES, KINDS
from cnnsize.pictures.request import Request
from cnnsize.record import Record, public
from cnnsize.sizing.rows import Loop, Part, Row
from cnnsize.text.english import alternatives

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

    def __str__(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<Figure {self.kind} of {self.title}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from base64 import b64encode  # late: only notebooks need it
        from html import escape

        # an <img> holds its names for itself, and is shown in the colours of the notebook
        data = b64encode(self.svg().encode()).decode()
        name = escape(self.name)
        image = f'<img alt="{name}" src="data:image/svg+xml;base64,{data}">'
        return {"text/plain": repr(self), "text/html": image}

    @property
    def name(self) -> str:
        """What the figure shows: ``Volumes of vgg16``."""
        return f"{KINDS[self.kind].title or self.kind.capitalize()} of {self.title}"

    def svg(self, theme: str = "auto") -> str:
        """Return the figure as SVG text, the same on every system.

        ``theme`` is ``"light"``, ``"dark"`` or ``"auto"``, which follows the reader's settings.
        Raises ValueError for another theme.
        """
        if theme not in THEMES:
            raise ValueError(f"unknown theme {theme!r}: expected {alternatives(map(repr, THEMES))}")
        return self.canvas.svg(self.name, self.description, theme)

    def save(self, path: str, theme: str = "auto") -> None:
        """Write the figure as SVG to a file, whose name must end with ``.svg``.

        An existing file is replaced in one step. Raises ValueError for another suffix, and OSError.
        """
        from cnnsize.files.write import replace_file  # late: only where a file is written

        require_svg(path)
        with replace_file(path) as file:
            file.write(self.svg(theme).encode())


def require_svg(path: str) -> None:
    """Raise ValueError where the suffix of a file is not that of a format that can be written."""
    import os.path  # late: only where a file is written

    suffix = os.path.splitext(path)[1]
    if suffix.lower() == ".svg":
        return
    shown = repr(suffix) if suffix else "no suffix"
    raise ValueError(f"{cut(path, 80)}: cannot write a file with {shown}; did you mean .svg?")


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
    kind = ALIASES.get(kind or "", kind) or default_kind(network, request)
    if kind not in KINDS:
        raise ValueError(f"unknown figure {kind!r}: expected {alternatives(map(repr, KINDS))}")
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
    return Figure(kind, title, f"{facts}. {description}", canvas)


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


def facts_of(network: Network) -> str:
    """Return the totals of a network in a line."""
    faulty = {problem.item.start for problem in network.problems}
    words = f"{len(faulty)} layer{'s do' if len(faulty) > 1 else ' does'} not fit" if faulty else ""
    if network.params is None or network.macs is None:
        return words or "sizes are unknown"
    totals = f"{network.params:,} params, {network.macs:,} MACs"
    return f"{totals}; {words}" if words else totals


def write_heading(canvas: Canvas, title: str, facts: str) -> None:
    """Write the title and the facts above what is drawn."""
    bounds = canvas.bounds
    left, top = (0.0, 0.0) if bounds is None else (bounds.left, bounds.top - 20)
    canvas.text(left, top, title, 13, bold=True)
    canvas.text(left + text_width(title, 13, bold=True) + 14, top, facts, 12, fill="dim")
