"""The layers of a text with their places: inlay hints, hovers, code lenses."""

from __future__ import annotations

from lsprotocol import types

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.lsp.checked import CheckedText
from cnnsize.network import Network
from cnnsize.render.units import compact_count
from cnnsize.report.result import Result
from cnnsize.sizing.formula import parameter_arithmetic, size_formulas
from cnnsize.sizing.outline import Step
from cnnsize.text.span import Span

MAX_HOVER_ROWS = 8  # of a layer that is repeated, or in a block


def hints(checked: CheckedText, place: types.Range) -> list[types.InlayHint]:
    """Return the volume after each layer in a range that changes it; of repeats, first and last."""
    first, last = checked.units.offset(place.start), checked.units.offset(place.end)
    return [
        types.InlayHint(
            position=checked.units.position(span.end),
            label=volumes_text(steps),
            kind=types.InlayHintKind.Type,
            padding_left=True,
            tooltip=arithmetic(steps[0]) or None,
        )
        for span, steps in checked.steps.items()
        if first <= span.end <= last and any(map(changes_volume, steps))
    ]


def changes_volume(step: Step) -> bool:
    """Return whether a layer outputs another volume than its input, or is the first without one."""
    return step.kind != "INPUT" and step.inputs[0] is not None and step.inputs[0] != step.output


def volumes_text(steps: list[Step]) -> str:
    """Return the outputs of the iterations of a layer: ``32x32x64``, ``32x32x64 .. 8x8x64``."""
    volumes = list(dict.fromkeys(str(step.output or "?") for step in steps))
    return volumes[0] if len(volumes) == 1 else f"{volumes[0]} .. {volumes[-1]}"


def arithmetic(step: Step) -> str:
    """Return how the output size of a layer is computed, along W and along H where they differ."""
    return "; ".join(formula.spaced for formula in size_formulas(step))


def hover(checked: CheckedText, position: types.Position) -> types.Hover | None:
    """Return the numbers of the layer at a position, or of the network whose name is there."""
    offset = checked.units.offset(position)
    for span, steps in checked.steps.items():
        if span.start <= offset <= span.end:
            return markdown(layer_text(steps), checked.range_of(*span))
    for result, architecture, network in checked.networks():
        span = checked.units.span(result.source, name_span(result, architecture))
        if span.start <= offset <= span.end:
            return markdown(network_text(network), checked.range_of(*span))
    return None


def markdown(text: str, place: types.Range) -> types.Hover:
    """Return a hover with a text in Markdown."""
    content = types.MarkupContent(kind=types.MarkupKind.Markdown, value=text)
    return types.Hover(contents=content, range=place)


def layer_text(steps: list[Step]) -> str:
    """Return the numbers of a layer as a table with a row for each iteration."""
    titles = ("input", "output", "arithmetic", "parameters", "MACs", "RF")
    rows = [titles, ("---", "---", "---", "---:", "---:", "---"), *map(row, steps[:MAX_HOVER_ROWS])]
    lines = ["| " + " | ".join(cells) + " |" for cells in rows]
    if len(steps) > MAX_HOVER_ROWS:
        lines.append(f"\n{len(steps) - MAX_HOVER_ROWS:,} more iterations or calls")
    first = steps[0]
    if first.params:
        lines.append(f"\nparameters: {parameter_arithmetic(first.layer, first.inputs[0])}")
    return f"**{first.canonical}**\n\n" + "\n".join(lines)


def row(step: Step) -> tuple[str, ...]:
    """Return the numbers of a layer in one iteration."""
    inputs = " and ".join(str(volume or "?") for volume in step.inputs)
    field = "x".join(f"{side:,}" for side in step.receptive_field or ())
    numbers = ["" if number is None else f"{number:,}" for number in (step.params, step.macs)]
    return (inputs, str(step.output or "?"), arithmetic(step), *numbers, field)


def network_text(network: Network) -> str:
    """Return the totals of a network in Markdown."""
    lines = [f"**{network.architecture.name or 'network'}**: {totals_text(network)}"]
    if network.output is not None:
        lines.append(f"{network.input} -> {network.output}, {len(network.steps):,} layers")
    return "\n\n".join(lines)


def totals_text(network: Network) -> str:
    """Return ``979,018 params · 38.9M MACs · RF 68x68``."""
    if network.params is None or network.macs is None:
        return "no totals: a layer has no output"
    parts = [f"{network.params:,} params", f"{compact_count(network.macs)} MACs"]
    if network.receptive_field is not None:
        parts.append("RF " + "x".join(f"{side:,}" for side in network.receptive_field))
    return " · ".join(parts)


def lenses(checked: CheckedText) -> list[types.CodeLens]:
    """Return the totals of each network, and how many members of each family work."""
    shown: list[types.CodeLens] = []
    for result in checked.report.architectures:
        if result.network is not None:
            title = totals_text(result.network)
        elif result.family is not None:
            title = f"{result.family.valid:,} of {result.family.members:,} members work"
        else:
            continue
        place = checked.units.range(result.source, Span(result.source.begin, result.source.begin))
        shown.append(types.CodeLens(range=place, command=types.Command(title=title, command="")))
    return shown


def name_span(result: Result, architecture: ParsedArchitecture) -> Span:
    """Return the span of the name before the ``=`` of a statement; empty without one."""
    begin = result.source.begin
    name = architecture.name or ""
    start = result.source.text.find(name, begin)
    return Span(start, start + len(name)) if name and start >= 0 else Span(begin, begin)
