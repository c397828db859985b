"""Which column of a listing is which field: headings first, then what the values look like.

Owns deciding ambiguous headings. Two columns that claim one field, or a date column that doesn't say which date, are
refused: never a guess. Whether the values fit is for `column_checks`, whether it is the list at all for `scoring`.
"""

from __future__ import annotations

import re

from crawler.readers import column_checks, shapes
from crawler.readers.columns import DATES, FITTING, Columns, Doubt, Mapping, are_certifiers, most, ordinals
from crawler.readers.facets import facets
from crawler.readers.headings import FACETS, PERIOD, HeadingDictionary, Sense, stems
from crawler.readers.printed import UNLABELLED, Listing, Printed
from registry.activities import read_scope
from registry.labels import says_nothing
from registry.text import clean, fold

_PREFERENCE = (
    "legal_name", "name", "certifier", PERIOD, "issued_on", "expires_on", "siren", "number", "referential", "source_status",
    "document_url", "website", "transparency_url", "activities", "scope",
)  # fmt: skip
"""When a heading has several meanings and the values fit more than one, the narrower kind of value comes first."""


def assign(listing: Listing, dictionary: HeadingDictionary) -> Mapping:
    """Decides every column of a listing. The result may have doubts; what to do about them is the caller's."""
    columns = Columns(listing)
    senses = {at: dictionary.sense(*path) for at, path in enumerate(listing.columns)}
    claims: dict[str, list[int]] = {}
    mapping = Mapping()
    open_columns: list[int] = []
    for at, sense in senses.items():
        if at in listing.forced:
            claims.setdefault(listing.forced[at], []).append(at)
        elif _tells_several(columns, at, sense):
            claims.setdefault(FACETS, []).append(at)
        elif listing.columns[at] == UNLABELLED and _names_activities(columns.values[at]):
            claims.setdefault("activities", []).append(at)
        elif not any(part.strip() for part in listing.columns[at]) and _are_states(columns.values[at]):
            claims.setdefault("source_status", []).append(at)
        elif len(sense.fields) == 1:
            claims.setdefault(_both_ends(columns, at, sense.fields[0]), []).append(at)
        elif sense.fields:
            open_columns.append(at)
        else:
            mapping.unread.append(at)
            if sense.ignored:
                mapping.ignored.add(at)
    for at in sorted(open_columns, key=lambda at: len(senses[at].fields)):
        chosen = _choose(columns, at, senses[at], claims)
        if chosen:
            claims.setdefault(chosen, []).append(at)
        else:
            mapping.unread.append(at)
    _drop_flags(columns, claims, mapping)
    for name, claimants in claims.items():
        _settle(columns, name, claimants, senses, mapping)
    column_checks.check(columns, mapping, senses)
    mapping.unread.sort()
    return mapping


def _tells_several(columns: Columns, at: int, sense: Sense) -> bool:
    """Each value is a phrase that tells several things of a certificate: "n° 38436-2 délivré par LNE"."""
    numbered = "number" in sense.fields
    if sense.ignored or sense.foreign or (sense.fields and not numbered):
        return False
    said = [value for value in columns.values[at] if not value.blank and not says_nothing(value.text)]
    if not said:
        return False
    return most(_is_told(value, numbered) for value in said)


def _is_told(value: Printed, numbered: bool) -> bool:
    """One phrase, or a phrase a certificate in each line."""
    if (whole := facets(value.text, leading_number=numbered)) is not None:
        return len(whole) > 1
    lines = [facets(line.text, leading_number=numbered) or {} for line in value.lines if line.text]
    return len(lines) > 1 and all(len(parts) > 1 and "number" in parts for parts in lines)


def _names_activities(values: list[Printed]) -> bool:
    """Texts without a label that name activities in words, and nothing else: tags, lists of icons."""
    said = [value.text for value in values if not value.blank]
    return bool(said) and all(
        re.search(r"[^\W\d_]{5}", text) and (reading := read_scope(text)).activities and reading.doubt is None
        for text in said
    )


