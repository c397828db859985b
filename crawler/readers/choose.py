"""Which of the lists on a page is the list: candidates from every reader, judged by what headings and values mean.

Owns joining parts of one list (a table a letter, a table a host), lending a title to the entries below it, and refusing
when two different lists could be the one. Knows no layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from crawler.readers import mapping as deciding
from crawler.readers import scoring, shapes
from crawler.readers.columns import Doubt, Mapping
from crawler.readers.headings import HeadingDictionary
from crawler.readers.printed import EMPTY, Listing, Printed, Record, plain
from registry.text import clean, fold

KEY = {"hosts": "legal_name", "certifiers": "name"}


@dataclass(slots=True)
class Chosen:
    listing: Listing
    mapping: Mapping
    score: float
    doubts: list[Doubt] = field(default_factory=list)


def choose(listings: Iterable[Listing], source: str, dictionary: HeadingDictionary) -> Chosen | None:
    """The list of that source, its parts joined, or None when none of the candidates is it."""
    plausible: dict[str, Chosen] = {}
    alike: dict[object, list[Listing]] = {}
    for listing in listings:
        for variant in _variants(listing, source, dictionary):
            alike.setdefault(_family(variant), []).append(variant)
            decided = _decide(variant, source, dictionary)
            before = plausible.get(listing.locator)
            if decided is not None and (before is None or decided.score > before.score):
                plausible[listing.locator] = decided
    families: dict[object, list[Listing]] = {}
    for chosen in plausible.values():
        families.setdefault(_family(chosen.listing), []).append(chosen.listing)
    candidates = [
        joined
        for key, family in families.items()
        if (joined := _decide(join(_whole_family(family, alike[key])), source, dictionary)) is not None
    ]
    if any(not chosen.listing.last_resort for chosen in candidates):
        candidates = [chosen for chosen in candidates if not chosen.listing.last_resort]
    candidates.sort(key=lambda chosen: chosen.score, reverse=True)
    if not candidates:
        return None
    best = _most_complete(candidates, source)
    if (unsure := _titles_may_name(best, source, dictionary)) is not None:
        best.doubts.append(unsure)
    for other in candidates:
        if other is not best and (doubt := _rival(best, other, source)) is not None:
            best.doubts.append(doubt)
            break
    return best


def _whole_family(sure: Sequence[Listing], alike: Sequence[Listing]) -> list[Listing]:
    """The parts that are surely of the list, and those that say too little to tell by themselves but are built alike:
    a host of whom the page prints nothing but the certifier is on the list as well."""
    known = {part.locator for part in sure}
    certain = {id(part) for part in sure}
    headings = {_text(path) for part in sure for path in part.columns}
    whole = []
    for part in alike:
        if part.locator in known:
            if id(part) in certain:
                whole.append(part)
        elif (part.side or part.forced) and {_text(path) for path in part.columns} <= headings and not _is_prose(part):
            whole.append(part)
            known.add(part.locator)
    return whole


@lru_cache(maxsize=20_000)
def _text(path: tuple[str, ...]) -> str:
    return fold(" ".join(path))


def _is_prose(part: Listing) -> bool:
    texts = [clean(value.text) for record in part.records for value in record.values if value is not None]
    return sum(shapes.is_sentence(text) for text in texts) * 2 > len(texts)


def _decide(listing: Listing, source: str, dictionary: HeadingDictionary) -> Chosen | None:
    decided = deciding.assign(listing, dictionary)
    score = scoring.score(listing, decided, source, dictionary)
    return Chosen(listing, decided, score) if score > 0 else None


def _variants(listing: Listing, source: str, dictionary: HeadingDictionary) -> Iterable[Listing]:
    """The listing itself; then, for one without a column of names, with the names that stand above its entries."""
    yield listing
    key = KEY[source]
    if any(key in dictionary.sense(*path).fields for path in listing.columns):
        return
    if listing.records and all(record.groups for record in listing.records):
        titled = _with_titles(listing, key, [record.groups[0] for record in listing.records])
        yield replace(titled, notes=[note for note in titled.notes if note[0] != "group"])


def _with_titles(listing: Listing, key: str, titles: Sequence[Printed]) -> Listing:
    records = [
        replace(
            record,
            values=[title, *record.values],
            spans={at + 1: first + 1 for at, first in record.spans.items()},
            groups=(),
        )
        for record, title in zip(listing.records, titles, strict=True)
    ]
    forced = {0: key} | {at + 1: name for at, name in listing.forced.items()}
    return replace(listing, columns=[("(title)",), *listing.columns], records=records, forced=forced)


def _family(listing: Listing) -> object:
    """What the parts of one list have in common."""
    if listing.reader == "blocks" or listing.last_resort:
        return id(listing)
    if listing.side or listing.forced:
        return (listing.reader, listing.side, bool(listing.forced))
    return (listing.reader, tuple(map(_text, listing.columns)))


def join(family: Sequence[Listing]) -> Listing:
    """One listing of all records; columns are those of all parts, matched by heading."""
    family = _without_extracts(family)
    first = family[0]
    if len(family) == 1:
        return _with_context(first)
    columns: list[tuple[str, ...]] = []
    index: dict[object, int] = {}
    forced: dict[int, str] = {}
    records: list[Record] = []
    notes: list[tuple[str, str, str]] = []
    for part in family:
        places: list[int] = []
        seen: dict[str, int] = {}
        for at, path in enumerate(part.columns):
            text = _text(path)
            seen[text] = seen.get(text, 0) + 1
            mark = (text, seen[text], part.forced.get(at))
            if mark not in index:
                index[mark] = len(columns)
                columns.append(path)
            places.append(index[mark])
            if at in part.forced:
                forced[index[mark]] = part.forced[at]
        for record in _with_context(part).records:
            records.append(_moved(record, places))
        notes += part.notes
    for record in records:
        record.values += [None] * (len(columns) - len(record.values))
    context = first.context if all(part.context == first.context for part in family) else ()
    return Listing(
        first.reader,
        columns,
        records,
        first.locator,
        context,
        first.side,
        scattered=first.side,
        forced=forced,
        notes=notes,
    )


def _without_extracts(family: Sequence[Listing]) -> Sequence[Listing]:
    """Parts whose entries all stand word for word in a longer part ("latest entries") are left out."""
    if len(family) == 1 or len(family) > 60:
        return family
    said = [{_words(record) for record in part.records} for part in family]
    kept = [
        part
        for number, part in enumerate(family)
        if not any(
            said[number] and said[number] <= other and (len(other) > len(said[number]) or place < number)
            for place, other in enumerate(said)
            if place != number
        )
    ]
    return kept or family


def _words(record: Record) -> tuple[str, ...]:
    return tuple(clean(value.text) if value is not None else "" for value in record.values)


def _with_context(part: Listing) -> Listing:
    """Entries inherit the titles above their part, after those inside it."""
    titles = tuple(plain(text, part.locator) for text in part.context)
    records = [replace(record, groups=(*record.groups, *titles)) for record in part.records]
    return replace(part, records=records)


def _moved(record: Record, places: Sequence[int]) -> Record:
    values: list[Printed | None] = [None] * (max(places, default=-1) + 1)
    for at, value in enumerate(record.values[: len(places)]):
        values[places[at]] = value
    spans = {places[at]: places[first] for at, first in record.spans.items() if at < len(places)}
    return replace(record, values=values, spans=spans)


def names(chosen: Chosen, source: str) -> set[str]:
    """The folded names of a candidate's entries."""
    return _said(chosen, KEY[source])


