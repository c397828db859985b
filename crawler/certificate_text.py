"""What a certificate of conformity says, from the lines of its text: number, holder, validity, référentiel, activities.

Pure. Owns where on a certificate a value is looked for; what a printed date, label or scope means is for `registry`.
Every plausible value is kept with the place it stood at; what is doubtful is left out and noted, never chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from crawler.certificate_lines import Flow, Line, lines_of, plain
from crawler.certificate_scope import read_activities
from registry.dates import UnreadableDate, read_date
from registry.documents import DocumentReading, Printed
from registry.labels import Unreadable, read_referential
from registry.text import clean, normalise_name

VERSION = 1
"""Raise it when this reader says something else of the same text: kept readings of an older one are read again."""
WORDS_KEPT = 20_000
"""Characters of normalised text kept to look for the holder's name in."""
_GAP = 60
"""How far, in characters, a date may stand behind what names it."""

DateKind = Literal["issued_on", "expires_on", "other"]


def read_certificate(pages: Sequence[Sequence[str]]) -> DocumentReading:
    """The reading of a certificate from its pages' lines, in order. Never raises; what is doubtful is in `doubts`."""
    lines = lines_of(pages)
    dates = _dates(lines)
    referentials, label_doubt = _referentials(lines)
    activities, scope_doubt = read_activities(lines)
    return DocumentReading(
        numbers=tuple(_numbers(lines)),
        holders=tuple(_holders(lines)),
        issued_on=tuple(dates["issued_on"]),
        expires_on=tuple(dates["expires_on"]),
        referential=referentials,
        activities=activities,
        words=normalise_name(" ".join(line.text for line in lines))[:WORDS_KEPT],
        doubts=tuple(doubt for doubt in (label_doubt, scope_doubt) if doubt),
    )


@cache
def _vocabulary() -> dict[str, Any]:
    import yaml

    text = files("crawler").joinpath("sources/documents.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


# ---- dates ---------------------------------------------------------------------------------------------------------

_EARLIER = re.compile(r"\b(?:precedent\w*|previous|initial\w*|origin\w*)\b")
"""Between a label and its day: the day belongs to an earlier cycle."""
_DATE = re.compile(
    r"(?<![\d/.-])(?:"
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}(?:er)? ?[-/.] ?\d{1,2} ?[-/.] ?\d{4}"
    r"|\d{1,2} ?(?:er|st|nd|rd|th)?[ \n](?:of |de )?[a-z]{3,9}\.?,?[ \n]\d{4}"
    r"|[a-z]{3,9}\.? ?\d{1,2}(?:st|nd|rd|th)?,?[ \n]\d{4}"
    r"|\d{1,2}-[a-z]{3,9}\.?-\d{4}"
    r")(?![\d/-])"
)


@dataclass(frozen=True, slots=True)
class _Sign:
    """A label or a date in the flow."""

    start: int
    end: int
    kind: DateKind | None
    """What a label names; None for a date."""


@cache
def _label_pattern() -> tuple[re.Pattern[str], dict[str, DateKind]]:
    kinds: dict[str, DateKind] = {}
    for kind in ("issued_on", "expires_on", "other"):
        kinds |= {plain(phrase): kind for phrase in _vocabulary()["dates"][kind]}
    phrases = sorted(kinds, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(_spaced(phrase) for phrase in phrases) + r")(?!\w)"), kinds


def _spaced(phrase: str) -> str:
    """A phrase whose words may stand on two lines."""
    return r"[ \n]".join(re.escape(word) for word in phrase.split())


def _signs(flow: Flow) -> list[_Sign]:
    pattern, kinds = _label_pattern()
    dates = [_Sign(found.start(), found.end(), None) for found in _DATE.finditer(flow.text)]
    labels = [
        _Sign(found.start(), found.end(), _kind(flow, found, kinds))
        for found in pattern.finditer(flow.text)
        if not any(date.start <= found.start() < date.end for date in dates)
    ]
    return sorted([*dates, *labels], key=lambda sign: sign.start)


def _kind(flow: Flow, found: re.Match[str], kinds: dict[str, DateKind]) -> DateKind:
    return "other" if _about_another_standard(flow, found.start()) else kinds[found[0].replace("\n", " ")]


def _about_another_standard(flow: Flow, place: int) -> bool:
    """Whether the words before that place, in the same sentence, speak of an ISO or other certificate.

    A heading of its own line starts anew; a verb ("valable jusqu'au") carries on the sentence of the line before."""
    start = flow.line_start(place)
    before = flow.text[start:place]
    if not before.strip() and re.match(r"valable|valide?\b|valid |expire|jusqu|en vigueur|until", flow.text[place:]):
        before = flow.text[max(0, start - 120) : place]
    return _of_another_standard(re.split(r"(?<!\bno)(?<!\bn)(?<!\bart)[.;:]\s", before)[-1])


