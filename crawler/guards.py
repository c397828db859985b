"""Is this the page at all? Refuses what a web server sends in place of a list, before anything is read from it.

Pure functions of status, headers and body. A refusal says what was expected, what was found and what to do. Owns no
opinion about rows: a page is never refused, nor spared, for how many rows it holds; that is for `registry/gate.py`.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from crawler.page import Document, decode
from registry.text import fold

SHORT_PAGE = 1_200
"""Characters a visitor reads: a notice in place of a page (wall, error, login) stays below, a list page above."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer is not the page. `code` is stable, the rest is for a person."""

    code: str
    expected: str
    found: str
    advice: str

    def sentence(self, url: str) -> str:
        return f"{url}: expected {self.expected}, found {self.found}; {self.advice}"


EXPECTED_TYPES = {
    "html": "an HTML page",
    "json": "a JSON answer",
    "csv": "a CSV file",
    "sheet": "an XLSX workbook",
    "pdf": "a PDF document",
    "any": "a web page or a data file",
}
MEDIA_TYPES = {
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "sheet": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
_LOOK = "open the address in a browser and compare"


def check_status(status: int) -> Refusal | None:
    """What the status line alone refuses. Redirects and 304 are the fetcher's business and are not refused here."""
    page = "an answer 200"
    if status in (200, 203, 304):
        return None
    if status in (401, 407):
        return Refusal(
            "login", page, f"status {status}, which asks for a login", "the list must be public: check the address"
        )
    if status == 403:
        return Refusal(
            "forbidden", page, "status 403 (access refused)",
            "the site refuses this program or this network: try in a browser from the same network, then slow down "
            "(crawl.download_delay) or ask the site's operator",
        )  # fmt: skip
    if status in (404, 410):
        return Refusal(
            "not_found", page, f"status {status} (no such page)",
            "the page has moved: find its new address and set crawl.hosts_url or crawl.certifiers_url",
        )  # fmt: skip
    if status == 429:
        return Refusal("throttled", page, "status 429 (too many requests)", "raise crawl.download_delay and try later")
    if status >= 500:
        return Refusal(
            "unreachable", page, f"status {status} (server error)", "nothing to mend here: the next crawl tries again"
        )
    return Refusal("status", page, f"status {status}", _LOOK)


def sniff(body: bytes, declared: str, url: str = "") -> str:
    """What the bytes are: `html`, `json`, `csv`, `sheet`, `pdf`, or the refused word for something else.

    The bytes decide; the declared type and the address only break ties. Servers label downloads carelessly.
    """
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    kind = declared.partition(";")[0].strip().lower()
    if head.startswith(b"%PDF-") or b"%PDF-" in body[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "sheet" if _is_workbook(body) else "archive"
    for mark, name in _BINARY:
        if head.startswith(mark):
            return name
    text = _as_text(head)
    if text is None:
        return "binary"
    if text[:1] in "{[" and not re.match(r"\[[^\]\"{\[]*[;,\t]", text):
        return "json"
    if "json" in kind and _parses(body):
        return "json"
    if text.startswith("<"):
        return _markup_kind(text)
    if kind in ("text/html", "application/xhtml+xml"):
        return "html"
    if kind in ("text/javascript", "application/javascript", "text/css"):
        return kind.rpartition("/")[2]
    if kind in ("text/csv", "application/csv", "text/tab-separated-values") or re.search(
        r"\.(csv|tsv|txt)$", url.partition("?")[0], re.IGNORECASE
    ):
        return "csv"
    first_line = text.partition("\n")[0]
    if max(first_line.count(mark) for mark in ";,\t|") >= 1 and "\n" in text:
        return "csv"
    return "text"


_BINARY = (
    (b"\x89PNG", "an image"), (b"GIF8", "an image"), (b"\xff\xd8\xff", "an image"), (b"RIFF", "an image"),
    (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf", "an archive"), (b"Rar!", "an archive"),
    (b"\xd0\xcf\x11\xe0", "an old binary Office file (XLS or DOC)"), (b"\x7fELF", "a program"),
)  # fmt: skip


def _markup_kind(text: str) -> str:
    opening = re.match(r"(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!doctype[^>]*>\s*)*<([\w:-]+)", text, re.IGNORECASE | re.DOTALL)
    name = opening.group(1).lower() if opening else "html"
    foreign = name in ("rss", "feed", "urlset", "svg", "kml", "error") or (text.startswith("<?xml") and name != "html")
    return "an XML document or feed" if foreign else "html"


def check(
    body: bytes, media_type: str, url: str, *, expect: str = "any", max_bytes: int | None = None
) -> tuple[str, Refusal | None]:
    """The kind of an answer and, if it is not a whole page that can be one, why. `body` is already decompressed."""
    if max_bytes is not None and len(body) > max_bytes:
        return "any", too_large(len(body), max_bytes)
    if not body.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return "any", Refusal(
            "blank", EXPECTED_TYPES[expect], "an empty body", "the server is in trouble: try again later"
        )
    kind = sniff(body, media_type, url)
    if kind not in MEDIA_TYPES:
        return kind, wrong_type(expect, kind, media_type)
    refusal = _check_html(body, media_type) if kind == "html" else _check_whole(kind, body, media_type)
    if refusal is None and expect != "any" and kind != expect and not (expect == "html" and kind == "json"):
        refusal = wrong_type(expect, EXPECTED_TYPES[kind], media_type)
    return kind, refusal


def too_large(size: int, limit: int) -> Refusal:
    return Refusal(
        "too_large", f"at most {limit} bytes (crawl.max_bytes)", f"{size} bytes or more",
        "if the list has really grown so much, raise crawl.max_bytes",
    )  # fmt: skip


def wrong_type(expect: str, found: str, media_type: str) -> Refusal:
    said = f" (declared as {media_type})" if media_type else ""
    return Refusal("wrong_type", EXPECTED_TYPES[expect], f"{found}{said}", f"the address leads elsewhere: {_LOOK}")


def truncated(found: str, expect: str = "any") -> Refusal:
    return Refusal("truncated", f"{EXPECTED_TYPES[expect]} to its end", found, "the transfer was cut: try again later")


# --- whole or cut -------------------------------------------------------------------------------------------------


def _check_whole(kind: str, body: bytes, media_type: str) -> Refusal | None:
    if kind == "json":
        return _check_json(body, media_type)
    if kind == "pdf" and b"%%EOF" not in body[-2048:]:
        return truncated("a PDF without its end mark", "pdf")
    if kind == "sheet" and not zipfile.is_zipfile(io.BytesIO(body)):
        return truncated("a workbook without the end of its archive", "sheet")
    if kind == "csv":
        return _check_csv(decode(body, media_type))
    return None


def _check_json(body: bytes, media_type: str) -> Refusal | None:
    text = decode(body, media_type).strip()
    try:
        json.loads(text)
    except RecursionError:
        return Refusal("malformed", EXPECTED_TYPES["json"], "JSON nested too deep to read", _LOOK)
    except ValueError as error:
        if getattr(error, "pos", 0) >= len(text) - 1 or text[-1:] not in "}]":
            return truncated(f"JSON that breaks off ({error})", "json")
        return Refusal("malformed", EXPECTED_TYPES["json"], f"text that is not valid JSON ({error})", _LOOK)
    return None


def _check_csv(text: str) -> Refusal | None:
    """A last line without its line end and with fewer columns than the heading, or inside a quotation: cut."""
    if text.endswith(("\n", "\r")) and text.count('"') % 2 == 0:
        return None
    if text.count('"') % 2:
        return truncated("a CSV file that ends inside a quotation", "csv")
    if not (lines := [line for line in text.splitlines() if line.strip()]):
        return None
    mark = max(";,\t|", key=lines[0].count)
    widths = [re.sub(r'"[^"]*"', "", line).count(mark) for line in lines]
    usual = max(set(widths), key=widths.count)
    if len(lines) > 1 and widths[-1] < usual:
        return truncated("a CSV file whose last line is shorter than the others", "csv")
    return None


_CONTAINERS = ("table", "ul", "ol", "dl", "div", "section", "main", "article", "script", "style", "select", "tbody")


def _html_end_missing(text: str) -> str | None:
    """What shows that the markup was cut, or None. Pages may leave `<html>` and `<body>` out, but not half of them."""
    plain = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    if re.search(r"<html[\s>]", plain, re.IGNORECASE):
        return None if re.search(r"</html\s*>", plain, re.IGNORECASE) else "HTML without its closing </html>"
    if re.search(r"<body[\s>]", plain, re.IGNORECASE):
        return None if re.search(r"</body\s*>", plain, re.IGNORECASE) else "HTML without its closing </body>"
    if "<!--" in plain:
        return "HTML that ends inside a comment"
    if re.search(r"<[a-zA-Z/][^<>]*$", plain):
        return "HTML that ends inside a tag"
    for tag in _CONTAINERS:
        opened = len(re.findall(rf"<{tag}(?=[\s>/])", plain, re.IGNORECASE))
        closed = len(re.findall(rf"</{tag}\s*>", plain, re.IGNORECASE))
        if opened > closed and tag != "tbody":
            return f"HTML that ends inside a <{tag}>"
    return None


# --- the page or a notice -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notice:
    """One kind of page that stands in for another; the patterns are explained in `notices.yml`."""

    code: str
    found: str
    advice: str
    headline: re.Pattern[str]
    text: re.Pattern[str]
    markup: re.Pattern[str]


@cache
def _notices() -> tuple[Notice, ...]:
    import yaml

    def either(patterns: list[str]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")

    entries = yaml.safe_load(files("crawler").joinpath("notices.yml").read_text(encoding="utf-8"))
    return tuple(
        Notice(
            entry["code"], entry["found"], entry["advice"],
            *(either(entry.get(part, [])) for part in ("headline", "text", "markup")),
        )
        for entry in entries
    )  # fmt: skip


def _check_html(body: bytes, media_type: str) -> Refusal | None:
    markup = decode(body, media_type)
    refusal = _notice(markup)
    if refusal is None and (cut := _html_end_missing(markup)):
        return truncated(cut, "html")
    return refusal


def _notice(markup: str) -> Refusal | None:
    page = Document.parse(markup, "http://localhost/")
    visible = fold(page.all_text)
    if not visible and not _DATA_MARKUP.search(markup):
        return Refusal(
            "blank", EXPECTED_TYPES["html"], "a page on which a visitor reads nothing",
            "either the server is in trouble or the page is built by scripts: look for a data file or endpoint and "
            "give it with --url",
        )  # fmt: skip
    own = fold(page.text)
    little = min(len(own), len(visible)) < SHORT_PAGE
    bare = little and not _has_content(page)
    for notice in _notices():
        named = any(notice.headline.search(part) for part in page.headlines())
        sounds = bool(notice.text.search(own) or notice.markup.search(markup.lower()))
        if (little and named and _purposeful(notice, page)) or (bare and (sounds or _only_password(notice, page))):
            return Refusal(notice.code, EXPECTED_TYPES["html"], notice.found, notice.advice)
    return None


_DATA_MARKUP = re.compile(r"<iframe|application/json|\bdata-(url|src|endpoint|api)\b|<frame\b", re.IGNORECASE)


def _purposeful(notice: Notice, page: Document) -> bool:
    """A headline that speaks of logging in makes a login page only when nothing else is on it."""
    return notice.code != "login" or not _has_content(page)


def _only_password(notice: Notice, page: Document) -> bool:
    if notice.code != "login":
        return False
    fields = (one for one in page.root.iter("input") if (one.get("type") or "").lower() == "password")
    return any(not page.is_furniture(one) for one in fields)


def _has_content(page: Document) -> bool:
    """Whether the page's own part holds something to read in order: a table, terms with values, repeated blocks, or
    the means to get them (a letter index, data for scripts). What stands in for a page has none of these."""
    own = [one for one in page.root.iter("table", "dl", "ul", "ol", "article", "script") if not page.is_furniture(one)]
    for element in own:
        if element.tag == "table" and sum(len(row.findall("td")) >= 2 for row in element.iter("tr")) >= 1:
            return True
        if element.tag == "dl" and element.find(".//dd") is not None:
            return True
        if element.tag == "script" and "json" in (element.get("type") or ""):
            return True
    if sum(element.tag == "article" for element in own) >= 3:
        return True
    return sum(len(anchor.text) == 1 and anchor.text.isalpha() for anchor in page.anchors) >= 3


def _is_workbook(body: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True  # cut short: let the check for wholeness say so
    return any(name.startswith("xl/") for name in names)


def _as_text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if b"\x00" in head:
        return None
    return head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")


def _parses(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
