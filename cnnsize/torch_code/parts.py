"""The attributes of a network without joins: stages, encoder and decoder, pool, classifier."""

from __future__ import annotations

from itertools import pairwise

from cnnsize.torch_code.forward import area_of
from cnnsize.torch_code.nodes import ModuleCall, ModuleLoop, ModuleNode, Part

# A pool before the classifier -> its attribute.
POOLS = {"nn.AdaptiveAvgPool2d": "avgpool", "nn.AdaptiveMaxPool2d": "maxpool"}
LOCAL_POOLS = ("nn.MaxPool2d", "nn.AvgPool2d")
FEATURES = "features"
NamedPart = tuple[str, tuple[ModuleNode, ...]]  # an attribute, and its modules


def parts_of_network(body: tuple[ModuleNode, ...]) -> list[NamedPart]:
    """Return consecutive modules as parts, each with the name of its attribute.

    These are the encoder and the decoder of a network that makes the map smaller and then larger;
    of others the stages, or ``features`` where there are no blocks; a global pool; ``flatten``; and
    the classifier. A block that is a part keeps its name.
    """
    bottleneck = index_of_bottleneck(body)
    if bottleneck is not None:
        return [("encoder", body[:bottleneck]), ("decoder", body[bottleneck:])]
    parts: list[NamedPart] = []
    chunk: list[ModuleNode] = []
    for node in body:
        if not isinstance(node, Part):
            chunk.append(node)
            continue
        parts += parts_of_chunk(tuple(chunk))
        chunk = []
        flat, rest = node.body[:1], node.body[1:]
        if is_head(flat[0], "nn.Flatten") and rest:
            parts.append(("flatten", flat))
            parts.append((node.name, rest))
        else:
            parts.append((node.name, node.body))
    return [*parts, *parts_of_chunk(tuple(chunk))]


def index_of_bottleneck(body: tuple[ModuleNode, ...]) -> int | None:
    """Return where the decoder of an autoencoder begins: the first module that makes the map larger.

    None for a network whose map does not become smaller and then larger, or does so repeatedly.
    """
    areas = [area_of(node.shape) for node in body]
    changes = [
        (index, before < after)
        for index, (before, after) in enumerate(pairwise(areas), start=1)
        if before is not None and after is not None and before != after
    ]
    growths = [grows for _, grows in changes]
    is_hourglass = set(growths) == {False, True} and growths == sorted(growths)
    has_parts = any(isinstance(node, Part) for node in body)
    if not is_hourglass or has_parts or None in areas:
        return None
    return changes[growths.index(True)][0]


def parts_of_chunk(body: tuple[ModuleNode, ...]) -> list[NamedPart]:
    """Return the parts of consecutive modules, none of which is a part itself."""
    flat = next(
        (index for index, node in enumerate(body) if is_head(node, "nn.Flatten")), len(body)
    )
    pool = index_of_pool(body[:flat])
    parts = stages(body[:pool])
    parts += [(pool_name(node), (node,)) for node in body[pool:flat]]
    parts.append(("flatten", body[flat : flat + 1]))
    parts.append(("classifier" if len(body) > flat + 2 else "", body[flat + 1 :]))
    return [part for part in parts if part[1]]


def start_of_head(body: tuple[ModuleNode, ...]) -> int:
    """Return where the pool and the classifier of a network with joins begin, or its length."""
    flat = len(body) - 1
    while (
        flat >= 0 and isinstance(body[flat], ModuleCall) and not is_head(body[flat], "nn.Flatten")
    ):
        flat -= 1
    if flat < 0 or not is_head(body[flat], "nn.Flatten"):
        return len(body)
    return index_of_pool(body[:flat])


def index_of_pool(body: tuple[ModuleNode, ...]) -> int:
    """Return the index of a global pool with at most two single modules after it, or the length."""
    for index in range(len(body) - 1, max(len(body) - 4, -1), -1):
        if is_head(body[index], *POOLS):
            return index
        if not isinstance(body[index], ModuleCall):
            break
    return len(body)


def pool_name(node: ModuleNode) -> str:
    """Return the name of the attribute of a global pool; empty for other modules."""
    return POOLS.get(node.code.head, "") if isinstance(node, ModuleCall) else ""


def stages(body: tuple[ModuleNode, ...]) -> list[NamedPart]:
    """Return the stages of a network with blocks: a new one begins where W or H changes.

    A pool begins a stage, but where the last stage ends with a pool, all of them do.
    """
    if not any(map(calls_block, body)):
        return [(FEATURES, body)]
    pools_end_stages = is_head(body[-1], *LOCAL_POOLS)
    groups: list[list[ModuleNode]] = []
    size = ""
    is_full = True
    for node in body:
        own_size = node.shape.partition(" x ")[2] or size
        ends_stage = pools_end_stages and is_head(node, *LOCAL_POOLS)
        begins_stage = own_size != size and not ends_stage
        if is_full or (begins_stage and any(map(calls_block, groups[-1]))):
            groups.append([])
        groups[-1].append(node)
        is_full = ends_stage and any(map(calls_block, groups[-1]))
        size = own_size
    name = "stage" if len(groups) > 1 else FEATURES
    return [(name, tuple(group)) for group in groups]


def calls_block(node: ModuleNode) -> bool:
    """Return whether a module, or the body of a loop, is a block of the notation."""
    if isinstance(node, ModuleLoop):
        return any(map(calls_block, node.body))
    return isinstance(node, ModuleCall) and not node.code.head.startswith("nn.")


def is_head(node: ModuleNode, *heads: str) -> bool:
    """Return whether a node is a call of one of these modules."""
    return isinstance(node, ModuleCall) and node.code.head in heads
