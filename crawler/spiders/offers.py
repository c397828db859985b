"""What a page without rows offers instead: data endpoints, frames, downloads, the page on which the list really is.

Each offer is only a possibility, best first; whether it holds the list is for the readers to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from crawler.addresses import extension, join, page_key, same_site
from crawler.page import Document, Element, words_of
from crawler.spiders.shapes import Kind
from crawler.spiders.wording import listed, wording
from registry.text import clean, fold

KINDS: dict[str, Kind] = {
    "csv": "csv",
    "tsv": "csv",
    "xlsx": "sheet",
    "xlsm": "sheet",
    "json": "json",
    "geojson": "json",
    "pdf": "pdf",
}
_DECLARED: dict[str, Kind] = {"csv": "csv", "spreadsheet": "sheet", "excel": "sheet", "json": "json", "pdf": "pdf"}
_ORDER = {"csv": 0, "sheet": 1, "json": 2, "pdf": 3, "html": 4, "any": 5}
_IN_SCRIPT = re.compile(
    r"""["'`]((?:https?:)?//?[\w.~:/?#\[\]@!$&()*+,;=%{}-]{3,300}|[\w./-]{1,100}\?[\w.=&%{}$-]{1,200})["'`]"""
)
_NOT_DATA = re.compile(
    r"\.(?:js|mjs|css|png|jpe?g|gif|svg|ico|woff2?|ttf|webp|map|mp4)(?:$|[?#])|/(?:core|libraries|themes|modules)/",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One address that may hold the list."""

    url: str
    label: str
    expect: Kind
    score: int
    """Higher is likelier. Below zero: only when nothing else is there."""
    what: str
    """`file`, `endpoint`, `frame`, `page`."""
    is_the_list: bool = False
    """The page says in words that this file is the list."""

    def like(self, other: Offer) -> bool:
        """Whether two offers may be parts of one list: of one rank and kind, and scripts' addresses built alike."""
        if (self.what, self.expect, self.score, self.what == "file" or self.label) != (
            other.what, other.expect, other.score, other.what == "file" or other.label,
        ):  # fmt: skip
            return False
        return self.what == "file" or self.built == other.built

    @property
    def built(self) -> str:
        """The address without what differs between parts: numbers, single letters, ranges of them."""
        return re.sub(r"(?<![A-Za-z])(?:[A-Za-z]|\d+)(?:-(?:[A-Za-z]|\d+))?(?![A-Za-z])", "*", unquote(self.url))


def find(page: Document, source: str) -> list[Offer]:
    """Everything on the page that may hold the list, best first; on the page's own site only."""
    found = [*_files(page, source), *_frames(page), *_endpoints(page), *_pages(page, source)]
    best: dict[str, Offer] = {}
    for offer in found:
        key = page_key(offer.url)
        if (
            same_site(page.url, offer.url)
            and key != page_key(page.url)
            and (key not in best or best[key].score < offer.score)
        ):
            best[key] = offer
    return sorted(best.values(), key=lambda offer: (-offer.score, _ORDER[offer.expect], offer.url))


def foreign(page: Document, source: str) -> list[str]:
    """Files on other sites that may be the list: never followed, but worth naming."""
    return [offer.url for offer in _files(page, source) if not same_site(page.url, offer.url) and offer.score > 0]


def kind_of(url: str, element: Element | None = None) -> Kind | None:
    """What a link leads to when it is a data file; None for a page."""
    if (kind := KINDS.get(extension(url))) is not None:
        return kind
    declared = fold(element.get("type") or "") if element is not None else ""
    for word, named in _DECLARED.items():
        if word in declared:
            return named
    asked = re.search(r"(?:_?format|type|export|output|f)=(csv|xlsx|json|pdf)\b", url, re.IGNORECASE)
    asked = asked or re.search(r"/(csv|xlsx|json|pdf)/?(?:\?|$)", url, re.IGNORECASE)
    if asked:
        return KINDS[asked.group(1).lower()]
    if element is not None and wording("file_format").search(fold(words_of(element))):
        return "any"
    if element is not None and element.get("download") is not None:
        return KINDS.get(extension("/" + (element.get("download") or "")), "any")
    return None


def _files(page: Document, source: str) -> list[Offer]:
    about, strongly, other = (wording(f"{source}_{part}") for part in ("about", "surely", "not"))
    offers = []
    for element in [*page.root.iter("a"), *page.root.iter("link"), *page.root.iter("object"), *page.root.iter("embed")]:
        if element.tag == "link" and "alternate" not in (element.get("rel") or ""):
            continue
        target = join(page.base, element.get("href") or element.get("data") or element.get("src") or "")
        kind = kind_of(target, element) if target else None
        if target is None or kind is None or (element.tag == "a" and _in_row(element)):
            continue
        words = fold(f"{words_of(element)} {element.get('title') or ''} {_spaced(target)}")
        sentence = fold(_sentence(element))
        score = (
            2 * bool(strongly.search(words))
            + bool(about.search(words))
            + bool(about.search(sentence))
            - 4 * bool(other.search(words))
        )
        claim = bool(wording("is_the_list").search(sentence)) and not other.search(words)
        offers.append(Offer(target, words_of(element), kind, score + 3 * claim + (kind != "pdf"), "file", claim))
    return offers


def _in_row(element: Element) -> bool:
    """A document linked from one row of a table is that row's certificate, not the list."""
    row = next(iter(element.iterancestors("tr")), None)
    return row is not None and len(row.findall("td")) >= 3


def _spaced(url: str) -> str:
    return re.sub(r"[-_/.+%]+", " ", unquote(url.partition("//")[2].partition("/")[2]))


def _sentence(element: Element) -> str:
    """The words around a link: its paragraph, list entry or box."""
    for one in element.iterancestors():
        text = clean(one.text_content())
        if (
            one.tag in ("p", "li", "td", "div", "section", "figure", "dd")
            and len(text) > len(clean(element.text_content())) + 3
        ):
            return text if len(text) <= 400 else ""
    return ""


def _frames(page: Document) -> list[Offer]:
    frames = (join(page.base, one.get("src") or one.get("data-src") or "") for one in page.root.iter("iframe", "frame"))
    return [Offer(url, "frame", "any", 3, "frame") for url in frames if url]


def _endpoints(page: Document) -> list[Offer]:
    """Addresses that the page's scripts would ask: in `data-` attributes and in the scripts themselves."""
    offers = []
    for element in page.root.iter():
        if not isinstance(element.tag, str) or element.tag in ("img", "source", "video"):
            continue
        for name in [one for one in listed("data_attributes") if one in element.attrib]:
            value = element.get(name) or ""
            if re.match(r"https?://|/|\.{0,2}/|\?|[\w-]+/|[\w-]+\.(?:json|csv)", value) and not _NOT_DATA.search(value):
                target = join(page.base, value)
                if target:
                    wanted = bool(wording("endpoint").search(fold(f"{name} {value}")))
                    offers.append(
                        Offer(target, name, "any", 1 + 2 * wanted - 2 * page.is_furniture(element), "endpoint")
                    )
    for script in page.root.iter("script"):
        content = (script.text or "").replace("\\/", "/")
        for value in _IN_SCRIPT.findall(content[:200_000]):
            if wording("endpoint").search(fold(value)) and not _NOT_DATA.search(value):
                target = join(page.base, value)
                if target:
                    offers.append(Offer(target, "script", "any", 1, "endpoint"))
    return offers


def _pages(page: Document, source: str) -> list[Offer]:
    """A link that says it leads to the list itself."""
    strongly, other = wording(f"{source}_surely"), wording(f"{source}_not")
    offers = []
    for anchor in page.anchors:
        words = fold(anchor.text)
        if not anchor.url or kind_of(anchor.url, anchor.element) is not None:
            continue
        about = strongly.search(words) and not other.search(words)
        claim = bool(wording("whole_list_link").search(words)) and not page.is_furniture(anchor.element)
        if about and (claim or wording("leads_to_a_list").search(words)):
            offers.append(
                Offer(anchor.url, anchor.text, "any", claim - page.is_furniture(anchor.element), "page", claim)
            )
    return offers
