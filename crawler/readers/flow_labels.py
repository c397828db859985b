"""Lines → labels with their values: "Label : value", a bold word before a text, `dt/dd`, two boxes side by side.

Owns pairing, and where a value goes on. Which pairs form an entry is for `blocks`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from crawler.readers import markup, shapes
from crawler.readers.facets import facets
from crawler.readers.flow_lines import LABEL_CLASS, TITLES, FlowLine, Pair, Run, Title, as_line
from crawler.readers.headings import HeadingDictionary, Sense
from crawler.readers.layout import heading_text
from crawler.readers.printed import Line, Printed
from crawler.readers.printing import printed
from registry.text import clean

LONGEST_LABEL = 160
_ITEM_CLASS = re.compile(r"(?:^|[-_\s])(?:items?|values?|valeurs?|content|contenu|data)(?:[-_\s]|$)", re.IGNORECASE)
_SPLIT = re.compile(r"\s+[|•·–—]\s+|\s*;\s+")
_PREFIXED = frozenset(
    ("number", "issued_on", "expires_on", "certifier", "referential", "siren", "period", "accreditation_number", "accredited_on",
     "accreditation_ended_on", "accreditor")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Region:
    """The elements in which a value may go on."""

    elements: tuple[Any, ...]
    only_value: bool = False
    """They hold nothing but the value: what looks like a label in them is part of it."""
    alike: bool = False
    """The box beside the label is drawn like the label's own: it may be the next line, after a blank value."""
    lines: bool = False
    """The label ended with a colon: so does that of the next line."""

    def holds(self, element: Any) -> bool:
        return any(node is one for node in (element, *element.iterancestors()) for one in self.elements)


_NOWHERE = Region(())


def labelled(line: FlowLine, dictionary: HeadingDictionary, page: markup.Page) -> list[tuple[Pair, Region]]:
    """The pairs that a line starts, each with a test for the elements where its value may go on."""
    text = line.text
    role = _role(line)
    if not line.href and len(_SPLIT.split(text)) > 1 and (pairs := _prefixed(line, dictionary, page)):
        return pairs
    label, rest = _split_colon(line, dictionary, role)
    if role == "value" and _opens_with_label(line, dictionary):
        role = ""  # an item of a list may hold its own label: <li class="item"><b>SIREN</b> …
    if role == "value" and not (label and dictionary.sense(label)):
        return _self_labelled(line, dictionary, page)
    if label is None:
        label, rest = _split_runs(line, dictionary)
    if label is not None and rest is not None:
        sense = dictionary.sense(label)
        if told := _named_and_told(label, sense, line, rest, page):
            return [(pair, _NOWHERE) for pair in told]
        if rest.text or rest.href:
            return [(_pair(label, sense, line, rest, page), Region((line.block,)))]
        return [(_pair(label, sense, line, None, page), replace(_value_region(line), lines=line.text.endswith(":")))]
    if role == "label" or _is_label_alone(line, dictionary):
        heading = heading_text(Printed((Line(text),)))
        sense = dictionary.sense(heading)
        region = _value_region(line)
        if not sense and _holds_labels(region, dictionary, page):
            return []
        return [(_pair(heading, sense, line, None, page), region)]
    if own := _self_labelled(line, dictionary, page):
        return own
    by_label, by_phrase = _prefixed(line, dictionary, page), _phrased(line, page)
    return by_phrase if len(by_phrase) > len(by_label) else by_label


def _pair(label: str, sense: Sense, line: FlowLine, rest: FlowLine | None, page: markup.Page) -> Pair:
    lines = [as_line(rest, page)] if rest is not None else []
    return Pair((label,), sense, line.block, line.order, lines, page.locate(line.block))


_BEHIND_NAME = re.compile(r"\s+[–—|·-]\s+|,\s+|\s*:\s+|\s+(?=\()")


