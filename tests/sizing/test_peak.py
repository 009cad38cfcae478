"""The peak of the activations: the largest number of values in memory at any time."""

from __future__ import annotations

from math import inf, prod

from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import Network
from cnnsize.sizing.rows import Block, Fork, Loop, Part, Row
from tests.helpers import examples


def sized(text: str) -> Network:
    return cnnsize.parse(text).sized()


def alive_at_once(network: Network) -> int:
    """By the definition: every volume lives from the layer that writes it to the last that reads
    it.
    """
    volumes: list[int] = [
        network.input.W * network.input.H * network.input.D
    ]  # values of each volume
    layers: list[tuple[bool, list[int], int]] = []  # (may overwrite its input, inputs, output)
    outputs: list[int] = []  # volumes that live to the end
    further: list[int] = []  # inputs, which live from the start

    def add(parts: tuple[Part, ...], at: int) -> int:
        for part in parts:
            if isinstance(part, Loop):
                for _ in range(part.times):
                    at = add(part.body, at)
            elif isinstance(part, Block):
                at = add(part.body, at)
            elif isinstance(part, Fork) and part.makes_outputs:
                outputs.extend([add(branch, at) for branch in part.branches])
            elif isinstance(part, Row) and part.layer.kind == "INPUT" and part.path != (0,):
                volumes.append(prod(part.sizing.output or ()))
                at = len(volumes) - 1
                further.append(at)
            else:
                inputs = (
                    [add(branch, at) for branch in part.branches]
                    if isinstance(part, Fork)
                    else [at]
                )
                row: Row = part.join if isinstance(part, Fork) else part
                if row.layer.kind == "INPUT":
                    continue
                assert row.sizing.output is not None
                volumes.append(row.sizing.output.W * row.sizing.output.H * row.sizing.output.D)
                at = len(volumes) - 1
                layers.append((not row.layer.counts, inputs, at))
        return at

    outputs.append(add(network.rows, 0))
    last: dict[int, float] = {
        volume: index for index, (_, inputs, _) in enumerate(layers) for volume in inputs
    }
    last |= dict.fromkeys(outputs, inf)
    most = volumes[0] + sum(volumes[one] for one in further)
    for index, (overwrites, inputs, output) in enumerate(layers):
        written = {one for _, _, one in layers[:index]} | {0, *further}
        alive = {one for one in written if last.get(one, -1) >= index} | set(inputs)
        over = overwrites and last[inputs[0]] == index
        most = max(most, sum(volumes[one] for one in alive) + (0 if over else volumes[output]))
    return most


ALIVE = st.recursive(
    st.lists(
        st.sampled_from(["CONV3-4", "CONV1-4", "RELU", "BN", "DROPOUT(0.5)"]),
        min_size=1,
        max_size=4,
    ).map(" -> ".join),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.just("ID")), min_size=2, max_size=3).map(
            lambda made: f"ADD{{{' | '.join(made)}}}"
        ),
        st.lists(st.one_of(inner, st.just("ID")), min_size=2, max_size=3).map(
            lambda made: f"CAT{{{' | '.join(made)}}} -> CONV1-4"
        ),
        st.tuples(inner, st.sampled_from(["POOL2 -> UP2", "CONV1-16 -> CONV1-4"])).map(" -> ".join),
        inner.map(lambda chain: f"[{chain}]*3"),
        st.lists(inner, min_size=2, max_size=3).map(" -> ".join),
        st.tuples(inner, inner).map(lambda made: f"{made[0]} -> OUTPUT{{{made[1]}}}"),
        inner.map(lambda chain: f"{chain} -> OUTPUT{{ID}}"),
    ),
    max_leaves=10,
)


FURTHER = " -> CAT{INPUT[8x8x9] -> CONV1-4 | CONV1-4 -> RELU | INPUT[8x8x1]} -> RELU"


@examples(300)
@given(ALIVE, st.sampled_from(["", " -> ADD{ID | INPUT[8x8x4] -> CONV1-4 -> RELU}", FURTHER]))
def test_the_peak_is_what_must_be_alive_at_once(chain: str, end: str) -> None:
    network = sized(f"INPUT[8x8x4] -> {chain}{end}")
    assert network.valid
    assert network.peak_activations == alive_at_once(network)


def test_a_peak_by_hand() -> None:
    """In ADD{CONV | ID} the input waits for the sum: three volumes of 8x8x4 are alive at once."""
    assert sized("INPUT[8x8x4] -> CONV3-4 -> RELU").peak_activations == 2 * 256
    assert sized("INPUT[8x8x4] -> ADD{CONV3-4 -> RELU | ID}").peak_activations == 3 * 256
    assert (
        sized("INPUT[8x8x4] -> CAT{CONV3-4 | CONV3-8 | ID}").peak_activations
        == 256 + 256 + 512 + 1024
    )
    # the input waits once, however deep the layer is that must not overwrite it
    assert sized("INPUT[8x8x4] -> ADD{[CONV3-4]*2 | ID}").peak_activations == 3 * 256
    assert sized("INPUT[8x8x4] -> ADD{ADD{CONV3-4 | ID} | ID}").peak_activations == 3 * 256
    # the last branch is the last to read the input, which is then overwritten
    last = sized("INPUT[8x8x4] -> ADD{CONV3-4 | CONV3-32 -> CONV3-32 -> CONV3-4}")
    assert last.peak_activations == 256 + 2048 + 2048
