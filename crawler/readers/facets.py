"""One printed phrase that tells several things of a certificate → its parts: "n° 38436-2 délivré par LNE le 12/09/2025".

Owns cutting such a phrase into fields. All of it must be understood, otherwise nothing is: half a phrase could drop the
word that turns it. Values are as printed; what they mean is for `registry.interpret`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.readers import shapes
from registry.labels import read_status
from registry.text import clean, fold
from registry.vocabulary import known_certifier

LONGEST = 600
"""Characters. A longer text is prose."""
_DAY = "\x01"
"""Stands for a printed date while the words around it are looked at."""
_GAP = re.compile(r"[\s,;.|/·•()\[\]–—-]+")
_GIVEN = (
    r"(?:delivre|emis|octroye|attribue|etabli|accorde|obtenu|certifie|issued|granted|awarded|certified|renouvele)\w*"
)
_UNTIL = r"jusqu\W?(?:au|a|en)"
_NUMBER = r"(?P<v>(?:hds[\x20-])?[a-z0-9./_-]*\d[a-z0-9./_-]*)"
_NAME_STOP = (
    rf"(?=\s*[,;|·•({_DAY}–—]|\s-\s|\.(?:\s|$)|\)|$"
    r"|\s(?:le|on|du|the|depuis|from|since|valable|valide|valid|jusqu|until|au|expir))"
)
_NAME = rf"(?P<v>[^,;\n{_DAY}]+?(?:\s\([a-z\x20]{{2,12}}\))?){_NAME_STOP}"
_LIST_STOP = r"(?=\s*(?:;|\||\(|–|—|\)|\s-\s(?=[a-z])|\.(?:\s|$)|$))"
_ON = rf"(?:\s*:)?\s*(?:le|la|on|the)?\s*{_DAY}"
_VALID = r"(?:(?:valable|valide|validite|valid|en\s+vigueur|in\s+force)\s*:?\s*)?"
_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (fields, re.compile(pattern, re.VERBOSE))
    for fields, pattern in (
        (("certifier",), rf"(?:{_GIVEN}\s+)?(?:par|by)\s+(?:l\W|le\s|la\s|the\s|organisme\s)?\s*{_NAME}"),
        (("certifier",), rf"""(?:organisme\s+certificateur|organisme\s+de\s+certification|certificateur
            |certification\s+body|certifier|issuer)\s*:\s*{_NAME}"""),
        (("issued_on", "expires_on"), rf"""{_VALID}(?:du|from|entre\s+le)\s+{_DAY}\s*
            (?:au|to|until|{_UNTIL}|et\s+le|-|–|—|→)\s*{_DAY}"""),
        (("expires_on",), rf"""{_VALID}(?:{_UNTIL}|until|through|expires?|expiration|expiry|expirant|echeance|fin\s+de\s+validite
            |date\s+de\s+fin|date\s+d\W?expiration|valid\s+to)(?:\s+(?:on|date|au))?{_ON}"""),
        (("issued_on",), rf"""(?:{_GIVEN}|depuis|since|en\s+date\s+du|date\s+de\s+delivrance|date\s+d\W?emission
            |(?:valable|valide)\s+(?:depuis|a\s+compter\s+du|a\s+partir\s+du)|a\s+compter\s+du|valid\s+from){_ON}"""),
        (("given_on",), rf"(?:le|on|du)\s+{_DAY}"),
        (("number",), rf"""(?:(?:certificat|attestation|certificate|certification)\s+)?(?:hds\s+)?
            (?:n\s*[°ºo]|no\.?|n\.|numero|number|num\.?|reference|ref\.?|\#)\s*:?\s*{_NUMBER}"""),
        (("number",), rf"(?:certificat|attestation|certificate)\s*:?\s+{_NUMBER}"),
        (("siren",), r"(?:n\s*[°ºo]\s*)?(?:siren|siret)\s*(?:n\s*[°ºo])?\s*:?\s*(?P<v>\d(?:\s?\d){8}(?:\s?\d){0,5})(?!\d)"),
        (("activities",), rf"""(?:pour\s+(?:les\s+)?|for\s+)?(?P<v>(?:activites?|activities|activity|perimetre|scope
            |toutes\s+les\s+activites|(?:les\s+)?six\s+activites)\b[^;|()\x01–—]*?){_LIST_STOP}"""),
    )
)  # fmt: skip
"""Tried in this order. `v` is the value; without it the values are the dates. All spaces in patterns are written out."""
_SEGMENT = re.compile(rf"(?:(?!\s-\s)[^,;|·•()\[\]{_DAY}–—])+(?:\s\([a-z ]{{2,12}}\))?")
_GIVEN_BEFORE = re.compile(rf"\b{_GIVEN}\b|\b(?:par|by)\b")
MARKED = re.compile(
    r"(?i)\bpar\b|\bby\b|n\s*[°º]|\bno\.|\bnum|certifica|attest|référ|refer|valable|valid|jusqu|until|expir|activit|hds|sire[nt]|\bv\s?\d|\bdu\s.*\sau\s|\bfrom\s.*\sto\s"
)
"""Spares the reading of texts that hold nothing of the kind."""