@cache
def _standards() -> re.Pattern[str]:
    spaced = (
        r"[ /:-]*(?:iec|cei)?[ /:-]*".join(map(re.escape, name.split())) for name in _vocabulary()["other_standards"]
    )
    return re.compile(r"(?<![\w-])(?:" + "|".join(spaced) + ")")


def _of_another_standard(folded: str) -> bool:
    """Whether the words speak of another certificate only. One that names HDS as well is about ours too."""
    return bool(_standards().search(folded)) and not re.search(r"\bhds|donnees de sante|health data", folded)


def _dates(lines: Sequence[Line]) -> dict[str, list[Printed]]:
    """Days by what names them: a run of labels belongs to the run of dates behind it, first to first."""
    flow = Flow.of(lines, folded=True)
    found: dict[str, list[Printed]] = {"issued_on": [], "expires_on": [], "other": []}
    for labels, dates in _runs(_signs(flow)):
        for kind, sign in _paired(flow, labels, dates):
            if (printed := _printed_date(flow, sign)) and printed.value not in {one.value for one in found[kind]}:
                found[kind].append(printed)
    return found


def _runs(signs: Sequence[_Sign]) -> Iterator[tuple[list[_Sign], list[_Sign]]]:
    labels: list[_Sign] = []
    dates: list[_Sign] = []
    for sign in signs:
        if sign.kind is None:
            dates.append(sign)
            continue
        if dates:
            yield labels, dates
            labels, dates = [], []
        labels.append(sign)
    yield labels, dates


def _paired(flow: Flow, labels: list[_Sign], dates: list[_Sign]) -> Iterator[tuple[DateKind, _Sign]]:
    if not labels or not dates or dates[0].start - labels[-1].end > _GAP:
        return
    first = labels[-1].kind or "other"
    if _EARLIER.search(flow.text[labels[-1].end : dates[0].start]):
        first = "other"
    if len(labels) == len(dates) > 1:
        yield from ((label.kind or "other", date) for label, date in zip(labels, dates, strict=True))
        return
    yield first, dates[0]
    if first == "issued_on" and len(dates) > 1 and _joins(flow.text[dates[0].end : dates[1].start]):
        yield "expires_on", dates[1]


def _joins(text: str) -> bool:
    known = {plain(word) for word in _vocabulary()["between"]}
    return all(part.strip(" ,():") in known for part in re.split(r"\s/\s", " ".join(text.split())))


def _printed_date(flow: Flow, sign: _Sign) -> Printed | None:
    raw = flow.text[sign.start : sign.end].replace("\n", " ")
    if _month_first_possible(raw) and _is_english(flow.text):
        return None
    try:
        return Printed(read_date(raw).isoformat(), raw, flow.line(sign.start).locator)
    except UnreadableDate:
        return None


def _month_first_possible(raw: str) -> bool:
    """`09/11/2028` on an English certificate may be November or September."""
    figures = re.fullmatch(r"(\d{1,2})/(\d{1,2})/\d{4}", raw)
    return bool(figures) and int(figures[1]) <= 12 and int(figures[2]) <= 12 and figures[1] != figures[2]  # type: ignore[index]  # matched above


def _is_english(folded: str) -> bool:
    english = len(re.findall(r"\b(?:the|of|certificate|this|scope|and)\b", folded))
    return english > len(re.findall(r"\b(?:le|la|les|de|des|du|certificat|et)\b", folded))


# ---- number, holder, référentiel -------------------------------------------------------------------------------------

_MARK = (
    r"(?:n ?[°ºo]s?\b\.?|n°|№|num[ée]ros?|num\b\.?|number|no\b\.?|nr\b\.?|#|r[ée]f(?:[ée]rence)?\b\.?"
    r"|registration (?:no\.?|number)|id\b)"
)
_NAMED = r"(?:certificats?|certificate|attestation|certification|registration)"
_VALUE = (
    r"(?P<value>(?-i:(?:[A-Z][A-Z&./-]*[ –-]?){0,3}|(?:[A-Za-z]+[-/])+)\d[\w./–-]*(?:[ ][-–][ ]?\d{1,4}\b)?)"
    r"(?:[ ,–(-]*(?:r[ée]v(?:ision)?|indice|version|issue|[ée]dition)\b\.?[ :]*(?:n°[ ]?)?(?P<revision>\d{1,3})\b)?"
)
_NUMBER = re.compile(
    rf"(?:\b{_NAMED}(?:[ ](?:iso\S*|iec|nf|en|\d{{5}}\S*|hds|et|and|&|(?-i:[A-Z]{{2,8}})))*[ \n]*{_MARK}"
    rf"|{_MARK}[ \n]*(?:de[ ]|du[ ]|of[ ]|de[ ]l['’])?[ \n]*{_NAMED}(?:[ ]HDS)?"
    rf"|\b{_NAMED}(?:[ ]HDS)?[ ]*(?=:)|^{_MARK})[ \n]*[:=]?[ \n]*{_VALUE}",
    re.IGNORECASE | re.MULTILINE,
)

