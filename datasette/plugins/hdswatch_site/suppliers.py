"""From what a visitor pasted or dropped to a list of suppliers. Pure; keeps nothing."""

from __future__ import annotations

import csv
import io
import re
from typing import NamedTuple

from registry.text import clean, fold

MOST = 500
"""Suppliers in one check."""
LONGEST = 100_000
"""Characters in one check."""
LONGEST_NAME = 200
_SIREN = re.compile(r"(?<!\d)(\d{3})[ \u00a0\u202f.]?(\d{3})[ \u00a0\u202f.]?(\d{3})(?:[ \u00a0\u202f.]?\d{5})?(?!\d)")
_NAME_HEADS = ("nom", "name", "supplier", "fournisseur", "hebergeur", "host", "raison sociale", "societe", "company")
_SIREN_HEADS = ("siren", "siret")


class Supplier(NamedTuple):
    """`siren` is nine digits or None; `name` is what was written, the SIREN when nothing else was."""

    name: str
    siren: str | None


def read_suppliers(text: str) -> list[Supplier]:
    """One supplier a line: a name, a SIREN (or SIRET), or both in either order; or a CSV with headings.

    Lines that say the same are asked once. At most `MOST` are read.
    """
    lines = [line for line in text.lstrip("\ufeff").splitlines() if clean(line)]
    found = _with_headings(lines) if lines else None
    if found is None:
        found = [supplier for line in lines if (supplier := _from_line(line))]
    return list(dict.fromkeys(found))[:MOST]


def _with_headings(lines: list[str]) -> list[Supplier] | None:
    """The suppliers of a CSV whose first line names its columns; None when it doesn't."""
    mark = max(";,\t", key=lines[0].count)
    heads = [fold(cell.strip(' "')) for cell in lines[0].split(mark)]
    name_at = next((at for at, head in enumerate(heads) if head in _NAME_HEADS), None)
    siren_at = next((at for at, head in enumerate(heads) if head in _SIREN_HEADS), None)
    if name_at is None and siren_at is None:
        return None
    found = []
    try:
        for row in csv.reader(io.StringIO("\n".join(lines[1:])), delimiter=mark):
            name = clean(row[name_at])[:LONGEST_NAME] if name_at is not None and name_at < len(row) else ""
            siren = _siren(row[siren_at]) if siren_at is not None and siren_at < len(row) else None
            if name or siren:
                found.append(Supplier(name or siren or "", siren))
    except csv.Error:
        return None
    return found


def _from_line(line: str) -> Supplier | None:
    match = _SIREN.search(line)
    siren = "".join(match.groups()) if match else None
    rest = line[: match.start()] + " " + line[match.end() :] if match else line
    cells = [clean(cell.strip(' "')) for cell in re.split(r"[;\t]", rest)]
    name = next((cell for cell in cells if cell.strip(",:-–()")), "").strip(",:-–").strip()[:LONGEST_NAME]
    name = re.sub(r"\(\s*\)$|\bSIREN\b\s*:?\s*$", "", name, flags=re.IGNORECASE).strip(" ,:-–")
    return Supplier(name or siren or "", siren) if name or siren else None


def _siren(cell: str) -> str | None:
    match = _SIREN.search(cell)
    return "".join(match.groups()) if match else None