def _named_and_told(label: str, sense: Sense, line: FlowLine, rest: FlowLine, page: markup.Page) -> list[Pair]:
    """ "Hébergeur : Scalingo — certificat n° 38436-2 délivré par LNE le …": a labelled name, then a phrase."""
    if sense.fields[:1] not in (("legal_name",), ("name",)):
        return []
    for cut in _BEHIND_NAME.finditer(text := rest.text):
        found, name = facets(text[cut.end() :]), clean(text[: cut.start()])
        if found and len(found) > 1 and shapes.is_name(Printed((Line(name),))):
            named = Pair((label,), sense, line.block, line.order, [Line(name, page.link(rest.href))])
            return [replace(named, locator=page.locate(line.block)), *_pairs_of(found, line, page)]
    return []


def _role(line: FlowLine) -> str:
    """`label` or `value` where the markup says so."""
    for element in (line.block, *([line.runs[0].element] if len({id(run.element) for run in line.runs}) == 1 else [])):
        name = markup.tag(element)
        if name in ("dt",):
            return "label"
        if name in ("dd",):
            return "value"
        names = element.get("class") or ""
        if LABEL_CLASS.search(names) and len(line.text) <= LONGEST_LABEL:
            return "label"
        if _ITEM_CLASS.search(names) and not LABEL_CLASS.search(names):
            return "value" if ":" not in line.text else ""
    return ""


def _split_colon(line: FlowLine, dictionary: HeadingDictionary, role: str) -> tuple[str | None, FlowLine | None]:
    whole = "".join(run.text for run in line.runs)
    cut = whole.find(":")
    while 0 <= cut <= LONGEST_LABEL:
        label = clean(whole[:cut])
        after = whole[cut + 1 : cut + 2]
        if label and after not in ("/",) and not (label[-1:].isdigit() and after.isdigit()):
            known = dictionary.sense(heading_text(Printed((Line(label),))))
            if not (known or known.ignored) and (label.count("(") > label.count(")") or after.isdigit()):
                return None, None  # "… (HDS:2018), …", "ISO 27001:2022": a colon inside a value
            bold = all(run.bold for run in _until(line, cut))
            if known or known.ignored or bold or role == "label" or (len(label) <= 40 and len(label.split()) <= 5):
                return heading_text(Printed((Line(label),))), line.after(cut + 1)
        return None, None
    return None, None


def _until(line: FlowLine, cut: int) -> list[Run]:
    found, seen = [], 0
    for run in line.runs:
        if seen >= cut:
            break
        if run.text.strip():
            found.append(run)
        seen += len(run.text)
    return found


def _split_runs(line: FlowLine, dictionary: HeadingDictionary) -> tuple[str | None, FlowLine | None]:
    """A first run that is a known label, drawn by its own element, then the value: `<b>SIREN</b> 808665483`."""
    shown = [run for run in line.runs if run.text.strip()]
    if len(shown) < 2 or shown[0].element is line.block or shown[0].href:
        return None, None
    label = heading_text(Printed((Line(clean(shown[0].text)),)))
    sense = dictionary.sense(label)
    if not sense or any(name.startswith("activity_") for name in sense.fields):
        return None, None
    cut = sum(len(run.text) for run in line.runs[: line.runs.index(shown[0]) + 1])
    return label, line.after(cut)


def _opens_with_label(line: FlowLine, dictionary: HeadingDictionary) -> bool:
    """The first run is bold and a known label, and no more than it."""
    first = next((run for run in line.runs if run.text.strip()), None)
    if first is None or not first.bold or first.href or first.element is line.block:
        return False
    sense = dictionary.sense(heading_text(Printed((Line(clean(first.text)),))))
    return bool(sense) and not any(name.startswith("activity_") for name in sense.fields)


def _is_label_alone(line: FlowLine, dictionary: HeadingDictionary) -> bool:
    """A line that is nothing but a known label, above or beside its value."""
    text = heading_text(Printed((Line(line.text),)))
    if re.search(r"\s[A-Z]$", text):
        return False  # "Host A" is a name
    if not text or len(text) > LONGEST_LABEL or line.href or markup.tag(line.block) in TITLES - {"h4", "h5", "h6"}:
        return False
    sense = dictionary.sense(text)
    if not sense or all(name.startswith("activity_") for name in sense.fields):
        return False
    if shapes.is_state(text):
        return False  # a badge "Valide"
    return _goes_on(line) or _next_element(line.block) is not None


