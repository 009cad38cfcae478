"""Shapes in all their spellings: ``32x32x3``, ``(28, 28, 1)``, ``HxWx3``, ``32 x 32 image``."""

from __future__ import annotations

import re
from typing import TypeGuard

from cnnsize.language.informal.cursor import TokenCursor
from cnnsize.language.informal.drafts import DraftLayer, Element
from cnnsize.language.informal.numbering import FEWEST_FILTERS
from cnnsize.language.informal.tokens import (
    Token,
    end_of_sizes,
    is_symbol,
    is_word,
    sides,
    span_of,
    without_lines,
)
from cnnsize.language.informal.vocabulary import REMARK_DEPTHS, WITH_WIDTH
from cnnsize.layers.names import ALIASES
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze

BATCH = "None|batch|batch_size|bs"  # names of the first of four sizes
IMAGE_CHANNELS = ("1", "3")
CHANNELS_FIRST = r"\[[1-4]x\d{2,}x\d{2,}\]"
SHAPE_HELP = ("write a shape as [WxHxD], for example [32x32x3]",)


def read_shape(cursor: TokenCursor, tokens: list[Token]) -> str | None:
    """Return ``[WxHxD]`` for tokens that are only sizes: 32x32x3, 32 x 32 x 3, 32, 32, 3, HxWx3.

    None for other tokens. Four sizes are PyTorch's (batch, channels, height, width).
    """
    if len(tokens) == 1 and tokens[0].kind == "size":
        size = sides(tokens[0].text)
        return shape_text(size) if len(size) in (2, 3) else None
    if len(tokens) == 2 and tokens[0].text.isdecimal() and is_symbol(tokens[1], ","):  # (64,)
        return shape_text(["1", "1", tokens[0].text])
    if len(tokens) not in (3, 5, 7):
        return None
    sizes = [shape_side(token) for token in tokens[::2]]
    signs = {shape_sign(token) for token in tokens[1::2]}
    texts = [size for size in sizes if size is not None]
    if len(texts) < len(sizes) or signs not in ({"x"}, {","}, {"*"}):
        return None
    if len(texts) == 2 and signs == {","} and re.fullmatch(rf"\((?:{BATCH}|[BN])\)", texts[0]):
        return shape_text(["1", "1", texts[1]])  # (N, 128)
    if any(re.fullmatch(rf"\((?:{BATCH})\)", text) for text in texts[len(texts) == 4 :]):
        return None
    if not any(size[0].isdecimal() for size in texts):
        return None
    if texts[-2:] == ["(H)", "(W)"] and len(texts) == 3:  # (13, H, W)
        return shape_text(texts[::-1])
    if len(texts) == 4:
        if signs != {","} or re.fullmatch(r"\([BN]\)", texts[3]):  # (8, 8, 20, B)
            return None
        named = ", ".join(size.strip("()") for size in texts)
        is_keras = texts[0] == "(None)" or cursor.channels_last or has_last_channels(texts)
        if is_keras:
            cursor.channels_last = True
            cursor.note(f"read as Keras' (batch, height, width, channels): {named}")
            texts = [texts[2], texts[1], texts[3]]
        else:
            cursor.note(f"read as PyTorch's (batch, channels, height, width): {named}")
            texts = texts[:0:-1]
    return shape_text(texts)


def has_last_channels(texts: list[str]) -> bool:
    """Return whether only the last of four sizes may be the channels of an image: (N, 32, 32, 3)."""
    return texts[3] in IMAGE_CHANNELS and texts[1] not in IMAGE_CHANNELS and texts[1].isdecimal()


def shape_text(sizes: list[str]) -> str:
    """Return the strict text of a shape."""
    return f"[{'x'.join(sizes)}]"


def shape_side(token: Token) -> str | None:
    """Return a size of a shape as strict text; None for a token that is none."""
    if token.kind == "number" and "." not in token.text:
        return token.text
    is_letter = token.kind == "word" and re.fullmatch(BATCH + "|[A-Za-z]", token.text)
    if is_letter and token.text not in "xX":
        return f"({token.text})"
    return None


def shape_sign(token: Token) -> str | None:
    """Return what joins two sizes, where ``x`` stands for every times sign; None for other
    tokens.
    """
    if token.kind == "times" or is_word(token, "x", "X"):
        return "x"
    return token.text if is_symbol(token, ",*") else None


