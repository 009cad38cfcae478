"""What people really write, rewritten to the strict grammar: section 4 of the language.

A stage of its own in front of the parser. It yields strict text, a map from every piece of it back
to the characters it was made from, and a record of what it read as what. It never repairs a typo:
a word that it does not know goes through as it is, and the parser refuses it by name.
"""

from __future__ import annotations

import re

from cnnsize.language.informal.numbering import (
    FACTORS,
    FEWEST_FILTERS,
    LETTERED,
    NUMBERING,
    SIZED,
    count_along,
    count_informally,
    count_layers,
)
from cnnsize.language.informal.phrases import Phrases
from cnnsize.language.informal.tokens import (
    CLOSERS,
    NOISE,
    DraftGroup,
    DraftJoin,
    DraftLayer,
    Element,
    Respelling,
    Token,
)
from cnnsize.layers.names import ACTIVATIONS, ALIASES, IMPLIED, JOINS, OPTION_WORDS
from cnnsize.limits import MAX_NESTING
from cnnsize.text.span import Span
from cnnsize.text.suggest import squeeze


class Reader(Phrases):
    """Reads the tokens of one informal architecture: brackets, arrows in all disguises, counts."""

    def sequence(self, stop: int) -> list[Element]:
        """Elements up to the token ``stop``, whatever stands between them."""
        items: list[Element] = []
        pending: Token | None = None  # the separator before the next element
        separated = True
        while self.at < stop:
            token = self.tokens[self.at]
            if token.text == "where" and items and self.constraint_ahead():
                self.note(f"not read: {self.text[token.start :].strip()}")
                self.at = stop
                pending = None
                break
            if token.kind == "line":
                self.at += 1
                following = self.peek()
                if self.lines_join and items and following is not None:
                    separated = True
                continue
            if token.kind in ("arrow", "down") or self.separator(token, stop):
                if token.kind == "symbol" and token.text == "|" and self.constraint(stop):
                    continue
                if token.kind == "arrow" or token.kind == "down":
                    if (
                        pending is not None
                        and pending.kind == token.kind == "arrow"
                        and items
                        and "\n" not in self.text[pending.end : token.start]
                    ):
                        self.fail(
                            "two arrows with no layer between them", Span(pending.start, token.end)
                        )
                    if token.text != "->":
                        self.readings.append(Respelling(token.span, token.text, "->"))
                else:
                    self.readings.append(Respelling(token.span, token.text, "->"))
                self.at += 1
                pending = token
                separated = True
                continue
            if (not separated or pending is None) and items and self.trailing(stop, items):
                continue
            if not separated:
                if token.kind == "symbol" and token.text in ")]}":
                    self.fail(f"{token.text!r} closes a bracket that was never opened", token.span)
                previous = self.tokens[self.at - 1]
                self.fail(
                    "expected an arrow between two layers",
                    Span(previous.end, token.end) if previous.end < token.start else token.span,
                    help=("layers are joined by ' -> '",),
                )
            before, start = len(items), self.at
            self.element(items, stop, pending)
            separated = len(items) == before and not self.declared_now
            if len(items) > before or self.declared_now:
                pending = None
            self.declared_now = False
            if self.at == start:
                self.fail(f"cannot read {token.text!r} here", token.span)
        if (
            pending is not None
            and items
            and pending.kind == "arrow"
            and self.depth == 0
            and stop == len(self.tokens)
        ):
            self.fail("an arrow with no layer behind it", pending.span)
        return items

    def separator(self, token: Token, stop: int) -> bool:
        """Is this sign an arrow in disguise here?"""
        if token.kind == "symbol":
            if token.text == ">" and not self.arrows:
                return True
            if token.text in ",+/;&":
                return True
            if token.text in "-–—":
                following = self.peek(1)
                if (
                    following is not None
                    and following.kind == "number"
                    and self.at + 1 < stop
                    and not following.glued
                    and not self.counted(self.at + 1)
                ):
                    self.fail(
                        f"is {following.text} units, or a size that comes out?",
                        Span(token.start, following.end),
                        help=(
                            f"units are FC-{following.text}, without blanks; a size that comes out is -> {following.text}",
                        ),
                    )
                return True
            if token.text == "|":
                return self.alone_on_line() or self.constraint_ahead()
        return False

    def counted(self, index: int) -> bool:
        """Does ``2x [`` stand at this token, and not units?"""
        sign = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        return sign is not None and (sign.kind == "times" or sign.text in ("x", "X"))

    def alone_on_line(self) -> bool:
        before = self.tokens[self.at - 1] if self.at else None
        after = self.peek(1)
        return (before is None or before.kind == "line") and (after is None or after.kind == "line")

    def constraint_ahead(self) -> bool:
        """``| N, M >= 0``, behind the whole."""
        rest = self.ahead(self.tokens[self.at].end, 200)
        return (
            self.depth == 0
            and re.match(r"\s*[A-Za-z](?:\s*,\s*[A-Za-z])*\s*(?:[<>≥≤=∈]|in\b)", rest) is not None
        )

    def constraint(self, stop: int) -> bool:
        """``| N, M, K >= 0`` behind the network says nothing that can be checked: dropped, with a
        note.
        """
        if not self.constraint_ahead() or self.alone_on_line():
            return False
        start = self.tokens[self.at].start
        rest = self.text[start : self.tokens[stop - 1].end]
        self.note(f"not read: {rest.strip()}")
        self.at = stop
        return True

    def trailing(self, stop: int, items: list[Element]) -> bool:
        """Words behind an element that change nothing: ``layer``, ``m=1~5`` behind the whole."""
        token = self.tokens[self.at]
        following = self.peek(1)
        if token.kind == "word" and token.text.upper() in NOISE:
            self.at += 1
            return True
        if (
            token.kind == "word"
            and token.text.upper() in ("OUT", "OUTPUT", "SHAPE")
            and self.is_symbol(following, "=")
            and (after := self.peek(2)) is not None
            and after.kind == "size"
            and items
        ):
            self.declare(items, after)
            self.at += 3
            return True
        if (
            self.depth == 0
            and token.kind == "word"
            and len(token.text) == 1
            and stop == len(self.tokens)
            and following is not None
            and following.text in ("=", ">", "<", "≥", "≤", "∈", ",", "in")
            and items
            and any(other.text == token.text for other in self.tokens[: self.at])
        ):
            self.note(f"not read: {self.text[token.start :].strip()}")
            self.at = stop
            return True
        if (
            self.depth == 0
            and token.kind == "symbol"
            and token.text in ".。"
            and self.at == stop - 1
        ):
            self.at += 1
            return True
        if token.kind == "symbol" and token.text in ".。!;" and self.at == stop - 1:
            self.at += 1
            return True
        if token.kind == "dots":
            items.append(self.dots(token))
            self.at += 1
            return True
        last = items[-1] if items else None
        if self.is_symbol(token, "(") and isinstance(
            last, DraftLayer
        ):  # Conv 16@3x3 <new line> (same, relu)
            end = self.closing(self.at)
            inner = [inside for inside in self.tokens[self.at + 1 : end] if inside.kind != "line"]
            words = [squeeze(inside.text) for inside in inner if inside.kind == "word"]
            options = bool(words) and (
                words[0] in ("SAME", "VALID", "PADDED", "NO") or words[0].lower() in OPTION_WORDS
            )
            prose = bool(words) and all(ALIASES.get(word, "INPUT") == "INPUT" for word in words)
            if options or (prose and last.kind == "INPUT"):
                self.arguments(last, self.at + 1, end)
                items += last.after
                self.at = end + 1
                return True
        return False

    def dots(self, token: Token) -> DraftLayer:
        return DraftLayer("...", token.text, token.span, verbatim="...")

    def element(self, items: list[Element], stop: int, pending: Token | None) -> None:
        """One layer, group or join, with what follows it."""
        token = self.tokens[self.at]
        if token.kind == "dots":
            items.append(self.dots(token))
            self.at += 1
            return
        if self.bullet(token):
            return
        prefix = self.prefix_count(stop)
        token = self.tokens[self.at] if self.at < stop else token
        if token.kind == "symbol" and token.text in CLOSERS:
            made = self.bracket(items, stop)
        elif token.kind == "symbol" and token.text in ")]}":
            self.fail(f"{token.text!r} closes a bracket that was never opened", token.span)
        elif (
            token.kind == "word"
            and token.text.upper() in JOINS
            and self.is_symbol(self.peek(1), "{")
        ):
            made = [self.join()]
        else:
            made = self.phrase(items, stop, pending)
        if not made:
            return
        last = made[-1]
        if prefix is not None:
            if last.count is not None:
                self.fail("two counts on one item", prefix[1])
            last.count = prefix
        self.suffix(last, stop)
        items += made

    def bullet(self, token: Token) -> bool:
        """``1.`` or ``-`` or ``*`` before the first word of a line."""
        before = self.tokens[self.at - 1] if self.at else None
        if (
            before is not None
            and before.kind != "line"
            and not (before.kind == "symbol" and before.text in "-")
        ):
            return False
        following = self.peek(1)
        if (
            token.kind == "number"
            and self.is_symbol(following, ".)")
            and following is not None
            and following.glued
        ):
            self.at += 2
            return True
        if (
            token.kind == "symbol"
            and token.text in "*•·-"
            and (before is None or before.kind == "line")
        ):
            self.at += 1
            return True
        return False

    def prefix_count(self, stop: int) -> tuple[str, Span] | None:
        """``3x [...]``, ``2×[...]``, ``3 × (...)``."""
        token, sign = self.tokens[self.at], self.peek(1)
        if token.kind != "number" or sign is None:
            return None
        if not (
            sign.kind == "times"
            or (sign.kind == "word" and sign.text in "xX")
            or self.is_symbol(sign, "*")
        ):
            return None
        opener = self.peek(2)
        layer = (
            opener is not None
            and opener.kind == "word"
            and self.layer_words(self.tokens, self.at + 2) is not None
        )
        if not self.is_symbol(opener, "[({") and not (layer and sign.glued):
            return None
        self.at += 2
        span = Span(token.start, sign.end)
        self.readings.append(Respelling(span, self.text[span.start : span.end], f"*{token.text}"))
        return token.text, span

    def bracket(self, items: list[Element], stop: int) -> list[Element]:
        """A group, a bare shape, or an annotation."""
        opened = self.tokens[self.at]
        end = self.closing(self.at)
        inner = [token for token in self.tokens[self.at + 1 : end] if token.kind != "line"]
        if not inner:
            self.fail("an empty bracket", Span(opened.start, self.tokens[end].end))
        shape = self.bare_shape(inner)
        if shape is not None:  # [32x32x3], (28, 28, 1): digits only are a shape
            self.at = end + 1
            return self.shape_step(items, shape, Span(opened.start, self.tokens[end].end))
        if opened.text == "(" and inner[0].text == "+":
            self.fail(
                "a sum with an earlier layer is written as a join",
                Span(opened.start, self.tokens[end].end),
                help=("ADD{CONV3-64 -> RELU -> CONV3-64 | ID}",),
            )
        if (
            opened.text == "("
            and not items
            and self.depth == 0
            and len(inner) == 1
            and inner[0].kind == "word"
            and self.layer_words(inner, 0) is None
            and self.followed_by_arrow(end + 1)
        ):
            self.at = end + 1
            span = Span(opened.start, self.tokens[end].end)
            self.readings.append(Respelling(span, self.text[span.start : span.end], "INPUT"))
            step = DraftLayer("INPUT", inner[0].text, span)
            self.steps.append(step)
            return [step]
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"brackets nest deeper than {MAX_NESTING}", opened.span, code="CNN009")
        self.at += 1
        content = self.sequence(end)
        self.depth -= 1
        closed = self.tokens[end]
        self.at = end + 1
        if not content:
            return []
        if opened.text != "[":
            self.readings.append(Respelling(opened.span, opened.text, "["))
            self.readings.append(Respelling(closed.span, closed.text, "]"))
        return [DraftGroup(content, Span(opened.start, closed.end), opened, closed)]

    def followed_by_arrow(self, index: int) -> bool:
        while index < len(self.tokens) and self.tokens[index].kind == "line":
            index += 1
        return index < len(self.tokens) and (
            self.tokens[index].kind == "arrow" or self.tokens[index].text in "->"
        )

    def join(self) -> DraftJoin:
        op = self.tokens[self.at]
        self.at += 1
        end = self.closing(self.at)
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"brackets nest deeper than {MAX_NESTING}", op.span, code="CNN009")
        cuts: list[int] = []
        level = 0
        for index in range(self.at + 1, end):
            token = self.tokens[index]
            if token.kind == "symbol":
                level += (token.text in CLOSERS) - (token.text in ")]}")
                if token.text == "|" and level == 0:
                    cuts.append(index)
        branches: list[list[Element]] = []
        self.at += 1
        for cut in [*cuts, end]:
            inner = [token for token in self.tokens[self.at : cut] if token.kind != "line"]
            if len(inner) == 1 and inner[0].text.upper() == "ID":
                branches.append([])
            else:
                branch = self.sequence(cut)
                if not branch:
                    self.fail(
                        "an empty branch",
                        self.tokens[cut].span,
                        help=("the empty branch is written ID",),
                    )
                branches.append(branch)
            self.at = cut + 1
        self.depth -= 1
        if len(branches) < 2:
            self.fail(
                f"{op.text.upper()} joins two branches or more",
                Span(op.start, self.tokens[end].end),
                help=(f"the other branch of a shortcut is ID: {op.text.upper()}{{... | ID}}",),
            )
        return DraftJoin(op.text.upper(), branches, Span(op.start, self.tokens[end].end))

    def suffix(self, item: Element, stop: int) -> None:
        """Counts in all spellings, ``?`` and a declared shape."""
        while self.at < stop:
            token = self.tokens[self.at]
            following = self.peek(1)
            start = self.at
            count: tuple[str, Span] | None = None
            if (
                token.kind == "times"
                or (token.kind == "symbol" and token.text in "*^")
                or (token.kind == "word" and token.text in ("x", "X") and following is not None)
            ):
                count = self.count_value(self.at + 1, stop)
            elif token.kind == "word" and re.fullmatch(r"[xX]([0-9]+|[A-Z]\w*|[nmk])", token.text):
                if isinstance(item, (DraftGroup, DraftJoin)) or re.fullmatch(
                    r"[xX][0-9]+", token.text
                ):
                    count = token.text[1:], token.span
                    self.at += 1
            elif self.is_symbol(token, "(") and (inside := self.paren_count()) is not None:
                count = inside
            elif token.kind == "symbol" and token.text == "?":
                if item.optional or item.count:
                    self.fail("two counts on one item", token.span)
                item.optional = token.span
                self.at += 1
                continue
            elif token.kind == "symbol" and token.text == ":" and following is not None:
                if not self.declared_behind(item, stop):
                    return
                continue
            if count is None:
                return
            if item.count is not None or item.optional is not None:
                self.fail(
                    "two counts on one item",
                    Span(token.start, count[1].end),
                    help=("multiply them into one, or put a bracket round the first: [[A]*2]*3",),
                )
            span = Span(self.tokens[start].start, count[1].end)
            if isinstance(item, DraftLayer) and item.kind in ACTIVATIONS and start > 1:
                self.fail(
                    f"does the count repeat {item.kind} alone, or what stands before it too?",
                    span,
                    help=(f"put brackets round what repeats: [CONV -> {item.kind}]*{count[0]}",),
                )
            written = self.text[span.start : span.end]
            if written != f"*{count[0]}" or not self.tokens[start].glued:
                self.readings.append(Respelling(span, written, f"*{count[0]}"))
            item.count = count[0], span

    def paren_count(self) -> tuple[str, Span] | None:
        """``(x3)``, ``(×N)`` behind an item."""
        found = re.match(r"\(\s*[x×*]\s*(\w+)\s*\)", self.ahead(self.tokens[self.at].start, 40))
        if found is None:
            return None
        start = self.tokens[self.at].start
        self.at = self.closing(self.at) + 1
        return found[1], Span(start + found.start(1), start + found.end(1))

    def count_value(self, index: int, stop: int) -> tuple[str, Span] | None:
        """A number, a letter, a parenthesized expression or a list behind a times sign."""
        if index >= stop:
            self.fail("a count is missing", self.tokens[index - 1].span)
        token = self.tokens[index]
        if token.kind in ("number", "word") and token.text != "where":
            if "." in token.text:
                self.fail("counts are whole numbers", token.span, code="CNN004")
            following = self.tokens[index + 1] if index + 1 < stop else None
            after = self.tokens[index + 2] if index + 2 < stop else None
            if (
                token.kind == "word"
                and self.is_symbol(following, "-+")
                and after is not None
                and after.kind == "number"
            ):
                expression = f"{token.text}{self.tokens[index + 1].text}{after.text}"
                self.fail(
                    f"is the count {token.text}, or {expression}?",
                    Span(token.start, after.end),
                    help=(f"a count that is worked out stands in parentheses: *({expression})",),
                )
            self.at = index + 1
            return token.text, token.span
        if token.kind == "symbol" and token.text in "({[":
            end = self.closing(index)
            inner = self.text[token.end : self.tokens[end].start].strip()
            span = Span(token.start, self.tokens[end].end)
            self.at = end + 1
            if token.text == "(":
                return f"({inner})", span
            if token.text == "{" and re.fullmatch(r"\w+", inner):
                return inner, span
            if token.text == "[":
                return f"[{inner}]", span
        if token.kind == "symbol" and token.text == "-":
            self.fail("a negative count", Span(token.start, token.end), code="CNN004")
        self.fail(f"expected a count, not {token.text!r}", token.span)

    def declared_behind(self, item: Element, stop: int) -> bool:
        """``: [16x16x32]``, ``: 4096`` on FC, ``Input: 3x32x32``."""
        index = self.at + 1
        token = self.tokens[index]
        if token.kind == "symbol" and token.text in "[(":
            end = self.closing(index)
            inner = [t for t in self.tokens[index + 1 : end] if t.kind != "line"]
            shape = self.bare_shape(inner)
            span = Span(token.start, self.tokens[end].end)
            if shape is None:
                return False
            self.at = end + 1
        elif token.kind == "size" and index < stop:
            shape, span = self.bare_shape([token]), token.span
            if shape is None:
                self.fail(
                    f"{token.text} is no shape: two sizes or three",
                    token.span,
                    help=("a volume is [WxHxD], as in [32x32x3]",),
                )
            self.at = index + 1
        else:
            return False
        if isinstance(item, DraftLayer) and item.kind == "INPUT" and item.shape is None:
            item.shape = shape
            item.span = Span(item.span.start, span.end)
        else:
            item.declared = shape, span
        return True

    def declare(self, items: list[Element], token: Token) -> None:
        shape = self.bare_shape([token])
        if shape is None:
            self.fail(f"{token.text} is no shape: two sizes or three", token.span)
        items[-1].declared = shape, token.span

    def number_steps(self) -> None:
        """conv1 -> pool1 -> conv2 -> pool2: the digits count layers, and are no sizes.

        Only where no layer of the kind has a width, a filter or another option. Where convolutions
        or FC count, so do the kinds that are numbered with them: conv1 -> conv2 -> pool2.
        """
        by_kind: dict[str, list[DraftLayer]] = {}
        for step in self.steps:
            if step.digits is not None:
                kind = "RELU" if step.kind == "RELU6" else step.kind
                by_kind.setdefault(kind, []).append(step)
        named = {step.kind for step in self.steps if step.running}  # conv1_1
        free: dict[str, list[int]] = {}
        for kind, steps in by_kind.items():
            if kind not in SIZED | FACTORS | {"FC"}:
                for step in steps:
                    step.running = True
            elif all(step.kernel is None and step.size is None for step in steps) and not any(
                key in LETTERED | {"F"}
                for step in steps
                for key, _ in step.options
                if step.lettered
            ):
                free[kind] = [int(step.digits or 0) for step in steps]
        strict = {kind for kind in free if any(map(canonical, by_kind[kind]))}
        counted = {
            kind
            for kind, numbers in free.items()
            if count_layers(kind, numbers)
            or (kind not in strict and count_informally(kind, numbers))
        }
        first = NUMBERING & (named | counted)
        for kind, numbers in free.items():
            along = "CONV" in first or (kind not in strict and first)
            if kind in counted or (along and count_along(kind, numbers)):
                for step in by_kind[kind]:
                    step.running = True
                if kind in SIZED:
                    words = ", ".join(step.written for step in by_kind[kind][:2])
                    more = " ..." if len(numbers) > 1 else ""
                    self.note(f"{words}{more}: read as running numbers, not as filter sizes")
        for steps in by_kind.values():
            for step in steps:
                step.running = step.running or step.kernel is not None
        six = [step for step in self.steps if step.kind == "RELU6"]
        if six and "RELU" in by_kind and any(step.digits is not None for step in by_kind["RELU"]):
            for step in six:
                step.kind = "RELU"
                self.readings.append(Respelling(step.span, step.written, "RELU"))

    def strict(self, step: DraftLayer) -> str:
        """The canonical text of one step."""
        if step.verbatim is not None:
            return step.verbatim
        kernel, size, options = step.kernel, step.size, list(step.options)
        if step.digits is not None and not step.running:
            if step.kind == "FC":
                if size is not None and int(step.digits) < 10:  # FC1 (120): a running number
                    return f"FC-{size}" + self.bracketed(options)
                if size is not None:
                    self.fail(
                        "the number of units is given twice",
                        step.span,
                        help=(f"keep one: FC-{size}",),
                    )
                size = step.digits
            elif (
                step.kind in ("CONV", "TCONV")
                and size is None
                and int(step.digits) >= FEWEST_FILTERS
                and not canonical(step)
            ):
                size = step.digits
            elif kernel is None:
                kernel = step.digits
        if (
            kernel is None
            and step.kind in IMPLIED
            and squeeze(step.written) != step.kind
            and not any(
                key in ("factor", "P", "left", "right", "top", "bottom") for key, _ in options
            )
        ):
            kernel = IMPLIED[step.kind]
        head = step.kind
        if kernel is not None:
            parts = kernel.split("x")
            if len(parts) == 2 and parts[0] == parts[1]:
                kernel = parts[0]
            head += kernel
        if size is not None:
            head += f"-{size}"
        if step.shape is not None:
            head += step.shape
        return head + self.bracketed(options)

    def bracketed(self, options: list[tuple[str, str]]) -> str:
        return (
            f"({', '.join(f'{key}={value}' if key else value for key, value in options)})"
            if options
            else ""
        )


def canonical(step: DraftLayer) -> bool:
    """Is a layer with digits written as ``fmt`` would write it: POOL3, and not pool3 or
    MaxPool3?
    """
    return step.written == f"{step.kind}{step.digits}"