def _self_labelled(line: FlowLine, dictionary: HeadingDictionary, page: markup.Page) -> list[tuple[Pair, Region]]:
    """A link whose own words say what it leads to: "Télécharger le certificat"."""
    if not line.href or any(run.text.strip() and not run.href for run in line.runs):
        return []
    sense = dictionary.sense(heading_text(Printed((Line(line.text),))))
    fields = tuple(name for name in sense.fields if name in ("document_url", "website", "transparency_url"))
    if not fields:
        return []
    return [(_pair(line.text, Sense(fields, sense.exact), line, line, page), _NOWHERE)]


def _prefixed(line: FlowLine, dictionary: HeadingDictionary, page: markup.Page) -> list[tuple[Pair, Region]]:
    """ "Délivré le 12/09/2025", "Certificat n° 38436-2": labels that run into their value without a colon."""
    found: list[tuple[Pair, Region]] = []
    for part in _SPLIT.split(line.text):
        pair = _prefix_pair(part, line, dictionary, page)
        if pair is None:
            return []
        found.append((pair, _NOWHERE))
    return found


def _prefix_pair(text: str, line: FlowLine, dictionary: HeadingDictionary, page: markup.Page) -> Pair | None:
    said = text.split()
    label, colon, rest = text.partition(":")
    if colon and rest.strip() and dictionary.sense(clean(label)):
        sense = dictionary.sense(clean(label))
        return Pair((clean(label),), sense, line.block, line.order, [Line(clean(rest))], page.locate(line.block))
    for count in range(min(6, len(said) - 1), 0, -1):
        label, rest = " ".join(said[:count]), " ".join(said[count:])
        sense = dictionary.sense(label)
        value = Printed((Line(rest),))
        if sense.ignored and shapes.dates_in(rest):
            return Pair((label,), sense, line.block, line.order, [Line(rest)], page.locate(line.block))
        fields = tuple(name for name in sense.fields if name in _PREFIXED and shapes.fits(name, value))
        if fields and sense.exact and not (fields[0] == "number" and said[count - 1] == "HDS"):
            if "certifier" in fields and not re.search(r"(?i)\b(?:par|by)$|certificat(?:eur|ion)", label):
                continue
            return Pair(
                (label,), Sense(fields[:1], True), line.block, line.order, [Line(rest)], page.locate(line.block)
            )
    return None


def _phrased(line: FlowLine, page: markup.Page) -> list[tuple[Pair, Region]]:
    """ "LNE · n° 38436-2 · HDS v2.0": a line that tells several things without any label."""
    found = facets(line.text)
    return [(pair, _NOWHERE) for pair in _pairs_of(found, line, page)] if found and len(found) > 1 else []


def _pairs_of(found: dict[str, str], line: FlowLine, page: markup.Page) -> list[Pair]:
    locator = page.locate(line.block)
    return [
        Pair((f"({name})",), Sense((name,), True), line.block, line.order, [Line(text)], locator)
        for name, text in found.items()
    ]


def named_phrase(line: FlowLine, dictionary: HeadingDictionary, page: markup.Page) -> tuple[Title, list[Pair]] | None:
    """A name that stands out, then a phrase about its certificate: "**Scalingo** – certificat n° 38436 délivré par LNE"."""
    shown = [run for run in line.runs if run.text.strip()]
    if len(shown) < 2 or not (shown[0].bold or shown[0].href) or shown[1].bold:
        return None
    name = clean(shown[0].text)
    cut = sum(len(run.text) for run in line.runs[: line.runs.index(shown[0]) + 1])
    found = facets(line.after(cut).text.lstrip(" –—-:,;|·(").removesuffix("."))
    if (
        found is None
        or (len(found) < 2 and "siren" not in found)
        or (dictionary.sense(name) and not dictionary.sense(name).loose)
        or not shapes.is_name(Printed((Line(name),)))
    ):
        return None
    return Title(name, line.block, line.order, page.link(shown[0].href)), _pairs_of(found, line, page)


