"""Networks and reports as ``print`` shows them, and ``summary``, which makes one in a single call."""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.network import Network
from cnnsize.record import MaybeNone, Record, public
from cnnsize.render.text import finding_text
from cnnsize.render.text import summary as summary_line
from cnnsize.report.check import check
from cnnsize.report.result import Report
from cnnsize.sizing.arguments import require_text
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.text.english import in_python
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import Style, stdout_is_unicode, terminal_width
from cnnsize.zoo import index, text_of


@public
class Summary(Record):
    """The table of a network, and its findings. Its ``str`` and ``repr`` are what ``cnnsize check``
    prints, so that a notebook shows them.

    ``report`` holds everything as data, and ``network`` is the sized network.
    """

    report: Report
    width: int | None = None  # in columns; None: that of the terminal, else 80

    @property
    def network(self) -> Network | MaybeNone:
        """The sized network. None for a text with an error, for a pattern, and for several networks."""
        results = self.report.architectures
        return results[0].network if len(results) == 1 else None

    def __str__(self) -> str:
        return report_text(self.report, self.width, show_tables=True)

    def __repr__(self) -> str:
        return str(self)


@public
def summary(
    network: str | ParsedArchitecture | Network,
    *,
    input: tuple[int, int, int] | None = None,
    name: str | None = None,
    settings: Settings = TORCH,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    width: int | None = None,
    **values: int | Sequence[int],
) -> Summary:
    """Return the table of a network with its totals and findings, for ``print`` or a notebook cell.

    ``network`` is a text, the name of a network of the zoo, or what ``parse()``, ``load()`` or
    ``sized()`` returned. ``width`` is that of the table in columns. The other arguments are those of
    ``check()``. Bad text never raises: its summary shows what is wrong. A misspelt name of the zoo
    raises ArchitectureError, as in ``load()``.
    """
    if isinstance(network, Network):
        input = input or (network.input if network.overridden else None)
        settings = network.settings if settings is TORCH else settings
        values = {**network.values, **values}
        network = network.architecture
    if isinstance(network, ParsedArchitecture):
        network = network.text
    require_text("summary", network)
    if width is not None and type(width) is not int:
        raise TypeError(f"width must be an integer or None, not {type(width).__name__}")
    is_name = network.isidentifier() and nearest(network.lower(), index())
    text = text_of(network) if is_name else network
    report = check(
        text,
        input=input,
        name=name,
        settings=settings,
        select=select,
        ignore=ignore,
        selection=None,
        **values,
    )
    return Summary(report, width)


def network_text(network: Network, width: int | None = None) -> str:
    """Return the table of a network, its totals and the defaults used."""
    from cnnsize.render.table import table  # late: a text with an error has no table

    style = Style(_columns(width))
    return table(network, style, ascii=not stdout_is_unicode(), advice=False)


def report_text(report: Report, width: int | None = None, *, show_tables: bool = False) -> str:
    """Return the findings of a report with their lines, then a line that counts them.

    With ``show_tables``, the table of each network comes first, or the overview of each family.
    """
    style = Style(_columns(width))
    parts: list[str] = []
    for result in report.architectures if show_tables else ():
        if result.network is not None:
            parts.append(network_text(result.network, style.width))
        elif result.family is not None:
            from cnnsize.render.family import overview  # late: most networks are no family

            parts.append(overview(result.family, style))
    findings = [
        diagnostic
        for diagnostic in report.diagnostics
        if not (parts and diagnostic.code == "CNN006")  # tables list the defaults used
    ]
    parts += [in_python(finding_text(diagnostic, style)) for diagnostic in findings]
    parts.append(
        summary_line(
            errors=report.count("error"),
            warnings=report.count("warning"),
            notes=sum(diagnostic.severity == "info" for diagnostic in findings),
            networks=len(report.architectures),
        )
    )
    return "\n\n".join(parts)


def _columns(width: int | None) -> int:
    """Return a width that a table can have, as wide as the terminal for None."""
    return terminal_width() if width is None else max(20, min(width, 400))
