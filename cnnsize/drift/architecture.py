"""CNN128: the first layer in which an architecture differs from the class that it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from cnnsize.drift.code_network import (
    CodeLayer,
    CodeNetwork,
    NoClassError,
    UnreadClassError,
    compared,
    in_order,
    line_and_span,
    read_class,
)
from cnnsize.drift.compare import (
    Difference,
    Matcher,
    TooLongToCompareError,
    fact_words,
    position,
)
from cnnsize.drift.ties import Tie
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Ellipsis, LayerNode, all_items
from cnnsize.layers import JOINS
from cnnsize.layers.dense import FullyConnected
from cnnsize.layers.volume import Volume
from cnnsize.models.source.values.number import has_letters
from cnnsize.models.written import chain_text, join_text
from cnnsize.patterns.matching.search import match
from cnnsize.patterns.matching.tokens import LayerInstance, unroll
from cnnsize.reading.document import parse_one
from cnnsize.record import replace
from cnnsize.sizing.letters import free_letters
from cnnsize.sizing.settings import TORCH
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix, Label
from cnnsize.text.english import shortened
from cnnsize.text.source import Source
from cnnsize.text.span import Span

CODE = "CNN128"
MAX_TEXT = 400  # characters of the text of a class in a note


class NotComparedError(Exception):
    """A text that cannot be compared with its class; ``str`` says why."""


class Drift(NamedTuple):
    """A difference between a text and a class, in words."""

    span: Span  # in the text as written
    message: str
    label: str
    layer: CodeLayer | None  # of the class
    reach: int  # how many layers are equal before it


class Comparison(NamedTuple):
    """Result of the comparison of the networks of a text with their class."""

    difference: Diagnostic | None = None
    unread: str = ""  # why they were not compared
    compared: frozenset[int] = frozenset()  # the numbers of those that were


def find_drift(architectures: Mapping[int, ParsedArchitecture], tie: Tie) -> Comparison:
    """Compare the networks of a text, by their numbers in the report, with their class.

    Several networks are variants, of which one has to be equal to the class; but a network with the
    name of the class alone counts.
    """
    first = min(architectures)
    source = architectures[first].source
    if tie.problem:
        message = f"no class to compare with: {tie.problem}"
        return Comparison(about_name(message, tie, source, first))
    own = {
        number: architecture
        for number, architecture in architectures.items()
        if plain(architecture.name or "") == plain(tie.name)
    }
    differences: list[tuple[int, Diagnostic]] = []
    compared: set[int] = set()
    for number, architecture in (own or architectures).items():
        try:
            result = drift_of(architecture, tie)
        except NoClassError:
            message = f"{tie.file} has no class {tie.name}"
            return Comparison(about_name(message, tie, source, first))
        except (UnreadClassError, NotComparedError) as error:
            return Comparison(unread=f"not compared with {tie.name} of {tie.file}: {error}")
        except ArchitectureError:
            continue  # the text has an error of its own
        compared.add(number)
        if result is None:
            return Comparison(compared=frozenset(compared))
        reach, diagnostic = result
        placed = replace(diagnostic, source=architecture.source, architecture=number)
        differences.append((reach, placed))
    difference = max(differences, key=lambda item: item[0])[1] if differences else None
    return Comparison(difference, compared=frozenset(compared))


def about_name(message: str, tie: Tie, source: Source, number: int) -> Diagnostic:
    """Return the finding that a class does not exist, at the place that names it."""
    return Diagnostic(CODE, message, tie.span, source=tie.place or source, architecture=number)


def plain(name: str) -> str:
    """Return a name without case and underscores: Net, net and NET are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def drift_of(architecture: ParsedArchitecture, tie: Tie) -> tuple[int, Diagnostic] | None:
    """Return the difference of a network and its class, and how far they are equal."""
    is_sketch = architecture.source.unmarked
    if architecture.paste:
        raise NotComparedError(f"the text is {architecture.paste}")
    if is_sketch and not is_comparable_sketch(architecture):
        raise NotComparedError("the text leaves out its input or its activations")
    volume = input_of(architecture)
    code = read_class(tie.source, tie.name, volume, tie.file)
    if is_template(architecture):
        if code.has_letters:
            raise NotComparedError("both have sizes that are open")
        drift = template_drift(architecture, code, volume)
    else:
        drift = plain_drift(architecture, code, volume, is_sketch=is_sketch)
    if drift is None:
        return None
    return drift.reach, diagnostic_of(drift, architecture, code, tie)