def is_complete(pair: Pair) -> bool:
    """The value is whole with its first line: what stands below a SIREN in the same paragraph is an address."""
    return pair.sense.fields == ("siren",) and len(pair.lines) == 1 and shapes.fits("siren", pair.value)


def interrupts(line: FlowLine, dictionary: HeadingDictionary, region: Region) -> bool:
    """A line that begins something new, also inside the region of an open value."""
    role = _role(line)
    if role == "label" or markup.tag(line.block) in TITLES:
        return True
    if region.only_value:
        return region.alike and _is_next_line(line, dictionary, region)
    label, _ = _split_colon(line, dictionary, role)
    if label is not None:
        sense = dictionary.sense(label)
        return bool(sense) or sense.ignored or all(run.bold for run in _until(line, line.text.find(":")))
    label, _ = _split_runs(line, dictionary)
    return label is not None


def _is_next_line(line: FlowLine, dictionary: HeadingDictionary, region: Region) -> bool:
    """A line with a label of its own in a box like the label's: the value before it is blank."""
    label, _ = _split_colon(line, dictionary, "")
    if label is not None:
        return region.lines or bool(dictionary.sense(label))
    label, _ = _split_runs(line, dictionary)
    return label is not None or (bool(line.block.get("class")) and _is_label_alone(line, dictionary))


def _next_element(element: Any) -> Any:
    """The element that stands beside a label: its next sibling, or that of the box it fills alone."""
    node = element
    for _ in range(4):
        following = node.getnext()
        while following is not None and (markup.tag(following) in ("br", "hr", "") or not _has_content(following)):
            following = following.getnext()
        if following is not None:
            return following
        parent = node.getparent()
        if parent is None or markup.tag(parent) in (
            "body",
            "html",
            "main",
            "article",
            "tr",
            "tbody",
            "table",
            "dl",
            "ul",
            "ol",
        ):
            return None
        if sum(1 for child in parent if _has_content(child)) > 1 or (parent.text or "").strip():
            return None
        node = parent
    return None


def _has_content(element: Any) -> bool:
    return isinstance(element.tag, str) and (
        any(text.strip() for text in element.itertext())
        or next(element.iter("img", "svg", "i", "a", "input"), None) is not None
    )


def _goes_on(line: FlowLine) -> bool:
    """The block that a line stands in holds more than the line."""
    return len(clean("".join(line.block.itertext()))) > len(line.text)


def _holds_labels(region: Region, dictionary: HeadingDictionary, page: markup.Page) -> bool:
    """What stands beside is itself labelled: then the text before it is a title, not a label."""
    for element in region.elements:
        for line in printed(page, element).lines:
            label, colon, _ = line.text.partition(":")
            if colon and dictionary.sense(clean(label)):
                return True
    return False


def _value_region(line: FlowLine) -> Region:
    """Where the value of a label alone on its line stands: in the rest of its block, when that holds more; else every
    `dd` up to the next `dt`; else the element beside it, with its like when they are items."""
    block = line.block
    if markup.tag(block) != "dt" and _goes_on(line):
        return Region((block,))
    beside = _next_element(block)
    if beside is None:
        return _NOWHERE
    before = [block, *block.iterancestors()]
    origin = next(node for node in before if node.getparent() is beside.getparent())
    if markup.tag(origin) == "th" and markup.tag(beside) == "th":
        return _NOWHERE  # headings of a table beside each other
    alike = origin.tag == beside.tag and (
        origin.get("class") == beside.get("class") or bool(set(markup.classes(origin)) & set(markup.classes(beside)))
    )
    if alike and markup.tag(between := origin.getnext()) not in ("br", "hr", "") and between is not beside:
        return _NOWHERE  # an empty box of the value, then the next label
    region = [beside]
    if markup.tag(beside) == "dd" or _ITEM_CLASS.search(beside.get("class") or ""):
        following = beside.getnext()
        while (
            following is not None
            and markup.tag(following) == markup.tag(beside)
            and following.get("class") == beside.get("class")
        ):
            region.append(following)
            following = following.getnext()
    return Region(tuple(region), only_value=True, alike=alike)