def place_shape(cursor: TokenCursor, items: list[Element], shape: str, span: Span) -> list[Element]:
    """Read a shape in the place of a layer: INPUT in first place, else the output of the layer
    before.

    Returns the INPUT, or nothing where the shape belongs to the layer before.
    """
    if not items:
        shape = with_depth(cursor, shape)
        cursor.respell(span, f"INPUT{shape}")
        return [cursor.add_layer(DraftLayer("INPUT", shape, span, shape=shape))]
    last = items[-1]
    if lacks_shape(last):
        last.shape = shape
        return []
    is_input = isinstance(last, DraftLayer) and last.kind == "INPUT"
    if last.declared is not None or is_input:
        cursor.fail(
            "two shapes with no layer between them",
            span,
            help=("write the layers, for example CONV3-64 -> POOL2",),
        )
    shape = channels_last(cursor, items, shape)
    cursor.respell(span, f": {shape}")
    last.declared = shape, span
    cursor.shape_declared = True
    return []


def channels_last(cursor: TokenCursor, items: list[Element], shape: str) -> str:
    """Return the shape after a layer as W x H x D, where only its first size fits the filters of the
    last convolution: ``Conv(8, 3x3) -> (8, 26, 28)``.
    """
    layers = (item for item in reversed(items) if isinstance(item, DraftLayer))
    width = next((layer.size for layer in layers if layer.kind in WITH_WIDTH), None)
    size = shape[1:-1].split("x")
    if len(size) != 3:
        return shape
    is_first = size[0] == width != size[2]
    if width is None and all(side.isdecimal() for side in size):
        is_first = size[0] != size[1] == size[2]  # 8x13x13
    if not is_first:
        return shape
    first = items[0]
    if isinstance(first, DraftLayer) and re.match(CHANNELS_FIRST, first.shape or ""):
        return shape  # the input is in the same order, which a rule reports
    turned = shape_text(size[::-1])
    cursor.note(f"{', '.join(size)} is read as (channels, height, width): {turned}")
    return turned


def lacks_shape(item: Element) -> TypeGuard[DraftLayer]:
    """Return whether an element is an INPUT without a shape."""
    return isinstance(item, DraftLayer) and item.kind == "INPUT" and item.shape is None


def read_leading_shape(
    cursor: TokenCursor, items: list[Element], stop: int
) -> list[Element] | None:
    """``28x28x1 -> ...``, ``-> 16x16x32 ->``, ``32 x 32 image``: a shape in the place of a layer.

    None, with the cursor unmoved, where no shape begins here.
    """
    end = end_of_sizes(cursor.tokens, cursor.index, stop)
    if end == cursor.index:
        return None
    tokens = cursor.tokens[cursor.index : end]
    shape = read_shape(cursor, tokens)
    if shape is None:
        return None
    is_slashed = not items and is_symbol(cursor.peek(end - cursor.index), "/")  # 48x48x1 / conv
    if end == stop or is_slashed or ends_shape(cursor.tokens[end]):
        is_map = is_large(tokens[0]) or has_map_size(items)
        if shape.count("x") == 2 or len(tokens) > 1 or is_map:
            cursor.index = end
            return place_shape(cursor, items, shape, span_of(tokens))
        return None
    following = cursor.tokens[end]
    if items and shape.count("x") == 2 and squeeze(following.text) in ("OUTPUT", "OUT", "VOLUME"):
        cursor.index = end + 1
        return place_shape(cursor, items, shape, span_of(tokens))
    depth = REMARK_DEPTHS.get(squeeze(following.text)) if following.kind == "word" else None
    if depth is not None and not items:  # 64x64 RGB, 28x28 grayscale image
        end += 1
        shape = with_remark(shape, [following]) or shape
        if end == stop or ends_shape(cursor.tokens[end]):
            cursor.index = end
            return place_shape(cursor, items, shape, Span(tokens[0].start, following.end))
        following = cursor.tokens[end]
    is_input = following.kind == "word" and ALIASES.get(squeeze(following.text)) == "INPUT"
    if is_input and not items:
        cursor.index = end + 1
        return place_shape(cursor, items, shape, Span(tokens[0].start, following.end))
    return None


def with_remark(shape: str | None, tokens: list[Token]) -> str | None:
    """Return a shape of two sizes with the depth that the word after it tells: ``64x64 RGB``."""
    is_word = bool(tokens) and tokens[0].kind == "word"
    depth = REMARK_DEPTHS.get(squeeze(tokens[0].text)) if is_word else None
    if shape is None or depth is None or shape.count("x") == 2:
        return shape
    return f"{shape[:-1]}x{depth}]"


def has_map_size(items: list[Element]) -> bool:
    """Return whether the size of a map is given before: then ``-> 8x8`` is another, and no window."""
    first = items[0] if items else None
    has_input = isinstance(first, DraftLayer) and first.kind == "INPUT" and first.shape is not None
    return has_input or any(item.declared is not None for item in items)


