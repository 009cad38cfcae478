"""The column "Connected to" of Keras' functional models is read as joins of branches."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize.text.diagnostic import ArchitectureError

KERAS_3 = """\
┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)        ┃ Output Shape      ┃    Param # ┃ Connected to      ┃
┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━┩
│ image_of_the_cell   │ (None, 24, 24, 4) │          0 │ -                 │
│ (InputLayer)        │                   │            │                   │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ stem (Conv2D)       │ (None, 24, 24,    │        296 │ image_of_the_cel… │
│                     │ 8)                │            │                   │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ normalization_of_a… │ (None, 24, 24, 8) │         32 │ stem[0][0]        │
│ (BatchNormalizatio… │                   │            │                   │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ side (Conv2D)       │ (None, 24, 24, 8) │         40 │ image_of_the_cel… │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ sum (Add)           │ (None, 24, 24, 8) │          0 │ normalization_of… │
│                     │                   │            │ side[0][0]        │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ stack (Concatenate) │ (None, 24, 24,    │          0 │ sum[0][0],        │
│                     │ 12)               │            │ image_of_the_cel… │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ means               │ (None, 12)        │          0 │ stack[0][0]       │
│ (GlobalAveragePool… │                   │            │                   │
└─────────────────────┴───────────────────┴────────────┴───────────────────┘
 Total params: 368 (1.44 KB)
"""
KERAS_2 = """\
__________________________________________________________________________________________________
 Layer (type)                   Output Shape         Param #     Connected to
==================================================================================================
 image (InputLayer)             [(None, 24, 24, 4)]  0           []

 a_stem_of_the_network (Conv2D)  (None, 24, 24, 8)   296         ['image[0][0]']

 normalization_of_a_stem (Batch  (None, 24, 24, 8)   32          ['a_stem_of_the_network[0][0]']
 Normalization)

 side_of_the_network_with_a_lon (None, 24, 24, 8)    40          ['image[0][0]']
 g_name (Conv2D)

 sum (Add)                      (None, 24, 24, 8)    0           ['normalization_of_a_stem[0][0]',
                                                                  'side_of_the_network_with_a_long_
                                                                 name[0][0]']

 stack (Concatenate)            (None, 24, 24, 12)   0           ['sum[0][0]',
                                                                  'image[0][0]']

 means (GlobalAveragePooling2D)  (None, 12)          0           ['stack[0][0]']

==================================================================================================
Total params: 368
"""
OLD = """\
Layer (type)                    Output Shape         Param #     Connected to
==================================================================================================
image (InputLayer)              (None, 24, 24, 4)    0
__________________________________________________________________________________________________
stem (Conv2D)                   (None, 24, 24, 8)    296         image[0][0]
__________________________________________________________________________________________________
norm (BatchNormalization)       (None, 24, 24, 8)    32          stem[0][0]
__________________________________________________________________________________________________
side (Conv2D)                   (None, 24, 24, 8)    40          image[0][0]
__________________________________________________________________________________________________
sum (Add)                       (None, 24, 24, 8)    0           norm[0][0]
                                                                 side[0][0]
__________________________________________________________________________________________________
stack (Concatenate)             (None, 24, 24, 12)   0           sum[0][0]
                                                                 image[0][0]
__________________________________________________________________________________________________
means (GlobalAveragePooling2D)  (None, 12)           0           stack[0][0]
==================================================================================================
Total params: 368
"""
EXPECTED = "INPUT[24x24x4] -> CAT{ADD{CONV3-8(P=1) -> BN | CONV1-8(P=0)} | ID}: [24x24x12] -> GAP: [1x1x12]"
ROWS = (
    "image (InputLayer)  (None, 8, 8, 4)  0  []\nconv (Conv2D)  (None, 8, 8, 4)  148  image[0][0]\n"
)


def without_shapes(network: str) -> str:
    """Return canonical text without declared shapes."""
    import re

    return re.sub(r": \[[\dx]+\]", "", network)


@pytest.mark.parametrize("table", [KERAS_3, KERAS_2, OLD], ids=["keras 3", "keras 2", "old"])
def test_joins_of_branches_are_read(table: str) -> None:
    network = cnnsize.parse(table)
    assert without_shapes(str(network)) == without_shapes(EXPECTED)
    assert network.sized().params == 296 + 16 + 40


def test_a_row_keeps_its_place() -> None:
    network = cnnsize.parse(OLD)
    places = {step.kind: step.span for step in network.sized().steps}
    start, end = places["GAP"]
    assert OLD[start:end].startswith("means (GlobalAveragePooling2D)")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "a (Conv2D)  (None, 8, 8, 4)  148  conv[0][0]\n"
            "sum (Add)  (None, 8, 8, 4)  0  conv[0][0]\n   a[0][0]\n"
            "b (Conv2D)  (None, 8, 8, 4)  148  a[0][0]\n"
            "all (Add)  (None, 8, 8, 4)  0  sum[0][0]\n   b[0][0]\n",
            "not series-parallel",
        ),
        (
            "a (Conv2D)  (None, 8, 8, 4)  148  gone[0][0]\n",
            "a (Conv2D) reads gone, which is no row before it",
        ),
        (
            "a (Conv2D)  (None, 8, 8, 4)  148  conv[0][0]\nb (ReLU)  (None, 8, 8, 4)  0  conv[0][0]\n",
            "the table has 2 outputs: a and b",
        ),
        (
            "more (InputLayer)  (None, 8, 8, 4)  0  []\n"
            "sum (Add)  (None, 8, 8, 4)  0  conv[0][0]\n   more[0][0]\n",
            "more (InputLayer) is a second input",
        ),
        (
            "sum (Add)  (None, 8, 8, 5)  0  conv[0][0]\n   image[0][0]\n",
            "sum (Add) gives 8x8x5, but its branches are 8x8x4 and 8x8x4",
        ),
    ],
)
def test_graphs_that_are_no_chains_of_joins_are_refused(rows: str, expected: str) -> None:
    with pytest.raises(ArchitectureError) as raised:
        cnnsize.parse("Layer (type)  Output Shape  Param #  Connected to\n" + ROWS + rows)
    assert expected in str(raised.value)