_OTHER_NUMBER = re.compile(r"\b(?:accredit\w*|cofrac|siren|siret|rcs|tva|vat)\b")
"""On the same line: the number is that of an accreditation or a company."""


def _numbers(lines: Sequence[Line]) -> Iterator[Printed]:
    """Numbers behind words for a certificate, or alone on a line. A separate revision gives the number with and
    without it, because lists print either."""
    flow = Flow.of(lines, folded=False)
    seen: set[str] = set()
    for found in _NUMBER.finditer(flow.text):
        value = clean(found["value"]).rstrip(".,;:–-/")
        around = flow.text[flow.line_start(found.start()) : flow.line_end(found.end("value"))]
        if _of_another_standard(plain(around.replace(found["value"], " "))) or _OTHER_NUMBER.search(plain(around)):
            continue
        for number in (value, *([f"{value}-{found['revision']}"] if found["revision"] else [])):
            if number not in seen:
                seen.add(number)
                yield Printed(number, clean(found[0]), flow.line(found.start("value")).locator)


@cache
def _holder_pattern() -> re.Pattern[str]:
    def either(name: str) -> str:
        return "|".join(map(re.escape, sorted(map(plain, _vocabulary()[name]), key=len, reverse=True)))

    return re.compile(
        rf"(?:^|(?<=\s))(?:(?:{either('holder')})(?!\w)[ ]*[:,]?|(?:{either('holder_before_colon')})[ ]*:)[ ]*"
    )


_BEHIND_NAME = re.compile(r"\s(?:pour|for|dont|a mis|operates|whose)\b|\s\(", re.IGNORECASE)
"""Where a sentence goes on behind the name."""


def _holders(lines: Sequence[Line]) -> Iterator[Printed]:
    """The rest of the line behind the phrase, or the next line when nothing stands there."""
    for place, line in enumerate(lines):
        found = _holder_pattern().search(plain(line.text))
        if found is None:
            continue
        rest = line.text[-(len(plain(line.text)) - found.end()) :] if found.end() < len(plain(line.text)) else ""
        at = line if rest.strip(" :") else lines[place + 1] if place + 1 < len(lines) else None
        name = _BEHIND_NAME.split(clean(rest).strip(" :") or (at.text if at else ""))[0]
        if at is not None and normalise_name(name):
            yield Printed(name[:200], line.text[:300], at.locator)


_VERSION = re.compile(
    r"hds[ :-]*(?:version|v)?[ .:]?\d(?:\.\d){0,2}(?:[ ]?:[ ]?20\d\d)?(?![\w./-])|hds[ :-]*v?20(?:18|24)(?!\d)"
    r"|(?:referentiel|exigences|requirements|standard)\b[^.;\n]{0,60}?\b(?:version[ ]|v[ .]?)\d(?:\.\d){0,2}(?![\w/-])"
    r"|(?:version(?: (?:du|de|of|the))+ )?(?:referentiel|standard)(?: (?:de|hds|certification))*[ ]?:[ ]?(?:hds )?"
    r"(?:version |v[ .]?)?\d(?:\.\d){0,2}(?![\w/-])"
)
_LABEL = re.compile(r"(?:version |v ?)?\d[\d.]*$")
_DECREE = re.compile(r"arrete(?:[ \n]ministeriel)?[ \n]du[ \n]\d{1,2}(?:er)?[ \n][a-z]+[ \n]20\d\d")


def _referentials(lines: Sequence[Line]) -> tuple[Printed | None, str | None]:
    """The one version of the référentiel that the text names, and why there is none. A version number weighs more
    than the date of a decree, because a decree is also cited as the one that it amends."""
    flow = Flow.of(lines, folded=True)
    versions = _known(flow, _VERSION)
    unknown = [raw for raw, printed in versions if printed is None]
    named = {printed.value: printed for _, printed in versions if printed}
    if unknown:
        return None, f"référentiel: expected a known version, found {unknown[0]!r}"
    if not named:
        decrees = [printed for _, printed in _known(flow, _DECREE) if printed]
        named = {printed.value: printed for printed in decrees}
        if len(named) > 1 and re.search(r"modifi", flow.text):
            newest = max(named)
            named = {newest: named[newest]}
    if len(named) > 1:
        return None, f"référentiel: the document names several versions ({', '.join(sorted(named))})"
    return next(iter(named.values()), None), None


def _known(flow: Flow, pattern: re.Pattern[str]) -> list[tuple[str, Printed | None]]:
    found = []
    for match in pattern.finditer(flow.text):
        raw = match[0].replace("\n", " ")
        label = raw if raw.startswith(("hds", "arrete")) else _LABEL.findall(raw)[-1]
        try:
            version = read_referential(label)
        except Unreadable:
            version = None
        printed = Printed(version, raw, flow.line(match.start()).locator) if version else None
        found.append((raw, printed))
    return found
