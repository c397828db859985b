"""The next page of a JSON answer: JSON:API `links.next`, other usual spellings, or a page number that can be raised.

Owns only where to go on; rows are for `crawler.readers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from crawler.addresses import join, number_of, parameters, with_parameters
from crawler.spiders.wording import listed
from registry.text import fold


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a JSON answer goes on. `announced`: it says that there is more, whether or not `url` is known."""

    url: str | None = None
    announced: bool = False
    total: int | None = None
    guessed: bool = False
    """The address was made by raising a page number that the answer states, not given by it."""
    others: tuple[str, ...] = ()
    """More such addresses, where neither the answer nor its address tells how the number is called."""


def onward(data: object, url: str, link_header: str | None = None, rows: int = 0, stated: int | None = None) -> Onward:
    """Where the next part of the list is, as the answer itself says it. `rows` is how many of the answer's own entries
    were read so far (one may give several rows), `stated` how many entries its headers say there are."""
    if link_header:
        return Onward(join(url, link_header), True)
    places = _places(data)
    total = _total(places) if stated is None else stated
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
    said = [place[key] is True for place in places for key in listed("json_more") if isinstance(place.get(key), bool)]
    said += [place[key] is False for place in places for key in listed("json_last") if isinstance(place.get(key), bool)]
    behind = (pages is not None and pages > 1) if now is None else (pages is not None and not _last(now, pages, places))
    if token is not None or any(said) or (behind and not said):
        if now is None and token is None and pages is None:
            return Onward(_shifted(url, places, rows), True, total, guessed=True)
        return _raised_onward(url, now, token, pages, total)
    if not said and any(_words(place.get(key)) for place in places for key in listed("json_token")):
        return Onward(None, True, total)
    if total is not None and 0 < rows < total and (isinstance(data, dict) or stated is not None):
        return Onward(_shifted(url, places, rows), True, total, guessed=True)
    return Onward(total=total)


def _raised_onward(url: str, now: int | None, token: int | None, pages: int | None, total: int | None) -> Onward:
    """The page after this one, by number. An answer that counts its pages and does not say which it is, is the one
    that the address asks for, or the first."""
    if now is None and token is None and pages is not None:
        numbers = (number_of(value) for name, value in parameters(url).items() if _PAGE.fullmatch(name))
        asked = next((number for number in numbers if number is not None), 1)
        if asked >= pages:
            return Onward(total=total)
        now = asked
    raised = _raised(url, now, token)
    number = parameters(raised).get("page") if raised and "page" not in parameters(url) else None
    unnamed = number is not None and not any(_PAGE.fullmatch(name) for name in parameters(url))
    others = tuple(with_parameters(url, {name: str(number)}) for name in _PAGE_NAMES) if unnamed else ()
    return Onward(raised, True, total, guessed=True, others=others)


def pages(data: object) -> int:
    """How many pages an answer says that its list has; 1 when it does not say."""
    places = _places(data)
    stated = _number(places, listed("json_pages"))
    return stated if stated is not None and _number(places, listed("json_now")) is not None else 1


def _shifted(url: str, places: list[dict[str, Any]], rows: int) -> str | None:
    """An answer that says that there is more than its rows: the next part starts behind those that were read."""
    for name in parameters(url):
        if _plain(name) in listed("json_offset") or name.lower() in ("debut", "page[offset]"):
            return with_parameters(url, {name: str(rows)})
    for place in places:
        for key in listed("json_offset"):
            if isinstance(place.get(key), int) and any(
                isinstance(place.get(size), int) for size in listed("json_size")
            ):
                return with_parameters(url, {place[_NAMES][key]: str(rows)})
    return _by_convention(url, places, rows)


def _by_convention(url: str, places: list[dict[str, Any]], rows: int) -> str | None:
    """Where the usual programs continue a list of which they state only the total. A wrong guess shows the same again
    or nothing, which the walk notices."""
    for place in places:
        for key, (offset, size) in _CONVENTIONS.items():
            if key in place:
                asked = {} if size in parameters(url) else {size: str(rows)}
                return with_parameters(url, {offset: str(rows), **asked})
    return None


_CONVENTIONS = {"recordstotal": ("start", "length"), "totalcount": ("offset", "limit"), "nhits": ("start", "rows")}
"""Key of a total → how DataTables and Opendatasoft (v2, v1) call the first entry wanted and how many."""


_NAMES = " names"
"""Under this key of a place: its keys as the answer prints them."""
_PAGE = re.compile(
    r"(?:page|p|pg|(?:pagination|page)\[(?:page|number)\]|pageindex|page_?number|currentpage)", re.IGNORECASE
)
_PAGE_NAMES = ("pagination[page]", "page[number]", "pageNumber", "currentPage")
"""How Strapi, JSON:API and others call what most call "page"."""
_DEEPEST = 5


def _plain(key: str) -> str:
    """A key without case and punctuation: `next_page_url`, `nextPageUrl` → nextpageurl."""
    return re.sub(r"[^a-z0-9]", "", fold(key))


def _places(data: object, depth: int = 0) -> list[dict[str, Any]]:
    """The objects in which an answer speaks of itself: those around its lists, and what is named as such beside them."""
    if not isinstance(data, dict) or depth > _DEEPEST:
        return []
    place: dict[str, Any] = {_plain(str(key)): value for key, value in data.items()}
    place[_NAMES] = {_plain(str(key)): str(key) for key in data}
    found = [place]
    for key, value in data.items():
        name = _plain(str(key))
        if isinstance(value, dict) and (name in listed("json_places") or _holds_a_list(value)):
            found += _places(value, depth + 1)
        elif isinstance(value, list) and name == "links":
            found += [{"next": one.get("href")} for one in value if isinstance(one, dict) and one.get("rel") == "next"]
    return found


def _holds_a_list(value: object, depth: int = 0) -> bool:
    if isinstance(value, list):
        return any(isinstance(one, (dict, list)) for one in value)
    inner = value.values() if isinstance(value, dict) and depth < _DEEPEST else ()
    return any(_holds_a_list(one, depth + 1) for one in inner)


def _total(places: list[dict[str, Any]]) -> int | None:
    """The highest number under a key that counts the whole: beside a total, `count` may be that of the page."""
    given = [place.get(key) for place in places for key in listed("json_total")]
    counts = [one.get("value") if isinstance(one, dict) else one for one in given]
    numbers = [int(str(one)) for one in counts if _is_number(one)]
    return max(numbers, default=None)


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value.isdecimal() and len(value) < 9
    return isinstance(value, int) and not isinstance(value, bool)


def _words(value: object) -> str:
    """A text that is more than nothing."""
    return value.strip() if isinstance(value, str) else ""


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
    name = next((name for name in given if _PAGE.fullmatch(name)), None)
    if token is not None:
        return with_parameters(url, {name or "page": str(token)})
    if now is None and name is not None:
        now = number_of(given[name])
    if now is None:
        return None
    return with_parameters(url, {name or "page": str(now + 1)})


def _number(places: list[dict[str, Any]], keys: tuple[str, ...]) -> int | None:
    """The first whole number that stands under one of these keys."""
    for place in places:
        for key in keys:
            if _is_number(value := place.get(key)):
                return int(str(value))
    return None
