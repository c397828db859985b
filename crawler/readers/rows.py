"""A decided listing → raw rows: cells named by field, everything else kept as unread.

Owns what follows from the layout alone: a title lent to the entries below it, a period split over two fields, the address
behind a name. Entries that can't be read exactly become problems that refuse the page, never rows with holes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.readers import long_format, misplaced, shapes, titles
from crawler.readers.columns import Mapping
from crawler.readers.facets import facets
from crawler.readers.headings import FACETS, PERIOD, stems
from crawler.readers.markup import urljoin_safe
from crawler.readers.printed import EMPTY, Listing, Printed, Record
from registry.dates import UnreadableDate, read_period
from registry.models import Problem, RawCell, RawRow
from registry.text import clean, fold
from registry.vocabulary import known_certifier

if TYPE_CHECKING:
    from registry.models import Source

PERIOD_FIELDS = {"hosts": ("issued_on", "expires_on"), "certifiers": ("accredited_on", "accreditation_ended_on")}
KEY = {"hosts": "legal_name", "certifiers": "name"}
PICTURE = "[image]"
"""What a cell says that shows only a picture without description: something, and nobody knows what."""
_ADDRESSES = ("website", "document_url", "transparency_url")
_REFUSING_NOTES = {
    "group": ("unread_row", "expected a row of the list, found one cell across the whole row that is no known title"),
    "not_loaded": ("not_loaded", "expected the list, found a row that a script would have filled in"),
    "stray": ("unread_row", "expected a label before every value, found a date or number without one"),
    "outside": ("unread_row", "expected every labelled value to belong to an entry, found one outside them"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Where a listing was read."""

    source: Source
    url: str
    sha256: str


