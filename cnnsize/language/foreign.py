"""Other notations: refused by name, with the equivalent in this language where it is plain."""

from __future__ import annotations

import re
from typing import NoReturn

from cnnsize.layers.names import ALIASES
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, error
from cnnsize.text.span import Span

LINES = re.compile(
    r"(?im)^[ \t]{0,40}(?:[-*•][ \t]*)?(?:\[\d{1,9}(?:[ ]?x[ ]?\d{1,9})*\][ \t]*[a-z]|[a-z][\w -]{0,30}:[ \t]*\[\d{1,9}x\d{1,9}x\d{1,9}\])"
)
ARROWS = re.compile(r"[-=─]\s?[>►]|[→⇒⟶➡↓▼]")
WORDS = {
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


def refuse(
    message: str, span: Span, text: str, help: tuple[str, ...] = (), notes: tuple[str, ...] = ()
) -> NoReturn:
    raise ArchitectureError(Diagnostic("CNN001", message, span, help=help, notes=notes), text)


def refuse_foreign(text: str) -> None:
    """Raises ArchitectureError where the text is in another notation that we know."""
    whole = Span(0, len(text))
    stripped = text.strip()
    if found := re.search(
        r"(?m)^[ \t]*\[(net|convolutional|maxpool|route|shortcut|upsample|yolo)\][ \t]*$", text
    ):
        refuse(
            "this is a darknet configuration, not a line of layers",
            Span(*found.span(1)),
            text,
            help=("[convolutional] with filters=16, size=3 is CONV3-16; [maxpool] is POOL2",),
        )
    if found := re.search(r"\b(?:ir|ds|dsa|cn|er|uib)_r\d+_k\d\w*", text):
        refuse(
            "this is a timm block string",
            Span(*found.span()),
            text,
            help=(
                "write the block out: CONV1-96 -> BN -> SILU -> DWCONV3 -> BN -> SILU -> CONV1-24 -> BN",
            ),
        )
    if found := re.search(r"\bC[rtslm]?\d+,\d+,\d+", text):
        refuse(
            "this is VGSL, the notation of Tesseract and kraken",
            Span(*found.span()),
            text,
            help=("Cr3,3,32 is CONV3-32 -> RELU, Mp2,2 is POOL2",),
        )
    if re.fullmatch(
        r"[\[(]?\s*\d+\s*(?:,\s*(?:\d+|['\"][MAma]['\"])\s*)+(?:,\s*)?[\])]?", stripped
    ) and re.search("['\"]", text):
        refuse(
            "this is a configuration list of torchvision's VGG", whole, text, help=(_vgg(stripped),)
        )
    if re.search(r"\bC1\s*[-–]\s*S2\b", text):
        refuse(
            "these are the layer names of LeNet's figure, without sizes",
            whole,
            text,
            help=(
                "INPUT[32x32x1] -> CONV5-6(P=0) -> AVGPOOL2 -> CONV5-16(P=0) -> AVGPOOL2 -> CONV5-120(P=0) -> FC-84 -> FC-10",
            ),
        )
    if found := re.search(
        r"(?<![\w-])(?:\d+x)?\d+[cC]\d+(?:[sS]\d+)?(?=\s*-|\s*$|-->|\])|(?<=-)\d+[cC]\d+", text
    ):
        refuse(
            "this is the 32C3-MP2 notation of Ciresan",
            Span(*found.span()),
            text,
            help=_ciresan(stripped),
        )
    if "\n" in stripped and not ARROWS.search(text) and len(LINES.findall(text)) > 1:
        refuse(
            "layers one a line; they must be joined by arrows",
            Span(0, len(text.split(chr(10))[0])),
            text,
            help=("INPUT[32x32x1] -> CONV3-32: [32x32x32] -> POOL2: [16x16x32]",),
        )
    end = 0
    for found in OTHER_SCRIPT.finditer(text):
        word = found[0].rstrip("0123456789")
        meant = WORDS.get(word)
        first = not text[end : found.start()].strip() if not end else False
        before = text[end : found.start()].rstrip()[-2:]
        first = not end and not before
        end = found.end()
        if meant is not None or before in ("->", "=>") or before[-1:] in ("→",) or first:
            raise ArchitectureError(
                Diagnostic(
                    "CNN002",
                    f"{found[0]} is not a layer of this language",
                    Span(*found.span()),
                    notes=("layer names are the English ones: INPUT, CONV, RELU, POOL, FC",),
                    help=(f"write {meant}",) if meant else (),
                ),
                text,
            )


def refuse_lines(text: str) -> None:
    """Raises ArchitectureError where a text is layers one a line, without arrows."""
    lines = [
        line.strip()
        for line in text.split("\n", 400)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) < 3 or ARROWS.search(text):
        return
    heads = [re.match(r"[A-Za-z]+(?:[ -]?[A-Za-z]+)?", line) for line in lines]
    if any(re.search(r"[-=,+>]\s|\*", line) for line in lines):
        return
    if all(head is not None and re.sub(r"[ -]", "", head[0]).upper() in ALIASES for head in heads):
        raise refused_lines(text, lines)


def refused_lines(text: str, layers: list[str]) -> ArchitectureError:
    """The error of a text that is these layers, one a line."""
    return error(
        "CNN001",
        "layers one a line; they must be joined by arrows",
        Span(0, len(text.split("\n")[0])),
        help=(" -> ".join(layers)[:300],),
    )


def _vgg(text: str) -> str:
    parts = [
        "POOL2" if re.search("[mM]", part) else f"CONV3-{part.strip()} -> RELU"
        for part in re.findall(r"\d+|['\"]\w['\"]", text)
    ]
    return " -> ".join(parts)


def _ciresan(text: str) -> tuple[str, ...]:
    """The same network in this language, where every part of it is plain."""
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