def is_large(size: Token) -> bool:
    """Return whether a size is too large for a window: ``28x28 -> conv``, ``conv -> 16x16``."""
    return min(map(int, sides(size.text))) >= FEWEST_FILTERS


def with_depth(cursor: TokenCursor, shape: str) -> str:
    """Return the shape of an input of two sizes with the depth 1, and note that."""
    if shape.count("x") == 2:
        return shape
    deep = f"{shape[:-1]}x1]"
    cursor.note(f"INPUT{shape} has no depth; read as INPUT{deep}")
    return deep


def ends_shape(token: Token) -> bool:
    """Return whether a shape before this token is a step of its own."""
    return token.kind in ("arrow", "line", "down") or is_symbol(token, ",]-)>|+")


def read_declared_shape(cursor: TokenCursor, item: Element, stop: int) -> bool:
    """``: [16x16x32]``, ``Input: 3x32x32``: the shape after a colon, at the cursor.

    Returns False, with the cursor unmoved, where something else follows the colon.
    """
    index = cursor.index + 1
    token = cursor.tokens[index]
    if is_symbol(token, "[("):
        end = cursor.closing(index)
        shape = read_shape(cursor, without_lines(cursor.tokens[index + 1 : end]))
        if shape is None:
            return False
    elif token.kind == "size" and index < stop:
        end = index
        refuse_filters(cursor, item, sides(token.text), token.span)
        shape = require_shape(cursor, token)
    elif index < stop and lacks_shape(item):  # Input: 3 x 64 x 64
        end = end_of_sizes(cursor.tokens, index, stop) - 1
        shape = read_shape(cursor, cursor.tokens[index : end + 1])
        if shape is None:
            return False
    else:
        return False
    span = Span(token.start, cursor.tokens[end].end)
    cursor.index = end + 1
    if lacks_shape(item):
        item.shape = shape
        item.span = Span(item.span.start, span.end)
    else:
        item.declared = shape, span
    return True


def refuse_filters(cursor: TokenCursor, item: Element, size: list[str], span: Span) -> None:
    """Raise ArchitectureError for ``Conv1: 5x5x6``, which may be six filters of 5x5."""
    if not isinstance(item, DraftLayer) or item.kind != "CONV" or len(size) != 3:
        return
    if size[0] != size[1] == size[2]:  # 16x3x3
        size = [size[1], size[2], size[0]]
    side = int(size[0]) if size[0].isdecimal() else 0
    is_odd_window = size[0] == size[1] and side % 2 == 1 and side < FEWEST_FILTERS
    if not is_odd_window:
        return
    cursor.fail(
        f"ambiguous: is {cursor.slice(span)} the output shape, or are these {size[2]} filters of {side}x{side}?",
        span,
        help=(f"write CONV{side}-{size[2]} for filters, and CONV: [{'x'.join(size)}] for a shape",),
    )


def require_shape(cursor: TokenCursor, token: Token, help: tuple[str, ...] = SHAPE_HELP) -> str:
    """Return the shape of a size token. Raises ArchitectureError where it has not two or three
    sizes.
    """
    shape = read_shape(cursor, [token])
    if shape is None:
        cursor.fail(
            f"{token.text} is not a shape: a shape has two or three sizes", token.span, help=help
        )
    return shape


def refuse_shape(cursor: TokenCursor, token: Token, before: Token) -> None:
    """Raise ArchitectureError for a shape in square brackets with letters, or with too many sides.

    After INPUT, a shape with one side or none is refused as well; ``conv[16]`` is no shape.
    """
    is_input = ALIASES.get(squeeze(before.text)) == "INPUT"
    content = r"\w*[xX]\w*|[\d\s]*" if is_input else r"\w*[xX]\w*"
    shape = re.match(rf"\[({content})\]", cursor.text[token.start : token.start + 200])
    if shape is not None:
        cursor.fail(
            "cannot read this shape",
            Span(token.start, token.start + shape.end()),
            help=(how_to_write_shape(shape[1]),),
        )


def how_to_write_shape(text: str) -> str:
    """Return the help for the text in the brackets of a shape that cannot be read."""
    parts = re.split("[xX]", text)
    if any(re.search(r"[^\W\d]", part) for part in parts):
        written = "x".join(part if part.isdigit() else f"({part})" for part in parts)
        example = f"[{written}]" if all(parts) else "[(N)x(N)x3]"
        return f"put the letters of a shape in parentheses: {example}"
    if text.strip().isdigit():
        return f"a shape is width x height x depth; a 1-D signal is [{text.strip()}x1x1]"
    return "a shape is width x height x depth, as in [32x32x3]"
