"""Refuse other notations by name, with the equivalent in this language where it is plain."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cnnsize.layers.names import ALIASES
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, error
from cnnsize.text.span import Span

LAYER_LINE = re.compile(
    r"(?im)^[ \t]{0,40}(?:[-*•][ \t]*)?(?:\[\d{1,9}(?:[ ]?x[ ]?\d{1,9})*\][ \t]*[a-z]|[a-z][\w -]{0,30}:[ \t]*\[\d{1,9}x\d{1,9}x\d{1,9}\])"
)
ARROW_SIGN = re.compile(r"[-=─]\s?[>►]|[→⇒⟶➡↓▼]")
DARKNET = r"(?m)^[ \t]*\[(net|convolutional|maxpool|route|shortcut|upsample|yolo)\][ \t]*$"
TIMM = r"\b(?:ir|ds|dsa|cn|er|uib)_r\d+_k\d\w*"
VGSL = r"\bC[rtslm]?\d+,\d+,\d+"
VGG = r"[\[(]?\s*\d+\s*(?:,\s*(?:\d+|['\"][MAma]['\"])\s*)+(?:,\s*)?[\])]?"
LENET = r"\bC1\s*[-–]\s*S2\b"
CIRESAN = r"(?<![\w-])(?:\d+x)?\d+[cC]\d+(?:[sS]\d+)?(?=\s*-|\s*$|-->|\])|(?<=-)\d+[cC]\d+"
MAX_HELP = 300  # characters of a network in a help line
MAX_LINES = 400  # lines of a text that are read as a list of layers
TRANSLATIONS = {
    "卷积": "CONV",
    "卷积层": "CONV",
    "畳み込み": "CONV",
    "畳み込み層": "CONV",
    "합성곱": "CONV",
    "컨볼루션": "CONV",
    "池化": "POOL",
    "池化层": "POOL",
    "プーリング": "POOL",
    "プーリング層": "POOL",
    "풀링": "POOL",
    "全连接": "FC",
    "全连接层": "FC",
    "全結合": "FC",
    "全結合層": "FC",
    "완전연결": "FC",
    "전결합": "FC",
    "输入": "INPUT",
    "入力": "INPUT",
    "입력": "INPUT",
    "输出": "OUTPUT",
    "出力": "OUTPUT",
    "출력": "OUTPUT",
    "展平": "FLATTEN",
    "展平层": "FLATTEN",
    "激活": "RELU",
    "归一化": "BN",
    "丢弃": "DROPOUT",
}
OTHER_SCRIPT = re.compile(r"[぀-ヿ㐀-鿿가-힯Ѐ-ӿ؀-ۿ]+")


def refuse_foreign(text: str) -> None:
    """Raise ArchitectureError where the text is in another notation that is known here."""
    for notation in NOTATIONS:
        span = notation.find(text)
        if span is not None:
            help = notation.help(text.strip())
            raise ArchitectureError(Diagnostic("CNN001", notation.message, span, help=help), text)
    refuse_other_script(text)


def refuse_other_script(text: str) -> None:
    """Raise ArchitectureError for a layer in Chinese, Japanese, Korean, Cyrillic or Arabic
    letters.

    Such a word may also be a remark. It counts as a layer if it has a translation, is the first
    word of the text, or follows an arrow.
    """
    end = 0
    for word in OTHER_SCRIPT.finditer(text):
        before = text[end : word.start()].rstrip()[-2:]
        is_first = not end and not before
        end = word.end()
        translation = TRANSLATIONS.get(word[0].rstrip("0123456789"))
        in_layer_place = is_first or before.endswith(("->", "=>", "→"))
        if translation is None and not in_layer_place:
            continue
        raise ArchitectureError(
            Diagnostic(
                "CNN002",
                f"{word[0]} is not a layer of this notation",
                Span(*word.span()),
                notes=("layer names are in English: INPUT, CONV, RELU, POOL, FC",),
                help=(f"write {translation}",) if translation else (),
            ),
            text,
        )


def refuse_lines(text: str) -> None:
    """Raise ArchitectureError for a text that lists layers, one per line and without arrows."""
    lines = [
        line.strip()
        for line in text.split("\n", MAX_LINES)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) < 3 or ARROW_SIGN.search(text):
        return
    if any(re.search(r"[-=,+>]\s|\*", line) for line in lines):
        return
    heads = [re.match(r"[A-Za-z]+(?:[ -]?[A-Za-z]+)?", line) for line in lines]
    if all(head is not None and re.sub(r"[ -]", "", head[0]).upper() in ALIASES for head in heads):
        raise lines_error(text, lines)


def lines_error(text: str, layers: list[str]) -> ArchitectureError:
    """Return the error of a text that lists these layers, one per line."""
    return error("CNN001", LINES_MESSAGE, first_line(text), help=(" -> ".join(layers)[:MAX_HELP],))


def first_line(text: str) -> Span:
    """Return the span of the first line."""
    return Span(0, len(text.split("\n")[0]))


class Notation(NamedTuple):
    """Another notation: how to find it in a text, with the message and the help for it."""

    find: Callable[[str], Span | None]
    message: str
    help: Callable[[str], tuple[str, ...]]  # of the text without the space around it


def finder_of(pattern: str) -> Callable[[str], Span | None]:
    """Return the function that finds a pattern in a text, or its only group."""

    def find(text: str) -> Span | None:
        match = re.search(pattern, text)
        return Span(*match.span(match.lastindex or 0)) if match else None

    return find


def find_vgg(text: str) -> Span | None:
    """Find a list of widths and 'M' that is the whole text."""
    is_list = re.fullmatch(VGG, text.strip()) and re.search("['\"]", text)
    return Span(0, len(text)) if is_list else None


def find_lenet(text: str) -> Span | None:
    """Find the names of LeNet's layers anywhere in a text, and return the span of all of it."""
    return Span(0, len(text)) if re.search(LENET, text) else None


