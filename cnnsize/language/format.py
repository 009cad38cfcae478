"""Canonical text of a syntax tree: upper case, `` -> ``, ``[...]*n``, options in the order K F S P
D G.
"""

from __future__ import annotations

from cnnsize.language.informal.numbering import SIZE_OPTIONS, is_numbering
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
    Pair,
    Statement,
)
from cnnsize.layers import KINDS
from cnnsize.layers.names import OPTION_WORDS

ORDER = ("K", "F", "S", "P", "D", "G")
LEVEL = {"+": 1, "-": 1, "*": 2, "//": 2}


def formatted(statement: Statement) -> str:
    """The canonical text of a statement, in one line. Formatting it again changes nothing."""
    numbered = bare_numbers(statement.chain)
    text = head_text(statement) + chain(statement.chain, numbered)
    if statement.where:
        text += where_text(statement)
    return text


def head_text(statement: Statement) -> str:
    if statement.name is None:
        return ""
    if statement.parameters is None:
        return f"{statement.name} = "
    return f"{statement.name}({', '.join(statement.parameters)}) = "


def where_text(statement: Statement) -> str:
    return " where " + ", ".join(map(_domain, statement.where))


def chain(found: Chain, numbered: frozenset[str] = frozenset()) -> str:
    return " -> ".join(item(one, numbered) for one in found.items)


def item(found: Item, numbered: frozenset[str] = frozenset()) -> str:
    node = found.node
    if isinstance(node, LayerNode):
        text = layer(node, node.kind in numbered)
    elif isinstance(node, Group):
        text = f"[{chain(node.chain, numbered)}]"
    elif isinstance(node, Join):
        branches = [chain(branch, numbered) if branch.items else "ID" for branch in node.branches]
        text = f"{node.op}{{{' | '.join(branches)}}}"
    elif isinstance(node, Call):
        text = f"{node.name}({', '.join(expression(value) for value in node.arguments)})"
    else:
        assert isinstance(node, Ellipsis)
        text = "..."
    return text + suffix_text(found)


def suffix_text(found: Item) -> str:
    suffix = found.suffix
    if suffix is PLAIN:
        return ""
    text = ""
    if suffix.repeat is not None:
        text += f"*{size(suffix.repeat)}"
    if suffix.values:
        text += f"*[{', '.join(map(size, suffix.values))}]"
    if suffix.optional:
        text += "?"
    if suffix.declared is not None:
        text += f": {shape(suffix.declared)}"
    return text


def layer(node: LayerNode, numbered: bool = False) -> str:
    """CONV3-64(S=2, P=0): the kernel glued on where it is a number, then -K, then the options."""
    cls = KINDS[node.kind]
    kernel_key, width_key, bare = (
        cls.kernel or "",
        cls.width or "",
        next(iter(cls.positional), None),
    )
    kernel, width = node.kernel, node.size
    rest: list[tuple[str, str]] = []
    for option in node.options:
        key = option.key
        name = _canonical_key(key, node) if key is not None else bare or ""
        value = option.value
        if name == kernel_key and name and kernel is None and (pair := _literal(value)) is not None:
            kernel = pair
            continue
        if name == width_key and name and width is None and isinstance(value, (int, Name, Binary)):
            width = value
            continue
        pairwise = name == "to" and node.kind != "SLICE"  # a W x H, and never one number
        rest.append((name, _value(name, value, pairwise)))
    text = node.kind
    if kernel is not None:
        square = kernel.W == kernel.H and node.kind != "FC"  # FC10 would be a width
        glued = f"{kernel.W}" if square else f"{kernel.W}x{kernel.H}"
        if (
            numbered
            and width is None
            and kernel.W == kernel.H
            and node.kind in ("CONV", "POOL", "AVGPOOL", "DWCONV", "TCONV")
        ):
            rest.append(("F", glued))  # a bare CONV1 would count
        else:
            text += glued
    if width is not None:
        text += f"-{size(width)}"
    if node.shape is not None:
        text += shape(node.shape)
    if rest:
        rest.sort(key=lambda entry: ORDER.index(entry[0]) if entry[0] in ORDER else len(ORDER))
        parts = [value if key == bare or not key else f"{key}={value}" for key, value in rest]
        text += f"({', '.join(parts)})"
    return text