@dataclass(slots=True)
class Rows:
    rows: list[RawRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def build(listing: Listing, mapping: Mapping, page: Page) -> Rows:
    """The raw rows of a listing, and a problem for each entry that is not among them."""
    out = Rows()
    lent: set[str] = set()
    _continue_hosts(listing, mapping)
    sound = [record for record in listing.records if record.flaw is None]
    for number in misplaced.stray_dates([_named_values(mapping, record) for record in sound]):
        sound[
            number
        ].flaw = "expected a date of the column's own range, found one that belongs to the other end of the validity"
    for record in listing.records:
        _read_record(listing, mapping, page, record, out, lent)
    if page.source == "hosts" and out.rows and not out.problems:
        out.rows = long_format.joined(out.rows)
    _report_notes(listing, page, out, lent)
    _report_titles(listing, page, out, lent)
    return out


_OF_A_HOST = frozenset(("legal_name", "name", "brand", "siren", "country", "website"))
_OF_A_CERTIFICATE = frozenset(("number", "certifier", "issued_on", "expires_on", "period", "activities"))


def _continue_hosts(listing: Listing, mapping: Mapping) -> None:
    """A row whose cells about the host are all blank, below one that has them, and which tells a certificate: one more of
    the host above, as lists print it that come from merged cells. A name missing alone stays a doubt."""
    if listing.scattered or listing.side:
        return
    of_host = [column for column, name in mapping.fields.items() if name in _OF_A_HOST]
    of_certificate = [column for column, name in mapping.fields.items() if name in _OF_A_CERTIFICATE]
    last: Record | None = None
    for record in listing.records:
        if record.flaw is not None or len(record.values) < len(listing.columns):
            last = None
            continue
        said = {column for column, value in enumerate(record.values) if value is not None and not value.blank}
        if said & set(of_host):
            full = all((last_value := record.values[column]) and not last_value.blank for column in of_host)
            last = record if full and len(of_host) > 1 and not record.spans else None
        elif last is not None and last.groups == record.groups and len(said & set(of_certificate)) > 2:
            for column in of_host:
                record.values[column] = last.values[column]


_SORTING = re.compile(r"(?:(?:lettre |letter )?[^\W_](?: ?[-–àa/] ?[^\W_])?|[\d ,#–-]+|autres?|others?)", re.IGNORECASE)
"""A title that only sorts: a letter, a range of letters or numbers."""


def _report_titles(listing: Listing, page: Page, out: Rows, lent: set[str]) -> None:
    """Titles that part a list into groups and are not understood may say something of each entry below them."""
    above = {clean(record.groups[0].text): record.groups[0].locator for record in listing.records if record.groups}
    unknown = [
        text
        for text in above
        if text not in lent and not _SORTING.fullmatch(text) and set(stems(text)) - titles.LIST_WORDS
    ]
    if len(above) < 2 or not unknown:
        return
    said = ", ".join(repr(text[:60]) for text in unknown[:3])
    out.problems.append(
        Problem(
            None, "row", unknown[0][:500],
            f"expected to know what the titles over parts of the list say of the entries below them, found {said}",
            "unread_title", page.url, page.sha256, above[unknown[0]],
        )
    )  # fmt: skip


def _report_notes(listing: Listing, page: Page, out: Rows, lent: set[str]) -> None:
    for kind, text, locator in listing.notes:
        if kind in _REFUSING_NOTES and text not in lent:
            code, message = _REFUSING_NOTES[kind]
            out.problems.append(Problem(None, "row", text[:500], message, code, page.url, page.sha256, locator))


def _problem(page: Page, out: Rows, record: Record, code: str, name: str, raw: str, message: str) -> None:
    out.problems.append(
        Problem(len(out.rows), name, raw[:500], message, code, page.url, page.sha256, record.locator)
    )  # fmt: skip


def _read_record(listing: Listing, mapping: Mapping, page: Page, record: Record, out: Rows, lent: set[str]) -> None:
    printed = " | ".join(value.text.replace("\n", " ") for value in record.values if value is not None and value.text)
    if record.flaw:
        _problem(page, out, record, "shifted_cells", "row", printed, f"{record.flaw}; the row is not read")
        return
    named = _named_values(mapping, record)
    if (why := misplaced.misplaced(named)) is not None:
        _problem(page, out, record, "shifted_cells", "row", printed, f"{why}; the row is not read")
        return
    cells: dict[str, RawCell] = {}
    unread: dict[str, str] = {}
    told: list[tuple[str, Printed]] = []
    for column, value in enumerate(record.values[: len(listing.columns)]):
        name = mapping.fields.get(column)
        if value is None or (value.blank and not (name or "").startswith("activity_")):
            continue
        heading = listing.heading(column)
        if name is None:
            unread[heading or f"column {column + 1}"] = value.text or value.href or PICTURE
        elif column in record.spans:
            if (why := _shared_cell(mapping, record, column, name, cells)) is not None:
                _problem(page, out, record, "shifted_cells", name, value.text, why)
                return
        elif name == FACETS:
            told.append((heading, value))
        else:
            _put(cells, name, value, heading, page)
    key = KEY[page.source]
    _split_name(key, named.get(key), cells, unread)
    for one in _certificates_told(told):
        _finish_record(page, record, printed, dict(cells), dict(unread), one, out, lent)


def _certificates_told(told: list[tuple[str, Printed]]) -> list[list[tuple[str, Printed]]]:
    """The phrases of an entry, certificate by certificate: a cell may tell one of them in each of its lines."""
    if len(told) == 1 and facets((value := told[0][1]).text, leading_number=True) is None:
        lines = [line for line in value.lines if line.text]
        if len(lines) > 1 and all(_tells_a_certificate(line.text) for line in lines):
            return [[(told[0][0], value.with_lines((line,)))] for line in lines]
    return [told]


def _tells_a_certificate(text: str) -> bool:
    found = facets(text, leading_number=True)
    return found is not None and "number" in found and len(found) > 1


def _finish_record(
    page: Page,
    record: Record,
    printed: str,
    cells: dict[str, RawCell],
    unread: dict[str, str],
    told: list[tuple[str, Printed]],
    out: Rows,
    lent: set[str],
) -> None:
    """What follows from the values of one certificate alone; its row, if it has a name."""
    key = KEY[page.source]
    if page.source == "hosts":
        doubts = (
            _part_name(cells)
            + _part_halts(cells)
            + [doubt for heading, value in told for doubt in _part(cells, unread, value, heading)]
        )
        for name, raw, message in [*doubts, *_part_number(cells)]:
            _problem(page, out, record, "unreadable", name, raw, message)
    if key not in cells or cells[key].text == PICTURE:
        if any(cell.text or cell.href for cell in cells.values()):
            _problem(
                page, out, record, "nameless_row", key, printed,
                f"expected a name in every row, found none beside {', '.join(cells)}; the row is not read",
            )  # fmt: skip
        return
    if page.source == "hosts":
        titles.lend(cells, record.groups, lent)
        _follow_links(cells, page)
    out.rows.append(RawRow(page.source, page.sha256, page.url, record.locator, cells, unread))


def _named_values(mapping: Mapping, record: Record) -> dict[str, Printed]:
    """Field → value of an entry, blank ones included; cells across several columns left out."""
    return {
        name: record.values[column] or EMPTY
        for column, name in mapping.fields.items()
        if column < len(record.values) and column not in record.spans and column not in record.spans.values()
    }


def _shared_cell(mapping: Mapping, record: Record, column: int, name: str, cells: dict[str, RawCell]) -> str | None:
    """A cell across several columns: fine across the activities ("toutes"), else nobody knows whose value it is."""
    first = mapping.fields.get(record.spans[column])
    if first == name:
        return None
    if first is not None and first.startswith("activity_") and name.startswith("activity_"):
        value = record.values[column]
        if value is not None and not shapes.is_yes_no(value):
            cells.pop(first, None)
            cells["activities"] = RawCell(value.text, value.locator, "")
        else:
            cells[name] = replace(cells[first]) if first in cells else RawCell(value.text if value else "", "", "")
        return None
    return f"expected a value of its own for {name}, found one cell across {first or 'an unread column'} and {name}"


def _put(cells: dict[str, RawCell], name: str, value: Printed, heading: str, page: Page) -> None:
    if name in cells and (cells[name].text or value.blank):
        return
    text = value.text if not value.opaque or value.href else f"[{value.hint}]" if value.hint else PICTURE
    cell = RawCell(text, value.locator, heading, value.href)
    if name == PERIOD:
        for field_name in _period_fields(text, PERIOD_FIELDS[page.source]):
            cells.setdefault(field_name, cell)
        return
    if name in _ADDRESSES and cell.href is None and re.match(r"/[\w%-]", text.strip()):
        cell = replace(cell, href=urljoin_safe(page.url, text.strip()))
    cells[name] = cell


def _period_fields(text: str, names: tuple[str, str]) -> Iterable[str]:
    """Which dates a cell of a period column prints: both, or the one that its words tell."""
    try:
        period = read_period(text)
    except UnreadableDate:
        return names
    if period.start and period.end:
        return names
    return names[:1] if period.start else names[1:] if period.end else ()


_BESIDE_A_NAME = re.compile(r"(?i)\b\d{5}\b|@|https?://|^www\.|\+?\d{2}(?:[ .]\d{2}){4}|^[^:]{2,40}\s:\s|^\(.*\)$")
UNDER_NAME = "(under the name)"


def _split_name(key: str, value: Printed | None, cells: dict[str, RawCell], unread: dict[str, str]) -> None:
    """A name cell of several lines: the name is the line that stands out, or what is left without address, number and
    other labelled lines."""
    if value is None or len(value.lines) < 2 or key not in cells:
        return
    first, *others = value.lines
    if not (first.strong and not any(line.strong for line in others)):
        others = [
            line
            for line in others
            if _BESIDE_A_NAME.search(line.text) or shapes.is_siren(Printed((line,))) or shapes.is_state(line.text)
        ]
    if not others:
        return
    kept = [line for line in value.lines if line not in others]
    cells[key] = replace(cells[key], text="\n".join(line.text for line in kept), href=kept[0].href)
    for line in others:
        if shapes.is_siren(Printed((line,))) and "siren" not in cells:
            cells["siren"] = RawCell(line.text, value.locator, UNDER_NAME)
        elif shapes.is_state(line.text) and key == "legal_name" and "source_status" not in cells:
            cells["source_status"] = RawCell(line.text, value.locator, UNDER_NAME)
        else:
            unread[UNDER_NAME] = "\n".join(part for part in (unread.get(UNDER_NAME), line.text) if part)


_Doubts = list[tuple[str, str, str]]
"""(field, printed, message)"""


def _part(cells: dict[str, RawCell], unread: dict[str, str], value: Printed, heading: str) -> _Doubts:
    """A phrase that tells several fields at once, cut into them."""
    found = facets(value.text, leading_number=True)
    if found is None:
        if shapes.is_number(value) and "number" not in cells:
            cells["number"] = RawCell(value.text, value.locator, heading, value.href)
            return []
        unread[heading] = value.text
        return [
            (
                "row",
                value.text,
                f"expected a phrase that is understood whole, found {value.text[:120]!r} under {heading!r}",
            )
        ]
    return _share_out(cells, found, RawCell(value.text, value.locator, heading, value.href))


def _share_out(cells: dict[str, RawCell], found: dict[str, str], whole: RawCell) -> _Doubts:
    """Parts of a phrase into cells of their own. What another column says too must be the same."""
    doubts: _Doubts = []
    for name, text in found.items():
        other = cells.get(name)
        if other is None or not other.text:
            cells[name] = replace(whole, text=text, href=whole.href if name == "number" else None)
        elif fold(other.text) != fold(text) and fold(text) not in fold(other.text):
            doubts.append((name, whole.text, f"expected {other.text[:80]!r} as in its own column, found {text[:80]!r}"))
    return doubts


def _part_number(cells: dict[str, RawCell]) -> _Doubts:
    """ "Certificat n° 38436-2 (LNE)" under a heading for numbers: the number, and what else is said with it."""
    cell = cells.get("number")
    if cell is None or "\n" in cell.text.strip():
        return []
    found = facets(cell.text, leading_number=True)
    if found is None or "number" not in found:
        return []
    cells["number"] = replace(cell, text=found.pop("number"))
    return _share_out(cells, found, cell)


_TAIL = re.compile(r"(?P<name>.*?[^\W_].*?)(?:\s+[–—|·-]\s+|\s*\n\s*|\s*:\s+|,\s+|\s+(?=\())(?P<tail>.+)$", re.DOTALL)
_HALTED_NAME = re.compile(
    r"""(?ix)^(?P<name>.*?[^\W_][^\W_].*?)[\s–—(\[-]+
    (?P<tail>(?:(?:certificat|certification)\s)?(?:suspendu|retiré|révoqué|suspended|withdrawn|revoked)e?s?
        |en\svigueur|en\scours\sde\svalidité|in\sforce)[)\]]?$""",
    re.DOTALL,
)
_HALTED_VALUE = re.compile(
    r"""(?ix)^(?P<value>.*?\S)(?:\s*\n\s*|\s*[(\[,;–—]\s*|\s-\s|\s(?=certifica))
    (?P<tail>(?:(?:certificat|certification|certificate)\s(?:est\s|is\s)?)?
        (?:suspendu|retiré|révoqué|suspended|withdrawn|revoked)e?s?(?:\s(?:depuis|le|du|on|since|from)\s[^()\[\]]{4,30})?)
    [)\].]*$""",
    re.DOTALL,
)
_MAY_TELL_A_HALT = ("number", "expires_on", "issued_on", "referential", "certifier")


def _part_halts(cells: dict[str, RawCell]) -> _Doubts:
    """ "38436-2 (suspendu)", "11/09/2028, certificat retiré": a value with the state of its certificate behind it. Behind
    activities the word may be said of one of them: that stays unreadable."""
    doubts: _Doubts = []
    for name in _MAY_TELL_A_HALT:
        if (cell := cells.get(name)) is not None and (halted := _HALTED_VALUE.match(cell.text.strip())):
            cells[name] = replace(cell, text=halted["value"])
            doubts += _share_out(cells, {"source_status": halted["tail"]}, cell)
    return doubts


def _part_name(cells: dict[str, RawCell]) -> _Doubts:
    """ "Scalingo – certificat n° 38436-2", "Scalingo (LNE)", "Scalingo Suspendu": a name with more behind it."""
    cell = cells.get("legal_name")
    if cell is None:
        return []
    if halted := _HALTED_NAME.match(cell.text):
        cells["legal_name"] = replace(cell, text=halted["name"].rstrip())
        return _share_out(cells, {"source_status": halted["tail"]}, cell)
    at = 0
    while (match := _TAIL.match(cell.text, at)) is not None:
        cut = match.start("tail")
        tail = cell.text[cut:].strip()
        if (found := facets(tail) or _certifier_alone(tail)) and not _may_be_of_the_name(found, tail):
            name = cell.text[: match.end("name")].strip()
            cells["legal_name"] = replace(cell, text=name)
            return _share_out(cells, found, cell)
        at = cut
    return []


def _may_be_of_the_name(found: dict[str, str], tail: str) -> bool:
    """ "Docaposte, par La Poste" and "Delta – Active" are names: a body that nobody knows, a word that may be a brand."""
    if set(found) == {"certifier"}:
        return known_certifier(found["certifier"]) is None
    return set(found) == {"source_status"} and not tail.startswith("(")


def _certifier_alone(text: str) -> dict[str, str]:
    bare = text.strip()
    bare = bare[1:-1] if bare.startswith("(") and bare.endswith(")") else bare
    return {"certifier": bare} if known_certifier(bare) else {}


def _follow_links(cells: dict[str, RawCell], page: Page) -> None:
    """A number that links its certificate, a name that links the host's own site."""
    number = cells.get("number")
    if number is not None and number.href and "document_url" not in cells and _is_file(number.href):
        cells["document_url"] = replace(number, text=number.href)
    name = cells.get("legal_name")
    if name is None or not name.href:
        return
    if _is_file(name.href):
        cells.setdefault("document_url", replace(name, text=name.href))
    elif "website" not in cells and _is_elsewhere(name.href, page.url):
        cells["website"] = replace(name, text=name.href)


def _is_file(address: str) -> bool:
    return bool(re.search(r"\.pdf(?:$|[?#])", address, re.IGNORECASE))


def _is_elsewhere(address: str, url: str) -> bool:
    """On another site than the page, as far as the page's own site is known."""
    here, there = _site(url), _site(address)
    return bool(here) and bool(there) and here != there


def _site(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return ".".join(parts.hostname.split(".")[-2:])
