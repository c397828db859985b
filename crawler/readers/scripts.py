"""Data that a page carries for its scripts: JSON in `<script>` elements and in attributes.

Owns finding whole JSON values in a page's scripts; what is in them is for `json`. Runs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from crawler.readers import script_values
from crawler.readers.markup import Page

SMALLEST = 80
"""Characters. Shorter data are settings, not a list."""
MOST_VALUES = 40
_ASSIGNED = re.compile(r"(?:=|:|\((?:\s*[\"'][^\"'\n]{0,100}[\"']\s*,)?)\s*(?=[\[{])")
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
            value = text[match.end() : end]
        except (ValueError, RecursionError):
            try:
                literal, end = script_values.read(text, match.end())
            except ValueError:
                at = match.end() + 1
                continue
            value = json.dumps(literal, ensure_ascii=False)
        if end - match.end() >= SMALLEST:
            yield value
        at = end


def parsed(text: str) -> Any:
    """The JSON value, or None when the text is none."""
    try:
        value = json.JSONDecoder(parse_float=str, parse_int=str).decode(text.strip().strip(";"))
    except (ValueError, RecursionError):
        return None
    return _joined(value) if _is_flattened(value) else value


# ---- values that stand apart and refer to each other by place (devalue, the payload of Nuxt and SvelteKit) ----------

_PLACE = re.compile(r"-?\d{1,9}")
MOST_JOINED, DEEPEST_JOINED = 1_000_000, 40
"""Values, and levels of them, that a payload may stand for."""
_TAGGED = frozenset(
    ("ShallowReactive", "Reactive", "ShallowRef", "Ref", "EmptyRef", "EmptyShallowRef", "Set", "Map", "Date", "null",
     "NuxtError", "Island", "BigInt", "RegExp", "skipHydrate")
)  # fmt: skip


def _is_flattened(value: Any) -> bool:
    """An array whose objects and arrays hold nothing but places in it."""
    if not isinstance(value, list) or len(value) < 4 or not isinstance(value[0], dict | list) or not value[0]:
        return False
    objects = [one for one in value if isinstance(one, dict)]
    return bool(objects) and all(_is_place(one, value) for each in objects for one in each.values())


def _is_place(reference: Any, values: list[Any]) -> bool:
    return isinstance(reference, str) and _PLACE.fullmatch(reference) is not None and -10 < int(reference) < len(values)


def _joined(values: list[Any]) -> Any:
    """The value that such an array stands for; None when its parts hold each other in a circle."""
    whole = [{} if isinstance(one, dict) else [] if isinstance(one, list) else one for one in values]
    inner: list[list[int]] = [[] for _ in values]

    def at(place: int, reference: Any) -> Any:
        if not _is_place(reference, values) or int(reference) < 0:
            return None  # undefined, a hole, infinity
        inner[place].append(int(reference))
        return whole[int(reference)]

    for place, one in enumerate(values):
        if isinstance(one, dict):
            whole[place].update((key, at(place, reference)) for key, reference in one.items())
        elif isinstance(one, list):
            tag = one[0] if one and isinstance(one[0], str) and one[0] in _TAGGED else None
            if tag in ("Date", "BigInt", "RegExp"):
                whole[place].append(one[1] if len(one) > 1 else None)
            elif tag == "null":
                whole[place].append({key: at(place, ref) for key, ref in zip(one[1::2], one[2::2], strict=False)})
            else:
                whole[place].extend(at(place, reference) for reference in (one[1:] if tag else one))
    return whole[0] if _ends(inner) else None


def _ends(inner: list[list[int]]) -> bool:
    """Whether following references from any value comes to an end, and does so within bounds: values may be shared, so
    that a short payload could stand for an endless one."""
    waiting = [len(places) for places in inner]
    holders: list[list[int]] = [[] for _ in inner]
    for holder, places in enumerate(inner):
        for place in places:
            holders[place].append(holder)
    size, depth = [1] * len(inner), [1] * len(inner)
    done = [place for place, count in enumerate(waiting) if not count]
    for place in done:
        if size[place] > MOST_JOINED or depth[place] > DEEPEST_JOINED:
            return False
        for holder in holders[place]:
            size[holder] += size[place]
            depth[holder] = max(depth[holder], depth[place] + 1)
            waiting[holder] -= 1
            if not waiting[holder]:
                done.append(holder)
    return len(done) == len(inner)
