"""Web addresses: when two are the same page, what belongs to a site, and which ones may be asked at all.

Pure; never resolves a name. A link found in a page is followed on the source's own site only, so an address inside a
private network is reachable only when the operator configured a source there.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
VOLATILE_PARAMETERS = frozenset({"view_dom_id", "_wrapper_format", "_drupal_ajax", "ajax_page_state", "_"})
"""Parameters that change from one visit to the next without changing the answer."""
_OF_A_VISIT = re.compile(
    r"phpsessid|jsessionid|sid|s(?:ession)?_?id|session|aspsessionid\w*|cfid|cftoken|utm_\w+|fbclid|gclid|xtor",
    re.IGNORECASE,
)
"""Parameters that carry who is visiting, or where from."""
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*|/\((?:[a-z]\([^()/]*\))+\)(?=/)", re.IGNORECASE)
_SAFE = "/:@!$&'()*+,;=~-._%"


def join(base: str, link: str) -> str | None:
    """The absolute http(s) address of a link, without fragment; None for mail, script and malformed ones."""
    link = re.sub(r"[\t\r\n]", "", link).strip()
    try:
        parts = urlsplit(urljoin(base, link))
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            return None
        _ = parts.port
    except ValueError:
        return None
    return urlunsplit(
        (parts.scheme, parts.netloc, quote(parts.path or "/", _SAFE), quote(parts.query, _SAFE + "?"), "")
    )


def origin(url: str) -> tuple[str, int]:
    """Host without `www.` and port of an address."""
    parts = urlsplit(url)
    host = _ascii(parts.hostname or "").removeprefix("www.")
    return host, parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def _ascii(host: str) -> str:
    """A host name as it goes over the wire, lower case."""
    try:
        return host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.rstrip(".").lower()


def same_site(url: str, other: str) -> bool:
    """Whether `other` may be followed from `url`: same host (with or without `www.`) and port; from http to https on
    the usual ports is an upgrade of the same site, from https to http is not."""
    here, there = urlsplit(url), urlsplit(other)
    if there.scheme not in DEFAULT_PORTS or here.username != there.username:
        return False
    if origin(url)[0] != origin(other)[0]:
        return False
    if here.scheme == there.scheme:
        return origin(url)[1] == origin(other)[1]
    return here.scheme == "http" and (origin(url)[1], origin(other)[1]) == (80, 443)


def page_key(url: str, method: str = "GET", body: str = "") -> str:
    """One word for one page: two addresses with the same key are asked once. Order of parameters, encoding of
    letters, default ports and volatile parameters do not make another page."""
    parts = urlsplit(url)
    host, port = _ascii(parts.hostname or ""), parts.port
    netloc = host if port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{port}"
    query = sorted(
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _is_volatile(name)
    )
    path = quote(unquote(_PATH_SESSION.sub("", parts.path) or "/"), _SAFE.replace("%", ""))
    key = urlunsplit((parts.scheme, netloc, path, urlencode(query), ""))
    return key if method == "GET" else f"{method} {key} {body}"


def without_visit(url: str) -> str:
    """The same address without who is visiting: session numbers in the path or the query, campaign marks."""
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _OF_A_VISIT.fullmatch(name)
    ]
    path = _PATH_SESSION.sub("", parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(kept), ""))


def _is_volatile(name: str) -> bool:
    return name in VOLATILE_PARAMETERS or name.startswith("ajax_page_state[") or _OF_A_VISIT.fullmatch(name) is not None


def parameters(url: str) -> dict[str, str]:
    """The query parameters of an address; of a repeated name the last one."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def number_of(value: str | None) -> int | None:
    """The whole number that a parameter holds; None for anything else: `²` is a digit to Python but no number, and more
    digits than any page number has would be refused by `int`."""
    return int(value) if value is not None and re.fullmatch(r"[0-9]{1,12}", value) else None


def with_parameters(url: str, changes: dict[str, str]) -> str:
    """The same address with some parameters set or replaced; the others keep their order."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in changes]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode([*query, *changes.items()]), ""))


def extension(url: str) -> str:
    """The file extension in the path, lower case and without the dot, or empty."""
    found = re.search(r"\.([A-Za-z0-9]{2,5})$", urlsplit(url).path)
    return found.group(1).lower() if found else ""


def is_private(host: str) -> bool:
    """Whether a host name or address literal points into this machine or a private network."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return not mapped.is_global
