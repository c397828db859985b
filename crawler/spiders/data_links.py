"""The next page of a JSON answer: JSON:API `links.next`, other usual spellings, or a page number that can be raised.

Owns only where to go on; rows are for `crawler.readers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from crawler.spiders.addresses import join, parameters, with_parameters
from crawler.spiders.wording import listed


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a JSON answer goes on. `announced`: it says that there is more, whether or not `url` is known."""

    url: str | None = None
    announced: bool = False
    total: int | None = None
    guessed: bool = False
    """The address was made by raising a page number that the answer states, not given by it."""


def onward(data: object, url: str, link_header: str | None = None, rows: int = 0) -> Onward:
    """Where the next part of the list is, as the answer itself says it. `rows` is how many were read so far."""
    if link_header:
        return Onward(join(url, link_header), True)
    places = _places(data)
    total = _number(places, listed("json_total"))
    for place in places:
        for key in listed("json_next"):
            target = _address(place.get(key))
            if target and (absolute := join(url, target)):
                return Onward(absolute, True, total)
    now, pages, token = (
        _number(places, listed("json_now")),
        _number(places, listed("json_pages")),
        _number(places, listed("json_next")),
    )
    more = any(place.get(key) is True for place in places for key in listed("json_more"))
    if token is not None or more or (now is not None and pages is not None and not _last(now, pages, places)):
        return Onward(_raised(url, now, token), True, total, guessed=True)
    if total is not None and 0 < rows < total and isinstance(data, dict):
        offset, size = _number(places, listed("json_offset")), _number(places, listed("json_size"))
        return Onward(_shifted(url, offset, size, rows), True, total, guessed=True)
    return Onward(total=total)


def pages(data: object) -> int:
    """How many pages an answer says that its list has; 1 when it does not say."""
    places = _places(data)
    stated = _number(places, listed("json_pages"))
    return stated if stated is not None and _number(places, listed("json_now")) is not None else 1


def _shifted(url: str, offset: int | None, size: int | None, rows: int) -> str | None:
    """An answer that states a total beyond its rows: the next part starts behind those that were read."""
    given = parameters(url)
    for name in given:
        if name.lower() in ("offset", "start", "skip", "from", "debut", "page[offset]", "startindex"):
            return with_parameters(url, {name: str(rows)})
    if offset is not None and size:
        return with_parameters(url, {"offset": str(rows)})
    return None


def _places(data: object) -> list[dict[str, Any]]:
    """The objects in which an answer speaks of itself, keys in lower case."""
    if not isinstance(data, dict):
        return []
    lower = {str(key).lower(): value for key, value in data.items()}
    found = [lower]
    for name in listed("json_places"):
        inner = lower.get(name)
        if isinstance(inner, dict):
            one = {str(key).lower(): value for key, value in inner.items()}
            found.append(one)
            found += [
                {str(key).lower(): value for key, value in deeper.items()}
                for place in ("pagination", "paging", "page", "links", "meta")
                if isinstance(deeper := one.get(place), dict)
            ]
        elif isinstance(inner, list) and name in ("links", "_links"):
            found += [{"next": one.get("href")} for one in inner if isinstance(one, dict) and one.get("rel") == "next"]
    return found


def _address(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("href") or value.get("url")
    if isinstance(value, str) and re.match(r"https?://|/|\?|[\w./-]+\?", value):
        return value
    return None


def _last(now: int, pages: int, places: list[dict[str, Any]]) -> bool:
    starts_at_zero = (
        any("pageindex" in place or ("number" in place and "totalpages" in place) for place in places) or now == 0
    )
    return now >= (pages - 1 if starts_at_zero else pages)


def _raised(url: str, now: int | None, token: object) -> str | None:
    given = parameters(url)
    name = next(
        (name for name in given if re.fullmatch(r"(?:page|p|pg|page\[number\]|pageindex|page_number)", name, re.I)),
        None,
    )
    if token is not None:
        return with_parameters(url, {name or "page": str(token)})
    if now is None and name is not None and given[name].isdigit():
        now = int(given[name])
    if now is None:
        return None
    return with_parameters(url, {name or "page": str(now + 1)})


def _number(places: list[dict[str, Any]], keys: tuple[str, ...]) -> int | None:
    """The first whole number that stands under one of these keys."""
    for place in places:
        for key in keys:
            value = place.get(key)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            if isinstance(value, str) and value.isdigit() and len(value) < 9:
                return int(value)
    return None
