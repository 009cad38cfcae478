"""Steps of a chain that may be read in two ways: a count or an activation that may hold for more
than one layer, and a second network.
"""

from __future__ import annotations

from dataclasses import replace

from cnnsize.language.informal.counts import is_activation
from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.numbering import FILTERED
from cnnsize.language.informal.strict import strict_layer
from cnnsize.language.informal.tokens import Token, is_symbol
from cnnsize.language.informal.vocabulary import CHOICES
from cnnsize.layers.names import ACTIVATIONS, NORMS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze


def refuse_part_of_unit(
    cursor: TokenCursor, items: list[Element], element: Element, separator: Token | None
) -> None:
    """Raise ArchitectureError for ``3x conv -> relu`` and ``3x conv + pool``, whose count may repeat
    both.
    """
    before = items[-1] if items else None
    if not isinstance(before, DraftLayer) or not isinstance(element, DraftLayer):
        return
    follows = element.kind in (*ACTIVATIONS, *NORMS) or is_symbol(separator, "+")
    if before.counted_first and before.count is not None and follows:
        cursor.fail(
            f"ambiguous: does the count repeat only {before.kind}, or the layers after it too?",
            Span(before.count[1].start, element.span.end),
            help=(
                f"put brackets around the layers to repeat: [{before.kind} -> {element.kind}]*{before.count[0]}",
            ),
        )


def refuse_count_of_all(cursor: TokenCursor, items: list[Element]) -> None:
    """Raise ArchitectureError for ``2 × Conv → Pool → BN``, whose only count may repeat all of it."""
    first = items[0]
    if not isinstance(first, DraftLayer) or not first.counted_first or first.count is None:
        return
    has_others = any(
        not isinstance(item, DraftLayer) or item.count is not None or item.kind in (*FILTERED, "FC")
        for item in items[1:]
    )
    if has_others or len(items) < 3:  # 3×Conv -> Pool is a block of VGG
        return
    cursor.fail(
        f"ambiguous: does the count repeat only {first.kind}, or the layers after it too?",
        Span(first.count[1].start, items[-1].span.end),
        help=(f"put brackets around the layers to repeat: [{first.kind} -> ...]*{first.count[0]}",),
    )


def refuse_second_network(
    cursor: TokenCursor, items: list[Element], element: Element, separator: Token | None
) -> None:
    """Raise ArchitectureError for ``conv-relu-fc, conv-pool-fc``, which may be two networks."""
    if not is_symbol(separator, ",;/") or not isinstance(element, DraftLayer) or cursor.depth:
        return
    before = [item.kind for item in items if isinstance(item, DraftLayer)]
    reaches_vector = "FC" in before and "UNFLATTEN" not in before
    if reaches_vector and element.kind in ("CONV", "POOL") and not cursor.has_arrows:
        cursor.fail(
            "ambiguous: does this layer go on with the network, or begin a second one?",
            Span(separator.start, element.span.end),
            help=("check one network at a time, or write ' -> ' between the layers of one",),
        )


def refuse_all_activations(
    cursor: TokenCursor, elements: list[Element], separator: Token | None
) -> None:
    """Raise ArchitectureError for ``conv, fc, tanh activations``, which may follow every layer."""
    last = elements[-1]
    is_plural = cursor.tokens[cursor.index - 1].text.upper() == "ACTIVATIONS"
    ends_list = is_symbol(separator, ",") and cursor.index == len(cursor.tokens)
    if is_plural and ends_list and is_activation(last):
        cursor.fail(
            f"ambiguous: is {last.kind} one layer, or does it follow every layer?",
            last.span,
            help=(f"write it where it is: CONV3-64 -> {last.kind} -> FC-10",),
        )


