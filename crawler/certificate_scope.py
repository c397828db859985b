"""The activities that a certificate names: in a list, an item a line or paragraph, and in running text.

Pure. What a wording means is for `registry.activities`; this finds the wordings on the page. Whatever could turn the
meaning round (marks beside the items, an exception behind them, items that are not understood) gives no activities and
a doubt, because a scope read too wide is the worst mistake.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from crawler.certificate_lines import Flow, Line, plain
from registry.activities import Reading, read_scope
from registry.changes import activity_text
from registry.documents import Printed
from registry.text import clean

_LONGEST = 2_500
"""Characters of one scope statement."""
_ITEM_LINES = 8
_MOST_FAILURES = 10
"""Lines of one item, and some more."""
_MOST_STATEMENTS = 40
"""A certificate speaks of its activities a few times; a text that does so without end is not one."""

_NUMBERED = re.compile(
    r"^(?:[•▪●◦*–—-]\s*)?(?:(?:activite|activity|perimetre|scope)\s*(?:n ?[°o]\s*)?)?[1-6]"
    r"\s*(?:[°º.)/:–-]+|er\b|eme\b)?\s*(?:[–:-]\s*)?(?=[a-z(\"«])"
)
_WORDED = re.compile(
    r"^(?:[•▪●◦*–—-]\s*)?(?:la |the |l')?(?:mise a disposition|provision (?:and|of)|administration (?:et|and)|"
    r"management and|sauvegarde|backup)"
)
_TICKED, _EMPTY = re.compile(r"[☑☒✓✔✅]"), re.compile(r"[☐□✗✘❌]")
_MARK_ALONE = re.compile(r"^[x×✓✔☑☒☐□✗✘❌/-]$|^(?:oui|non|yes|no)$")
_MARK_BEHIND = re.compile(r"\s[x×]$")
_ANSWER = re.compile(r"[:(]?\s*\b(?:oui|non|yes|no)\b\)?(?=\s*$)", re.IGNORECASE | re.MULTILINE)
_ACTIVITY_WORDS = re.compile(
    r"\b(?:mise a disposition|provision of|provision and|maintien en condition|sites? physiques?|physical sites?|"
    r"infrastructures?|plateformes?|platforms?|administration|exploitation|operation|sauvegardes?|backups?)\b"
)
"""An item that has one of these and is not understood may be an activity that is held."""
_EXCEPTION = re.compile(
    r"\b(?:hors|sauf|sans|exce?pt\w*|exclu\w*|exclusion|without|not|non|ne|pas|excluding|limite\w*|uniquement|only)\b"
)
_COUNT = r"une|deux|trois|quatre|cinq|six|one|two|three|four|five|[1-6]"
_SPEAKS = re.compile(
    rf"\b(?:(?:(?:all|toutes|tous|les|the|ses|its)\s+)*(?:(?:{_COUNT})\s+)?(?:activit[ée]s?|activit(?:y|ies))"
    r"|p[ée]rim[èe]tres?|scope|port[ée]e)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"^\s*(?:et|and|ou|or|a|to|ainsi|plus|[1-6])\b|^\s*[,&–-]")
_UNFINISHED = re.compile(r"(?:[,:&–-]|\b(?:et|and|ou|or|a|to))$")
_STOP = re.compile(r"\n|[.;](?=\s)|$")
_SENTENCE_END = re.compile(r"\.\s+[A-ZÀ-Þ]")
_ITEM_NUMBER = re.compile(r"(?:^|[\n;:,])\s*[1-6]$")


@dataclass(frozen=True, slots=True)
class _Found:
    """One statement of the scope: what it says, or why it can't be told; and the lines it stands on."""

    first: int
    last: int
    printed: Printed | None
    doubt: str | None = None


def read_activities(lines: Sequence[Line]) -> tuple[Printed | None, str | None]:
    """The activities as `1,2,5`, on which all statements of the document agree; or None, and why if there were any."""
    found = [*_lists(lines), *_sentences(lines)]
    whole = [one for one in found if not any(_inside(one, other) for other in found)]
    doubts = [one.doubt for one in whole if one.doubt]
    if doubts:
        return None, f"activities: {doubts[0]}"
    values = {one.printed.value for one in whole if one.printed}
    if len(values) > 1:
        return None, "activities: the document names different ones in different places: " + " / ".join(sorted(values))
    return next((one.printed for one in whole if one.printed), None), None


def _inside(one: _Found, other: _Found) -> bool:
    """Whether a statement is only part of a longer one that was understood."""
    longer = other.last - other.first > one.last - one.first
    return longer and other.printed is not None and other.first <= one.first and one.last <= other.last


# ---- lists -----------------------------------------------------------------------------------------------------------


def _lists(lines: Sequence[Line]) -> list[_Found]:
    """The one list of items, if there is one. All items must be understood, or none counts."""
    starts = [place for place in range(len(lines)) if _starts_item(lines, place)]
    items = [_item(lines, start, end) for start, end in pairwise([*starts, len(lines)])]
    spoken = [item for item in items if item is not None]
    if not spoken:
        return []
    first, last = spoken[0].first, max(item.last for item in spoken)
    doubt = next((item.doubt for item in spoken if item.doubt), None) or _marks(lines[first : last + 2])
    text = "\n".join(item.text for item in spoken)
    reading = read_scope(text)
    if doubt is None and reading.activities is None:
        doubt = reading.doubt or "not understood"
    if doubt is not None:
        return [_Found(first, last, None, doubt)]
    return [_Found(first, last, _printed(reading, text, lines[first]))]


