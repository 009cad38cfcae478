"""One way to write numbers for people: in configuration, in flags and in conditions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cnnsize.cli.commands import cli
from cnnsize.cli.options import parse_letters
from cnnsize.config.sources import ConfigError, read_config
from cnnsize.text.amount import BYTES, COUNTS, AmountError, parse_amount, with_plain_numbers
from cnnsize.text.span import Span

READ = [
    # (text, as a count, as bytes); None is refused
    ("0", 0, 0),
    ("1000", 1000, 1000),
    (" 7 ", 7, 7),
    ("1k", 1000, 1000),
    ("1K", 1000, 1000),
    ("25.6M", 25_600_000, 25_600_000),
    ("64 m", 64_000_000, 64_000_000),
    ("4.1G", 4_100_000_000, 4_100_000_000),
    ("1.000000001G", 1_000_000_001, 1_000_000_001),
    ("2 B", 2_000_000_000, 2),
    ("1T", 10**12, 10**12),
    ("1e6", 1_000_000, 1_000_000),
    ("2.5E+6", 2_500_000, 2_500_000),
    ("1_000", 1000, 1000),
    ("1,000", 1000, 1000),
    ("25,600,000", 25_600_000, 25_600_000),
    ("1,234.5k", 1_234_500, 1_234_500),
    ("12GB", None, 12 * 10**9),
    ("80g", 80 * 10**9, 80 * 10**9),
    ("500MiB", None, 500 * 2**20),
    ("1.5 KiB", None, 1536),
    ("0.3KiB", None, 307),
    ("1.5", None, 1),
    ("1.0005k", None, 1000),
    ("", None, None),
    ("M", None, None),
    ("GB", None, None),
    ("-1", None, None),
    ("1e", None, None),
    ("1e6k", None, None),
    ("5 apples", None, None),
    ("1000000T", None, None),
    ("9" * 40, None, None),
    ("9" * 5000, None, None),
    ("1e99", None, None),
    ("²", None, None),
    ("nan", None, None),
    ("25,6M", None, None),
    ("1.000.000", None, None),
    ("1,00,000", None, None),
    ("0x10", None, None),
]


@pytest.mark.parametrize(("text", "count", "size"), READ)
def test_amounts(text: str, count: int | None, size: int | None) -> None:
    for units, number in ((COUNTS, count), (BYTES, size)):
        if number is None:
            with pytest.raises(AmountError):
                parse_amount(text, units, "1M")
        else:
            assert parse_amount(text, units, "1M") == number


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("25,6M", "25.6M"),
        ("1,5", "1.5"),
        ("12,25 GB", "12.25 GB"),
        ("0,5k", "0.5k"),
        ("1000,5k", "1000.5k"),
    ],
)
def test_a_decimal_comma_is_refused_with_the_right_spelling(text: str, write: str) -> None:
    with pytest.raises(AmountError, match=f"decimal comma; write {write}$"):
        parse_amount(text, BYTES, "1M")


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,500M", "1500M or 1.5M"),
        ("12,000 k", "12000 k or 12 k"),
        ("1,050GiB", "1050GiB or 1.05GiB"),
        ("1.500", "1500 or 1.5"),
        ("2.000", "2000 or 2"),
    ],
)
def test_what_may_be_thousands_or_decimals_names_both_readings(text: str, readings: str) -> None:
    with pytest.raises(AmountError, match=f"is ambiguous: write {readings}$"):
        parse_amount(text, {**BYTES, "k": 10**3}, "1M")


def test_dots_between_thousands_are_refused_with_the_right_spelling() -> None:
    with pytest.raises(AmountError, match=r"write 1,000,000$"):
        parse_amount("1.000.000", COUNTS, "1M")


@pytest.mark.parametrize(
    "condition", ["max(params, 1,5M) > macs", "(params < 1,5M)", "params in (3,5k)"]
)
def test_a_comma_before_a_unit_in_parentheses_has_two_readings(condition: str) -> None:
    with pytest.raises(AmountError, match=r"is ambiguous: write [13], 5[Mk] for two values, or"):
        with_plain_numbers(condition)


SET = {
    "N=2": 2,
    "N = 1k": 1000,
    "N=1_000": 1000,
    "N=0..3": range(4),
    "N=1..1": 1,
    "N=16..64 step 16": (16, 32, 48, 64),
    "N=0..5 step 2": (0, 2, 4),
    "N=0..3 step 1": range(4),
    "N={1, 2,4}": (1, 2, 4),
    "N={8, 1k}": (8, 1000),
}


@pytest.mark.parametrize("argument", SET)
def test_values_of_letters(argument: str) -> None:
    assert parse_letters((argument,)) == {"N": SET[argument]}


@pytest.mark.parametrize(
    "argument",
    [
        *("N", "N=", "=2", "2=N", "N=x", "N=-1", "N=1.5", "N={}"),
        *("N=1,5", "N=1,000", "N={1,000}"),
        *("N=3..1", "N=0..4..2", "N=0..9 step 0", "N=1..2 step -1", "N=0..99999999 step 2"),
    ],
)
def test_values_of_letters_that_are_refused(argument: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_letters((argument,))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--isolated"])


# 1,930, 42,762, 79,690 and 116,618 parameters
PATTERN = "INPUT[8x8x3] -> [CONV3-64 -> RELU]*N -> FC-10 where N in 0..3"
SAME = ["40000", "40k", "40K", "4e4", "40,000", "40_000", "0.04M"]


@pytest.mark.parametrize("text", SAME)
def test_every_place_reads_the_same_numbers(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cnnsize.toml").write_text(
        f'budget = {{ params = "{text}", memory = "{text}" }}\ndefaults = {{ hidden = 40_000 }}'
    )
    for config in (
        read_config(environment={}),
        read_config(
            environment={"CNNSIZE_BUDGET_PARAMS": text, "CNNSIZE_DEFAULTS_HIDDEN": text},
            isolated=True,
        ),
        read_config(
            [f"budget.params={text}", f"defaults.hidden={text}"], isolated=True, environment={}
        ),
    ):
        assert config.settings.budget is not None
        assert config.settings.budget.params == 40_000
        assert config.settings.defaults.hidden == 40_000
    shown = run(
        "show", "--output-format", "json", "--batch", text, "--memory", text, "INPUT[1x1x1] -> FC-1"
    )
    memory = json.loads(shown.stdout)["architectures"][0]["memory"]
    assert (memory["batch"], memory["available"]) == (40_000, 40_000)
    listed = run(
        "family",
        "-q",
        "--output-format",
        "jsonl",
        "--limit",
        text,
        "--where",
        f"params < {text}",
        PATTERN,
    )
    assert [json.loads(line)["params"] for line in listed.stdout.splitlines()] == [1930]


@pytest.mark.parametrize(("text", "write"), [("25,6M", "25.6M"), ("1,5k", "1.5k")])
def test_every_place_refuses_a_decimal_comma(text: str, write: str) -> None:
    for refused in (
        run("show", "--memory", text, "INPUT -> FC"),
        run("show", "--batch", text, "INPUT -> FC"),
        run("family", "--limit", text, PATTERN),
        run("family", "--where", f"params < {text}", PATTERN),
        run("check", "--config", f"budget.params={text}", "INPUT -> FC"),
        run("check", "--config", f"budget.memory='{text}'", "INPUT -> FC"),
        run("check", "--config", f"defaults.hidden={text}", "INPUT -> FC"),
    ):
        assert refused.exit_code == 2
        assert f"decimal comma; write {write}" in " ".join(refused.output.split())


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1e6", 1_000_000),
        ("25.6e6", 25_600_000),
        ("1_000", 1000),
        ("7", 7),
        ("1e300", None),
        ("inf", None),
        ("true", None),
        ("1.5", None),
        ("-1", None),
        ("[1]", None),
    ],
)
def test_numbers_of_toml(text: str, amount: int | None) -> None:
    def budget() -> Any:
        return read_config([f"budget.params={text}"], isolated=True, environment={}).settings.budget

    if amount is None:
        with pytest.raises(ConfigError, match=r"expected (an amount|a whole number)"):
            budget()
    else:
        assert budget().params == amount


@pytest.mark.parametrize(
    ("condition", "plain"),
    [
        ("params < 25.6M and W>=2k", "params < 25600000 and W>=2000"),
        ("1,000 <= params <= 1,000,000", "1000 <= params <= 1000000"),
        (
            "memory < 12GB or memory_bytes < 500MiB",
            "memory < 12000000000 or memory_bytes < 524288000",
        ),
        ("K in (1,200) and max(W,300) < 1k", "K in (1,200) and max(W,300) < 1000"),
        ("(params < 1M) and N2 == 1e3", "(params < 1000000) and N2 == 1e3"),
        ("params < 1.5 * 2**3 and M == 2", "params < 1.5 * 2**3 and M == 2"),
        (
            "W == 1_000 and '1k' != \"2M\" and 3 if x else 4",
            "W == 1_000 and '1k' != \"2M\" and 3 if x else 4",
        ),
    ],
)
def test_amounts_in_a_condition(condition: str, plain: str) -> None:
    assert with_plain_numbers(condition)[0] == plain


def test_a_place_in_a_condition_is_the_place_that_was_written() -> None:
    condition = "params < 1M and prams > 2k"
    plain, back = with_plain_numbers(condition)
    start = plain.index("prams")
    assert back.span(Span(start, start + 5)) == Span(16, 21)
    refused = run("family", "--where", condition, PATTERN)
    assert refused.exit_code == 2
    assert "did you mean params? (at character 17)" in " ".join(refused.output.split())


def test_a_b_in_a_condition_says_bytes_or_billions() -> None:
    refused = run("family", "--where", "params < 7B", PATTERN)
    assert refused.exit_code == 2
    assert "7B is ambiguous: write 7 for bytes, or 7G for billions" in " ".join(
        refused.output.split()
    )