def refuse_count_of_sum(
    cursor: TokenCursor, items: list[Element], item: Element, separator: Token | None
) -> None:
    """Raise ArchitectureError for ``upsample + conv (x2)``, whose count may repeat both."""
    before = items[-1] if items else None
    if not is_symbol(separator, "+") or not isinstance(before, DraftLayer) or before.count:
        return
    if not isinstance(item, DraftLayer) or item.count is None or item.counted_first:
        return
    number, span = item.count
    if cursor.slice(span).startswith("*"):  # CONV3*2
        return
    cursor.fail(
        "ambiguous: does the count repeat only this layer, or the layers before it too?",
        Span(separator.start, span.end),
        help=(
            f"put brackets around the layers to repeat: [{before.kind} -> {item.kind}]*{number}",
        ),
    )


def join_names(cursor: TokenCursor, items: list[Element]) -> None:
    """Keep one layer of two that a slash joins where both name the same kind: ``Dense/Linear 10``.

    Raises ArchitectureError where both have sizes of their own.
    """
    if len(items) < 2:  # a slash before the first layer
        return
    first, second = items[-2:]
    if not isinstance(first, DraftLayer) or not isinstance(second, DraftLayer):
        return
    kinds = {first.kind, second.kind}
    if len(kinds) == 2 and any(kinds <= choice for choice in CHOICES):
        cursor.fail(
            f"ambiguous: {first.written}/{second.written} is one of two layers",
            Span(first.span.start, second.span.end),
            help=("write the one that the network has",),
        )
    if len(kinds) > 1 or not any(layer is first for layer in cursor.layers):
        return
    has_sizes = any((first.digits, first.kernel, first.size, first.options, first.count))
    is_different = bool(has_sizes) or first.written == second.written
    if is_different and is_slash_chain(cursor):
        return
    if is_different:
        cursor.fail(
            f"ambiguous: are {first.written} and {second.written} one layer or two?",
            Span(first.span.start, second.span.end),
            help=("write an arrow between two layers, and one name for one layer",),
        )
    cursor.note(f"{first.written}/{second.written}: two names of one layer, read as {second.kind}")
    cursor.layers = [layer for layer in cursor.layers if layer is not first]
    cursor.kinds[first.kind] -= 1
    del items[-2]


def is_slash_chain(cursor: TokenCursor) -> bool:
    """Return whether slashes are what separates the layers of a text: ``conv/pool/fc64/fc10``."""
    others = any(token.kind == "arrow" or is_symbol(token, ",;+>") for token in cursor.tokens)
    return not others and sum(is_symbol(token, "/") for token in cursor.tokens) > 2


def refuse_upconvolution(cursor: TokenCursor, layer: DraftLayer) -> None:
    """Raise ArchitectureError for ``upconv 2x2``, whose stride of 2 is often left out.

    ``deconv 3x3`` may have a stride of 1; a window of 2 has one of 2.
    """
    sizes = dict(layer.options)
    window = layer.kernel or sizes.get("F", "")
    is_up = window != "" and squeeze(layer.written).startswith("UP")
    is_informal = layer.kind == "TCONV" and squeeze(layer.written) != "TCONV"
    has_stride = layer.framework is not None or layer.declared is not None or "S" in sizes
    if is_informal and not has_stride and (window in ("2", "2x2") or is_up):
        text = strict_layer(cursor, replace(layer, options=[]))
        cursor.fail(
            f"ambiguous: {layer.written} may enlarge its input, and has no stride",
            layer.span,
            help=(
                f"write {text}(S=2) to double width and height, and {text}(S=1) for a stride of 1",
            ),
        )


def refuse_size_missing(cursor: TokenCursor, layer: DraftLayer) -> None:
    """Raise ArchitectureError for an adaptive pooling layer whose output size is not written."""
    is_adaptive = squeeze(layer.written).startswith("ADAPTIVE")
    keys = {key for key, _ in layer.options}
    if is_adaptive and layer.kernel is None and layer.digits is None and "to" not in keys:
        whole = "GMP" if layer.kind == "POOL" else "GAP"
        cursor.fail(
            f"the output size of {layer.written} is missing",
            layer.span,
            help=(f"write {layer.kind}(to=7x7), or {whole} for one position",),
        )
