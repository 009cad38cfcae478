"""The strict grammar: section 1 of the language, one method for each production.

What people write in other forms is rewritten to this one first (``informal.py``), so nothing here
is generous. Every method's docstring is its production.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NoReturn

from cnnsize.language.cursor import INTEGER, SPACE, WORD
from cnnsize.language.layers import (
    BARE,
    KNOWN,
    LAYER,
    LETTERED,
    NUMBER,
    RESERVED,
    SIMPLE,
    alternatives,
    replacement,
    split_head,
)
from cnnsize.language.tree import (
    PLAIN,
    Binary,
    Call,
    Chain,
    Domain,
    Ellipsis,
    Expression,
    Group,
    Item,
    Join,
    LayerNode,
    Name,
    Node,
    Option,
    Pair,
    Statement,
    Suffix,
)
from cnnsize.layers.names import ALIASES, CANONICAL, JOINS, NOT_OURS
from cnnsize.limits import MAX_INTEGER, MAX_ITEMS, MAX_NESTING
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Fix
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest, squeeze

# a layer in canonical form with the arrow behind it, or the last one of its bracket or of the text
PLAIN_LAYER = re.compile(LAYER + r"(?: -> (?=[A-Z\[])|(?=\]|\Z))")
NAMED = re.compile(r"([^\W\d]\w*)[ \t]{0,99}(\([^()=]*\))?[ \t]{0,99}=(?!>)")
ARROW = re.compile(r"\s*->\s*(?=[\w\[])")
NOTHING_BEHIND = re.compile(r"\s*(?:->|[\]}|])")
PLAIN_COUNT = re.compile(r"\*([0-9]{1,17})(?= -> |\]|\Z)")
NUMBERED_CALL = re.compile(r"([^\W\d]\w*)\(((?:[0-9]{1,17}(?:, [0-9]{1,17})*)?)\)")


class Parser:
    """A recursive descent over one strict text."""

    def __init__(self, text: str, blocks: frozenset[str] = frozenset()) -> None:
        self.text = text
        self.pos = 0
        self.depth = 0
        self.items = 0
        self.blocks = blocks
        self.bare: list[
            LayerNode
        ] = []  # CONV1, POOL2: kernels, or running numbers; FC: hidden, or last

    # -- what every production needs ----------------------------------------

    def fail(
        self,
        message: str,
        start: int | None = None,
        end: int | None = None,
        *,
        code: str = "CNN001",
        label: str = "",
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
    ) -> NoReturn:
        start = self.pos if start is None else start
        if end is None:
            word = re.compile(r"\w+|\S|$").search(self.text, start)
            end = word.end() if word and word.start() == start else start + 1
        span = Span(
            start, min(end, len(self.text))
        )  # a sign at the end of the text has nothing after it
        raise ArchitectureError(
            Diagnostic(code, message, span, label, notes=notes, help=help, fixes=fixes), self.text
        )

    def skip(self, lines: bool = True) -> bool:
        """Pass blanks and comments; without ``lines`` only up to the end of the line."""
        text = self.text
        if self.pos < len(text) and text[self.pos] not in " \n\t\r#\f\v":
            return False
        found = SPACE.match(text, self.pos)
        if found is None:
            return False
        if not lines and not self.depth and "\n" in found[0]:
            self.pos = found.start() + found[0].index("\n")
            return False
        self.pos = found.end()
        return True

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.pos)

    def take(self, token: str) -> bool:
        if not self.text.startswith(token, self.pos):
            return False
        self.pos += len(token)
        return True

    def found(self) -> str:
        rest = re.compile(r"\w+|->|\S").match(self.text, self.pos)
        return f", not {rest[0]!r}" if rest else ", not the end"

    def word(self) -> str | None:
        found = WORD.match(self.text, self.pos)
        if found is None:
            return None
        self.pos = found.end()
        return found[0]

    def integer(self) -> int | None:
        found = INTEGER.match(self.text, self.pos)
        if found is None:
            return None
        digits = found[0]
        if len(digits) > len(str(MAX_INTEGER)):
            self.fail(
                f"a number of {len(digits)} digits; the most is {len(str(MAX_INTEGER))}",
                code="CNN009",
            )
        self.pos = found.end()
        return int(digits)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"brackets nest deeper than {MAX_NESTING}", code="CNN009")

    # -- productions ----------------------------------------

    def statement(self) -> Statement:
        """statement = [ name "=" ] architecture | name "(" [ name { "," name } ] ")" "=" chain"""
        self.skip()
        name: str | None = None
        parameters: tuple[str, ...] | None = None
        begin = self.pos
        found = NAMED.match(self.text, self.pos)
        if found:
            name = found[1]
            if name.upper() in ALIASES or name.upper() in (*JOINS, "ID", "WHERE"):
                self.fail(
                    f"{name} is a reserved name",
                    begin,
                    begin + len(name),
                    help=(f"call it {name.lower()}_ or net_{name.lower()}",),
                )
            if found[2] is not None:
                inner = found[2][1:-1].strip()
                parameters = tuple(part.strip() for part in inner.split(",")) if inner else ()
                for part in parameters:
                    if not WORD.fullmatch(part):
                        self.fail(
                            f"{part!r} is no name for a parameter", found.start(2), found.end(2)
                        )
                if len(set(parameters)) < len(parameters):
                    self.fail("two parameters of one name", found.start(2), found.end(2))
            self.pos = found.end()
            self.skip()
        chain = self.chain()
        where: tuple[Domain, ...] = ()
        self.skip()
        if (
            parameters is None
            and self.peek("where")
            and not self.text[self.pos + 5 : self.pos + 6].isalnum()
        ):
            where = self.where()
        self.skip()
        if self.pos < len(self.text):
            self.unexpected()
        return Statement(
            name, parameters, chain, where, any(node.kind == "FC" for node in self.bare)
        )

    def unexpected(self) -> NoReturn:
        text, at = self.text, self.pos
        if text[at] in ")]}":
            self.fail(f"{text[at]!r} closes a bracket that was never opened")
        if text[at] in "*?:":
            before = text[:at].rstrip()[-1:]
            if text[at] == "*" and before.isalnum():
                self.fail("one count is enough", help=("multiply the two: [A -> B]*6",))
            self.fail(f"{text[at]!r} must follow a layer or a bracket")
        self.fail("expected an arrow" + self.found(), help=("layers are joined by ' -> '",))

    def chain(self, stop: str = "") -> Chain:
        """chain = item { "->" item }"""
        items: list[Item] = []
        text = self.text
        start = pos = self.pos
        match, append, new = PLAIN_LAYER.match, items.append, tuple.__new__
        while True:
            # the usual case in one regular expression: a layer without variables and an arrow
            plain = match(text, pos)
            if plain is not None:
                end = plain.end(1)
                node = layer_of(plain[1])
                if node is not None:
                    append(new(Item, (node, pos, end, PLAIN)))
                    if node.bare:
                        self.look(node, pos, end, len(items))
                    pos = plain.end()
                    if pos > end:
                        continue
                    break
            self.pos = pos
            item = self.bracket() if text.startswith("[", pos) else self.item()
            append(item)
            if item.node.__class__ is LayerNode and item.node.bare:
                self.look(item.node, item.start, item.end, len(items))
            end = pos = self.pos
            if len(items) + self.items > MAX_ITEMS:
                break
            if text.startswith(" -> ", pos) and text[pos + 4 : pos + 5].isupper():
                pos += 4
                continue
            behind = ARROW.match(text, pos)
            if behind is not None:
                pos = behind.end()
                continue
            self.skip()
            if not self.take("->"):
                pos = end
                break
            self.skip()
            if self.pos >= len(text) or text[self.pos] in "]}|)":
                arrow = text.rfind("->", 0, self.pos)
                self.fail("an arrow with no layer behind it", arrow, arrow + 2)
            pos = self.pos
        self.pos = pos
        self.items += len(items)
        if self.items > MAX_ITEMS:
            self.fail(
                f"more than {MAX_ITEMS:,} layers are written out",
                code="CNN009",
                help=("say repeats as [...]*n",),
            )
        return Chain(tuple(items), Span(start, items[-1].end))

    def look(self, node: LayerNode, start: int, end: int, count: int) -> None:
        """Keeps what depends on the layers around it; INPUT stands first and nowhere else."""
        if node.kind == "INPUT" and (count > 1 or self.depth):
            self.fail("there is one INPUT, and it stands first", start, end)
        self.bare.append(node)

    def item(self) -> Item:
        """item = ( layer | group | join | call ) [ count ] [ ":" shape ]"""
        start = self.pos
        node = self.usual() or self.node()
        return Item(node, start, self.pos, self.suffix())

    def usual(self) -> Node | None:
        """A canonical layer or a call with numbers, each in one regular expression; None for
        anything else.
        """
        found = LETTERED.match(self.text, self.pos)
        if found is not None and found[2] not in self.blocks and found[1] not in self.blocks:
            layer = layer_of(found[1])
            if layer is not None:
                self.pos = found.end()
            return layer
        if self.blocks:
            found = NUMBERED_CALL.match(self.text, self.pos)
            if found is not None and found[1] in self.blocks:
                self.pos = found.end()
                return Call(found[1], tuple(map(int, found[2].split(", "))) if found[2] else ())
        return None

    def bracket(self) -> Item:
        """group [ count ] [ ":" shape ]: an item that begins with a bracket"""
        start = self.pos
        node = self.group()
        end = self.pos
        return Item(node, start, end, self.suffix())

    def node(self) -> Node:
        """layer | group | join | call"""
        if self.peek("["):
            return self.group()
        if self.peek("..."):
            self.pos += 3
            return Ellipsis()
        found = WORD.match(self.text, self.pos)
        if found is None:
            if self.pos >= len(self.text):
                self.fail("expected a layer, not the end")
            if self.peek("->"):
                self.fail("an arrow with no layer before it", self.pos, self.pos + 2)
            if INTEGER.match(self.text, self.pos):
                self.bare_number()
            self.fail(f"expected a layer{self.found()}")
        word = found[0]
        if word in JOINS and re.compile(r"\s*\{").match(self.text, found.end()):
            return self.join()
        if word in self.blocks:
            return self.call()
        node = self.layer()
        return layer_of(node.text) or node

    def bare_number(self) -> NoReturn:
        number = re.compile(r"[0-9]+(?:[x×][0-9]+)*").match(self.text, self.pos)
        assert number is not None
        if "x" in number[0]:
            self.fail(
                f"the shape {number[0]} stands where a layer should",
                self.pos,
                number.end(),
                help=(f"a shape that a layer must have: CONV3-64: [{number[0]}]",),
            )
        self.fail(
            f"the number {number[0]} is no layer",
            self.pos,
            number.end(),
            help=(f"units are FC-{number[0]}; filters are CONV3-{number[0]}",),
        )

    def group(self) -> Group:
        """group = "[" chain "]" """
        opened, text = self.pos, self.text
        self.pos += 1
        self.deeper()
        if not text[self.pos : self.pos + 1].isalnum():
            self.skip()
            if self.peek("]"):
                self.fail("an empty bracket", opened, self.pos + 1)
        chain = self.chain()
        if not text.startswith("]", self.pos):
            self.skip()
        if not self.take("]"):
            if self.pos >= len(self.text):
                self.fail(
                    "this bracket is never closed",
                    opened,
                    opened + 1,
                    help=("put ']' where the group ends",),
                )
            if self.text[self.pos] in ")}":
                self.fail(
                    f"expected ']'{self.found()}", help=("brackets close in the order they open",)
                )
            self.unexpected()
        self.depth -= 1
        return Group(chain)

    def join(self) -> Join:
        """join = ( "ADD" | "CAT" | "MUL" ) "{" branch "|" branch { "|" branch } "}" """
        start = self.pos
        op = self.word()
        assert op is not None
        self.skip()
        opened = self.pos
        self.take("{")
        self.deeper()
        branches = [self.branch()]
        self.skip()
        while self.take("|"):
            branches.append(self.branch())
            self.skip()
        if not self.take("}"):
            if self.pos >= len(self.text):
                self.fail("this brace is never closed", opened, opened + 1)
            self.unexpected()
        self.depth -= 1
        if len(branches) < 2:
            self.fail(
                f"{op} joins two branches or more",
                start,
                self.pos,
                help=(f"the other branch of a shortcut is ID: {op}{{... | ID}}",),
            )
        return Join(op, tuple(branches))

    def branch(self) -> Chain:
        """branch = "ID" | chain"""
        self.skip()
        found = re.compile(r"ID(?=\s*[|}])").match(self.text, self.pos)
        if found:
            self.pos = found.end()
            return Chain((), Span(*found.span()))
        return self.chain()

    def call(self) -> Call:
        """call = name "(" [ expression { "," expression } ] ")" """
        name = self.word()
        assert name is not None
        arguments: list[Expression] = []
        self.skip(lines=False)
        if not self.take("("):
            self.fail(
                f"a block is called with its arguments: {name}(...)", self.pos - len(name), self.pos
            )
        self.skip()
        while not self.take(")"):
            arguments.append(self.expression())
            self.skip()
            if not self.take(",") and not self.peek(")"):
                self.fail(f"expected ',' or ')'{self.found()}")
            self.skip()
        return Call(name, tuple(arguments))

    def layer(self) -> LayerNode:
        """layer = NAME [ kernel ] [ "-" size ] [ shape ] [ "(" [ option { "," option } ] ")" ]"""
        start = self.pos
        word = self.word()
        assert word is not None
        head = split_head(word)
        if head is None:
            self.unknown(word, start)
        kind, width, height = head
        spans: list[tuple[str, Span]] = []
        kernel: Pair | None = None
        if width is not None:
            kernel_start = start + len(kind)
            self.pos = kernel_start
            w = self.integer()
            h = w
            if height is not None and self.take("x"):
                h = self.integer()
            assert w is not None and h is not None
            kernel = Pair(w, h)
            spans.append(("kernel", Span(len(kind), self.pos - start)))
        size: Expression | None = None
        if self.peek("-") and not self.peek("->"):
            at = self.pos
            self.pos += 1
            if self.peek("-"):
                self.fail("a negative size", at, self.pos + 1, code="CNN004")
            size = self.size()
            if isinstance(size, Name) and (
                size.name in self.blocks or squeeze(size.name) in RESERVED
            ):
                self.fail(
                    f"{size.name} is no variable: it is the next layer",
                    at,
                    self.pos,
                    help=("layers are joined by ' -> '",),
                )
            spans.append(("size", Span(at + 1 - start, self.pos - start)))
        shape: tuple[Expression, ...] | None = None
        if self.peek("["):
            at = self.pos
            shape = self.shape()
            spans.append(("shape", Span(at - start, self.pos - start)))
        options: tuple[Option, ...] = ()
        if self.peek("("):
            options = self.options(start)
        bare = size is None and (kernel is not None or kind == "FC")
        # CONV(64): what a bare value stands for is read as people mean it
        bare = (
            bare
            or kind == "INPUT"
            or (kind not in BARE and any(option.key is None for option in options))
        )
        return LayerNode(
            self.text[start : self.pos], kind, kernel, size, shape, options, tuple(spans), bare
        )

    def unknown(self, word: str, start: int) -> NoReturn:
        end = start + len(word)
        key = squeeze(word)
        bare = key.rstrip("0123456789")
        for name in (key, bare):
            if name in NOT_OURS:
                self.fail(
                    f"{word} is not a layer of this language",
                    start,
                    end,
                    code="CNN002",
                    notes=(NOT_OURS[name],),
                )
        if not word.isascii():
            self.fail(
                f"{word!r} is not a layer of this language",
                start,
                end,
                code="CNN002",
                notes=("layer names are the English ones: INPUT, CONV, RELU, POOL, FC",),
            )
        if key in JOINS or key == "ID":
            name = key if key in JOINS else "ADD"
            self.fail(
                f"{word} is no layer: "
                + (
                    "the empty branch stands alone"
                    if key == "ID"
                    else "branches are joined in braces"
                ),
                start,
                end,
                help=(f"as in {name}{{CONV3-64 -> RELU | ID}}",),
            )
        if word in self.blocks:
            self.fail(f"a block is called with its arguments: {word}(...)", start, end)
        near = [name for name in self.blocks if name.lower() == word.lower()] or nearest(
            word, self.blocks
        )
        if near:
            self.fail(
                f"{word} is neither a layer nor a block",
                start,
                end,
                code="CNN002",
                help=(f"did you mean {alternatives(near)}?",),
                fixes=tuple(
                    Fix(f"write {name}", (replacement(start, end, name),)) for name in near
                ),
            )
        known = list(dict.fromkeys(ALIASES[near] for near in nearest(bare or key, ALIASES, 6)))[:3]
        fixes = tuple(
            Fix(
                f"write {name}", (replacement(start, start + len(word.rstrip("0123456789")), name),)
            )
            for name in known
        )
        self.fail(
            f"{word} is not a layer",
            start,
            end,
            code="CNN002",
            fixes=fixes,
            help=(f"did you mean {alternatives(known)}?",)
            if known
            else (
                "the layers are "
                + ", ".join(CANONICAL[:9])
                + " ...; `cnnsize explain unknown-layer` lists all",
            ),
        )

    def options(self, start: int) -> tuple[Option, ...]:
        """ "(" [ option { "," option } ] ")" """
        opened = self.pos
        self.take("(")
        self.deeper()
        found: list[Option] = []
        self.skip()
        while not self.take(")"):
            if self.pos >= len(self.text):
                self.fail("this parenthesis is never closed", opened, opened + 1)
            found.append(self.option(start))
            self.skip()
            if not self.take(",") and not self.peek(")"):
                if self.pos >= len(self.text):
                    self.fail("this parenthesis is never closed", opened, opened + 1)
                self.fail(f"expected ',' or ')'{self.found()}")
            self.skip()
        self.depth -= 1
        return tuple(found)

    def option(self, start: int) -> Option:
        """option = [ key "=" ] value"""
        begin = self.pos
        key: str | None = None
        found = re.compile(r"([^\W\d]\w*)\s*=\s*").match(self.text, self.pos)
        if found:
            key = found[1]
            self.pos = found.end()
        at = self.pos
        value = self.value()
        return Option(
            key, value, Span(begin - start, self.pos - start), Span(at - start, self.pos - start)
        )

    def value(self) -> Expression | Pair | float | str:
        """value = number | word | size [ "x" size ]"""
        if self.peek("-"):
            number = re.compile(r"-[0-9.]+").match(self.text, self.pos)
            if number:
                self.fail(f"{number[0]} is negative", self.pos, number.end(), code="CNN004")
        quoted = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"").match(self.text, self.pos)
        if quoted:
            self.pos = quoted.end()
            return quoted[1] if quoted[1] is not None else quoted[2]
        number = re.compile(NUMBER).match(self.text, self.pos)
        if number:
            if len(number[0]) > 40:
                self.fail(f"a number of {len(number[0])} characters", code="CNN009")
            self.pos = number.end()
            return float(number[0])
        first = self.size()
        if isinstance(first, Name) and re.compile(r"-\w").match(self.text, self.pos):
            found = re.compile(r"[\w-]+").match(self.text, self.pos)  # mode=nearest-exact
            assert found is not None
            self.pos = found.end()
            return first.name + found[0]
        if isinstance(first, Name) and first.name.endswith("x") and self.peek("("):
            self.fail(
                f"is {first.name} one name, or a size next to an x?",
                self.pos - len(first.name),
                self.pos,
                help=("put variables of a pair in parentheses: (n)x(n)",),
            )
        if self.peek("x") and self.text[self.pos - 1] in ")0123456789":
            self.pos += 1
            return Pair(first, self.size())
        return first

    def suffix(self) -> Suffix:
        """[ count ] [ ":" shape ];  count = "*" size | "?" """
        text, at = self.text, self.pos
        if at >= len(text) or NOTHING_BEHIND.match(text, at):
            return PLAIN  # the usual cases
        plain = PLAIN_COUNT.match(text, at)
        if plain is not None:
            self.pos = plain.end()
            return tuple.__new__(Suffix, (int(plain[1]), False, None, Span(at, self.pos), None, ()))
        count: Expression | None = None
        count_span: Span | None = None
        values: tuple[Expression, ...] = ()
        optional = False
        self.skip(lines=False)
        if self.peek("*"):
            begin = self.pos
            self.pos += 1
            self.skip(lines=False)
            if self.peek("["):
                values = self.values()
            else:
                if self.peek("-") and not self.peek("->"):
                    self.fail("a negative count", begin, self.pos + 2, code="CNN004")
                count = self.size(counting=True)
            count_span = Span(begin, self.pos)
            at = self.pos
            self.skip(lines=False)
            if self.peek("*") or self.peek("?"):
                self.fail(
                    "two counts on one item",
                    count_span.start,
                    self.pos + 1,
                    help=("multiply them into one, or put a bracket round the first: [[A]*2]*3",),
                )
        elif self.peek("?"):
            optional = True
            count_span = Span(self.pos, self.pos + 1)
            self.pos += 1
            at = self.pos
            self.skip(lines=False)
            if self.peek("*") or self.peek("?"):
                self.fail("two counts on one item", count_span.start, self.pos + 1)
        declared: tuple[Expression, ...] | None = None
        declared_span: Span | None = None
        if self.peek(":"):
            self.pos += 1
            self.skip(lines=False)
            begin = self.pos
            if not self.peek("["):
                self.fail(f"expected a shape such as [16x16x32] behind ':'{self.found()}")
            declared = self.shape()
            declared_span = Span(begin, self.pos)
        else:
            self.pos = at
        return Suffix(count, optional, declared, count_span, declared_span, values)

    def values(self) -> tuple[Expression, ...]:
        """ "[" size { "," size } "]": a list count, which makes the text a template"""
        self.take("[")
        found: list[Expression] = []
        while True:
            self.skip()
            found.append(self.size())
            self.skip()
            if self.take("]"):
                return tuple(found)
            if not self.take(","):
                self.fail(f"expected ',' or ']'{self.found()}")

    def shape(self) -> tuple[Expression, ...]:
        """shape = "[" size "x" size [ "x" size ] "]" """
        start = self.pos
        self.take("[")
        self.skip()
        sizes = [self.size(shape=True)]
        self.skip()
        while self.take("x"):
            self.skip()
            sizes.append(self.size(shape=True))
            self.skip()
        if not self.take("]"):
            self.fail(
                f"expected 'x' or ']' in a shape{self.found()}",
                help=("a volume is [WxHxD], as in [32x32x3]",),
            )
        if len(sizes) not in (2, 3):
            self.fail(
                "a shape has two sizes or three",
                start,
                self.pos,
                help=("a volume is [WxHxD], as in [32x32x3]",),
            )
        return tuple(sizes)

    def size(self, shape: bool = False, counting: bool = False) -> Expression:
        """size = integer | name | "(" expression ")" """
        found = self.integer()
        if found is not None:
            if re.compile(r"\.[0-9]").match(self.text, self.pos):
                self.fail("sizes are whole numbers", self.pos - len(str(found)), code="CNN004")
            return found
        if self.peek("("):
            self.take("(")
            self.deeper()
            self.skip()
            inner = self.expression()
            self.skip()
            if not self.take(")"):
                self.fail(f"expected ')'{self.found()}")
            self.depth -= 1
            return inner
        if self.peek("-"):
            self.fail("a negative size", self.pos, self.pos + 2, code="CNN004")
        start = self.pos
        name = self.word()
        if name is None:
            self.fail(f"expected a {'count' if counting else 'size'}{self.found()}")
        if shape and "x" in name:
            self.fail(
                f"is {name} one name, or a size next to an x?",
                start,
                self.pos,
                help=("put variables of a shape in parentheses: [(n)x(n)x3]",),
            )
        return Name(name, Span(start, self.pos))

    def expression(self) -> Expression:
        """expression = term { ( "+" | "-" ) term }"""
        left = self.term()
        terms = 0
        while True:
            self.skip()
            if self.peek("->") or not (self.peek("+") or self.peek("-")):
                return left
            op = self.text[self.pos]
            self.pos += 1
            self.skip()
            terms += 1
            if terms > MAX_NESTING:
                self.fail(f"more than {MAX_NESTING} terms", code="CNN009")
            left = Binary(op, left, self.term())

    def term(self) -> Expression:
        """term = size { ( "*" | "//" ) size }"""
        left = self.size()
        factors = 0
        while True:
            self.skip()
            if self.take("//"):
                op = "//"
            elif self.take("*"):
                op = "*"
            elif self.peek("/"):
                self.fail("sizes divide with '//'", help=("'//' keeps the whole part",))
            else:
                return left
            self.skip()
            factors += 1
            if factors > MAX_NESTING:
                self.fail(f"more than {MAX_NESTING} factors", code="CNN009")
            left = Binary(op, left, self.size())

    def where(self) -> tuple[Domain, ...]:
        """where = "where" name ( "=" integer | "in" integer ".." integer | "in" "{" integer ... "}"
        ) ...
        """
        self.take("where")
        found: dict[str, Domain] = {}
        while True:
            self.skip()
            start = self.pos
            name = self.word()
            if name is None:
                self.fail(f"expected a letter{self.found()}")
            values = domain(self)
            if name in found:
                self.fail(f"{name} is bound twice", start, self.pos)
            found[name] = Domain(name, values, Span(start, self.pos))
            self.skip()
            if not self.take(","):
                return tuple(found.values())


def domain(parser: Parser) -> range | tuple[int, ...]:
    """( "=" | "in" ) integer [ ".." integer ] | "in" "{" integer { "," integer } "}" """

    def number() -> int:
        parser.skip()
        if parser.peek("-"):
            parser.fail("a negative value", parser.pos, parser.pos + 2, code="CNN004")
        value = parser.integer()
        if value is None:
            parser.fail(f"expected a number{parser.found()}")
        return value

    parser.skip()
    if not parser.take("=") and not parser.take("in"):
        parser.fail(f"expected '=' or 'in'{parser.found()}")
    parser.skip()
    if parser.take("{"):
        values = [number()]
        parser.skip()
        while parser.take(","):
            values.append(number())
            parser.skip()
        if not parser.take("}"):
            parser.fail(f"expected ',' or '}}'{parser.found()}")
        return tuple(sorted(set(values)))
    start = parser.pos
    first = number()
    parser.skip()
    if not parser.take(".."):
        return range(first, first + 1)
    last = number()
    if last < first:
        parser.fail(f"the range {first}..{last} is empty", start, parser.pos, code="CNN004")
    return range(first, last + 1)


@lru_cache(maxsize=8192)
def layer_of(text: str) -> LayerNode | None:
    """The node of a layer written in canonical form, None where it needs a closer look."""
    simple = SIMPLE.fullmatch(text)
    if simple is not None and simple[1] in KNOWN:
        kind, digits, width = simple.groups()
        if digits is None or kind + digits not in KNOWN:  # RELU6 is a name
            at = len(kind) + len(digits or "")
            filter_span = (("kernel", Span(len(kind), at)),) if digits else ()
            width_span = (("size", Span(at + 1, len(text))),) if width else ()
            kernel = Pair(int(digits), int(digits)) if digits else None
            size = int(width) if width else None
            bare = kind == "INPUT" or (size is None and (kernel is not None or kind == "FC"))
            return LayerNode(text, kind, kernel, size, None, (), filter_span + width_span, bare)
    parser = Parser(text)
    head = WORD.match(text)
    if head is None or split_head(head[0]) is None:
        return None
    try:
        node = parser.layer()
    except ArchitectureError:
        return None
    return node if parser.pos == len(text) else None