def _said(chosen: Chosen, name: str) -> set[str]:
    """The folded values that a candidate's entries print for that field."""
    column = chosen.mapping.column(name)
    if column is None:
        return set()
    found = {
        fold((record.values[column] or EMPTY).text)
        for record in chosen.listing.records
        if record.flaw is None and column < len(record.values)
    }
    return found - {""}


def _most_complete(candidates: Sequence[Chosen], source: str) -> Chosen:
    """The best candidate, unless another has all its entries and more: a page may show the first of a whole list."""
    best = candidates[0]
    for other in candidates[1:]:
        mine, theirs = names(best, source), names(other, source)
        if mine < theirs and not other.mapping.doubts:
            best = other
    return best


def _titles_may_name(best: Chosen, source: str, dictionary: HeadingDictionary) -> Doubt | None:
    """Each part stands under a title of its own, and what names the entries is a heading that may also mean their
    certifier: nobody can tell whether "Organisme" or the title is the host."""
    column = best.mapping.column(KEY[source])
    if column is None or column in best.listing.forced or best.mapping.column("certifier") is not None:
        return None
    path = best.listing.columns[column]
    if not {KEY[source], "certifier"} <= set(dictionary.sense(*path).fields):
        return None
    titles = {clean(record.groups[0].text) for record in best.listing.records if record.groups}
    if sum(len(title) > 1 and not dictionary.sense(title) for title in titles) < 2:
        return None
    return Doubt(
        "two_lists", "row", best.listing.heading(column),
        f"expected one name an entry, found {best.listing.heading(column)!r}, which may be its certifier, under titles such as "
        f"{min(titles)[:80]!r}; say which in the heading dictionary (docs/adapting.md)",
    )  # fmt: skip


def _rival(best: Chosen, other: Chosen, source: str) -> Doubt | None:
    """Another list whose entries are not all in the best one: nobody can tell which of the two is meant."""
    missing = names(other, source) - names(best, source)
    if not missing or missing <= _said(best, "certifier"):  # "organisme" of each certificate: part of the best list
        return None
    example = sorted(missing)[0]
    return Doubt(
        "two_lists", "row", example[:200],
        f"expected one list of {source}, found another with {len(missing)} entries that the first lacks, such as {example[:80]!r} "
        f"({other.listing.locator}); say which in the heading dictionary (docs/adapting.md)",
    )  # fmt: skip