def is_comparable_sketch(architecture: ParsedArchitecture) -> bool:
    """Return whether a text that nothing marks says its input and its activations."""
    if architecture.source.is_cut or input_of(architecture) is None:
        return False
    kinds = {
        item.node.kind for item in all_items(architecture.chain) if isinstance(item.node, LayerNode)
    }
    return any("ELU" in kind or kind in ("SIGMOID", "TANH", "SILU", "MISH") for kind in kinds)


def input_of(architecture: ParsedArchitecture) -> Volume | None:
    """Return the volume of INPUT where the text says it."""
    items = architecture.chain.items
    node = items[0].node if items else None
    if not (isinstance(node, LayerNode) and node.kind == "INPUT" and node.shape is not None):
        return None
    sides = [side for side in node.shape if isinstance(side, int)]
    return Volume(*sides) if len(sides) == len(node.shape) == 3 else None


def is_template(architecture: ParsedArchitecture) -> bool:
    """Return whether a text has open letters, ``?``, lists or ``...``: it stands for many networks."""
    if any(
        isinstance(item.node, Ellipsis) or item.suffix.optional or item.suffix.values
        for item in all_items(architecture.chain)
    ):
        return True
    bound = {domain.name for domain in architecture.statement.where if domain.single is not None}
    return bool(free_letters(architecture.chain) - bound)


def plain_drift(
    architecture: ParsedArchitecture, code: CodeNetwork, volume: Volume | None, *, is_sketch: bool
) -> Drift | None:
    """Return the first difference of a network whose sizes are all known."""
    layers = with_widths(unroll(architecture))
    if volume is not None and any(map(differs, volume, code.input)):
        first = architecture.chain.items[0]
        return Drift(
            architecture.original(first.span),
            f"the text has INPUT[{volume}] where {code.name} has INPUT[{code.input}]",
            f"{code.name} takes {code.input}",
            None,
            -1,
        )
    is_sized = volume is not None and not code.has_letters
    try:
        matcher = Matcher(is_sketch=is_sketch, is_sized=is_sized)
        difference = matcher.chains(layers, code.layers)
    except TooLongToCompareError:
        raise NotComparedError("they are too long") from None
    if difference is None:
        return None
    return worded(difference, architecture, code)


def differs(side: int, other: int) -> bool:
    """Return whether a side of the text's input is not that of the class; letters fit any."""
    return not has_letters(other) and int(side) != int(other)


def with_widths(layers: tuple[LayerInstance, ...]) -> tuple[LayerInstance, ...]:
    """Return the layers in which an FC without a width has the default of its place."""
    last = max((number for number, layer in enumerate(layers) if layer.kind == "FC"), default=-1)
    return tuple(
        layer._replace(layer=layer.layer.placed(TORCH.defaults, last=number == last))
        if isinstance(layer.layer, FullyConnected) and layer.layer.K is None
        else layer
        for number, layer in enumerate(layers)
    )


def worded(difference: Difference, architecture: ParsedArchitecture, code: CodeNetwork) -> Drift:
    """Return a difference in words."""
    name = code.name
    reach = position(difference)
    if difference.text is None:
        assert difference.code is not None
        return Drift(
            architecture.original(end_span(difference, architecture)),
            f"the text ends where {name} goes on with {difference.code.text}",
            f"{difference.code.text} of {name} is missing after it",
            difference.code,
            reach,
        )
    span, text = architecture.piece(difference.text.span)
    text = shortened(" ".join(text.split()))
    if difference.code is None:
        message = f"the text goes on with {text} where {name} ends"
    else:
        message = f"the text has {text} where {name} has {shortened(shown(difference.code))}"
    return Drift(span, message, fact_words(difference, name), difference.code, reach)


def end_span(difference: Difference, architecture: ParsedArchitecture) -> Span:
    """Return the span of the last layer or join of a text that ends too early."""
    if difference.before is None:
        return Span(architecture.chain.span.start, architecture.chain.span.start + 1)
    operator = difference.before.span
    if not difference.before.branches:
        return operator
    items = all_items(architecture.chain)
    return next((item.span for item in items if item.start == operator.start), operator)


def shown(layer: CodeLayer) -> str:
    """Return a layer of a class, or a join with its branches."""
    if layer.kind not in JOINS:
        return layer.text
    branches = [list(map(shown, branch)) for branch in layer.branches]
    return join_text(layer.kind, branches)


