"""Words of other languages are read as the English words above them."""

from __future__ import annotations

import pytest

import cnnsize
from cnnsize.language.informal.languages import TABLE
from cnnsize.layers.names import ALIASES

PHRASES = [
    (phrase.strip(), english)
    for english, rows in TABLE.items()
    if english in ALIASES and ALIASES[english] not in ("INPUT", "OUTPUT")
    for row in rows.values()
    for phrase in row.split(",")
]


@pytest.mark.parametrize(("phrase", "english"), PHRASES)
def test_every_phrase_is_read_as_its_english_word(phrase: str, english: str) -> None:
    expected = str(cnnsize.parse(f"conv -> {english} -> fc"))
    assert str(cnnsize.parse(f"conv -> {phrase} -> fc")) == expected
    assert str(cnnsize.parse(f"conv → {phrase.upper()} → fc")) == expected


def test_a_phrase_is_in_the_table_once() -> None:
    every = [phrase for _, phrase in sorted((english, phrase) for phrase, english in PHRASES)]
    assert len(set(PHRASES)) == len({phrase for phrase, _ in PHRASES}) <= len(every)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("capa de convolución -> capa de pooling", "CONV -> POOL"),
        ("卷积块 -> 池化块", "CONV -> POOL"),
        ("全连接１０ -> ｓｏｆｔｍａｘ", "FC-10 -> SOFTMAX"),
        ("CONVOLUCIÓN 3X3 -> Convolucion 5x5", "CONV3 -> CONV5"),
        ("Conv 卷积 -> ReLU -> Pool 池化", "CONV -> RELU -> POOL"),
        ("вход 32x32x3 -> сверточный слой 3x3 -> выход", "INPUT[32x32x3] -> CONV3 -> OUTPUT"),
    ],
)
def test_words_around_names(text: str, canonical: str) -> None:
    assert str(cnnsize.parse(text)) == canonical


def test_an_error_shows_the_word_as_it_is_written() -> None:
    with pytest.raises(cnnsize.ArchitectureError) as caught:
        cnnsize.parse("卷积 -> 注意力 -> 池化")
    diagnostic = caught.value.diagnostic
    assert diagnostic.message == "注意力 is not a layer of this notation"
    assert (diagnostic.span.start, diagnostic.span.end) == (6, 9)