def _canonical_key(key: str, node: LayerNode) -> str:
    reads = KINDS[node.kind].reads
    if key in reads:
        return key
    name = OPTION_WORDS.get(key.lower(), key)
    if name == "P" and "rate" in reads:
        return "rate"
    if name == "F" and "factor" in reads:
        return "factor"
    return name


def _literal(value: Expression | Pair | float | str) -> Pair | None:
    if isinstance(value, int):
        return Pair(value, value)
    if isinstance(value, Pair) and isinstance(value.W, int) and isinstance(value.H, int):
        return value
    return None


def _value(key: str, value: Expression | Pair | float | str, pairwise: bool = False) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, str):
        return value.lower()
    if pairwise and isinstance(value, int):
        return f"{value}x{value}"
    if isinstance(value, Pair):
        return (
            size(value.W)
            if value.W == value.H and not pairwise
            else f"{_side(value.W)}x{_side(value.H)}"
        )
    if isinstance(value, Name) and key in (
        "P",
        "bias",
        "ceil",
        "include_pad",
        "affine",
        "mode",
        "per",
    ):
        lower = value.name.lower()
        known = {"true": "yes", "on": "yes", "false": "no", "off": "no"}
        if lower in ("same", "valid", "yes", "no", *known) or key in ("mode", "per"):
            return known.get(lower, lower)
    if (
        isinstance(value, int)
        and key in ("bias", "ceil", "include_pad", "affine")
        and value in (0, 1)
    ):
        return "yes" if value else "no"
    return size(value)


def shape(sizes: tuple[Expression, ...]) -> str:
    return f"[{'x'.join(map(_side, sizes))}]"


def _side(value: Expression) -> str:
    """A size next to an x: a variable stands in parentheses."""
    return str(value) if isinstance(value, int) else f"({expression(value)})"


def size(value: Expression) -> str:
    """A number, a name, or an expression in parentheses."""
    return f"({expression(value)})" if isinstance(value, Binary) else expression(value)


def expression(value: Expression, level: int = 0) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Name):
        return value.name
    mine = LEVEL[value.op]
    left, right = expression(value.left, mine), expression(value.right, mine + 1)
    text = f"{left} {value.op} {right}" if mine == 1 else f"{left}{value.op}{right}"
    return f"({text})" if mine < level else text


def _domain(domain: Domain) -> str:
    values = domain.values
    if domain.single is not None:
        return f"{domain.name} = {domain.single}"
    if isinstance(values, range):
        return f"{domain.name} in {values[0]}..{values[-1]}"
    return f"{domain.name} in {{{', '.join(map(str, values))}}}"


def bare_numbers(found: Chain) -> frozenset[str]:
    """The kinds whose bare CONV1, CONV2 ... would be read as running numbers."""
    by_kind: dict[str, list[int] | None] = {}

    def add(inner: Chain) -> None:
        for one in inner.items:
            node = one.node
            if isinstance(node, Group):
                add(node.chain)
            elif isinstance(node, Join):
                for branch in node.branches:
                    add(branch)
            elif isinstance(node, LayerNode):
                head = layer(node)[len(node.kind) :].split("(")[0]
                if not head.isdigit():
                    continue
                numbers = by_kind.setdefault(node.kind, [])
                if any(option.key in SIZE_OPTIONS for option in node.options):
                    by_kind[node.kind] = (
                        None  # POOL3(S=2) is no third pool, and so none of them count
                    )
                elif numbers is not None:
                    numbers.append(int(head))

    add(found)
    return frozenset(
        kind for kind, numbers in by_kind.items() if numbers and is_numbering(kind, numbers)
    )