def template_drift(
    architecture: ParsedArchitecture, code: CodeNetwork, volume: Volume | None
) -> Drift | None:
    """Return where a class stops matching a text with letters."""
    says_flatten = any(
        isinstance(item.node, LayerNode) and item.node.kind == "FLATTEN"
        for item in all_items(architecture.chain)
    )
    layers = code.layers if says_flatten else tuple(compared(code.layers))
    items = architecture.chain.items
    has_input = items and isinstance(items[0].node, LayerNode) and items[0].node.kind == "INPUT"
    head = [f"INPUT[{code.input}]"] if has_input else []
    network = parse_one(chain_text([*head, *map(shown, layers)]))
    try:
        result = match(architecture, network, 1)
    except ArchitectureError as error:
        raise NotComparedError(error.diagnostic.message) from None
    if result or result.mismatch is None:
        return None
    mismatch = result.mismatch
    numbered = list(in_order(layers))
    index = mismatch.layer - len(head)
    layer = numbered[index] if 0 <= index < len(numbered) else None
    expected = mismatch.expected[0] if mismatch.expected else "its end"
    span = mismatch.pattern_spans[0] if mismatch.pattern_spans else architecture.chain.span
    has = "ends" if layer is None else f"has {layer.text}"
    if index < 0:
        has = f"has INPUT[{code.input}]"
    written = " ".join(architecture.text[span.start : span.end].split()) or expected
    bound = f", after {', '.join(mismatch.bound)}" if mismatch.bound else ""
    return Drift(
        span,
        f"the text has {shortened(written)} where {code.name} {has}",
        f"{code.name} {has}{bound}",
        layer,
        mismatch.layer,
    )


def diagnostic_of(
    drift: Drift, architecture: ParsedArchitecture, code: CodeNetwork, tie: Tie
) -> Diagnostic:
    """Return the finding, with both places and both texts."""
    place = drift.layer.place if drift.layer is not None else None
    number, line, span = line_and_span(tie.source, place if place is not None else code.line)
    message = drift.layer.text if drift.layer is not None else f"{code.name} is here"
    related = Label(span, message, Source(line, tie.file, number))
    fixes = fixes_of(architecture, code)
    help = [f"`cnnsize check --fix --unsafe-fixes` writes the network of {code.name} here"]
    return Diagnostic(
        CODE,
        drift.message,
        drift.span,
        drift.label,
        (related,),
        (f"{code.name} in {tie.file} is {shortened(own_text(code, architecture), MAX_TEXT)}",),
        tuple(help) if fixes else (),
        fixes,
    )


def fixes_of(architecture: ParsedArchitecture, code: CodeNetwork) -> tuple[Fix, ...]:
    """Return the fix that rewrites the text from the class, on as many lines as it had.

    None for a text with letters or comments, which would be lost.
    """
    source = architecture.source
    statement = source.text[source.begin :]
    is_plain = not is_template(architecture) and not architecture.statement.where
    if code.has_letters or not is_plain or "#" in statement or source.unmarked:
        return ()
    chain = own_text(code, architecture)
    if architecture.name is not None:
        chain = f"{architecture.name} = {chain}"
    spans = line_spans(source)
    lines = broken(chain, len(spans))
    if lines is None:
        return ()
    edits = tuple(Edit(span, line) for span, line in zip(spans, lines, strict=True))
    edits = tuple(
        edit for edit in edits if source.text[edit.span.start : edit.span.end] != edit.text
    )
    return (Fix(f"replace the text with the network of {code.name}", edits, "unsafe"),)


def own_text(code: CodeNetwork, architecture: ParsedArchitecture) -> str:
    """Return the text of a class, with INPUT only where the text that is compared has it."""
    return code.text if input_of(architecture) else code.text.partition(" -> ")[2]


def line_spans(source: Source) -> list[Span]:
    """Return the spans of the lines of a statement, without their indentation."""
    spans: list[Span] = []
    start = source.begin
    for line in source.text[source.begin :].split("\n"):
        written = line.strip()
        if written:
            left = start + line.index(written)
            spans.append(Span(left, left + len(written)))
        start += len(line) + 1
    return spans


def broken(text: str, count: int) -> list[str] | None:
    """Return a chain on so many lines of about the same length; None where it has fewer arrows."""
    words = text.split(" -> ")
    if len(words) < count:
        return None
    lines: list[str] = []
    for number in range(count, 0, -1):
        goal = len(" -> ".join(words)) / number
        line = [words.pop(0)]
        while len(words) >= number and len(" -> ".join(line)) < goal:
            line.append(words.pop(0))
        lines.append(" -> ".join(line))
    return [lines[0], *(f"-> {line}" for line in lines[1:])]