def find_lines(text: str) -> Span | None:
    """Find layers with their shapes, one per line, and return the span of the first line."""
    is_list = "\n" in text.strip() and not ARROW_SIGN.search(text)
    return first_line(text) if is_list and len(LAYER_LINE.findall(text)) > 1 else None


def same_help(*help: str) -> Callable[[str], tuple[str, ...]]:
    """Return the function that gives the same help for every text."""
    return lambda text: help


def translate_vgg(text: str) -> tuple[str, ...]:
    """Translate ``[64, 'M', 128, 'M']``."""
    layers = [
        "POOL2" if re.search("[mM]", part) else f"CONV3-{part.strip()} -> RELU"
        for part in re.findall(r"\d+|['\"]\w['\"]", text)
    ]
    return (" -> ".join(layers),)


def translate_ciresan(text: str) -> tuple[str, ...]:
    """Translate ``16C5-MP2-10N`` where every part of it is plain; else the rules of translation."""
    layers: list[str] = []
    for index, part in enumerate(re.split(r"\s*-+>?\s*", text.strip("[] \n"))):
        size = re.fullmatch(r"(\d+)x(\d+)(?:x(\d+))?", part)
        if size and index == 0:
            depth, w, h = (size[1], size[2], size[3]) if size[3] else ("1", size[1], size[2])
            layers.append(f"INPUT[{w}x{h}x{depth}]")
        elif conv := re.fullmatch(r"(\d+)[cC](\d+)", part):
            layers.append(f"CONV{conv[2]}-{conv[1]}")
        elif pool := re.fullmatch(r"[mM]?[pP](\d+)", part):
            layers.append(f"POOL{pool[1]}")
        elif fc := re.fullmatch(r"(\d+)(?:FC|fc|N|n|D)?", part):
            layers.append(f"FC-{fc[1]}")
        else:
            return ("32C3 is CONV3-32, MP2 is POOL2, 10N is FC-10",)
    return (" -> ".join(layers),)


LINES_MESSAGE = "the layers are listed one per line; separate them with arrows"
NOTATIONS = (
    Notation(
        finder_of(DARKNET),
        "this is a Darknet configuration, not a chain of layers",
        same_help("[convolutional] with filters=16, size=3 is CONV3-16; [maxpool] is POOL2"),
    ),
    Notation(
        finder_of(TIMM),
        "this is a timm block string",
        same_help(
            "write the block out: CONV1-96 -> BN -> SILU -> DWCONV3 -> BN -> SILU -> CONV1-24 -> BN"
        ),
    ),
    Notation(
        finder_of(VGSL),
        "this is VGSL, the notation of Tesseract and kraken",
        same_help("Cr3,3,32 is CONV3-32 -> RELU, Mp2,2 is POOL2"),
    ),
    Notation(find_vgg, "this is a configuration list of torchvision's VGG", translate_vgg),
    Notation(
        find_lenet,
        "these are the layer names from LeNet's figure, which have no sizes",
        same_help(
            "INPUT[32x32x1] -> CONV5-6(P=0) -> AVGPOOL2 -> CONV5-16(P=0) -> AVGPOOL2 -> CONV5-120(P=0) -> FC-84 -> FC-10"
        ),
    ),
    Notation(finder_of(CIRESAN), "this is Ciresan's notation, as in 32C3-MP2", translate_ciresan),
    Notation(
        find_lines,
        LINES_MESSAGE,
        same_help("INPUT[32x32x1] -> CONV3-32: [32x32x32] -> POOL2: [16x16x32]"),
    ),
)
