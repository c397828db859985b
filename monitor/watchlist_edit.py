"""Changes to a watchlist file that leave everything else in it as a person wrote it, to the byte.

Owns where in the text a value goes. The text is cut and joined at the places that the YAML parser names, rather than
dumped anew, so comments, order, quotes and alignment stay. What is written is loaded and compared before it replaces
the file.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from monitor.watchlist import Watchlist, load_watchlist
from monitor.watchlist_schema import CONTRACT
from registry.errors import ConfigurationError

_PLAIN = re.compile(r"[A-Za-zÀ-ÿ][\wÀ-ÿ'.@+/-]*(?: [\wÀ-ÿ'.@+/-]+)*\Z")
_ESCAPED = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in YAML as it is, or breaks a line there."""
_WORDS_WITH_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def confirm_host(path: Path, contract_id: str, host_id: str) -> Watchlist:
    """Writes a person's match decision, `host_id` of one contract, into the file.

    Raises ConfigurationError when the file is no valid watchlist or has no such contract. Returns the watchlist as it
    is now.
    """
    before = load_watchlist(path)
    if contract_id not in {one.id for one in before.contracts}:
        known = ", ".join(one.id for one in before.contracts[:20])
        raise ConfigurationError(f"{path}: expected the id of a contract ({known}), found {contract_id!r}")
    text = _read(path)
    changed = _with_host(text, contract_id, host_id)
    wanted = replace(
        before,
        contracts=tuple(replace(one, host_id=host_id) if one.id == contract_id else one for one in before.contracts),
    )
    _replace_file(path, changed, wanted)
    return wanted


def add_contracts(path: Path, contracts: Iterable[Mapping[str, Any]]) -> Watchlist:
    """Adds contracts at the end of the list of an existing, valid watchlist. Raises ConfigurationError as above."""
    before = load_watchlist(path)
    text = _read(path)
    _, node = _pair(yaml.compose(text, Loader=_Loader), "contracts")
    blocks = [contract_block(one) for one in contracts]
    changed = _with_items(text, node, blocks)
    _replace_file(path, changed, None)
    after = load_watchlist(path)
    assert after.contracts[: len(before.contracts)] == before.contracts
    return after


def new_watchlist(organisation: str, language: str, contacts: Iterable[str], blocks: Iterable[str]) -> str:
    """The text of a watchlist with these contacts, each with a channel of its name, and these contracts."""
    names = list(contacts)
    lines = [
        "version: 1",
        f"organisation: {scalar(organisation)}",
        f"language: {language}",
        "channels:   # the Apprise URL of each stands in that environment variable, never in this file",
        *(f"  {scalar(name)}: {{url_env: {variable_of(name)}}}" for name in names),
        "contacts:",
        *(f"  - {{id: {scalar(name)}, role: {scalar(name)}, channel: {scalar(name)}}}" for name in names),
        "contracts:",
        *(_indented(block, 2) for block in blocks),
    ]
    return "\n".join(lines) + "\n"


def variable_of(name: str) -> str:
    """The environment variable for a channel: `dpo` → `HDSWATCH_DPO_URL`."""
    return "HDSWATCH_" + re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") + "_URL"


def contract_block(values: Mapping[str, Any]) -> str:
    """One contract as a YAML list item without indentation; what is empty and may be left out is left out."""
    fields = CONTRACT.fields
    shown = {key: value for key, value in values.items() if fields[key].required or value not in (None, "", [], {})}
    lines = [f"{key}: {scalar(value)}" for key, value in shown.items()]
    return "\n".join(("- " if not place else "  ") + line for place, line in enumerate(lines))


