"""``Figure``, a drawn network or family, and the choice of its kind."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from cnnsize.network import Network
from cnnsize.pictures.canvas import THEMES, Canvas, cut, text_width
from cnnsize.pictures.kinds import ALIASES, KINDS
from cnnsize.pictures.request import DEFAULT_REQUEST, Request
from cnnsize.record import Record, public
from cnnsize.sizing.rows import Loop, Part, Row
from cnnsize.text.english import alternatives

if TYPE_CHECKING:
    from cnnsize.language.parsed import ParsedArchitecture
    from cnnsize.patterns.family import Family
    from cnnsize.pictures.members import Sample

WINDOW_FAULTS = ("CNN101", "CNN102")
MAX_TITLE = 60  # characters
MAX_DRAWN = 20_000  # members of a family; of more a sample is drawn


@public
class Figure(Record):
    """A figure: ``figure.svg()`` is its SVG text, ``figure.save(path)`` writes it.

    ``Network.figure()`` and ``Family.figure()`` return one.
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


def network_figure(
    network: Network, kind: str | None, request: Request, title: str | None
) -> Figure:
    """Return a figure of a network. Without a kind, it is the one that fits the network."""
    kind = ALIASES.get(kind or "", kind) or default_kind(network, request)
    check_kind(kind, request, of_families=False)
    return drawn(network, network.architecture, kind, request, title, facts_of(network))


def family_figure(
    family: Family,
    kind: str | None = None,
    request: Request = DEFAULT_REQUEST,
    title: str | None = None,
    most: int = MAX_DRAWN,
) -> Figure:
    """Return a figure of the members of a family, or of a sample of about ``most`` of them.

    Without a kind, it is the grids and the points. Raises ArchitectureError for a family that is too
    much work.
    """
    from cnnsize.pictures.members import sample_of  # late: networks need no families

    kind = kind or "family"
    check_kind(kind, request, of_families=True)
    sample = sample_of(family, most)
    facts = f"{sample.survey.counted}{' in a sample' if sample.note else ''}"
    if family.start is not None:
        facts += f"; input {family.start}"
    return drawn(sample, family.architecture, kind, request, title, facts)


def check_kind(kind: str, request: Request, *, of_families: bool) -> None:
    """Raise ValueError for an unknown kind, one of another subject, or an option that it does not read."""
    kinds = [name for name in KINDS if KINDS[name].of_families == of_families]
    if kind not in KINDS:
        raise ValueError(f"unknown figure {kind!r}: expected {alternatives(map(repr, kinds))}")
    if kind not in kinds:
        subjects = "one network", "the members of a pattern"
        shown, given = subjects if of_families else subjects[::-1]
        raise ValueError(f"{kind} shows {shown}, not {given}; choose {alternatives(kinds)}")
    for option in Request._fields:
        if getattr(request, option) is not None and option not in KINDS[kind].options:
            names = " and ".join(name for name in KINDS if option in KINDS[name].options)
            raise ValueError(f"{option} does not apply to {kind}, only to {names}")


def drawn(
    subject: Network | Sample,
    architecture: ParsedArchitecture,
    kind: str,
    request: Request,
    title: str | None,
    facts: str,
) -> Figure:
    """Return the figure of a network or a family, with its title and its facts in a line."""
    title = cut(title or architecture.name or str(architecture), MAX_TITLE)
    canvas = Canvas()
    module = import_module(f"cnnsize.pictures.{KINDS[kind].module}")
    description = module.draw(subject, canvas, request)
    write_heading(canvas, title, facts)
    return Figure(kind, title, ". ".join(filter(None, (facts, description))), canvas)


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
