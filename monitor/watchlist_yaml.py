"""YAML read strictly: values with their lines, and nothing that YAML can do beyond plain data.

Owns what makes a file refusable as YAML: size, encoding, depth, duplicate keys, anchors, aliases, tags, several
documents. Knows nothing of watchlists. Streams: the items of a long top-level list are handed over one by one, so that
memory is bounded by what the caller keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml

from registry.errors import ConfigurationError

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes; some 80,000 contracts. A larger watchlist is refused before it is read."""
DEEPEST = 8
LONGEST_SCALAR = 100_000
MOST_NODES = 200_000
"""Values held at one time: all but the items that were handed over, and the item that is being read."""
MOST_PROBLEMS = 50
"""Faults that are printed."""
ENOUGH_PROBLEMS = 1_000
"""Faults after which reading stops."""
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Problem(NamedTuple):
    """One thing that is wrong in a file, with the line where it stands (from 1)."""

    line: int
    field: str
    expected: str
    found: str

    def sentence(self, file: Path) -> str:
        return f"{file}:{self.line}: {self.field}: expected {self.expected}, found {self.found}"


class WrongFile(ConfigurationError):
    """A file that can't be used as it is; `problems` says where and why, one sentence a line in the message."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        shown = [problem.sentence(file) for problem in problems[:MOST_PROBLEMS]]
        if len(problems) > MOST_PROBLEMS:
            more = len(problems) - MOST_PROBLEMS
            shown.append(f"{file}: and {more}{' or' if len(problems) > ENOUGH_PROBLEMS else ''} more")
        super().__init__("\n".join(shown))
        self.problems = problems


class Node(NamedTuple):
    """One value with its line. A scalar is kept as written, so `0123` and `no` stay what a person typed."""

    line: int
    value: str | list[Any] | dict[str, Any]
    plain: bool = False
    """A scalar without quotes."""

    @property
    def is_null(self) -> bool:
        return self.plain and self.value in _NULLS

    def shown(self) -> str:
        """The value for a message: short, on one line."""
        if isinstance(self.value, dict):
            return "a mapping" if self.value else "an empty mapping"
        if isinstance(self.value, list):
            return "a list" if self.value else "an empty list"
        if self.is_null:
            return "nothing"
        text = self.value if len(self.value) <= 60 else self.value[:59] + "…"
        return repr(text)


Hook = Callable[[int, Node], None]


def read_yaml(path: Path, hooks: Mapping[str, Hook], problems: list[Problem]) -> dict[str, Node]:
    """The top-level mapping of a file. The items of a list under a key of `hooks` go to the hook, and are not kept.

    Adds duplicate keys to `problems`; raises WrongFile for what makes the rest unreadable, ConfigurationError when the
    file itself can't be read.
    """
    return _Builder(path, _text(path), hooks, problems).document()


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ConfigurationError(f"{path}: expected a file, found something else")
        if size > LARGEST_FILE:
            raise WrongFile(
                path, [Problem(1, "file", f"at most {LARGEST_FILE:,} bytes", f"{size:,} bytes; split the watchlist")]
            )
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{path}: expected the watchlist, found no such file; `hdswatch init` writes one to start from"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"{path}: expected a readable watchlist, found: {error.strerror}") from error
    if len(raw) > LARGEST_FILE:
        raise WrongFile(path, [Problem(1, "file", f"at most {LARGEST_FILE:,} bytes", "more")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise WrongFile(path, [Problem(line, "file", "text in UTF-8", f"byte 0x{raw[error.start]:02x}")]) from error


class _Builder:
    def __init__(self, path: Path, text: str, hooks: Mapping[str, Hook], problems: list[Problem]) -> None:
        self.path = path
        self.hooks = hooks
        self.problems = problems
        self.events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        self.held = 0

    def document(self) -> dict[str, Node]:
        try:
            self._next()  # stream start
            event = self._next()
            if not isinstance(event, yaml.DocumentStartEvent):
                self._refuse(1, "file", "a mapping with `version: 1`", "an empty file")
            root = self._mapping_at_top()
            self._next()  # document end
            event = self._next()
            if not isinstance(event, yaml.StreamEndEvent):
                self._refuse(_line(event), "file", "one document", "a second one")
            return root
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            detail = ", ".join(part for part in (error.context, error.problem) if part)
            self._refuse(mark.line + 1 if mark else 1, "file", "valid YAML", detail or "something else")
        except yaml.reader.ReaderError as error:
            self._refuse(1, "file", "printable text", f"character #x{error.character:04x} at position {error.position}")
        except yaml.YAMLError as error:
            self._refuse(1, "file", "valid YAML", str(error))

    def _mapping_at_top(self) -> dict[str, Node]:
        event = self._next()
        if not isinstance(event, yaml.MappingStartEvent):
            self._refuse(_line(event), "file", "a mapping with `version: 1`", "something else")
        return self._pairs("", 1)

    def _next(self) -> Any:
        event = next(self.events)
        if getattr(event, "anchor", None) is not None:
            what = "alias *" if isinstance(event, yaml.AliasEvent) else "anchor &"
            self._refuse(_line(event), "file", "plain values (write them out)", what + event.anchor)
        if getattr(event, "tag", None) is not None:
            self._refuse(_line(event), "file", "values without a tag", f"tag {event.tag}")
        return event

    def _pairs(self, where: str, depth: int) -> dict[str, Node]:
        pairs: dict[str, Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(_line(event), where or "file", "a name as key", "a list or mapping as key")
            key, line = event.value, _line(event)
            inside = f"{where}.{key}" if where else key
            if key in pairs:
                self.problems.append(
                    Problem(line, inside, "each key once", f"it again (first on line {pairs[key].line})")
                )
            pairs[key] = self._value(inside, depth, self.hooks.get(key) if depth == 1 else None)
        return pairs

    def _value(self, where: str, depth: int, hook: Hook | None = None, event: Any = None) -> Node:
        event = event or self._next()
        line = _line(event)
        self.held += 1
        if depth > DEEPEST:
            self._refuse(line, where, f"at most {DEEPEST} levels", "deeper nesting")
        if self.held > MOST_NODES:
            self._refuse(line, where, f"at most {MOST_NODES:,} values at once", "more")
        if len(self.problems) > ENOUGH_PROBLEMS:
            raise WrongFile(self.path, self.problems)
        if isinstance(event, yaml.ScalarEvent):
            if len(event.value) > LONGEST_SCALAR:
                self._refuse(line, where, f"at most {LONGEST_SCALAR:,} characters", f"{len(event.value):,}")
            return Node(line, event.value, plain=event.implicit[0])
        if isinstance(event, yaml.MappingStartEvent):
            return Node(line, self._pairs(where, depth + 1))
        items: list[Node] = []
        count = 0
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            before = self.held
            item = self._value(f"{where}[{count}]", depth + 1, event=event)
            if hook:
                hook(count, item)
                self.held = before
            else:
                items.append(item)
            count += 1
        return Node(line, items)

    def _refuse(self, line: int, field: str, expected: str, found: str) -> NoReturn:
        raise WrongFile(self.path, [*self.problems, Problem(line, field, expected, found)])


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1