@lru_cache(maxsize=20_000)
def facets(text: str, *, leading_number: bool = False) -> dict[str, str] | None:
    """Field → printed part, or None when some of the text is not understood.

    `leading_number`: the heading says that a certificate number stands first, without a word for it.
    """
    said = clean(text.replace("\n", ", "))
    if not said or len(said) > LONGEST or not (leading_number or MARKED.search(said)):
        return None
    plain, days = _without_days(said)
    found: dict[str, str] = {}
    at = 0
    if leading_number and (first := re.match(r"(?:hds[ -])?[a-z0-9./_-]*\d[a-z0-9./_-]*", plain)):
        value = said[: first.end()].rstrip(".-/_")
        if shapes.is_version_text(value):
            return None
        found["number"], at = value, first.end()
    while at < len(plain):
        if gap := _GAP.match(plain, at):
            at = gap.end()
            continue
        step = _step(plain, said, at, days)
        if step is None:
            return None
        parts, end = step
        if any(found.get(name, value) != value for name, value in parts.items()):
            return None
        found |= parts
        at = end
    return found or None


def _without_days(said: str) -> tuple[str, dict[int, str]]:
    """The folded text, one character for one, each date as one mark and blanks; place → printed date."""
    plain = "".join(map(shapes.plain_char, said))
    days: dict[int, str] = {}
    at = 0
    for printed, _ in shapes.dates_in(said):
        start = said.find(printed, at)
        at = start + len(printed)
        days[start] = printed
        plain = plain[:start] + _DAY + "\x02" * (len(printed) - 1) + plain[at:]
    return plain.replace("\x02", " "), days


def _step(plain: str, said: str, at: int, days: dict[int, str]) -> tuple[dict[str, str], int] | None:
    """The next part of the phrase and where it ends."""
    for fields, pattern in _PATTERNS:
        match = pattern.match(plain, at)
        if match is None:
            continue
        if fields == ("given_on",):
            if not _GIVEN_BEFORE.search(plain[:at]):
                continue
            fields = ("issued_on",)
        if _DAY in match.group():
            places = [place for place in sorted(days) if match.start() <= place < match.end()]
            return dict(zip(fields, (days[place] for place in places), strict=True)), _after(match.end(), days)
        start, end = match.span("v")
        value = said[start:end].strip(" .-/_:")
        if not value or (fields == ("activities",) and not shapes.is_activities_text(value)):
            continue
        if fields == ("number",) and shapes.is_version_text(value):
            continue
        return {fields[0]: value}, match.end()
    return _plain_segment(plain, said, at)


def _after(end: int, days: dict[int, str]) -> int:
    """Behind a mark stand the blanks of the date that it replaced."""
    last = max((place for place in days if place < end), default=None)
    return max(end, last + len(days[last])) if last is not None else end


def _plain_segment(plain: str, said: str, at: int) -> tuple[dict[str, str], int] | None:
    """A part that tells by itself what it is: a certifier, a version, a status."""
    match = _SEGMENT.match(plain, at)
    if match is None:
        return None
    value = said[at : match.end()].strip()
    if known_certifier(value):
        return {"certifier": value}, match.end()
    if shapes.is_version_text(value):
        return {"referential": value}, match.end()
    if fold(value) in ("certificat hds", "hds", "certificat", "certifie hds", "certification hds", "hds certified"):
        return {}, match.end()
    if len(value) < 60 and re.search(r"[^\W\d_]", value):
        status, doubt = read_status(value)
        if status is not None and doubt is None:
            return {"source_status": value}, match.end()
    return None
