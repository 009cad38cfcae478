"""Write a syntax tree as canonical text.

Canonical text has layer names in upper case, `` -> `` between layers, ``[...]*n`` for repetitions,
and options in the order K F S P D G.
"""

from __future__ import annotations

from cnnsize.language.informal.numbering import SIZE_OPTIONS, SIZED, is_ambiguous
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
    Option,
    Pair,
    Statement,
    all_items,
)
from cnnsize.layers import KINDS
from cnnsize.layers.names import OPTION_WORDS

ORDER = ("K", "F", "S", "P", "D", "G")
PRECEDENCE = {"+": 1, "-": 1, "*": 2, "//": 2}
SWITCHES = ("bias", "ceil", "include_pad", "affine")  # yes or no
CHOICES = ("mode", "per")  # one of some words
SPELLINGS = {
    "true": "yes",
    "on": "yes",
    "false": "no",
    "off": "no",
    **{word: word for word in ("same", "valid", "yes", "no")},
}
NONE_NUMBERED: frozenset[str] = frozenset()


def formatted(statement: Statement) -> str:
    """Return the canonical text of a statement, in one line. Formatting it again changes
    nothing.
    """
    numbered = bare_numbers(statement.chain)
    text = head_text(statement) + chain_text(statement.chain, numbered)
    if statement.where:
        text += where_text(statement)
    return text


def head_text(statement: Statement) -> str:
    """Return the name and parameters with the equals sign; empty without a name."""
    if statement.name is None:
        return ""
    if statement.parameters is None:
        return f"{statement.name} = "
    return f"{statement.name}({', '.join(statement.parameters)}) = "


def where_text(statement: Statement) -> str:
    """Return the ``where`` clause, with the space before it."""
    return " where " + ", ".join(map(domain_text, statement.where))


def chain_text(chain: Chain, numbered: frozenset[str] = NONE_NUMBERED) -> str:
    """Return a chain in one line; ``numbered`` are the kinds of ``bare_numbers``."""
    return " -> ".join(item_text(item, numbered) for item in chain.items)


def item_text(item: Item, numbered: frozenset[str] = NONE_NUMBERED) -> str:
    """Return a layer, group, join or call with its suffix; ``numbered`` as in ``chain_text``."""
    node = item.node
    if isinstance(node, LayerNode):
        text = layer_text(node, numbered=node.kind in numbered)
    elif isinstance(node, Group):
        text = f"[{chain_text(node.chain, numbered)}]"
    elif isinstance(node, Join):
        branches = [
            chain_text(branch, numbered) if branch.items else "ID" for branch in node.branches
        ]
        text = f"{node.op}{{{' | '.join(branches)}}}"
    elif isinstance(node, Call):
        text = f"{node.name}({', '.join(map(expression_text, node.arguments))})"
    else:
        assert isinstance(node, Ellipsis)
        text = "..."
    return text + suffix_text(item)


def suffix_text(item: Item) -> str:
    """Return the count, the ``?`` and the declared shape of an item."""
    suffix = item.suffix
    if suffix is PLAIN:
        return ""
    text = ""
    if suffix.repeat is not None:
        text += f"*{size_text(suffix.repeat)}"
    if suffix.values:
        text += f"*[{', '.join(map(size_text, suffix.values))}]"
    if suffix.optional:
        text += "?"
    if suffix.declared is not None:
        text += f": {shape_text(suffix.declared)}"
    return text


def layer_text(node: LayerNode, *, numbered: bool = False) -> str:
    """Return a layer as ``CONV3-64(S=2, P=0)``: the kernel where it is a number, the width, the
    options.

    ``numbered``: the kernel becomes an option where it would be read as a running number.
    """
    cls = KINDS[node.kind]
    keyless = next(iter(cls.positional), None)  # the option that is written without its key
    kernel, width = node.kernel, node.size
    options: list[tuple[str, str]] = []
    for option in node.options:
        key = option_key(option, node)
        value = option.value
        pair = integer_pair(value) if key and key == cls.kernel else None
        is_width = key and key == cls.width and width is None
        if pair is not None and kernel is None:
            kernel = pair
        elif is_width and isinstance(value, int | Name | Binary):
            width = value
        else:
            pairwise = key == "to" and node.kind != "SLICE"  # a W x H, and never one number
            options.append((key, value_text(key, value, pairwise=pairwise)))
    text = node.kind
    if kernel is not None:
        square = kernel.W == kernel.H
        as_one = square and node.kind != "FC"  # FC10 would be a width
        glued = f"{kernel.W}" if as_one else f"{kernel.W}x{kernel.H}"
        is_bare = width is None and square and node.kind in SIZED
        if numbered and is_bare:
            options.append(("F", glued))
        else:
            text += glued
    if width is not None:
        text += f"-{size_text(width)}"
    if node.shape is not None:
        text += shape_text(node.shape)
    if options:
        options.sort(key=option_rank)
        parts = [value if key in ("", keyless) else f"{key}={value}" for key, value in options]
        text += f"({', '.join(parts)})"
    return text


