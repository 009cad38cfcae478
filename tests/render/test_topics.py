"""What ``cnnsize explain`` says about layers, options and terms is true, and complete."""

from __future__ import annotations

import json
import re

import pytest

import cnnsize
from cnnsize.layers import JOINS, KINDS
from cnnsize.layers.names import ALIASES, OPTION_WORDS, SEPARABLE
from cnnsize.lint.pages import all_pages
from cnnsize.render.topics import Topic, all_topics, find_topic, layers, options, plain, terms
from tests.helpers import cnnsize as run

LAYERS = {topic.name: topic for topic in layers()}
EXAMPLE = re.compile(
    r"- Example: on (\S+), `(.*)` gives (\S+), with ([\d,]+) parameters and ([\d,]+) MACs\."
)
PYTORCH = re.compile(r"- PyTorch: `(.*)`\.")
NOT_AN_OPTION = {"shape"}  # INPUT[WxHxD] has no name for it


def test_every_layer_join_and_option_has_a_page() -> None:
    assert list(LAYERS) == [*KINDS, *JOINS, "ID"]
    assert sorted(topic.name for topic in options()) == sorted(set(OPTION_WORDS.values()))


@pytest.mark.parametrize("name", KINDS)
def test_a_layer_lists_its_options(name: str) -> None:
    line = re.search(r"^- Options: (.*)$", LAYERS[name].body, re.MULTILINE)
    assert line, "no line of options"
    assert set(re.findall(r"`(\w+)`", line[1])) == set(KINDS[name].reads) - NOT_AN_OPTION


@pytest.mark.parametrize("topic", layers(), ids=lambda topic: topic.name)
def test_the_example_of_a_layer_is_right(topic: Topic) -> None:
    match = EXAMPLE.search(topic.body)
    if match is None:
        keeps = "the same volume" in topic.body and "- Parameters: none." in topic.body
        assert keeps or topic.name in {*JOINS, "INPUT"}, (
            "a layer that changes a number has an example"
        )
        return
    volume, text, output, params, macs = match.groups()
    step = cnnsize.parse(f"INPUT[{volume}] -> {text}").sized().steps[1]
    assert step.output is not None
    assert "x".join(map(str, step.output)) == output
    assert (f"{step.params:,}", f"{step.macs:,}") == (params, macs)


@pytest.mark.parametrize("topic", layers(), ids=lambda topic: topic.name)
def test_the_first_text_of_a_layer_can_be_read(topic: Topic) -> None:
    text = re.match(r"`([^`]+)`", topic.body)
    assert text
    if topic.name == "INPUT":
        cnnsize.parse(text[1])
    elif topic.name != "ID":
        source = {"ADD": "ADD{CONV3-64 -> BN | ID}"}.get(topic.name, text[1])
        volume = "1x1x3136" if topic.name == "UNFLATTEN" else "32x32x64"
        assert topic.name in cnnsize.parse(f"INPUT[{volume}] -> {source}").kinds()


@pytest.mark.parametrize("topic", layers(), ids=lambda topic: topic.name)
def test_the_pytorch_line_is_what_emit_writes(topic: Topic) -> None:
    match = PYTORCH.search(topic.body)
    if match is None:
        return
    example = EXAMPLE.search(topic.body)
    text = re.match(r"`([^`]+)`", topic.body)
    assert text
    volume, layer = (example[1], example[2]) if example else ("32x32x64", text[1])
    source = cnnsize.parse(f"INPUT[{volume}] -> {layer}").sized().torch_source()
    modules = re.findall(r"^\s+(?:self\.\w+ = )?(nn\..*?),?(?:  #.*)?$", source, re.MULTILINE)
    output = cnnsize.parse(f"INPUT[{volume}] -> {layer}").sized().output
    assert output is not None
    numbers = {
        "in_channels": volume.split("x")[2],
        "out_channels": str(output[2]),
        "num_classes": str(output[2]),
    }
    plain_modules = {
        re.sub(r"\b[a-z]+_(?:channels|classes)\b", lambda word: numbers[word[0]], module)
        for module in modules
    }
    assert match[1] in plain_modules