def _are_states(values: list[Printed]) -> bool:
    """A column without a heading that says nothing but states of certificates, in every row."""
    return bool(values) and all(shapes.is_state(value.text) for value in values)


def _both_ends(columns: Columns, at: int, name: str) -> str:
    """A column headed "Valable du" whose values go on with "au …" holds both dates."""
    said = [value for value in columns.values[at] if not value.blank and not says_nothing(value.text)]
    return PERIOD if name in DATES and said and most(map(shapes.is_period, said)) else name


def _drop_flags(columns: Columns, claims: dict[str, list[int]], mapping: Mapping) -> None:
    """A "status" of true and false is a flag of the program that made the list (published or not), no certificate's."""
    for at in list(claims.get("source_status", [])):
        said = {fold(value.text) for value in columns.values[at] if not value.blank}
        if said and said <= {"true", "false", "0", "1"}:
            claims["source_status"].remove(at)
            mapping.unread.append(at)
            if len(said) == 1:
                mapping.ignored.add(at)
    if not claims.get("source_status"):
        claims.pop("source_status", None)


_CERTIFICATE = frozenset(stems("certificat certificate certification attestation certif cert"))
"""A column headed so numbers no lines."""


def _choose(columns: Columns, at: int, sense: Sense, claims: dict[str, list[int]]) -> str | None:
    """The one meaning of an ambiguous heading that its values fit, or None."""
    free = [name for name in sense.fields if name not in claims]
    if ordinals(columns.said(at)) and ("number" in free or "siren" in free):
        return "number" if "number" in free and _CERTIFICATE & set(stems(columns.heading(at))) else None
    fitting = []
    for name in free:
        share, count = columns.share(at, name)
        if count and share >= FITTING:
            fitting.append(name)
    if "referential" in fitting and "number" in free and _are_counts(columns.said(at)):
        fitting.remove("referential")  # 1, 2, 4 under "Certificat": versions repeat
        if "number" not in fitting and _CERTIFICATE & set(stems(columns.heading(at))):
            fitting.append("number")
    if not fitting and "number" in free and _are_codes(columns.said(at)):
        fitting = ["number"]
    fitting = _narrowed(columns, at, fitting, claims)
    if not fitting and all(value.blank for value in columns.values[at]):
        return None
    return min(fitting, key=lambda name: _PREFERENCE.index(name) if name in _PREFERENCE else 99, default=None)


def _are_codes(values: list[Printed]) -> bool:
    """Numbers without a digit or of one, a row each: "HDS-A" and "HDS-B", "N°1" and "N°2"."""
    texts = [clean(value.text) for value in values]
    return (
        bool(texts) and len(set(texts)) == len(texts) and all(map(shapes.may_be_number, values))
        and all(re.search(r"\w[-_/ .]\w|^n°", text, re.IGNORECASE) for text in texts)
    )  # fmt: skip


def _are_counts(values: list[Printed]) -> bool:
    """Plain integers, each once: "1" and "2", "N° 1" and "N° 2"."""
    texts = [fold(value.text) for value in values]
    return len(set(texts)) == len(texts) and all(re.fullmatch(r"(?:n°\s*)?\d+", text) for text in texts)


def _narrowed(columns: Columns, at: int, fitting: list[str], claims: dict[str, list[int]]) -> list[str]:
    """Tells apart meanings that the same values may have."""
    values = [value for value in columns.values[at] if not value.blank]
    if "legal_name" in fitting and "certifier" in fitting:
        fitting = [name for name in fitting if name != ("legal_name" if are_certifiers(values) else "certifier")]
    if "activities" in fitting and "scope" in fitting:
        tells = any(read_scope(value.text).activities for value in values)
        fitting = [
            name
            for name in fitting
            if name != ("scope" if tells or not most(map(shapes.is_legacy_scope, values)) else "activities")
        ]
    if "scope" in fitting and {"number", "referential", "source_status", "document_url"} & set(fitting):
        fitting.remove("scope")
    if "number" in fitting and "siren" in fitting:
        fitting = [
            name for name in fitting if name != ("number" if columns.share(at, "siren")[0] >= FITTING else "siren")
        ]
    if "expires_on" in fitting and not _is_validity_end(columns, at, claims):
        fitting.remove("expires_on")
    if len({"document_url", "website", "transparency_url"} & set(fitting)) > 1:
        fitting = [name for name in fitting if name not in ("website", "document_url", "transparency_url")] + [
            _kind_of_link(values)
        ]
    return [name for name in fitting if name]


