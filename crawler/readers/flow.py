"""What a page prints outside its tables of entries: labelled values, titles and other lines, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.readers import markup, shapes
from crawler.readers.flow_labels import Region, interrupts, is_complete, labelled, named_phrase
from crawler.readers.flow_lines import TITLES, Flow, FlowLine, Pair, TableReader, Title, as_line, lines
from crawler.readers.headings import HeadingDictionary

_TITLE_CLASS = re.compile(
    r"(?:^|[-_\s])(?:title|titre|name|nom|fn|heading|header|intitule|entete)(?:[-_\s]|$)", re.IGNORECASE
)


def read_flow(page: markup.Page, dictionary: HeadingDictionary, table: TableReader) -> Flow:
    """The pairs, titles and other lines of a page, in order."""
    flow = Flow()
    open_pair: tuple[Pair, Region] | None = None
    for line in lines(page, flow, table, dictionary):
        if not line.text and not line.href:
            continue
        if (
            open_pair is not None
            and open_pair[1].holds(line.block)
            and not is_complete(open_pair[0])
            and not interrupts(line, dictionary, open_pair[1])
        ):
            open_pair[0].lines.append(as_line(line, page))
            continue
        open_pair = None
        if (named := named_phrase(line, dictionary, page)) is not None:
            flow.titles.append(named[0])
            flow.pairs += named[1]
            continue
        pairs = labelled(line, dictionary, page)
        if pairs:
            flow.pairs += [pair for pair, _ in pairs]
            open_pair = pairs[-1]
        elif _is_title(line) and not (shapes.is_state(line.text) and markup.tag(line.block) not in TITLES):
            flow.titles.append(Title(line.text, line.block, line.order, page.link(line.href)))
        else:
            flow.strays.append(line)
    flow.pairs = [pair for pair in flow.pairs if pair.lines]
    flow.pairs.sort(key=lambda pair: pair.order)
    return flow


def texts(page: markup.Page) -> Iterator[str]:
    """The text of every line outside tables."""
    for line in lines(page, Flow(), lambda table: []):
        if text := line.text:
            yield text


def _is_title(line: FlowLine) -> bool:
    if len(line.text) > 200 or len({run.href for run in line.runs if run.href}) > 1:
        return False  # several links in a line are a menu: letters, pages
    name = markup.tag(line.block)
    if name in TITLES or name in ("button", "dt") or (line.block.get("role") or "").lower() == "heading":
        return True
    if any(markup.tag(run.element) == "button" for run in line.runs):
        return True
    if all(run.bold or run.href for run in line.runs if run.text.strip()):
        return True
    elements = {id(run.element): run.element for run in line.runs if run.text.strip()}
    return any(_TITLE_CLASS.search(element.get("class") or "") for element in (line.block, *elements.values()))


__all__ = ["Flow", "Pair", "TableReader", "Title", "read_flow", "texts"]
