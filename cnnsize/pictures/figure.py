"""``Figure``, a drawn network or family, and the choice of its kind."""

from __future__ import annotations

from collections.abc import Iterable
from errno import EACCES
from importlib import import_module
from typing import TYPE_CHECKING

from cnnsize.limits import MAX_MEMBERS
from cnnsize.network import Network
from cnnsize.pictures.canvas import Canvas, cut
from cnnsize.pictures.formats.registry import SCALE
from cnnsize.pictures.heading import facts_of, write_heading
from cnnsize.pictures.kinds import KINDS, known_kind
from cnnsize.pictures.request import DEFAULT_REQUEST, Request
from cnnsize.record import Record, public
from cnnsize.sizing.rows import Loop, Part, Row
from cnnsize.text.english import alternatives

if TYPE_CHECKING:
    from os import PathLike

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


def network_figure(
    network: Network, kind: str | None, request: Request, title: str | None
) -> Figure:
    """Return a figure of a network. Without a kind, it is the one that fits the network."""
    kind = known_kind(kind) if kind else default_kind(network, request)
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
    from cnnsize.patterns.choices import count_words  # late, like the next: networks need none
    from cnnsize.pictures.members import MAX_RANDOM, random_sample, sample_of

    kind = known_kind(kind or "family")
    check_kind(kind, request, of_families=True)
    is_huge = kind == "scatter" and family.members > MAX_MEMBERS  # fewer values would show a corner
    sample = random_sample(family, MAX_RANDOM) if is_huge else sample_of(family, most)
    facts = sample.survey.counted
    if sample.note:
        facts += f" in a sample from {count_words(family.members)}"
    if family.start is not None:
        facts += f"; input {family.start}"
    return drawn(sample, family.architecture, kind, request, title, facts)


def check_kind(kind: str, request: Request, *, of_families: bool) -> None:
    """Raise ValueError for a kind of another subject, or an option that it does not read."""
    kinds = [name for name in KINDS if KINDS[name].of_families == of_families]
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
    network = subject if isinstance(subject, Network) else None
    description = ". ".join(filter(None, (facts, description)))
    return Figure(kind, title, description, canvas, network)


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