def scalar(value: object) -> str:
    """A value in YAML: plain when no reader could take it for something else, in double quotes otherwise."""
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {scalar(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(scalar, value)) + "]"
    text = str(value)
    if _PLAIN.match(text) and text.lower() not in _WORDS_WITH_MEANING:
        return text
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def write_new(path: Path, text: str) -> None:
    """Writes a file that must not exist yet, private to its owner. Raises ConfigurationError when it does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigurationError(f"{path}: expected no such file, found one; it is left as it is") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written ({error.strerror})") from error


def _read(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read()


def _pair(mapping: Any, key: str) -> tuple[Any, Any]:
    return next((pair for pair in mapping.value if pair[0].value == key), (None, None))


def _with_host(text: str, contract_id: str, host_id: str) -> str:
    _, contracts = _pair(yaml.compose(text, Loader=_Loader), "contracts")
    contract = next(one for one in contracts.value if _pair(one, "id")[1].value.strip() == contract_id)
    key, value = _pair(contract, "host_id")
    if key is not None:
        start, end = value.start_mark.index, value.end_mark.index
        if start == end:  # nothing stands after the colon
            at = key.end_mark.index + text[key.end_mark.index :].index(":") + 1
            return text[:at] + " " + scalar(host_id) + text[at:]
        return text[:start] + scalar(host_id) + _same_column(text, start, end, scalar(host_id))
    key, value = _pair(contract, "id")
    if contract.flow_style:
        at = value.end_mark.index
        return f"{text[:at]}, host_id: {scalar(host_id)}{text[at:]}"
    return _after_line(text, value.end_mark.index, " " * key.start_mark.column + f"host_id: {scalar(host_id)}")


def _same_column(text: str, start: int, end: int, value: str) -> str:
    """The text after a replaced value, with a comment behind it kept in its column as far as there is room."""
    rest = text[end:]
    spaces = len(rest) - len(rest.lstrip(" "))
    if not spaces or not rest[spaces:].startswith("#"):
        return rest
    return " " * max(2, spaces - len(value) + end - start) + rest[spaces:]


def _with_items(text: str, node: Any, blocks: list[str]) -> str:
    if not node.value:
        start, end = node.start_mark.index, node.end_mark.index
        newline = _newline(text)
        added = newline + newline.join(_indented(block, 2).replace("\n", newline) for block in blocks)
        return text[:start].rstrip(" ") + added + text[end:]
    last = _last_leaf(node.value[-1])
    if node.flow_style:
        raise ConfigurationError("contracts: expected one contract a line (`- id: …`), found a list in [ ]; rewrite it")
    column = node.start_mark.column
    for block in reversed(blocks):
        text = _after_line(text, last, _indented(block, column))
    return text


def _last_leaf(node: Any) -> int:
    """Where the last value of a node ends. A block's own end mark stands after the comments that follow it."""
    while isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end: int = node.end_mark.index
    return end


def _after_line(text: str, index: int, line: str) -> str:
    newline = _newline(text)
    line = line.replace("\n", newline)
    if index and text[index - 1] == "\n":  # a block scalar ends behind its line
        return text[:index] + line + newline + text[index:]
    end = text.find("\n", index)
    if end < 0:
        return text + newline + line + newline
    return text[: end + 1] + line + newline + text[end + 1 :]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _indented(block: str, columns: int) -> str:
    return "\n".join(" " * columns + line for line in block.split("\n"))


def _replace_file(path: Path, text: str, wanted: Watchlist | None) -> None:
    """Swaps the file whole, and only for a valid one (with exactly the wanted content, if that is given)."""
    mode = path.stat().st_mode & 0o777
    with path.open("rb") as there:
        encoding = "utf-8-sig" if there.read(3) == codecs.BOM_UTF8 else "utf-8"
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ConfigurationError(f"{path.parent}: cannot be written ({error.strerror}); nothing was changed") from error
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding=encoding, newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        made = replace(load_watchlist(draft), path=path)
        if wanted is not None and replace(made, channels=wanted.channels) != wanted:
            raise ConfigurationError(f"{path}: could not be changed safely; edit it by hand. Nothing was changed")
        draft.chmod(mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