def test_every_alias_finds_its_layer_and_every_long_name_its_option() -> None:
    for alias, kind in ALIASES.items():
        topic = find_topic(alias)
        assert topic is not None, alias
        if topic.group == "layer" and alias not in SEPARABLE:
            assert topic.name == kind, alias
    names = {plain(name) for topic in (*layers(), *terms()) for name in (topic.name, *topic.others)}
    for word, key in OPTION_WORDS.items():
        topic = find_topic(word)
        assert topic is not None, word
        if plain(word) not in names and word != "p":
            assert topic.name == key, word
    assert find_topic("D") == next(topic for topic in options() if topic.name == "D")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv", "CONV"),
        ("nn.MaxPool2d", "POOL"),
        ("Max Pooling", "POOL"),
        ("padding", "P"),
        ("stride", "S"),
        ("receptive fields", "receptive field"),
        ("RF", "receptive field"),
        ("FLOPs", "MACs"),
        ("mult-adds", "MACs"),
        ("skip connection", "residual connection"),
        ("SeparableConv2D", "depthwise separable convolution"),
        ("non-trainable params", "running statistics"),
        ("deconvolution", "TCONV"),
    ],
)
def test_topics_are_found_as_people_ask_for_them(name: str, expected: str) -> None:
    topic = find_topic(name)
    assert topic is not None and topic.name == expected


def test_no_two_terms_share_a_name() -> None:
    names = [plain(name) for topic in terms() for name in (topic.name, *topic.others)]
    assert len(names) == len(set(names))


def test_explain_takes_several_words_and_prints_json() -> None:
    status, out, err = run("explain", "receptive", "field")
    assert (status, err) == (0, "")
    assert out.startswith("# receptive field (term)\n")
    data = json.loads(run("explain", "Conv2d", "--output-format", "json")[1])
    assert (data["name"], data["group"]) == ("CONV", "layer")


def test_explain_lists_everything_and_help_knows_the_same_names() -> None:
    listed = run("explain")[1]
    for topic in all_topics():
        assert re.search(rf"(?<!\w){re.escape(topic.name)}(?!\w)", " ".join(listed.split()))
    for page in all_pages():
        assert page.name in listed
    assert run("help", "padding") == run("explain", "padding")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("paddin", "unknown rule or topic 'paddin'; did you mean 'padding'?"),
        ("LSTM", "LSTM is not a layer of the notation; recurrent layers are not supported"),
        ("resnet50", "resnet50 is a network; `cnnsize zoo resnet50` prints it"),
        ("qqq", "unknown rule or topic 'qqq'; `cnnsize explain` lists all rules and topics"),
        ("\x1b[31m", "unknown rule or topic '<1B>[31m'"),
    ],
)
def test_an_unknown_topic_says_what_is_meant(name: str, message: str) -> None:
    status, out, err = run("explain", name)
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.code)
def test_the_page_of_a_rule_is_for_readers(page: object) -> None:
    assert isinstance(page, type(all_pages()[0]))
    out = run("explain", page.code)[1]
    heading, blank, facts = out.split("\n")[:3]
    assert heading == f"# {page.name} ({page.code})" and blank == ""
    assert facts.startswith(f"{page.severity} · ")
    assert "# expect" not in out and "```cnn bad" not in out
    for source in page.sources:
        assert source["url"] in out


def test_rules_are_listed_with_a_description_and_filtered() -> None:
    out = run("rules")[1]
    for page in all_pages():
        assert page.code in out and page.summary in out
    assert out.rstrip().endswith("rules; `cnnsize explain CODE` explains one")
    rows = json.loads(run("rules", "--output-format", "json")[1])
    assert [row["code"] for row in rows] == [page.code for page in all_pages()]

    def codes(*words: str) -> list[str]:
        return [
            row["code"] for row in json.loads(run("rules", *words, "--output-format", "json")[1])
        ]

    assert codes("shape") == codes("CNN1") == [row["code"] for row in rows if row["code"][3] == "1"]
    assert codes("CNN101,pooled-away") == ["CNN101", "CNN103"]
    assert codes("--severity", "error", "--fixable") == [
        row["code"] for row in rows if row["severity"] == "error" and row["fix"] != "none"
    ]
    assert codes("--on") == [row["code"] for row in rows if row["selected"]]
    assert codes("--off") == [row["code"] for row in rows if not row["selected"]]
    assert run("rules", "nope")[0] == 2
    assert run("rules", "CNN0", "--severity", "warning", "--off") == (0, "no rule matches\n", "")
