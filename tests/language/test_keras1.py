"""Calls of Keras 1, whose arguments have other names and whose windows are rows and columns."""

from __future__ import annotations

import pytest

from cnnsize.reading.document import parse_string
from tests.language.pastes.test_printed import read, refused


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Convolution2D(8, 3, 3, border_mode='valid')", "CONV3-8(P=0)"),
        ("Convolution2D(8, 3, 5, border_mode='same')", "CONV5x3-8(P=same)"),
        ("Convolution2D(nb_filter=8, nb_row=3, nb_col=5, subsample=(2, 2))", "CONV5x3-8(S=2, P=0)"),
        ("MaxPooling2D((2, 2), border_mode='valid') -> Dense(output_dim=4)", "POOL2(P=0) -> FC-4"),
        (
            "Convolution2D(8, 3, 3, input_shape=(3, 9, 8), dim_ordering='th') -> Convolution2D(4, 3, 3)",
            "INPUT[8x9x3] -> CONV3-8(P=0) -> CONV3-4(P=0)",
        ),
    ],
)
def test_calls_have_the_meaning_of_keras_1(text: str, canonical: str) -> None:
    (network,) = parse_string(text)
    assert str(network) == canonical


def test_one_argument_of_keras_1_dates_the_whole_model() -> None:
    text = (
        "model.add(Convolution2D(8, 3, 3, border_mode='same'))\nmodel.add(Convolution2D(4, 5, 5))"
    )
    assert str(read(text)) == "CONV3-8(P=same) -> CONV5-4(P=0)"


def test_without_one_the_readings_are_shown() -> None:
    assert "two ways" in refused("model.add(Convolution2D(8, 3, 3))")[1].message


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("INPUT[8x8x3] -> ELU(alpha=1.0) -> SELU(inplace=True)", "INPUT[8x8x3] -> ELU -> SELU"),
        ("Input(batch_shape=(None, 9, 8, 3)) -> Conv2D(4, 3)", "INPUT[8x9x3] -> CONV3-4(P=0)"),
        ("INPUT[8x8x3] -> Reshape((-1,)) -> Dense(4)", "INPUT[8x8x3] -> FLATTEN -> FC-4"),
    ],
)
def test_other_arguments_of_keras(text: str, canonical: str) -> None:
    (network,) = parse_string(text)
    assert str(network) == canonical
