"""Data that a page carries for its scripts: JSON in `<script>` elements and in attributes.

Owns finding whole JSON values in a page's scripts; what is in them is for `json`. Runs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from crawler.readers.markup import Page

SMALLEST = 80
"""Characters. Shorter data are settings, not a list."""
MOST_VALUES = 40
_ASSIGNED = re.compile(r"(?:=|\(|:)\s*(?=[\[{])")
_ATTRIBUTES = (
    "data-props",
    "data-page",
    "data-state",
    "data-items",
    "data-rows",
    "data-json",
    "data-list",
    ":items",
    ":rows",
    "data-hosts",
)


def embedded(page: Page) -> Iterator[tuple[str, str]]:
    """(where, JSON text) of each value that a page carries for its scripts."""
    count = 0
    for script in page.root.iter("script"):
        text = script.text or ""
        if len(text) < SMALLEST or count >= MOST_VALUES:
            continue
        kind = (script.get("type") or "").lower()
        if "json" in kind:
            count += 1
            yield page.locate(script), text
        elif kind in ("", "text/javascript", "module", "application/javascript"):
            for value in _assigned(text):
                count += 1
                yield page.locate(script), value
    for name in _ATTRIBUTES:
        for element in page.root.xpath(f"//*[@*[name()='{name}']]")[:MOST_VALUES]:
            if len(value := element.get(name) or "") >= SMALLEST:
                yield page.locate(element), value


def _assigned(text: str) -> Iterator[str]:
    """Whole JSON values that a script assigns or passes on: `window.__DATA__ = {…};`, `JSON.parse("…")`."""
    for quoted in re.finditer(r"JSON\.parse\(\s*(\"(?:[^\"\\]|\\.){80,}\")\s*\)", text):
        try:
            yield json.loads(quoted.group(1))
        except ValueError:
            continue
    decoder = json.JSONDecoder()
    at, found = 0, 0
    while found < MOST_VALUES and (match := _ASSIGNED.search(text, at)) is not None:
        found += 1
        try:
            _, end = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            at = match.end() + 1
            continue
        if end - match.end() >= SMALLEST:
            yield text[match.end() : end]
        at = end


def parsed(text: str) -> Any:
    """The JSON value, or None when the text is none."""
    try:
        return json.JSONDecoder(parse_float=str, parse_int=str).decode(text.strip().strip(";"))
    except (ValueError, RecursionError):
        return None