def option_rank(option: tuple[str, str]) -> int:
    """Return the place of an option among the options of a layer."""
    key, _ = option
    return ORDER.index(key) if key in ORDER else len(ORDER)


def option_key(option: Option, node: LayerNode) -> str:
    """Return the canonical key of an option; the first key that takes a bare value where it has
    none, and empty where the kind takes no bare value.
    """
    cls = KINDS[node.kind]
    if option.key is None:
        return next(iter(cls.positional), "")
    if option.key in cls.reads:
        return option.key
    key = OPTION_WORDS.get(option.key.lower(), option.key)
    if key == "P" and "rate" in cls.reads:
        return "rate"
    if key == "F" and "factor" in cls.reads:
        return "factor"
    return key


def integer_pair(value: Expression | Pair | float | str) -> Pair | None:
    """Return a value as a pair of integers; None where it holds variables or is no size."""
    if isinstance(value, int):
        return Pair(value, value)
    if isinstance(value, Pair) and isinstance(value.W, int) and isinstance(value.H, int):
        return value
    return None


def value_text(key: str, value: Expression | Pair | float | str, *, pairwise: bool = False) -> str:
    """Return the value of an option; ``pairwise``: one number is written as two equal sides."""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, Pair):
        if value.W == value.H and not pairwise:
            return size_text(value.W)
        return f"{side_text(value.W)}x{side_text(value.H)}"
    if isinstance(value, int):
        if pairwise:
            return f"{value}x{value}"
        if key in SWITCHES and value in (0, 1):
            return "yes" if value else "no"
    elif isinstance(value, Name):
        lower = value.name.lower()
        is_choice = key in (*SWITCHES, "P") and lower in SPELLINGS
        if is_choice or key in CHOICES:
            return SPELLINGS.get(lower, lower)
    return size_text(value)


def shape_text(sizes: tuple[Expression, ...]) -> str:
    """Return a shape in brackets."""
    return f"[{'x'.join(map(side_text, sizes))}]"


def side_text(size: Expression) -> str:
    """Return a size next to an x, where a variable needs parentheses."""
    return str(size) if isinstance(size, int) else f"({expression_text(size)})"


def size_text(size: Expression) -> str:
    """Return a number, a name, or an expression in parentheses."""
    return f"({expression_text(size)})" if isinstance(size, Binary) else expression_text(size)


def expression_text(expression: Expression, precedence: int = 0) -> str:
    """Return an expression, in parentheses where its operator binds less than ``precedence``."""
    if isinstance(expression, int):
        return str(expression)
    if isinstance(expression, Name):
        return expression.name
    own = PRECEDENCE[expression.op]
    left = expression_text(expression.left, own)
    right = expression_text(expression.right, own + 1)
    space = " " if own == 1 else ""
    text = f"{left}{space}{expression.op}{space}{right}"
    return f"({text})" if own < precedence else text


def domain_text(domain: Domain) -> str:
    """Return the values of one letter: ``N = 2``, ``N in 0..3``, ``N in {1, 2, 4}``."""
    values = domain.values
    if domain.single is not None:
        return f"{domain.name} = {domain.single}"
    if isinstance(values, range):
        return f"{domain.name} in {values[0]}..{values[-1]}"
    return f"{domain.name} in {{{', '.join(map(str, values))}}}"


def bare_numbers(chain: Chain) -> frozenset[str]:
    """Return the kinds whose bare CONV1, CONV2 ... would be read as running numbers, or CONV32 as
    32 filters.
    """
    numbers: dict[str, list[int]] = {}
    with_sizes: set[str] = set()  # POOL3(S=2) is not the third pooling layer
    for item in all_items(chain):
        node = item.node
        if not isinstance(node, LayerNode):
            continue
        head = layer_text(node)[len(node.kind) :].split("(")[0]
        if not head.isdigit():
            continue
        numbers.setdefault(node.kind, []).append(int(head))
        if any(option.key in SIZE_OPTIONS for option in node.options):
            with_sizes.add(node.kind)
    return frozenset(
        kind for kind in numbers if kind not in with_sizes and is_ambiguous(kind, numbers[kind])
    )
