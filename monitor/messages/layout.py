"""One message as a list of blocks, and the forms it is sent in. What is not a block can't reach a message.

Owns escaping: HTML is built from escaped text only, a subject and a text hold no control characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from monitor.wording import colon, plain

SHORTEST_BODY = 600
_STYLE = (
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-size:16px;line-height:1.5;"
    "color:#1a1a1a;background:#ffffff;max-width:42em;margin:0 auto;padding:16px"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled address. Only http and https become links."""

    label: str
    url: str


Block = Paragraph | Heading | Items | Facts | Link


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it takes a form."""

    subject: str
    blocks: tuple[Block, ...]
    language: str
    severity: str = "info"
    payload: dict[str, object] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """Every form of the message, as the outbox keeps it."""
        return {
            "subject": one_line(self.subject, 200),
            "text": as_text(self.blocks, self.language),
            "html": as_html(self),
            "short": as_short(self),
            "payload": self.payload,
            "language": self.language,
            "severity": self.severity,
        }


def one_line(text: str, longest: int | None = None) -> str:
    """Text on one line, without control, format or direction characters."""
    return " ".join(plain(text, longest).split())


def as_text(blocks: Sequence[Block], language: str = "fr") -> str:
    """Plain text that reads well without any markup."""
    parts: list[str] = []
    between = colon(language)
    for block in blocks:
        match block:
            case Paragraph(text):
                parts.append(one_line(text))
            case Heading(text):
                line = one_line(text)
                parts.append(f"{line}\n{'-' * min(len(line), 72)}")
            case Items(entries):
                parts.append("\n".join(f"- {one_line(entry)}" for entry in entries))
            case Facts(pairs):
                parts.append("\n".join(f"{one_line(name)}{between}{one_line(value)}" for name, value in pairs))
            case Link(label, url):
                parts.append(f"{one_line(label)}{between.rstrip()}\n{one_line(url)}")
    return "\n\n".join(parts) + "\n"


def as_html(draft: Draft) -> str:
    """A whole HTML page: headings, lists and links with their own names, no image, no script, nothing from afar."""
    body = "\n".join(_html(block, draft.language) for block in draft.blocks)
    title = _safe(draft.subject)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(draft.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n</head>\n'
        f'<body style="{_STYLE}">\n<main>\n<h1 style="font-size:20px;line-height:1.3">{title}</h1>\n{body}\n</main>\n'
        "</body>\n</html>\n"
    )


def _html(block: Block, language: str) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{_safe(text)}</p>"
        case Heading(text):
            return f'<h2 style="font-size:17px">{_safe(text)}</h2>'
        case Items(entries):
            return "<ul>" + "".join(f"<li>{_safe(entry)}</li>" for entry in entries) + "</ul>"
        case Facts(pairs):
            rows = "".join(
                f'<tr><th scope="row" style="text-align:left;padding:2px 12px 2px 0;font-weight:600">{_safe(name)}</th>'
                f'<td style="padding:2px 0">{_safe(value)}</td></tr>'
                for name, value in pairs
            )
            return f'<table style="border-collapse:collapse">{rows}</table>'
        case Link(label, url):
            if not url.startswith(("https://", "http://")):
                return f"<p>{_safe(label)}{colon(language)}{_safe(url)}</p>"
            return f'<p><a href="{_safe(url)}" style="color:#0b4f9c">{_safe(label)}</a><br>{_safe(url)}</p>'


def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)


def as_short(draft: Draft) -> str:
    """For chat services: the first paragraphs, then the first link on a line of its own, which survives cutting."""
    said = [one_line(block.text) for block in draft.blocks if isinstance(block, Paragraph)]
    link = next((block.url for block in draft.blocks if isinstance(block, Link)), "")
    text = "\n".join(said)[:SHORTEST_BODY]
    return f"{text}\n{one_line(link)}" if link else text
