"""What stands in parentheses behind a layer's name, in every style that people call layers in."""

from __future__ import annotations

import re

from cnnsize.language.informal.keywords import HARMLESS, TELLING, WORKED_OUT
from cnnsize.language.informal.tokens import (
    CLOSERS,
    FILTER_WORDS,
    NOISE,
    SMALL,
    STRIDED,
    TORCH_IN_FIRST,
    Cursor,
    DraftLayer,
    Token,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, CANONICAL, ENDS, FACTORS, OPTION_WORDS
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze


class Arguments(Cursor):
    """(32, 3x3), (in, out, 3, stride=2), (6 filters, 5x5, no padding), (softmax), (3->8), prose."""

    def arguments(self, step: DraftLayer, begin: int, end: int) -> None:
        """(32, 3x3), (in, out, 3, stride=2), (6 filters, 5x5, no padding), (softmax), (3->8),
        prose.
        """
        tokens = [token for token in self.tokens[begin:end] if token.kind != "line"]
        if not tokens:
            return None
        if step.kind in ("INPUT", "UNFLATTEN"):
            return self.input_arguments(
                step,
                tokens,
                self.bare_shape(tokens),
                Span(self.tokens[begin - 1].start, self.tokens[end].end),
            )
        parts: list[list[Token]] = [[]]
        level = 0
        for token in tokens:
            if token.kind == "symbol":
                level += (token.text in CLOSERS) - (token.text in ")]}")
            if self.is_symbol(token, ",;") and level == 0:
                parts.append([])
            else:
                parts[-1].append(token)
        if parts and not parts[-1]:
            parts.pop()
        keys = [part[0].text for part in parts if len(part) == 3 and self.is_symbol(part[1], "=")]
        if len(keys) == len(parts) and not self.repeats.isdisjoint(keys):
            self.note(
                f"not read: ({self.text[tokens[0].start : tokens[-1].end]}); give letters their values with --set"
            )
            return None
        numbers: list[Token] = []
        for part in parts:
            if not part:
                self.fail("an empty argument", self.tokens[begin - 1].span)
            self.argument(step, part, numbers)
        self.positional(step, numbers)

    def input_arguments(
        self, step: DraftLayer, tokens: list[Token], shape: str | None, span: Span
    ) -> None:
        if (
            len(tokens) > 4 and tokens[0].text == "shape" and self.is_symbol(tokens[1], "=")
        ):  # Input(shape=(28, 28, 1))
            shape = self.bare_shape(tokens[3:-1])
        if shape is None and tokens[0].kind == "size":  # (32x32x3, int8), (32×32×1 grayscale)
            shape = self.bare_shape(tokens[:1])
        if shape is None:
            sizes: list[Token] = []
            for token in tokens:
                if self.is_symbol(token, ";,") and len(sizes) >= 5:
                    break
                sizes.append(token)
                if len(sizes) == 5 and (found := self.bare_shape(sizes)) is not None:
                    shape = found
                    break
        if shape is None and len(tokens) == 1 and tokens[0].kind in ("number", "word"):
            one = tokens[0].text if tokens[0].kind == "number" else f"({tokens[0].text})"
            if tokens[0].kind == "word" and len(tokens[0].text) > 2:
                return
            shape = f"[1x1x{one}]"
            self.note(f"INPUT({tokens[0].text}) is read as a vector: INPUT{shape}")
        if shape is None:
            if any(token.kind in ("number", "size") for token in tokens):
                self.fail(
                    "what size is the input?",
                    span,
                    help=("write INPUT[32x32x3]: width, height, depth",),
                )
            self.note(f"not read: {self.text[span.start : span.end]}")
            return
        if step.shape is not None and step.shape != shape:
            self.fail("the shape is given twice", span)
        step.shape = shape

    def argument(self, step: DraftLayer, part: list[Token], numbers: list[Token]) -> None:
        """One argument between commas."""
        first = part[0]
        span = Span(first.start, part[-1].end)
        text = self.text[span.start : span.end]
        if len(part) >= 2 and self.is_symbol(part[1], "=") and first.kind == "word":
            return self.keyword(step, first, part[2:], span)
        if (
            len(part) == 3
            and part[1].kind == "arrow"
            and {part[0].kind, part[2].kind} <= {"number", "word"}
        ):
            step.options.append(("in", part[0].text))  # 3->8
            return self.read_size(step, part[2].text, span)
        if len(part) == 1 and first.kind == "number":
            numbers.append(first)
            return None
        if len(part) > 2 and re.fullmatch(
            r"\d{1,9}(?:\s*\*\s*\d{1,9}){1,6}", text
        ):  # Linear(16 * 5 * 5, 120)
            product = 1
            for factor in re.findall(r"\d+", text):
                product *= int(factor)
            numbers.append(Token("number", str(product), span.start, span.end, False))
            return None
        if (
            len(part) == 2
            and first.kind == "number"
            and self.is_symbol(part[1], "%")
            and step.kind.startswith("DROP")
        ):
            step.options.append(("", f"{float(first.text) / 100:.12g}"))
            return None
        if len(part) == 1 and first.kind == "size":
            return self.pair(step, first.text, span)
        if len(part) == 3 and self.is_symbol(part[1], "@") and part[2].kind in ("size", "number"):
            self.read_size(step, first.text, span)
            return self.pair(step, part[2].text, span)
        if (
            first.kind == "symbol"
            and first.text == "("
            and len(part) == 5
            and part[1].kind == part[3].kind == "number"
        ):
            return self.pair(step, f"{part[1].text}x{part[3].text}", span)
        if len(part) == 1 and first.kind == "word":
            return self.word_argument(step, first, numbers)
        layer = self.layer_words(part, 0)
        if layer is not None and layer[2] == len(part) and layer[0] in ACTIVATIONS:
            step.after.append(self.extra(layer[0], span))
            return None
        if (
            len(part) == 3
            and self.is_symbol(part[1], "/")
            and all(
                (found := self.layer_words([token], 0)) is not None and found[0] in ACTIVATIONS
                for token in (part[0], part[2])
            )
        ):
            self.note(f"{text}: read as {squeeze(part[0].text)}; the sizes are the same")
            step.after.append(self.extra(squeeze(part[0].text), part[0].span))
            return None
        if first.kind in ("number", "size", "word") and (
            taken := self.parameter(step, part, behind=False)
        ):
            if taken == len(part):
                return None
            if (
                any(token.kind in ("number", "size") for token in part[taken:])
                and self.parameter(step, part[taken:], behind=False) == len(part) - taken
            ):
                return None
        sized = any(
            token.kind in ("number", "size") or self.is_symbol(token, "=") for token in part
        )
        if sized and not self.prose(part) and step.kind in (*STRIDED, "FC"):
            example = "as in FC-10" if step.kind == "FC" else f"as options: {step.kind}3(S=2, P=1)"
            self.fail(
                f"what does {text!r} say of {step.kind}?", span, code="CNN003", help=(example,)
            )
        if (
            any(
                word == squeeze(token.text)
                for token in part
                if token.kind == "word"
                for word in CANONICAL[1:9]
            )
            and len(part) < 4
        ):
            self.fail(f"what does {text!r} say of {step.kind}?", span, code="CNN003")
        words = {squeeze(token.text) for token in part if token.kind == "word"}
        if words & TELLING and not self.prose(part):
            self.fail(
                f"what does {text!r} say of {step.kind}?",
                span,
                code="CNN003",
                help=("sizes are numbers: (S=2, P=1); a repeat is *2",),
            )
        self.note(f"not read: ({text})")

    def prose(self, part: list[Token]) -> bool:
        return sum(token.kind == "word" for token in part) >= 5

    def word_argument(self, step: DraftLayer, token: Token, numbers: list[Token]) -> None:
        """(softmax), (same), (s2), (output), (n): a word alone."""
        word, lower = squeeze(token.text), token.text.lower()
        if lower in ("same", "valid"):
            step.options.append(("P", lower))
        elif lower in ("padded",):
            step.options.append(("P", "same"))
        elif found := re.fullmatch(r"([skpdg])(\d+)", lower):
            self.option(step, found[1].upper().replace("K", "F"), found[2], token.span)
        elif ALIASES.get(word) in ACTIVATIONS:
            step.after.append(self.extra(word, token.span))
        elif word in ("MAX", "LINEAR") or (
            word in ("AVERAGE", "AVG", "MEAN") and step.kind in ("POOL", "AVGPOOL")
        ):
            step.kind = "AVGPOOL" if word not in ("MAX", "LINEAR") else step.kind
        elif word == "GLOBAL" and step.kind == "AVGPOOL":
            step.kind = "GAP"
        elif word in TELLING:
            self.fail(f"what does {token.text!r} say of {step.kind}?", token.span, code="CNN003")
        elif (
            ALIASES.get(word) in ENDS
            or word in NOISE
            or (ALIASES.get(word) == "INPUT" and step.kind not in ("CONV", "FC"))
            or step.kind == "call"
        ):
            self.note(f"not read: ({token.text})")
        elif (
            (step.kind in ("CONV", "TCONV", "FC") and not re.search(r"[A-Z][a-z]{4,}", token.text))
            or step.kind in ("GN", "CHSHUFFLE", "UP", "POOL", "AVGPOOL", "PAD")
            or (step.kind.startswith("DROP") and len(word) < 3)
        ):
            numbers.append(token)
        else:
            self.note(f"not read: ({token.text})")

    def keyword(self, step: DraftLayer, key: Token, value: list[Token], span: Span) -> None:
        """stride=2, kernel_size=(3, 5), padding='same', activation='relu', name='conv1'."""
        lower = key.text.lower()
        text = self.text[value[0].start : value[-1].end] if value else ""
        if not value:
            self.fail(f"{key.text} has no value", span)
        if lower in ("activation", "act", "nonlinearity"):
            if lower == "activation" and text.lower() in ("none", "linear"):
                return
            layer = self.layer_words(value, 0)
            if layer is None or layer[0] not in ACTIVATIONS or layer[2] != len(value):
                self.fail(
                    f"{text} is no activation", Span(value[0].start, value[-1].end), code="CNN003"
                )
            step.after.append(self.extra(layer[3], span))
            return
        if lower == "name":
            self.note(f"not read: {key.text}={text}")
            return
        if lower in ("in", "in_channels", "in_features", "in_ch", "input_dim"):
            step.options.append(("in", text))
            return
        if lower in HARMLESS:
            self.note(f"not read: {key.text}={text}; it changes no size")
            return
        if lower in ("input_shape", "input_size"):
            self.fail(
                f"{key.text} belongs to an INPUT of its own",
                span,
                code="CNN003",
                help=("put INPUT[32x32x3] -> in front of the layer",),
            )
        name = key.text
        step.lettered = step.lettered or name in ("S", "P", "D")
        known = OPTION_WORDS.get(lower)
        canonical = name in ("K", "F", "S", "P", "D", "G", "M") or known == lower
        if known is not None and not canonical:
            name = "rate" if known == "P" and step.kind.startswith("DROP") else known
            if name == "F" and step.kind in FACTORS:
                name = "factor"
        if (
            len(value) == 5
            and self.is_symbol(value[0], "([")
            and value[1].kind == value[3].kind == "number"
        ):
            one, two = value[1].text, value[3].text
            text = one if one == two else f"{two}x{one}"  # torch's (H, W)
        elif len(value) == 1 and value[0].kind == "size":
            parts = re.split("[xX×]", text)
            if not canonical and len(parts) == 2 and parts[0] != parts[1]:
                parts.reverse()
            text = parts[0] if len(parts) == 2 and parts[0] == parts[1] else "x".join(parts)
        elif found := re.fullmatch(rf"({WORKED_OUT})x([0-9]+|{WORKED_OUT})", text):  # (f)x1
            text = f"{found[1]}x{found[2]}" if canonical else f"{found[2]}x{found[1]}"
        elif text[:1] in "([{" and not re.fullmatch(WORKED_OUT, text):
            self.fail(f"what does {text} stand for?", span, code="CNN003")
        self.option(step, name, text, span)

    def pair(self, step: DraftLayer, text: str, span: Span) -> None:
        """A filter inside a class call: torch's (H, W)."""
        parts = re.split("[xX×]", text)
        if len(parts) == 3 and step.kind == "CONV" and step.size is None:  # conv(5x5x32)
            self.read_size(step, parts.pop(), span)
            self.note(f"{text} is read as {parts[0]}x{parts[1]} filters, {step.size} of them")
        if len(parts) == 3:
            step.declared = f"[{'x'.join(parts)}]", span
            return None
        if len(parts) == 1:
            parts = parts * 2
        if squeeze(step.written).startswith("ADAPTIVE"):
            return self.option(step, "to", f"{parts[1]}x{parts[0]}", span)
        if step.kernel is not None:
            if step.kernel in ("x".join(parts), parts[0] if parts[0] == parts[1] else ""):
                return None
            self.option(
                step,
                "S" if step.kind in ("POOL", "AVGPOOL") else "F",
                "x".join(reversed(parts)),
                span,
            )
            return None
        if step.digits is not None:
            step.running = True  # Conv1(6@5x5): the filter is in the arguments
        step.kernel = parts[0] if parts[0] == parts[1] else f"{parts[1]}x{parts[0]}"

    def parameter(self, step: DraftLayer, tokens: list[Token], behind: bool) -> int:
        """``stride 2``, ``6 filters``, ``5x5 kernel``, ``no padding``: how many tokens were
        taken.
        """
        words = [squeeze(token.text) if token.kind == "word" else "" for token in tokens]
        texts = [token.text for token in tokens]
        span = Span(tokens[0].start, tokens[-1].end)

        def at(index: int) -> str:
            return words[index] if index < len(words) else ""

        def kind(index: int) -> str:
            return tokens[index].kind if index < len(tokens) else ""

        if at(0) in SMALL:  # of 3x3, with stride 2
            small = next((i for i, word in enumerate(words) if word not in SMALL), 0)
            rest = self.parameter(step, tokens[small:], behind) if small else 0
            return rest + small if rest else 0
        if at(0) == "NO" and at(1) in ("PADDING", "PAD"):
            self.option(step, "P", "0", span)
            return 2
        if at(0) in ("UNPADDED",):
            self.option(step, "P", "0", span)
            return 1
        if at(0) == "PADDED":
            self.option(step, "P", "same", span)
            return 1
        if at(0) in ("SAME", "VALID"):
            self.option(step, "P", at(0).lower(), span)
            return 2 if at(1) in ("PADDING", "PAD") else 1
        if found := re.fullmatch(r"([SKPDG])(\d+)", at(0)):
            self.option(step, found[1].replace("K", "F"), found[2], span)
            return 1
        if kind(0) == "size":
            parts = re.split("[xX×]", texts[0])
            if len(parts) == 2:
                self.pair(step, texts[0], span) if not behind else self.option(
                    step, "F", parts[0] if parts[0] == parts[1] else "x".join(parts), span
                )
                return (
                    2
                    if at(1) in ("KERNEL", "KERNELS", "FILTER", "FILTERS", "WINDOW", "CONV")
                    else 1
                )
            return 0
        if kind(0) == "number":
            if kind(1) == "size" and step.kind == "CONV":  # 32 3x3 filters
                self.read_size(step, texts[0], span)
                rest = self.parameter(step, tokens[1:], behind)
                return rest + 1 if rest else 0
            if at(1) in FILTER_WORDS or at(1) in ("FILTER", "FILTERS", "KERNELS"):
                used = 2
                while at(used) in FILTER_WORDS:
                    used += 1
                if step.kind in ("CONV", "TCONV", "FC"):
                    self.read_size(step, texts[0], span)
                elif step.kind == "FLATTEN":
                    step.declared = f"[1x1x{texts[0]}]", span
                else:
                    return 0
                if used < len(tokens):
                    rest = self.parameter(step, tokens[used:], behind)
                    return used + rest
                return used
            if at(1) in ("STRIDE", "STRIDES", "PADDING", "PAD") and len(tokens) == 2:
                self.option(step, OPTION_WORDS[at(1).lower()], texts[0], span)
                return 2
            return 0
        key = texts[0].lower()
        used = 1
        if at(1) == "SIZE" and key in ("kernel", "filter", "pool", "window"):
            used = 2
        if used < len(tokens) and tokens[used].text == "=":
            used += 1
        name = OPTION_WORDS.get(key)
        if (
            name is None
            or name in ("from", "left", "top", "right", "bottom")
            or used >= len(tokens)
        ):
            return 0
        if kind(used) not in ("number", "size") and at(used) not in (
            "SAME",
            "VALID",
            "YES",
            "NO",
            "TRUE",
            "FALSE",
            "ZERO",
        ):
            return 0
        value = "0" if at(used) == "ZERO" else texts[used].lower()
        if kind(used) == "size":
            parts = re.split("[xX×]", value)
            value = parts[0] if parts[0] == parts[1] else "x".join(parts)
        if name == "K" and step.kind not in ("CONV", "TCONV", "FC"):
            return 0
        self.option(step, name, value, span)
        return used + 1

    def positional(self, step: DraftLayer, numbers: list[Token]) -> None:
        """Bare numbers in parentheses, by kind and by how many."""
        if not numbers:
            return
        values = [token.text for token in numbers]
        span = Span(numbers[0].start, numbers[-1].end)
        kind = step.kind
        called = step.written.replace(" ", "")
        if kind in ("CONV", "TCONV", "FC"):
            torch = called in TORCH_IN_FIRST
            most = 2 if kind == "FC" else 5
            if step.kernel is not None and kind != "FC":
                most -= 1
            if len(values) > most:
                self.fail(
                    f"{len(values)} numbers: which is which?",
                    span,
                    code="CNN003",
                    help=(f"name them: {kind}3-64(S=2, P=1)" if kind != "FC" else "as in FC-10",),
                )
            if (
                (torch and len(values) >= 2)
                or len(values) >= 3
                or (kind == "FC" and len(values) == 2)
                or (len(values) == 2 and step.kernel is not None)
            ):
                step.options.append(("in", values[0]))
                values = values[1:]
            elif torch and len(values) == 1 and called != "Linear" and kind == "FC":
                pass
            self.read_size(step, values[0], span)
            rest = values[1:]
            for key in ("F", "S", "P") if step.kernel is None else ("S", "P"):
                if rest:
                    if key == "F" and step.digits is not None:
                        step.running = True
                    self.option(step, key, rest.pop(0), span)
        elif squeeze(called).startswith("ADAPTIVE") and len(values) <= 2:
            step.options.append(("to", f"{values[-1]}x{values[0]}"))
        elif kind in ("POOL", "AVGPOOL", "DWCONV"):
            keys = [key for key in ("F", "S", "P") if not (key == "F" and step.kernel is not None)]
            if len(values) > len(keys):
                self.fail(f"{len(values)} numbers: which is which?", span, code="CNN003")
            for key, value in zip(keys, values, strict=False):
                if key == "F" and step.digits is not None:
                    step.running = True
                self.option(step, key, value, span)
        elif kind in ("BN", "LN", "IN", "LRN") and len(values) == 1:
            if kind != "LRN":
                step.options.append(("in", values[0]))
        elif kind in ("DROPOUT", "DROPOUT2D", "DROPPATH", "CHSHUFFLE") and len(values) == 1:
            step.options.append(("", values[0]))
        elif kind == "GN" and len(values) in (1, 2):
            step.options.append(("", values[0]))
            if len(values) == 2:
                step.options.append(("in", values[1]))
        elif kind in (*FACTORS, "PAD") and len(values) == 1 and step.kernel is None:
            step.kernel = values[0]
        elif kind == "FLATTEN" and values == ["1"]:
            self.note("not read: (1), torch's first dimension to flatten")
        elif kind == "FLATTEN" and len(values) == 1:
            step.declared = f"[1x1x{values[0]}]", span
        elif kind == "OUTPUT" and len(values) == 1:  # Out(10): the last FC
            step.kind = "FC"
            step.size = values[0]
        elif kind == "SOFTMAX" and len(values) == 1:
            self.note(f"not read: ({values[0]})")
        elif kind == "PAD" and len(values) == 4:
            for side, value in zip(("left", "right", "top", "bottom"), values, strict=True):
                step.options.append((side, value))
        elif kind in ("LRELU", "ELU", "PRELU", "SOFTPLUS") and len(values) == 1:
            self.note(f"not read: ({values[0]}); a slope changes no size")
        else:
            self.fail(f"what does {values[0]} stand for in {kind}?", span, code="CNN003")