def _is_validity_end(columns: Columns, at: int, claims: dict[str, list[int]]) -> bool:
    """A column headed "Validité" holds one date: it is the end when the values say so, or all follow the issue date."""
    said = [fold(value.text) for value in columns.values[at] if not value.blank]
    if said and all("jusqu" in text or "until" in text or "expir" in text or "fin" in text for text in said):
        return True
    issued = claims.get("issued_on", [])
    if len(issued) != 1 or "expires_on" in claims:
        return False
    pairs = [
        (shapes.one_day(first.text), shapes.one_day(last.text))
        for first, last in zip(columns.values[issued[0]], columns.values[at], strict=False)
    ]
    known = [(first, last) for first, last in pairs if first and last]
    return bool(known) and all(last > first for first, last in known)


def _kind_of_link(values: list[Printed]) -> str:
    """What a column headed just "Lien" leads to, or empty when its addresses don't tell."""
    addresses = [value.href or value.text for value in values]
    texts = [fold(value.text) for value in values]
    if all(_is_document(address) for address in addresses):
        return "document_url"
    if all("certificat" in text or "attestation" in text or "pdf" in text for text in texts):
        return "document_url"
    if all("transparence" in text or "transfer" in text or "cartographie" in text for text in texts):
        return "transparency_url"
    if all("site" in text for text in texts):
        return "website"
    return ""


def _is_document(address: str) -> bool:
    return address.lower().split("?")[0].split("#")[0].endswith((".pdf", ".p7m", ".jpg", ".png", ".docx"))


def _settle(columns: Columns, name: str, claimants: list[int], senses: dict[int, Sense], mapping: Mapping) -> None:
    """One column for one field. Of several: equal columns count once; a registered name leaves the other as brand."""
    if len(claimants) > 1:
        said = [at for at in claimants if any(not value.blank for value in columns.values[at])]
        claimants, blank = said or claimants[:1], [at for at in claimants if at not in (said or claimants[:1])]
        mapping.unread += blank
    if len(claimants) > 1 and name in ("legal_name", "name"):
        registered = [at for at in claimants if senses[at].registered]
        if len(registered) == 1 and len(claimants) == 2:
            other = next(at for at in claimants if at != registered[0])
            if mapping.column("brand") is None and name == "legal_name":
                mapping.fields[other] = "brand"
            else:
                mapping.unread.append(other)
            claimants = registered
    if len(claimants) > 1:
        first = [clean(value.text) for value in columns.values[claimants[0]]]
        same = [at for at in claimants[1:] if [clean(value.text) for value in columns.values[at]] == first]
        mapping.unread += same
        mapping.ignored.update(same)
        claimants = [at for at in claimants if at not in same]
    if len(claimants) > 1 and columns.listing.scattered and not _overlap(columns, claimants):
        mapping.fields.update(dict.fromkeys(claimants, name))
        return
    if len(claimants) > 1:
        headings = ", ".join(repr(columns.heading(at)) for at in claimants)
        mapping.unread += claimants
        mapping.doubts.append(
            Doubt(
                "ambiguous_columns", name, "|".join(columns.heading(at) for at in claimants),
                f"expected one column for {name}, found {len(claimants)}: {headings}; "
                "tell them apart in the heading dictionary (docs/adapting.md)",
            )
        )  # fmt: skip
        return
    mapping.fields[claimants[0]] = name


def _overlap(columns: Columns, claimants: list[int]) -> bool:
    """Some entry has a value under two of the columns."""
    return any(
        sum(not value.blank for value in row) > 1 for row in zip(*(columns.values[at] for at in claimants), strict=True)
    )
