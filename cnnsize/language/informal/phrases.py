"""One step of a chain: a layer's name with the sizes, words and parentheses around it."""

from __future__ import annotations

import re
from typing import NoReturn

from cnnsize.language.informal.arguments import Arguments
from cnnsize.language.informal.tokens import (
    ALTERNATIVES,
    FILTER_WORDS,
    NOISE,
    PHRASE,
    SMALL,
    STRIDED,
    DraftLayer,
    Element,
    Respelling,
    Token,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, ENDS, FACTORS, OPTION_WORDS, POOLS
from cnnsize.limits import MAX_ITEMS
from cnnsize.text.diagnostic import ArchitectureError, shifted
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze


class Phrases(Arguments):
    """3x3 conv, 64 · Conv2D(32, 3x3) · FC 128 · 28x28x1 image · Linear 288->10 · conv5_1"""

    def phrase(self, items: list[Element], stop: int, pending: Token | None) -> list[Element]:
        """One step: a layer's name with the sizes and words around it."""
        token = self.tokens[self.at]
        start = self.at
        kernel: str | None = None
        width: str | None = None
        shape = self.leading_shape(items, stop)
        if shape is not None:
            return shape
        # a filter before the name: 3x3 conv, 2x2 max pool, 16@3x3 conv
        if (
            token.kind == "size"
            and token.text.count("x") + token.text.count("×") + token.text.count("X") == 1
        ):
            following = self.peek(1)
            if following is not None and self.layer_words(self.tokens, self.at + 1) is not None:
                kernel = "x".join(re.split("[xX×]", token.text))
                self.at += 1
                token = following
        if token.kind == "number" and self.is_symbol(self.peek(1), "@"):  # 16@3x3
            step = DraftLayer("CONV", "", Span(token.start, token.start))
            self.steps.append(step)
            self.at = self.size_behind(step, stop)
            self.modifiers(step, stop)
            step.span = Span(token.start, self.tokens[self.at - 1].end)
            return [step, *step.after]
        if token.kind == "number":
            return self.bare_number(items, pending)
        found = self.layer_words(self.tokens, self.at)
        if found is None:
            if self.label(stop):
                return []
            return self.compound(stop) or self.unknown_word(stop)
        name, digits, used, key = found
        begin, end_token = self.tokens[start], self.tokens[self.at + used - 1]
        span = Span(begin.start, end_token.end)
        written = self.text[self.tokens[self.at].start : end_token.end]
        label_end = self.label_ahead(self.at + used, stop)
        if label_end is not None and digits is None and self.tokens[label_end - 2].kind != "number":
            self.fail(
                f"is {written} a label, or a layer?",
                Span(span.start, self.tokens[label_end - 1].end),
                help=(f"as a layer: {name} -> ...; a label carries a number: {written}1: ...",),
            )
        if label_end is not None:
            self.at = label_end
            return []
        self.at += used
        step = DraftLayer(name, written, span)
        self.steps.append(step)
        if len(self.steps) > MAX_ITEMS:
            self.fail(
                f"more than {MAX_ITEMS:,} layers are written out",
                span,
                code="CNN009",
                help=("say repeats as [...]*n",),
            )
        if digits is not None:
            if re.search(r"_\d|[a-z]$", digits) and "x" not in digits:
                step.running = True
            elif re.search("[xX×]", digits):
                parts = re.split("[xX×]", digits)
                if len(parts) == 3:  # CONV3x3x64
                    self.read_size(step, parts.pop(), span)
                step.kernel = "x".join(parts)
            else:
                step.digits = digits
        if kernel is not None:
            step.kernel = kernel
        if width is not None:
            step.size = width
        if key == "BICUBIC":
            step.options.append(("mode", "bicubic"))
        self.modifiers(step, stop)
        step.span = Span(step.span.start, max(step.span.end, self.tokens[self.at - 1].end))
        made: list[Element] = [step]
        made += step.after
        return made

    def shape_step(self, items: list[Element], shape: str, span: Span) -> list[Element]:
        """A bare shape in the chain: INPUT in first place, else what the layer before gives."""
        if not items and (self.depth == 0 or self.at):
            step = DraftLayer("INPUT", shape, span, shape=shape)
            self.steps.append(step)
            self.readings.append(
                Respelling(span, self.text[span.start : span.end], f"INPUT{shape}")
            )
            return [step]
        last = items[-1]
        if isinstance(last, DraftLayer) and last.kind == "INPUT" and last.shape is None:
            last.shape = shape
            return []
        if last.declared is not None or (isinstance(last, DraftLayer) and last.kind == "INPUT"):
            self.fail(
                "a shape after a shape: no layer stands between them",
                span,
                help=("name the layers: CONV3-64 -> POOL2",),
            )
        self.readings.append(Respelling(span, self.text[span.start : span.end], f": {shape}"))
        last.declared = shape, span
        self.declared_now = True
        return []

    def leading_shape(self, items: list[Element], stop: int) -> list[Element] | None:
        """A bare shape as a step of its own: 28x28x1 -> ..., -> 16x16x32 ->."""
        end = self.at
        while end < stop and (
            self.tokens[end].kind in ("size", "number", "times")
            or self.tokens[end].text in ("x", "X")
        ):
            end += 1
        if end == self.at:
            return None
        tokens = self.tokens[self.at : end]
        nothing_follows = (
            end >= stop
            or self.tokens[end].kind in ("arrow", "line", "down")
            or (self.tokens[end].kind == "symbol" and self.tokens[end].text in ",]-)>|")
        )
        three = self.bare_shape(tokens)
        if three is not None and (three.count("x") == 2 or len(tokens) > 1) and nothing_follows:
            span = Span(tokens[0].start, tokens[-1].end)
            self.at = end
            return self.shape_step(items, three, span)
        if three is not None and not items and not nothing_follows:  # 32x32x3 image, 32 x 32 image
            following = self.tokens[end]
            if following.kind == "word" and ALIASES.get(squeeze(following.text)) == "INPUT":
                self.at = end + 1
                span = Span(tokens[0].start, following.end)
                return self.shape_step(items, three, span)
        return None

    def bare_number(self, items: list[Element], pending: Token | None) -> list[Element]:
        """A number as a step: the width of the FC before it, the size of a FLATTEN."""
        token = self.tokens[self.at]
        last = items[-1] if items else None
        following = self.peek(1)
        if (
            following is not None
            and following.kind == "word"
            and (layer := self.layer_words(self.tokens, self.at + 1)) is not None
        ):
            self.fail(
                f"is {token.text} a count, or a size?",
                Span(token.start, following.end),
                help=(f"so many layers in a row: [{layer[0]}]*{token.text}",),
            )
        if (
            isinstance(last, DraftLayer)
            and last.kind in ("FC", "FLATTEN")
            and pending is not None
            and "." not in token.text
        ):
            self.at += 1
            if last.kind == "FLATTEN":
                last.declared = f"[1x1x{token.text}]", token.span
                self.declared_now = True
                return []
            self.readings.append(Respelling(token.span, token.text, f"FC-{token.text}"))
            if last.size is None and last.digits is None:
                last.size = token.text
                last.span = Span(last.span.start, token.end)
                self.declared_now = True
                return []
            step = DraftLayer("FC", token.text, token.span, size=token.text)
            self.steps.append(step)
            return [step]
        self.fail(
            f"the number {token.text} is no layer",
            token.span,
            help=(f"units are FC-{token.text}; filters are CONV3-{token.text}",),
        )

    def label_ahead(self, index: int, stop: int) -> int | None:
        """``Pool 1:`` before a layer: where the step itself begins; None where it is no label."""
        spaced = index < stop and self.tokens[index].kind == "number"
        after = index + 1 if spaced else index
        if after + 1 >= stop or not self.is_symbol(self.tokens[after], ":"):
            return None
        following = self.tokens[after + 1]
        if following.kind == "word" and self.layer_words(self.tokens, after + 1) is not None:
            return after + 1
        if spaced and following.kind == "size":
            return after + 1
        return None

    def label(self, stop: int) -> bool:
        """``Layer 1:``, ``C1:``, ``Block2:`` before a layer."""
        index = self.at
        while (
            index < stop and index - self.at < 4 and self.tokens[index].kind in ("word", "number")
        ):
            index += 1
        if index >= stop - 1 or not self.is_symbol(self.tokens[index], ":"):
            return False
        following = self.tokens[index + 1]
        if (
            following.kind == "symbol"
            and following.text == "["
            and index + 2 < stop
            and self.tokens[index + 2].kind == "size"
        ):
            return False
        self.at = index + 1
        return True

    def compound(self, stop: int) -> list[Element]:
        """``Activation(relu)``, and names written as one word: ``ConvBNReLU``, ``conv_bn_relu``."""
        token, following = self.tokens[self.at], self.peek(1)
        if token.kind != "word" or len(token.text) > 60:
            return []
        if squeeze(token.text) in ("ACTIVATION", "NONLINEARITY") and self.is_symbol(following, "("):
            end = self.closing(self.at + 1)
            found = self.layer_words(self.tokens, self.at + 2)
            if found is None or found[0] not in ACTIVATIONS or self.at + 2 + found[2] != end:
                return []
            step = self.extra(found[3], Span(token.start, self.tokens[end].end))
            self.steps.append(step)
            self.at = end + 1
            return [step]
        parts = re.fullmatch(
            r"(?:CONV2D|CONV|BATCHNORM|BN|LEAKYRELU|LRELU|RELU|MAXPOOL|POOL|DROPOUT|FC|LINEAR){2,}",
            squeeze(token.text),
        )
        if parts is None:
            return []
        names = re.findall(
            r"CONV2D|CONV|BATCHNORM|BN|LEAKYRELU|LRELU|RELU|MAXPOOL|POOL|DROPOUT|FC|LINEAR",
            parts[0],
        )
        made: list[Element] = []
        for name in names:
            step = DraftLayer(ALIASES[name], token.text, token.span)
            self.steps.append(step)
            made.append(step)
        self.readings.append(
            Respelling(token.span, token.text, " -> ".join(ALIASES[name] for name in names))
        )
        self.at += 1
        return made

    def unknown_word(self, stop: int) -> list[Element]:
        """A word that is no layer goes through as it is; the parser refuses it with suggestions."""
        token = self.tokens[self.at]
        if token.kind == "word":
            span = token.span
            text = token.text
            self.at += 1
            if token.text in self.blocks and self.is_symbol(self.peek(), "("):
                end = self.closing(self.at)
                span = Span(token.start, self.tokens[end].end)
                text = self.text[span.start : span.end]
                self.at = end + 1
                if self.is_symbol(self.peek(), "([") and self.peek().glued:  # type: ignore[union-attr]
                    again = Span(span.end, self.tokens[self.closing(self.at)].end)
                    self.fail(
                        f"a block takes its {token.text}(...) and no options",
                        again,
                        help=("make what should differ a parameter of the block",),
                    )
                return [DraftLayer("call", text, span, verbatim=text)]
            self.unknown(text, span)
        if token.kind == "symbol" and token.text in "-=<>~":
            self.fail(
                f"{token.text!r} is no arrow", token.span, help=("layers are joined by ' -> '",)
            )
        if token.kind == "size":
            self.fail(
                f"the size {token.text} stands where a layer should",
                token.span,
                help=("a filter is CONV3-64; a volume that must come out has three sizes",),
            )
        if token.kind == "symbol" and token.text in "*?:^":
            self.fail(f"{token.text!r} must follow a layer or a bracket", token.span)
        self.fail(f"expected a layer, not {token.text!r}", token.span)

    def unknown(self, word: str, span: Span) -> NoReturn:
        from cnnsize.language.parser import Parser

        try:
            Parser(word, self.blocks).unknown(word, 0)
        except ArchitectureError as wrong:
            raise ArchitectureError(shifted(wrong, span.start).diagnostic, self.original) from None

    def modifiers(self, step: DraftLayer, stop: int) -> None:
        """Everything behind a layer's name that belongs to it."""
        while self.at < stop:
            token = self.tokens[self.at]
            following = self.peek(1)
            word = squeeze(token.text) if token.kind == "word" else ""
            if (
                token.kind == "symbol"
                and token.text == "-"
                and token.glued
                and following is not None
                and following.glued
            ):
                if (
                    following.kind in ("number", "size")
                    and "." not in following.text
                    and step.kind not in ("RELU",)
                ):
                    self.hyphen(step, following)
                    continue
                if (
                    following.kind == "word"
                    and self.layer_words(self.tokens, self.at + 1) is None
                    and step.kind in ("CONV", "TCONV", "FC", "DWCONV")
                    and following.text not in ("x", "X")
                    and following.text not in self.blocks
                    and not self.is_symbol(self.peek(2), ":")
                ):
                    self.read_size(step, following.text, following.span)
                    self.at += 2
                    continue
                if self.is_symbol(following, "(") and step.kind in ("CONV", "TCONV", "FC"):
                    end = self.closing(self.at + 1)
                    inner = self.tokens[self.at + 2 : end]
                    if not any(self.layer_words(inner, i) for i in range(len(inner))):
                        step.size = f"({self.text[following.end : self.tokens[end].start]})"
                        self.at = end + 1
                        continue
                return
            if token.kind == "symbol" and token.text == "(":
                if re.match(r"\(\s*[x×*]\s*\w+\s*\)", self.ahead(token.start, 40)):
                    return  # (x3) is a count
                end = self.closing(self.at)
                self.arguments(step, self.at + 1, end)
                self.at = end + 1
                continue
            if token.kind == "symbol" and token.text == "[":
                end = self.closing(self.at)
                inner = [t for t in self.tokens[self.at + 1 : end] if t.kind != "line"]
                shape = self.bare_shape(inner)
                if (
                    shape is None
                    and len(inner) == 3
                    and inner[0].kind == "size"
                    and inner[2].kind == "number"
                ):
                    self.arguments(step, self.at + 1, end)  # Conv[3x3, 64]
                    self.at = end + 1
                    continue
                if shape is None:
                    return
                span = Span(token.start, self.tokens[end].end)
                if step.kind in ("INPUT", "UNFLATTEN", "CROP"):
                    if step.shape is not None:
                        self.fail("the shape is given twice", span)
                    step.shape = shape
                else:
                    if step.declared is not None:
                        self.fail("the shape is given twice", span)
                    step.declared = shape, span
                self.at = end + 1
                continue
            if token.kind == "size" or (
                token.kind == "number" and following is not None and self.is_symbol(following, "@")
            ):
                self.at = self.size_behind(step, stop)
                continue
            if (
                token.kind == "number"
                and following is not None
                and (following.kind == "times" or following.text in ("x", "X"))
                and step.kind == "INPUT"
            ):
                end = self.at
                while end < stop and (
                    self.tokens[end].kind in ("number", "times")
                    or self.tokens[end].text in ("x", "X")
                ):
                    end += 1
                shape = self.bare_shape(self.tokens[self.at : end])
                if shape is not None:
                    step.shape = shape
                    self.at = end
                    continue
            if token.kind == "number":
                self.number_behind(step, stop)
                continue
            if (
                token.kind == "word"
                and word in NOISE
                and not (word == "ACTIVATION" and self.is_symbol(following, "="))
            ):
                self.at += 1
                continue
            if (
                token.kind == "word"
                and token.text.lower() == "or"
                and following is not None
                and squeeze(following.text) in ALTERNATIVES
            ):
                self.note(
                    f"{step.kind} or {following.text}: read as {step.kind}; the sizes are the same"
                )
                self.at += 2
                continue
            if (
                token.kind == "symbol"
                and token.text == ":"
                and following is not None
                and following.kind == "number"
                and step.kind == "FC"
            ):
                step.running = step.digits is not None
                step.size = following.text
                self.at += 2
                continue
            if self.words_behind(step, stop):
                continue
            if (
                token.kind == "symbol"
                and token.text == ","
                and self.parameters_follow(step, self.at + 1, stop)
            ):
                continue
            slash = self.at + 1 if token.kind == "symbol" and token.text == "," else self.at
            number = self.tokens[slash + 1] if slash + 1 < stop else None
            if (
                self.is_symbol(self.tokens[slash] if slash < stop else None, "/")
                and number is not None
                and number.kind == "number"
                and number.glued
                and hasattr(step, "kind")
                and step.kind in STRIDED
            ):
                self.option(step, "S", number.text, number.span)  # 7x7 conv, 64, /2
                self.at = slash + 2
                continue
            return

    def hyphen(self, step: DraftLayer, following: Token) -> None:
        """-64, or -32x2: width, and a repeat."""
        text = following.text
        if following.kind == "size":
            parts = re.split("[xX×]", text)
            if len(parts) != 2:
                self.fail(f"what does {text} stand for?", following.span)
            self.read_size(step, parts[0], following.span)
            step.count = parts[1], Span(following.start + len(parts[0]), following.end)
            self.readings.append(Respelling(step.count[1], text[len(parts[0]) :], f"*{parts[1]}"))
        elif step.kind in ("POOL", "AVGPOOL") and step.digits is None and step.kernel is None:
            self.fail(
                f"{step.kind} takes no number of filters or units",
                Span(following.start - 1, following.end),
                code="CNN003",
                help=(f"the depth stays; a window of {text} is {step.kind}{text}",),
            )
        else:
            self.read_size(step, text, following.span)
        self.at += 2

    def size_behind(self, step: DraftLayer, stop: int) -> int:
        """``Conv 5x5``, ``Input 32x32x3``, ``Conv 16@3x3``, ``AvgPool 2x2``."""
        token, index = self.tokens[self.at], self.at + 1
        parts = re.split("[xX×]", token.text)
        if token.kind == "number":  # 16@3x3
            self.read_size(step, token.text, token.span)
            index += 1
            if index >= stop or self.tokens[index].kind not in ("size", "number"):
                self.fail("expected a filter size behind '@'", token.span)
            parts = re.split("[xX×]", self.tokens[index].text)
            index += 1
            parts = parts * 2 if len(parts) == 1 else parts
        if step.kind in ("INPUT", "UNFLATTEN", "CROP"):
            if step.shape is not None:
                self.fail("the shape is given twice", token.span)
            step.shape = f"[{'x'.join(parts)}]"
            return index
        if (
            len(parts) == 3 and step.kind == "CONV" and step.size is None and step.kernel is None
        ):  # Conv 3x3x16
            self.read_size(step, parts.pop(), token.span)
            self.note(f"{token.text} is read as {parts[0]}x{parts[1]} filters, {step.size} of them")
        if len(parts) == 3:
            step.declared = f"[{'x'.join(parts)}]", token.span
            return index
        if step.kernel is not None:
            self.fail("the filter size is given twice", token.span, help=("keep one of the two",))
        step.kernel = "x".join(parts)
        return index

    def number_behind(self, step: DraftLayer, stop: int) -> None:
        """``FC 128``, ``Dense 10``, ``MaxPool 2``, ``Conv 16 x2``; ``Conv 64`` alone is
        ambiguous.
        """
        token, following = self.tokens[self.at], self.peek(1)
        after = following.text if following is not None and self.at + 1 < stop else ""
        claim = self.peek(2)
        arrow = following is not None and following.kind == "arrow" and following.glued
        if (
            arrow and claim is not None and claim.glued and step.kind in ("FC", "CONV", "TCONV")
        ):  # Linear 288->10
            self.read_size(step, claim.text, claim.span)
            step.options.append(("in", token.text))
            self.at += 3
            return
        if step.kind == "FC":
            self.read_size(step, token.text, token.span)
        elif step.kind in ("DROPOUT", "DROPOUT2D", "DROPPATH"):
            step.options.append(("", token.text))
        elif step.kind in (*POOLS, *FACTORS, "PAD"):
            if step.kernel is not None:
                self.fail("the window is given twice", token.span)
            step.kernel = token.text
            if step.kind == "UP" and after in ("x", "X"):
                self.at += 1
        elif step.kind in ("CONV", "TCONV", "DWCONV"):
            word = squeeze(after)
            if (
                word in FILTER_WORDS
                or re.fullmatch(r"[xX][0-9]+", after)
                or word in ("FILTER", "FILTERS")
            ):
                self.read_size(step, token.text, token.span)
                if word in FILTER_WORDS:
                    self.at += 1
            elif step.kernel is not None or step.digits is not None:
                self.read_size(step, token.text, token.span)
            else:
                n = token.text
                self.fail(
                    f"is {n} the filter size, or the number of filters?",
                    Span(step.span.start, token.end),
                    help=(
                        f"{step.kind}{n} has filters of {n}x{n}; {step.kind}-{n} has {n} filters",
                    ),
                )
        elif step.kind == "INPUT":
            step.shape = f"[1x1x{token.text}]"
            self.note(f"INPUT {token.text} is read as a vector: INPUT[1x1x{token.text}]")
        elif step.kind in ACTIVATIONS or step.kind in ("BN", "LRN", "FLATTEN", *ENDS, "GAP", "GMP"):
            if step.kind in ("FLATTEN", "OUTPUT"):
                if step.kind == "OUTPUT":  # Output 10: the last FC
                    step.kind, step.size = "FC", token.text
                else:
                    step.declared = f"[1x1x{token.text}]", token.span
        else:
            self.fail(f"what does {token.text} stand for in {step.kind}?", token.span)
        self.at += 1

    def words_behind(self, step: DraftLayer, stop: int) -> bool:
        """``stride 2``, ``same``, ``16 filters of 3x3``, ``padded`` behind a name, without
        parentheses.
        """
        end = self.at
        stop = min(stop, self.at + PHRASE)
        while (end < stop and self.tokens[end].kind in ("word", "number", "size")) or (
            end < stop and self.is_symbol(self.tokens[end], "=") and end > self.at
        ):
            end += 1
        tokens = self.tokens[self.at : end]
        if not tokens or tokens[0].kind != "word":
            return False
        lower = tokens[0].text.lower()
        if (
            squeeze(lower) not in SMALL
            and lower not in OPTION_WORDS
            and lower not in ("same", "valid", "padded", "no", "unpadded", "activation")
            and not re.fullmatch(r"[skp]\d+", lower)
        ):
            return False
        if lower in ("x",) or self.layer_words(tokens, 0) is not None:
            return False
        taken = self.parameter(step, tokens, behind=True)
        if not taken:
            return False
        self.at += taken
        return True

    def parameters_follow(self, step: DraftLayer, index: int, stop: int) -> bool:
        """Behind a comma: more of this layer (``, stride=2``, ``, 4 filters``), or the next
        layer?
        """
        end = index
        stop = min(stop, index + PHRASE)
        while (end < stop and self.tokens[end].kind in ("word", "number", "size")) or (
            end < stop and self.is_symbol(self.tokens[end], "=")
        ):
            end += 1
        tokens = self.tokens[index:end]
        if not tokens or self.layer_words(tokens, 0) is not None:
            return False
        if (
            step.kind in ("CONV", "TCONV")
            and len(tokens) == 1
            and tokens[0].kind == "number"
            and step.size is None
            and (step.kernel is not None or step.digits is not None)
            and "." not in tokens[0].text
        ):
            self.read_size(step, tokens[0].text, tokens[0].span)  # 3x3 conv, 64
            self.at = end
            return True
        if (
            step.kind in ("CONV", "TCONV")
            and len(tokens) == 1
            and tokens[0].kind == "size"
            and step.kernel is None
            and len(re.split("[xX×]", tokens[0].text)) == 2
        ):
            self.at = index
            self.at = self.size_behind(step, stop)
            return True
        words = [squeeze(token.text) for token in tokens if token.kind == "word"]
        if not words or len(tokens) < 1:
            return False
        known = (
            words[0] in FILTER_WORDS
            or words[0].lower() in OPTION_WORDS
            or words[0] in ("SAME", "VALID", "PADDED", "NO", "UNPADDED", "ACTIVATION")
            or re.fullmatch(r"[SKP]\d+", words[0])
        )
        if not known:
            return False
        at = self.at
        self.at = index
        taken = self.parameter(step, tokens, behind=True)
        if taken != len(tokens):
            self.at = at
            return False
        self.at = end
        return True
