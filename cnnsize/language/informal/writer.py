"""Rewrite informal text in the strict notation, with a map back to what was written.

A stage of its own before the parser. It never repairs a typo: it refuses a word that is no layer
as the parser does, and options with unknown names go through as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cnnsize.language.foreign import refuse_foreign
from cnnsize.language.informal.ambiguous import refuse_count_of_all
from cnnsize.language.informal.counts import is_activation
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftGroup, DraftJoin, DraftLayer, Element, Respelling
from cnnsize.language.informal.numbering import FEWEST_FILTERS, FILTERED
from cnnsize.language.informal.running_numbers import read_digits
from cnnsize.language.informal.sequence import read_sequence
from cnnsize.language.informal.strict import strict_layer
from cnnsize.language.informal.vocabulary import MAY_LACK, WINDOWED
from cnnsize.layers.names import ALIASES, POOLS
from cnnsize.text.span import Piece, PieceMap, Span
from cnnsize.text.suggest import squeeze

WHERE = r"(?:(?<=\s)|^)where\s+(?=[^\W\d]\w*\s*(?:=|in\b))"
HEAD = r"\s*([^\W\d]\w*)\s{0,99}(\([^()]*\))?\s{0,99}=(?![>=])\s*"


@dataclass(frozen=True, slots=True)
class StrictText:
    """Strict text, and how it came from an informal one."""

    text: str
    map: PieceMap
    readings: tuple[Respelling, ...]
    notes: tuple[str, ...]
    defaults: tuple[tuple[Span, str], ...] = ()  # of frameworks, which the strict text has written
    order_known: bool = True  # False for a list of layers that may run in another order
    activations_known: bool = True  # False for a table, which may show no activations


def to_strict(
    text: str, blocks: frozenset[str] = frozenset(), *, lines_join: bool = False
) -> StrictText:
    """Return the strict text of an informal one. Raises ArchitectureError with spans of ``text``.

    ``blocks`` are the names of the blocks it may call; ``lines_join``: a newline may separate
    layers.
    """
    refuse_foreign(text, strict_text)
    where = re.search(WHERE, text)
    cursor = TokenCursor(text[: where.start()] if where else text, blocks, lines_join=lines_join)
    cursor.variables = frozenset(re.findall(r"[^\W\d]\w*", text[where.end() :] if where else ""))
    writer = Writer(cursor)
    head = re.match(HEAD, cursor.text)
    if head:
        writer.emit(head[0], Span(*head.span()), verbatim=True)
        cursor.variables |= frozenset(re.findall(r"[^\W\d]\w*", head[2] or ""))
        cursor.tokens = [token for token in cursor.tokens if token.start >= head.end()]
    items = read_sequence(cursor, len(cursor.tokens))
    if not items:
        cursor.fail("there is no architecture in this text", Span(0, len(text)))
    read_digits(cursor)
    take_declared_widths(cursor)
    items = unwrap_input(unwrap(items))
    refuse_vector_before_convolution(cursor, items)
    refuse_channels_first(cursor, items[0])
    for layer in cursor.layers:
        if layer.kind == "UNFLATTEN":
            refuse_channels_first(cursor, layer)
    name_output(cursor, items)
    writer.has_bare_layer = any(isinstance(x, DraftLayer) and x.kind != "INPUT" for x in items)
    refuse_last_normalization(cursor, items)
    refuse_count_of_all(cursor, items)
    writer.write_chain(items)
    for layer in cursor.layers:
        if layer.kind == "LOSS":
            cursor.note(
                f"{layer.written} is a loss: it belongs to training and does not change the feature map"
            )
    if where:
        start = where.start()
        writer.emit(" ", Span(start, start))
        writer.emit(text[start:], Span(start, len(text)), verbatim=True)
    respellings = tuple(sorted(set(cursor.respellings)))
    return StrictText(
        "".join(writer.parts),
        PieceMap(writer.pieces),
        respellings,
        tuple(cursor.notes),
        tuple(writer.defaults),
    )


def strict_text(text: str) -> str:
    """Return the characters of ``to_strict``."""
    return to_strict(text).text


def refuse_last_normalization(cursor: TokenCursor, items: list[Element]) -> None:
    """Raise ArchitectureError for "normalization" at the end, which is often that of a vector."""
    last = items[-1]
    if len(items) < 2 or not isinstance(last, DraftLayer) or last.kind != "BN":
        return
    if squeeze(last.written) == "NORMALIZATION":
        cursor.fail(
            f"ambiguous: is {last.written} at the end BN, or the division of a vector by its length?",
            last.span,
            help=("write BN; this notation has no layer that divides a vector by its length",),
        )


def take_declared_widths(cursor: TokenCursor) -> None:
    """Give ``conv 5x5 -> 14x14x6`` the 6 filters that its output shape tells."""
    for layer in cursor.layers:
        shape, _ = layer.declared or ("", None)
        sizes = re.fullmatch(r"\[(\d+)x\1x(\d+)\]", shape)  # square, so the depth is the last
        is_free = layer.size is None and (layer.digits is None or layer.running)
        takes_depth = layer.kind in FILTERED or (layer.kind == "FC" and shape.startswith("[1x1x"))
        if sizes is not None and is_free and takes_depth:
            layer.size = sizes[2]


def refuse_vector_before_convolution(cursor: TokenCursor, items: list[Element]) -> None:
    """Raise ArchitectureError for ``Input (256) -> conv``, where 256 is no vector."""
    first, second = items[0], items[1] if len(items) > 1 else None
    is_vector = isinstance(first, DraftLayer) and (first.shape or "").startswith("[1x1x")
    if not is_vector or not isinstance(second, DraftLayer) or second.kind not in WINDOWED:
        return
    number = re.fullmatch(r"\D*(\d+)\D*", cursor.slice(first.span))
    if number is not None:
        n = number[1]
        cursor.fail(
            f"ambiguous: is {n} the side of the image or the number of its channels?",
            first.span,
            help=(f"write INPUT[{n}x{n}x3] or INPUT[32x32x{n}]: width, height, depth",),
        )


def refuse_channels_first(cursor: TokenCursor, layer: Element) -> None:
    """Raise ArchitectureError for ``Input (8, 21, 21)`` and ``Reshape (8, 4, 4)``, whose 8 may be
    the channels.

    The rule ``channels-first-input`` warns of square images, and brackets of this notation are
    W x H x D.
    """
    if not isinstance(layer, DraftLayer) or layer.shape is None:
        return
    sizes = re.fullmatch(r"\[(\d+)x(\d+)x(\d+)\]", layer.shape)
    written = cursor.slice(layer.span)
    if sizes is None or layer.framework or ("[" in written and "," not in written):
        return
    width, height, depth = map(int, sizes.groups())
    is_image_depth = layer.kind == "INPUT" and width in (1, 3, 4)
    if height == depth:
        is_doubtful = width != height and not is_image_depth
        is_doubtful = is_doubtful and (height > 4 or layer.kind == "UNFLATTEN")
    else:
        is_doubtful = is_image_depth and min(height, depth) >= FEWEST_FILTERS
    if is_doubtful:
        cursor.fail(
            f"ambiguous: is {width} the width or the number of channels?",
            layer.span,
            help=(f"write {layer.kind}[{depth}x{height}x{width}] or {layer.kind}{layer.shape}",),
        )


def name_output(cursor: TokenCursor, items: list[Element]) -> None:
    """Read ``FC(10) -> Output (10 classes)`` as one layer with a name for its output."""
    layers = [item for item in items if not is_activation(item)]
    before, last = layers[-2:] if len(layers) > 1 else (None, None)
    if not isinstance(last, DraftLayer) or not isinstance(before, DraftLayer):
        return
    was_output = last.kind == "FC" and ALIASES.get(squeeze(last.written)) == "OUTPUT"
    width = before.size or before.digits
    repeats = width is not None and before.kind in ("FC", "CONV") and width == last.size
    if was_output and repeats and not last.options:
        cursor.note(f"{last.written} repeats the width of {before.written}, and is no layer")
        last.kind, last.size = "OUTPUT", None


def unwrap(items: list[Element]) -> list[Element]:
    """Return the items without brackets around all of them."""
    while len(items) == 1 and isinstance(items[0], DraftGroup):
        group = items[0]
        if any((group.count, group.optional, group.declared)):
            break
        items = group.items
    return items


def unwrap_input(items: list[Element]) -> list[Element]:
    """Return the items with INPUT out of its bracket: [INPUT] -> ..., (input -> conv) -> fc."""
    first = items[0]
    if isinstance(first, DraftGroup) and not (first.count or first.optional):
        inner = unwrap_input(first.items)
        if isinstance(inner[0], DraftLayer) and inner[0].kind == "INPUT":
            return [*inner, *items[1:]]
    return items


class Writer:
    """Strict text as it grows, in pieces that know where they came from."""

    def __init__(self, cursor: TokenCursor) -> None:
        self.cursor = cursor
        self.parts: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0
        self.defaults: list[tuple[Span, str]] = []
        self.has_bare_layer = False  # a layer is neither in brackets nor the input

    def emit(self, part: str, span: Span, *, verbatim: bool = False) -> None:
        """Append a part that was made of a span; ``verbatim`` where it has the same characters."""
        self.pieces.append(Piece(self.length, span, verbatim))
        self.parts.append(part)
        self.length += len(part)

    def write_chain(self, items: list[Element]) -> None:
        """Write elements with arrows between them."""
        for index, item in enumerate(items):
            if index:
                end = items[index - 1].span.end
                self.emit(" -> ", Span(end, max(end, item.span.start)))
            if isinstance(item, DraftLayer):
                self.write_layer(item)
            elif isinstance(item, DraftJoin):
                self.write_join(item)
            else:
                self.write_group(item)
            self.write_suffix(item)

    def write_layer(self, layer: DraftLayer) -> None:
        """Write a layer, and record how it was respelt."""
        strict = strict_layer(self.cursor, layer)
        written = self.cursor.original[layer.span.start : layer.span.end]
        if strict != written and layer.verbatim is None:
            self.cursor.respell(layer.span, strict, written)
        self.emit(strict, layer.span, verbatim=strict == written)
        self.defaults += [(layer.span, default) for default in layer.defaults]

    def write_join(self, join: DraftJoin) -> None:
        """Write a join with its branches."""
        self.emit(join.op + "{", join.span)
        for index, branch in enumerate(join.branches):
            if index:
                self.emit(" | ", join.span)
            if branch:
                self.write_chain(branch)
            else:
                self.emit("ID", join.span)
        self.emit("}", join.span)

    def write_group(self, group: DraftGroup) -> None:
        """Write a bracket, with a note where it has no effect."""
        only = group.items[0]
        is_single = len(group.items) == 1 and not group.count and not group.optional
        if is_single and isinstance(only, DraftLayer) and self.is_optional(group, only):
            self.write_layer(only)
            only.optional = only.optional or group.closed.span
            self.write_suffix(only)
            note = f"({only.written}) is read as optional: {strict_layer(self.cursor, only)}?"
            self.cursor.note(note)
            return
        self.emit("[", group.opened.span)
        self.write_chain(group.items)
        self.emit("]", group.closed.span)
        if is_single and isinstance(only, DraftLayer):
            strict = strict_layer(self.cursor, only)
            self.cursor.note(
                f"[{strict}] is the layer once; an optional layer is written {strict}?"
            )

    def is_optional(self, group: DraftGroup, layer: DraftLayer) -> bool:
        """Return whether ``(Dropout)`` may be left out: a layer without sizes, in a text with other
        layers that are not in parentheses.
        """
        has_window = layer.kind in POOLS and layer.kernel is not None  # (2x2 max pool)
        may_lack = layer.kind in MAY_LACK and not has_window
        in_parentheses = group.opened.text == "(" and layer.count is None
        return may_lack and in_parentheses and self.has_bare_layer

    def write_suffix(self, item: Element) -> None:
        """Write the count, the ``?`` and the declared shape of an item."""
        if item.count is not None:
            self.emit(f"*{item.count[0]}", item.count[1])
        if item.optional is not None:
            self.emit("?", item.optional)
        if item.declared is not None:
            self.emit(": ", Span(item.span.end, item.span.end))
            self.emit(item.declared[0], item.declared[1])
