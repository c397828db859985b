"""Values as people write them in scripts: `[{nom: 'Acme', actif: true,},]`, which is no JSON.

Owns reading literals of JavaScript: objects, arrays, strings, numbers, words for nothing. Anything that would have to be
run (a name, a call, a function, a template with gaps) ends the attempt. Runs nothing.
"""

from __future__ import annotations

import re
from typing import Any

DEEPEST = 60
_SPACE = re.compile(r"(?:\s|//[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\$]|\\.|\$(?!\{))*)`", re.DOTALL)
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_NAME = re.compile(r"[A-Za-z_$À-ÿ][\w$]*")
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
"""One character above U+FFFF, as JSON writes it."""
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}


def read(text: str, at: int) -> tuple[Any, int]:
    """The literal that starts at a place, and where it ends; numbers as printed. Raises ValueError when it is none."""
    return _value(text, _skip(text, at), 0)


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    char = text[at : at + 1]
    if char == "{":
        return _object(text, at, depth)
    if char == "[":
        return _array(text, at, depth)
    if string := _STRING.match(text, at):
        return _said(string), string.end()
    if number := _NUMBER.match(text, at):
        return number.group(), number.end()
    word = _NAME.match(text, at)
    if word is None or word.group() not in _WORDS:
        raise ValueError(f"no literal at character {at}")
    return _WORDS[word.group()], word.end()


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if string := _STRING.match(text, at):
            key, at = _said(string), string.end()
        elif name := _NAME.match(text, at) or _NUMBER.match(text, at):
            key, at = name.group(), name.end()
        else:
            raise ValueError(f"no key at character {at}")
        at = _skip(text, at)
        if text[at : at + 1] != ":" or key in found:
            raise ValueError(f"no value for {key!r}, or a second one")
        found[key], at = _value(text, _skip(text, at + 1), depth + 1)
        at = _after(text, at, "}")
    return found, at + 1


def _array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        value, at = _value(text, at, depth + 1)
        found.append(value)
        at = _after(text, at, "]")
    return found, at + 1


def _after(text: str, at: int, end: str) -> int:
    """Behind a value stands a comma or the end; a comma may stand before the end."""
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != end:
        raise ValueError(f"expected a comma or {end!r} at character {at}")
    return at


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _said(string: re.Match[str]) -> str:
    inner = next(group for group in string.groups() if group is not None)
    return _ESCAPE.sub(_unescaped, _PAIR.sub(_joined, inner))


def _joined(found: re.Match[str]) -> str:
    high, low = (int(part, 16) for part in found.groups())
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _unescaped(found: re.Match[str]) -> str:
    long, four, two, other = found.groups()
    if other is not None:
        return _LETTERS.get(other, other)
    code = int(long or four or two, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
