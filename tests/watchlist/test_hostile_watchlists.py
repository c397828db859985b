"""Files that are no plain data: refused with the line, quickly, and without eating memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import watchlist_yaml
from monitor.watchlist import load_watchlist
from monitor.watchlist_yaml import LARGEST_FILE, WrongFile
from registry.errors import ConfigurationError
from tests.watchlist.watchlist_texts import SMALLEST, WHOLE, changed, written

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = [
    ("An anchor", changed("organisation: Centre", "organisation: &o Centre"), 2, "anchor &o"),
    ("An alias", changed("supplier: Scalingo", "supplier: *o"), 13, "alias *o"),
    ("A billion laughs", LAUGHS, 1, "anchor &a"),
    ("A merge key", changed("    supplier: Scalingo", "    <<: {supplier: Scalingo}"), 13, "an unknown key"),
    ("A tag", changed("supplier: Scalingo", "supplier: !!str Scalingo"), 13, "tag tag:yaml.org,2002:str"),
    (
        "A Python tag",
        changed("supplier: Scalingo", "supplier: !!python/object/apply:os.system [ls]"),
        13,
        "tag tag:yaml.org,2002:python",
    ),
    ("A local tag", changed("supplier: Scalingo", "supplier: !secret x"), 13, "tag !secret"),
    ("A tag on a mapping", changed("channels:\n", "channels: !!omap\n"), 5, "tag"),
    ("A key twice at the top", WHOLE + "version: 1\n", 28, "each key once"),
    (
        "A key twice in a contract",
        changed("    aliases: []", "    aliases: []\n    siren: null"),
        18,
        "first on line 14",
    ),
    (
        "A key twice in a flow mapping",
        changed("{id: rssi, role: rssi,", "{id: rssi, role: rssi, role: x,"),
        10,
        "each key once",
    ),
    ("A channel twice", changed("  rssi: {url_file", "  dpo: {url_env: X}\n  rssi: {url_file"), 7, "each key once"),
    ("A second document", WHOLE + "---\nversion: 1\n", 28, "a second one"),
    ("A list at the top", "- version: 1\n", 1, "a mapping with `version: 1`"),
    ("Plain text", "hello", 1, "a mapping with `version: 1`"),
    ("An empty file", "", 1, "an empty file"),
    ("Only comments", "# nothing\n", 1, "an empty file"),
    ("A list as key", SMALLEST + "[a, b]: c\n", 8, "a name as key"),
    ("Deep nesting", changed("aliases: []", "aliases: " + "[" * 50 + "]" * 50), 17, "deeper nesting"),
    ("Very deep nesting", "version: " + "[" * 200_000, 1, "deeper nesting"),
    ("An open bracket", changed("notify: [dpo, rssi]", "notify: [dpo, rssi"), 24, "valid YAML"),
    ("A tab for indentation", changed("    supplier: Scalingo", "\tsupplier: Scalingo"), 13, "valid YAML"),
    ("A wrong indentation", changed("    supplier: Scalingo", "   supplier: Scalingo"), 13, "valid YAML"),
    ("A control character", changed("Scalingo", "Scal\x07ingo"), 1, "printable text"),
    (
        "A very long value",
        changed("supplier: Scalingo", "supplier: " + "x" * 100_001),
        13,
        "at most 100,000 characters",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_refused_with_the_line(case: tuple[str, str, int, str], tmp_path: Path) -> None:
    _, text, line, said = case
    path = written(tmp_path, text)
    began = time.monotonic()
    with pytest.raises(WrongFile) as caught:
        load_watchlist(path)
    assert time.monotonic() - began < 5
    assert any(one.startswith(f"{path}:{line}: ") and said in one for one in str(caught.value).splitlines()), str(
        caught.value
    )


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yml"
    path.write_bytes(changed("Scalingo", "Société").encode("latin-1"))
    with pytest.raises(WrongFile, match=r":13: file: expected text in UTF-8, found byte 0xe9"):
        load_watchlist(path)


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert load_watchlist(path).contracts[0].id == "dossier-patient"


def test_an_oversized_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    with path.open("r+b") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(WrongFile, match=r":1: file: expected at most 33,554,432 bytes, found 33,554,433 bytes"):
        load_watchlist(path)


def test_many_faults_are_not_all_printed(tmp_path: Path) -> None:
    text = SMALLEST + "".join(f"  - {{id: b{n}, supplier: S, activities: [9], notify: []}}\n" for n in range(500))
    with pytest.raises(WrongFile) as caught:
        load_watchlist(written(tmp_path, text))
    assert len(str(caught.value).splitlines()) == watchlist_yaml.MOST_PROBLEMS + 1
    assert "450 more" in str(caught.value)


CHANNELS = "".join(f"  c{n}: {{}}\n" for n in range(210_000))
HOARDS = [
    ("A list without end in a contract", "aliases: []", "aliases: [" + "a," * 210_000 + "a]"),
    ("A mapping without end", "contacts:", CHANNELS + "contacts:"),
    ("Contacts without end", "contracts:", "  - {id: a}\n" * 110_000 + "contracts:"),
]


@pytest.mark.parametrize("case", HOARDS, ids=[case[0] for case in HOARDS])
def test_what_would_fill_memory_is_refused_before_it_does(case: tuple[str, str, str], tmp_path: Path) -> None:
    path = written(tmp_path, changed(case[1], case[2]))
    with pytest.raises(WrongFile) as caught:
        load_watchlist(path)
    assert "at most 200,000 values at once, found more" in str(caught.value)


def test_reading_stops_after_a_thousand_faults(tmp_path: Path) -> None:
    faulty = "".join(f"  - {{id: b{n}, supplier: S, activities: [9], notify: []}}\n" for n in range(5_000))
    with pytest.raises(WrongFile, match="or more") as caught:
        load_watchlist(written(tmp_path, SMALLEST + faulty))
    assert len(caught.value.problems) < 1_010


MEMORY = """
import re, sys
from pathlib import Path
from monitor.watchlist import load_watchlist
contracts = len(load_watchlist(Path(sys.argv[1])).contracts)
peak = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())
print(contracts, int(peak[1]) // 1024)
"""


def test_ten_thousand_contracts_load_in_seconds_and_a_few_hundred_megabytes(tmp_path: Path) -> None:
    item = WHOLE.split("contracts:\n")[1].split("silences:")[0]
    head = WHOLE.split("  - id: dossier")[0]
    path = written(tmp_path, head + "".join(item.replace("dossier-patient", f"k{n}") for n in range(10_000)))
    began = time.monotonic()
    shown = subprocess.run([sys.executable, "-c", MEMORY, path], capture_output=True, text=True, check=True).stdout
    contracts, megabytes = map(int, shown.split())
    assert contracts == 10_000
    assert megabytes < 200
    assert time.monotonic() - began < 60


FRAGMENTS = st.sampled_from(
    [
        *WHOLE.splitlines(keepends=True),
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a ",
        "!!map ",
        "|\n",
        "\t",
        "'",
        '"',
        "\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(FRAGMENTS, max_size=40).map("".join), st.text(max_size=200)))
def test_whatever_the_text_it_is_a_watchlist_or_refused_in_words(tmp_path_factory: object, text: str) -> None:
    path = tmp_path_factory.mktemp("w") / "watchlist.yml"  # type: ignore[attr-defined]
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_watchlist(path)
    except ConfigurationError as error:
        assert str(error).startswith(f"{path}:")
