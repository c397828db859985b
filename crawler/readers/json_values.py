"""JSON values → printed text: what an object that wraps one value prints, what a list of labels says.

Owns scalars, wrapped values, lists of labels, and HTML held in strings. Where a record begins is for `json_records`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crawler.readers.markup import urljoin_safe
from crawler.readers.printed import Line, Printed, plain
from crawler.readers.shapes import dates_in
from crawler.readers.vocabulary import words
from registry.columns import yes_or_no
from registry.text import fold

MARKUP = re.compile(r"<\s*(?:/\s*)?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
"""A tag of HTML inside a string."""
_WRAPPERS = (
    "value", "processed", "rendered", "text", "@value", "uri", "url", "href", "label", "name", "title", "nom", "libelle",
)  # fmt: skip
"""Keys whose value is what an object prints, when its other keys only describe it."""
_DESCRIBING = frozenset(
    ("format", "lang", "language", "langcode", "@language", "@type", "type", "id", "uuid", "target_id", "target_type",
     "target_uuid",
     "options", "alt", "width", "height", "mimetype", "mime", "size", "filename", "slug", "code", "summary",
     "end_value", "tid", "nid",
     "title", "description", "rel", "weight")
)  # fmt: skip
_LABELS = ("label", "libelle", "nom", "name", "title", "titre", "description", "intitule", "text", "value")
_NUMBERS = ("numero", "number", "no", "num", "ordre", "order", "rang")
_IDS = ("id", "code", "key", "cle")
_HELD = words("held_keys")
_YES_NO = words("yes_no")


def joined(items: Sequence[Any], pointer: str, url: str) -> Printed | None:
    """A list of plain values or labels as one value of several lines, or None when it can't be said in words.

    Of objects that say whether they hold (`{"id": 6, "covered": false}`) only those that do are printed.
    """
    flag = _flag(items)
    if flag is None:
        return None
    lines: list[Line] = []
    for at, item in enumerate(items):
        if isinstance(item, dict):
            if flag and not _is_yes(item.get(flag)):
                continue
            value = unwrapped(item, f"{pointer}/{at}", url) or _label_of(item, f"{pointer}/{at}")
        elif isinstance(item, list):
            return None
        else:
            value = printed_scalar(item, f"{pointer}/{at}", url)
        if value is None:
            return None
        lines += [Line(line.text, line.href, at + 1) for line in value.lines]
    return Printed(tuple(lines), pointer)


def _flag(items: Sequence[Any]) -> str | None:
    """The key by which the objects of a list say yes or no; empty when none does; None when nobody can tell what the
    answer is to: then the list must not be read as if it held all of them."""
    objects = [_inner(item) for item in items if isinstance(item, dict)]
    answers: dict[str, set[str]] = {}
    for item in objects:
        for key, value in item.items():
            if key in ("value", "valeur") and not isinstance(value, bool):
                continue
            if isinstance(value, bool) or (isinstance(value, str) and fold(value) in _YES_NO and not value.isdigit()):
                answers.setdefault(key, set()).add(fold(str(value)))
            elif isinstance(value, str) and fold(key).replace("_", "") in _HELD:
                answers.setdefault(key, set()).add(fold(value))
    held = [key for key in answers if fold(key).replace("_", "") in _HELD]
    if any(len(said) > 1 for said in _dates_of(objects).values()):
        return None
    if (
        len(held) == 1
        and all(held[0] in item for item in objects)
        and all(yes_or_no(said) is not None for said in answers[held[0]])
    ):
        return held[0]
    return "" if not held and all(all(map(_is_yes, said)) for said in answers.values()) else None


def _dates_of(objects: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Key → the dates that the objects print under it: labels with dates of their own are more than labels."""
    found: dict[str, set[str]] = {}
    for item in objects:
        for key, value in item.items():
            if isinstance(value, str) and len(value) < 40 and dates_in(value):
                found.setdefault(key, set()).add(value)
    return found


def _is_yes(value: Any) -> bool:
    return yes_or_no(str(value)) is True


def _inner(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object itself, or what it only wraps: `{"node": {…}}`, `{"attributes": {…}}`."""
    for key in ("node", "attributes"):
        if isinstance(item.get(key), dict):
            return {**{name: value for name, value in item.items() if name != key}, **item[key]}
    return item


def _label_of(item: Mapping[str, Any], pointer: str) -> Printed | None:
    """A small object of a list as text: its number and its label, and nothing of what only describes it. What a
    database calls it (`id`) is its number only when it has no label."""
    item = _inner(item)
    scalars = {key: value for key, value in item.items() if isinstance(value, str) and value}
    label = next((scalars[key] for key in _LABELS if key in scalars), "")
    number = next((scalars[key] for key in _NUMBERS if key in scalars), "")
    if not number and (not label or not re.search(r"[^\W\d_]{4}", label)):
        number = next((scalars[key] for key in _IDS if key in scalars), "")
    if not label and not number:
        return None
    return plain(f"{number if number.isdigit() or not label else ''} {label}".strip(), pointer)


def unwrapped(value: Mapping[str, Any], pointer: str, url: str) -> Printed | None:
    """What an object prints that only wraps one value: `{"value": "2025-09-12"}`, `{"uri": …, "title": …}`."""
    scalars = {key: inner for key, inner in value.items() if not isinstance(inner, dict | list)}
    if len(scalars) != len(value) and any(
        value[key] for key in value if key not in scalars and key not in ("options", "attributes")
    ):
        return None
    if "value" in scalars and "end_value" in scalars:
        return plain(f"{scalars['value']} → {scalars['end_value']}", pointer)
    address = next((str(scalars[key]) for key in ("uri", "url", "href", "full_url") if scalars.get(key)), None)
    shown = next((key for key in _WRAPPERS if scalars.get(key) not in (None, "")), None)
    if shown is None or any(key not in _DESCRIBING and key not in _WRAPPERS for key in scalars):
        return None
    if address is not None:
        title = scalars.get("title") or scalars.get("text") or scalars.get("label") or address
        return plain(str(title), pointer, urljoin_safe(url, address))
    if shown in ("name", "nom", "label", "libelle", "title") and len(scalars) > 2:
        return None
    return printed_scalar(scalars[shown], pointer, url)


def printed_scalar(value: Any, pointer: str, url: str) -> Printed:
    if value is None:
        return plain("", pointer)
    if isinstance(value, bool):
        return plain("true" if value else "false", pointer)
    text = str(value)
    if "<" in text and MARKUP.search(text):
        return _of_markup(text, pointer, url)
    if "&" in text and re.search(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);", text):
        from html import unescape

        text = unescape(text)
    href = urljoin_safe(url, text.strip()) if re.match(r"\s*(?:https?://|/[\w-]+[/.])\S+\s*$", text) else None
    return plain(text, pointer, href)


def _of_markup(text: str, pointer: str, url: str) -> Printed:
    from crawler.readers import markup
    from crawler.readers.printing import printed

    root = markup.parse(f"<div>{text}</div>", url, "")
    if root is None:
        return plain("", pointer)
    seen = printed(markup.Page(root, url), root)
    return Printed(seen.lines, pointer, seen.heading_like, seen.opaque)
