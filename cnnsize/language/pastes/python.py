"""Python code that builds a model of PyTorch or Keras, as it is written in a file or a notebook."""

from __future__ import annotations

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.chain_view import ChainView
from cnnsize.language.pastes.code.expressions import Evaluator
from cnnsize.language.pastes.code.source import Code
from cnnsize.language.pastes.code.statements import Listing, Script
from cnnsize.language.pastes.code.values import Layer, Layers, Part
from cnnsize.language.pastes.modules import FOLLOWS_LISTING
from cnnsize.language.pastes.registry import NO_MODEL
from cnnsize.text.span import Span

MAX_NOTE = 200  # characters of a note on lines that are no code


def read(text: str) -> StrictText:
    """Return the strict text of the only model that some code builds.

    Raises ArchitectureError where it builds none or several, or in a way that is not read.
    """
    code = Code(text)
    evaluator = Evaluator(code)
    script = Script(evaluator)
    chain = ChainView(code.text)
    try:
        script.run_all(code.body)
        layers = model_of(script, chain)
    except RecursionError:
        code.fail("expressions are nested too deeply", Span(0, len(text)), code="CNN009")
    if not layers:
        spans = [model.span for model in evaluator.models]
        code.fail("this model has no layers", spans[0] if spans else Span(0, len(text)))
    refuse_shared(script, layers)
    write_crops(code, layers)
    for layer in layers:
        chain.begin_item(layer.span.start)
        for part, span, verbatim in layer.parts:
            if verbatim:
                chain.copy(*span)
            else:
                chain.write(part, span)
    if code.remarks:
        chain.note(f"ignored: {' / '.join(code.remarks)}"[:MAX_NOTE])
    for note in evaluator.calls.notes:
        chain.note(note)
    return chain.read()


def write_crops(code: Code, layers: list[Layer]) -> None:
    """Write Keras' Cropping2D, which gives margins, as CROP, which gives the size that is left.

    Raises ArchitectureError where the size before it is not that of the input.
    """
    sides: tuple[int, ...] = ()
    for layer in layers:
        if not layer.margins:
            sides = layer.sides
            continue
        top, bottom, left, right = layer.margins
        if len(sides) != 3 or sides[0] <= top + bottom or sides[1] <= left + right:
            code.fail(
                f"Cropping2D cuts off {top} rows at the top, {bottom} at the bottom, {left} columns at "
                f"the left and {right} at the right: the size that is left is not known here",
                layer.span,
                code="CNN003",
                help=(f"write CROP[WxH](left={left}, top={top}) with the size that is left",),
            )
        sides = (sides[0] - top - bottom, sides[1] - left - right, sides[2])
        text = f"CROP[{sides[1]}x{sides[0]}](left={left}, top={top})"
        layer.parts = [Part(text, layer.span)]


def model_of(script: Script, chain: ChainView) -> list[Layer]:
    """Return the layers of the only model; without one, the attributes of a class in order."""
    evaluator, code = script.evaluator, script.code
    is_attribute = {
        id(value)
        for listing in script.listings
        for name, value in listing.layers.items()
        if "." in name
    }
    models = [
        (model.name, model.items, model.span)
        for model in evaluator.models
        if model.items
        and not model.is_placed
        and id(model) not in is_attribute
        and not all(layer.is_run for layer in model.items)
    ]
    outputs = [
        ("", tensor.layers(), tensor.span)
        for tensor in evaluator.tensors
        if not tensor.is_used and tensor.before is not None
    ]
    candidates = [*models, *outputs]
    by_layers = {tuple(map(id, each[1])): each for each in reversed(candidates)}
    candidates = [*by_layers.values()][::-1]  # a model that runs twice is one
    if len(candidates) > 1:
        names = " and ".join(
            name or f"one in line {code.text.count(chr(10), 0, span.start) + 1}"
            for name, _, span in candidates[:4]
        )
        code.fail(
            f"this text builds {len(candidates)} models: {names}",
            candidates[1][2],
            help=("paste one of them",),
        )
    if candidates:
        return candidates[0][1]
    listings = [each for each in script.listings if unplaced(each)]
    if len(listings) > 1:
        names = " and ".join(each.owner or "another" for each in listings[:4])
        place = unplaced(listings[1])[0].span
        help = ("paste one of them",)
        code.fail(f"this text has {len(listings)} classes with layers: {names}", place, help=help)
    if listings:
        return listed_layers(script, listings[0], chain)
    if script.lines or evaluator.models:
        return script.lines
    code.fail(
        NO_MODEL,
        Span(0, len(code.text)),
        help=(
            "paste nn.Sequential(...), print(model), or a class with its forward() method",
            "or mark a network with # cnnsize: INPUT[...] -> ..., or search the file with "
            "--extract raw",
        ),
    )


def unplaced(listing: Listing) -> list[Layer | Layers]:
    """Return the layers of a listing that are not part of a model."""
    values = {id(value): value for value in listing.layers.values()}  # model, and self.model
    return [value for value in values.values() if not value.is_placed]


def listed_layers(script: Script, listing: Listing, chain: ChainView) -> list[Layer]:
    """Return the layers of a class, or of lines with names, in their order, with a note.

    Raises ArchitectureError for an attribute that may be a module of the author's.
    """
    for name, node in listing.unknown.items():
        path = script.evaluator.calls.path(node.func)
        is_module = path.rpartition(".")[2][:1].isupper() or path.startswith("self.")
        if name.startswith("self.") and is_module:
            script.evaluator.refuse_element(node)
    values = unplaced(listing)
    for value in values:
        if not isinstance(value, Layers) or value.is_model or not value.items:
            continue
        if value.name.startswith("self."):
            is_named = "ModuleList(" in script.code.text[slice(*value.span)]
            script.evaluator.refuse_container("ModuleList" if is_named else "a list", value.span)
    is_model = len(values) == 1 and isinstance(values[0], Layers)
    if not is_model or listing.owner:
        chain.note_listing(listing.owner or "this text")
    chain.order_known = all(map(follows_listing, values))
    return [layer for value in values for layer in script.evaluator.placed(value)]


def follows_listing(value: Layer | Layers) -> bool:
    """Return whether an attribute runs where it is listed: a Sequential, or a layer of its end."""
    return isinstance(value, Layers) or FOLLOWS_LISTING.match(value.name) is not None


def refuse_shared(script: Script, layers: list[Layer]) -> None:
    """Raise ArchitectureError where a layer with parameters is used twice."""
    used: set[int] = set()
    for layer in layers:
        if layer.has_weights and id(layer) in used:
            message = f"this {layer.name} is used twice: shared parameters are not supported"
            script.code.fail(message, layer.span)
        used.add(id(layer))
