"""The input: its arguments, and remarks at it: ``64x64 RGB``, ``Input: 28x28x1 - grayscale``."""

from __future__ import annotations

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.names import find_layer_name
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.shapes import read_shape, with_remark
from cnnsize.language.informal.tokens import Token, has_numbers, is_kind, is_symbol, is_times, sides
from cnnsize.language.informal.vocabulary import IMAGE_WORDS, REMARK_DEPTHS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze


def is_remark_at(cursor: TokenCursor, ahead: int) -> bool:
    """Return whether ``RGB`` or ``grayscale`` is so many tokens ahead: it tells the depth of the input."""
    token = cursor.peek(ahead)
    return is_kind(token, "word") and squeeze(token.text) in REMARK_DEPTHS


def skip_input_remark(cursor: TokenCursor, items: list[Element]) -> bool:
    """``— grayscale`` after the shape of INPUT; False where no such remark is next."""
    last = items[-1] if len(items) == 1 else None
    if not isinstance(last, DraftLayer) or not read_input_remark(cursor, last):
        return False
    cursor.shape_declared = True
    return True


def read_input_remark(cursor: TokenCursor, layer: DraftLayer) -> bool:
    """Read ``RGB`` after the shape of INPUT, which tells its depth; False where no such word is next."""
    if layer.kind != "INPUT" or layer.shape is None:
        return False
    token = cursor.peek()
    if is_kind(token, "word") and squeeze(token.text) in IMAGE_WORDS:  # 32x32x3 images
        cursor.index += 1
        return True
    if not is_remark_at(cursor, 0):
        return False
    layer.shape = with_remark(layer.shape, cursor.tokens[cursor.index : cursor.index + 1])
    cursor.index += 1
    noun = cursor.peek()
    if is_kind(noun, "word") and squeeze(noun.text) in IMAGE_WORDS:  # RGB image
        cursor.index += 1
    return True


def is_named_input(cursor: TokenCursor) -> bool:
    """Return whether a word of its own is before the size of the input: ``MNIST 28x28``."""
    token, size = cursor.tokens[cursor.index], cursor.peek(1)
    if token.kind != "word" or not is_kind(size, "size"):
        return False
    numbers = [int(side) for side in sides(size.text)]
    is_image = len(numbers) in (2, 3) and min(numbers[:2]) >= FEWEST_FILTERS
    return is_image and find_layer_name(cursor.tokens, cursor.index) is None


def read_input_shape(
    cursor: TokenCursor, layer: DraftLayer, tokens: list[Token], span: Span
) -> None:
    """``Input(28, 28, 1)``, ``Input(shape=(28, 28, 1))``, ``(32x32x3, int8)``, ``(10)``

    Raises ArchitectureError for numbers that are no shape.
    """
    shape = find_input_shape(cursor, tokens)
    is_vector = len(tokens) == 1 and is_kind(tokens[0], "number", "word")
    if shape is None and is_vector and layer.kind == "INPUT":
        depth = tokens[0].text
        if tokens[0].kind == "word":
            if len(depth) > 2:
                return
            depth = f"({depth})"
        shape = f"[1x1x{depth}]"
        cursor.note(f"INPUT({tokens[0].text}) is read as a vector: INPUT{shape}")
    if shape is None:
        if has_numbers(tokens) or layer.kind == "UNFLATTEN":
            cursor.fail(
                f"cannot read the shape of {layer.kind}",
                span,
                help=(f"write {layer.kind}[32x32x3]: width, height, depth",),
            )
        cursor.note(f"ignored: {cursor.slice(span)}")
        return
    if layer.shape is not None and layer.shape != shape:
        cursor.fail("the shape is given twice", span)
    layer.shape = shape


def read_vector(layer: DraftLayer, tokens: list[Token]) -> bool:
    """``Reshape(784)``, ``reshape(-1, 784)``: a FLATTEN, and how many values it has."""
    has_batch = len(tokens) == 4 and [token.text for token in tokens[:3]] == ["-", "1", ","]
    values = tokens[3:] if has_batch else tokens
    if len(values) != 1 or not values[0].text.isdecimal():
        return False
    layer.kind = "FLATTEN"
    layer.declared = f"[1x1x{values[0].text}]", values[0].span
    return True


def find_input_shape(cursor: TokenCursor, tokens: list[Token]) -> str | None:
    """Return the shape among the arguments of an input layer; None where there is none."""
    shape = read_shape(cursor, tokens)
    is_keyword = len(tokens) > 4 and is_symbol(tokens[1], "=")
    if is_keyword and tokens[0].text == "shape":
        shape = read_shape(cursor, tokens[3:-1])
    if tokens[0].kind == "size":  # (32x32x3, int8), (32×32 grayscale), (32x32xRGB)
        remark = tokens[2:] if is_times(tokens[1] if len(tokens) > 1 else None) else tokens[1:]
        shape = None if has_numbers(remark) else with_remark(read_shape(cursor, tokens[:1]), remark)
    if shape is None and len(tokens) >= 5:  # (28, 28, 1, float32)
        shape = read_shape(cursor, tokens[:5])
    return shape