def _starts_item(lines: Sequence[Line], place: int) -> bool:
    text = plain(_answer_behind(lines[place].text))
    if _NUMBERED.match(text):
        return True
    begins = bool(re.match(r"[•▪●◦*–—-]|[A-ZÀ-Þ]", lines[place].text)) or (
        place > 0 and lines[place - 1].text.endswith((";", ":"))
    )
    return begins and bool(_WORDED.match(text))


def _answer_behind(text: str) -> str:
    """A ticked or empty box in front becomes a yes or no behind the words, where it is read."""
    if _TICKED.search(text) and not _MARK_ALONE.match(text):
        return f"{_TICKED.sub(' ', text).strip()} : oui"
    if _EMPTY.search(text) and not _MARK_ALONE.match(text):
        return f"{_EMPTY.sub(' ', text).strip()} : non"
    return text


@dataclass(frozen=True, slots=True)
class _Item:
    first: int
    last: int
    text: str
    doubt: str | None = None


def _item(lines: Sequence[Line], start: int, end: int) -> _Item | None:
    """The longest beginning of the block that is understood; None when the block names no activity."""
    block = [_answer_behind(line.text) for line in lines[start : min(end, start + _ITEM_LINES)]]
    for length in range(len(block), 0, -1):
        text = " ".join(block[:length])
        words = _ANSWER.sub(" ", text)
        reading = read_scope(words)
        if reading.names_activities and reading.activities:
            rest = block[length] if length < len(block) else ""
            doubt = f"an exception seems to follow: {rest[:80]!r}" if _EXCEPTION.search(plain(rest)) else None
            return _Item(start, start + length - 1, text, doubt)
    if not _ACTIVITY_WORDS.search(plain(" ".join(block[:2]))):
        return None
    return _Item(start, start, block[0], f"expected an activity, found {block[0][:80]!r}")


def _marks(lines: Sequence[Line]) -> str | None:
    """Crosses beside the items of a list that was flattened to text: nobody can tell which item they belong to."""
    for line in lines:
        if _MARK_ALONE.match(plain(line.text)) or _MARK_BEHIND.search(plain(line.text)):
            return f"marks stand beside the items, at {line.locator}"
    return None


# ---- running text ----------------------------------------------------------------------------------------------------


def _sentences(lines: Sequence[Line]) -> list[_Found]:
    """From each word for activities to the furthest end at which everything in between is understood."""
    flow = Flow.of(lines, folded=False)
    found: list[_Found] = []
    read_until = 0
    for word in islice(_SPEAKS.finditer(flow.text), _MOST_STATEMENTS):
        if word.start() < read_until:
            continue
        statement = _furthest(flow.text[word.start() : word.start() + _LONGEST], word[0])
        if statement is not None:
            reading, text, length = statement
            read_until = word.start() + length
            found.append(_statement(flow, reading, text, word.start(), read_until))
    return found


def _furthest(snippet: str, word: str) -> tuple[Reading, str, int] | None:
    """The longest beginning that is understood as a statement of the scope, and its length. What is not understood at
    several ends in a row will not be further on."""
    best, failures = None, 0
    for end in _ends(snippet):
        text = _unwrapped(snippet[:end].strip())
        reading = read_scope(text)
        if reading.activities and _is_statement(word, text, reading):
            best, failures = (reading, text, end), 0
        else:
            failures += 1
        if failures > _MOST_FAILURES:
            break
    return best


def _unwrapped(text: str) -> str:
    """Line ends stay only where an item of a list begins: elsewhere they are the width of the page, and say nothing."""
    first, *others = text.split("\n")
    return first + "".join(("\n" if _NUMBERED.match(plain(line)) else " ") + line for line in others)


def _is_statement(word: str, text: str, reading: Reading) -> bool:
    """Behind a mere word for the scope a single number may number anything."""
    named = "activ" in plain(word) or bool(_ACTIVITY_WORDS.search(plain(text)))
    return named or len(reading.activities or ()) > 1


def _ends(snippet: str) -> list[int]:
    """Where a statement may end: at line ends, semicolons and full stops, up to the end of the sentence. The point
    behind the number of an item ends nothing."""
    ends = []
    for stop in _STOP.finditer(snippet):
        if snippet[stop.start() : stop.end()] == "." and _ITEM_NUMBER.search(snippet[: stop.start()]):
            continue
        ends.append(stop.start())
        if _SENTENCE_END.match(snippet, stop.start()):
            break
    return ends


def _statement(flow: Flow, reading: Reading, text: str, start: int, end: int) -> _Found:
    first, last = flow.index(start), flow.index(end)
    if flow.text[end : end + 1] != "." and (doubt := _what_follows(text, flow.text[end : end + 100])):
        return _Found(first, last, None, doubt)
    return _Found(first, last, _printed(reading, text, flow.lines[first]))


def _what_follows(text: str, rest: str) -> str | None:
    """Why a statement that ends at a line end or semicolon may say something else when it is read on."""
    following = plain(re.split(r"[.;]\s", rest.lstrip(" ;\n"))[0])
    if _EXCEPTION.search(following):
        return f"an exception seems to follow: {following[:80]!r}"
    if not rest.startswith(";") and (_UNFINISHED.search(plain(text)) or _GOES_ON.match(following)):
        return f"the statement goes on with what is not understood: {following[:80]!r}"
    return None


def _printed(reading: Reading, text: str, line: Line) -> Printed:
    return Printed(activity_text(reading.activities) or "", clean(text)[:2_000], line.locator)
