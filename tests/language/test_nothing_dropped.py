"""A word, number or sign more in an informal text changes its meaning, is noted, or is refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import cnnsize
from cnnsize import ArchitectureError, Settings
from tests.helpers import examples

FORMS = """
CONV3-8
CONV3-8(S=2, P=1)
nn.Conv2d(3, 8, 3, padding=1)
Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))
Conv2D(8, (3, 3), activation='relu')
nn.Conv(features=8, kernel_size=(3, 3))
Conv(8, kernel=3, stride=2)
conv(3->8, k=3, s=2, p=1)
3x3 conv, 8
conv 3x3 8 filters
conv (8 filters, 3x3, stride 2)
8@3x3
Conv 3x3, 8, /2
POOL2
POOL3(S=2)
2x2 max pool
maxpool 2x2 stride 2
nn.MaxPool2d(kernel_size=2, stride=2)
MaxPooling2D((2, 2))
AvgPool2d(2)
nn.AdaptiveAvgPool2d((1, 1))
global average pooling
GlobalAveragePooling2D()
FC-10
FC 128
Dense(10, activation='softmax')
Linear 3072->10
nn.ReLU(inplace=True)
relu
LeakyReLU(0.1)
Softmax(dim=1)
BatchNorm2d(3)
BatchNormalization()
GroupNorm(3, 3)
dropout (50%)
nn.Flatten(1)
upsample x2
UpSampling2D((2, 2))
ZeroPad2d(1)
ConvTranspose2d(3, 8, 2, stride=2)
SeparableConv2D(8, 3)
[CONV3-8 -> RELU]*2
(conv 3x3 -> relu) x 2
ADD{CONV3-3 | ID}
CONV3-8: [32x32x8]
""".strip().split("\n")
ADDED = """
foo
7x7
px
x7
*7
/7
@7
+7
7%
s7
stride 7
stride
valid
relu
with tanh
no bias
grouped
dilation 7
7 filters
7 units
twice
optional
(foo)
(stride 7)
[7]
{7}
S=7
foo=7
:7
~
7²
7.5
0x7
window 7
7->7
or 7
not
without relu
except
half
; 7
, foo
""".strip().split("\n")
KERAS = Settings(target="tensorflow")


def meaning(form: str) -> tuple[str, ...] | None:
    """The canonical text and the notes; None for text that is refused."""
    try:
        network = cnnsize.parse(f"INPUT[32x32x3] -> {form} -> FLATTEN")
        network.sized(settings=KERAS)
    except ArchitectureError as error:
        return None if error.diagnostic.code != "CNN008" else (form,)
    return (str(network), *network.notes)


def places(form: str) -> list[int]:
    """The places between the words and signs of a form."""
    return [
        index
        for index in range(len(form) + 1)
        if not (form[:index][-1:].isalnum() and form[index : index + 1].isalnum())
    ]


@given(st.sampled_from(FORMS), st.sampled_from(ADDED), st.data())
@examples(4000)
def test_more_changes_the_meaning_or_is_refused(form: str, added: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(form)))
    before, after = data.draw(st.sampled_from(["", " "])), data.draw(st.sampled_from(["", " "]))
    more = form[:place] + before + added + after + form[place:]
    assert meaning(form) is not None
    assert meaning(more) != meaning(form), more
