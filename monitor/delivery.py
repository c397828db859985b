"""Handing one message to one recipient. The only file that speaks to Apprise.

Owns channel addresses while they are in use: what they name, how they are masked, how a message is put on the wire.
Must not decide what to say or when to try again. No address leaves this file in a log, an error or a database.
"""

from __future__ import annotations

import json
import logging
import re
import smtplib
from datetime import datetime
from email import message_from_string
from email.header import Header
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import lru_cache
from threading import Thread
from typing import Any

import apprise
import requests
from apprise.exception import AppriseException
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.email.base import NotifyEmail, PGPMode
from apprise.plugins.email.smtp import AppriseSMTPController

from monitor.wire import Address, Addresses, Parcel, Receipt, cut, mask, mask_mail, retry_after, sign

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 25.0
GOODBYE_SECONDS = 2.0
"""How long a mail server may take over QUIT: it has the mail by then."""
DEADLINE_SECONDS = 30.0
"""The longest one send may take in all. Less than the time a service manager gives us to stop."""
_TARGET_LISTS = ("targets", "topics", "channels")
"""Where Apprise's plugins keep the several places that one URL may name."""
_SIGNING_PARAMETER = "hdswatch_secret"
_SEVERAL = re.compile(r"[\s,;]+(?=[A-Za-z0-9+.-]+://)")

_log = logging.getLogger("apprise")
_log.addHandler(logging.NullHandler())
_log.propagate = False  # it names addresses


@lru_cache(maxsize=256)
def read_channel(url: str) -> Addresses:
    """The recipients that a channel's URL names: each address of a `mailto://` is one, cc and bcc included."""
    found: list[Address] = []
    dropped = 0
    problems: list[str] = []
    for one in filter(None, _SEVERAL.split(url.strip())):
        part = _read_one(one)
        found += part.usable
        dropped += part.dropped
        if part.problem:
            problems.append(part.problem)
    if not found and not problems:
        problems.append("empty; expected an Apprise URL such as mailto://… or json://…")
    return Addresses(tuple({a.identity: a for a in found}.values()), dropped, "; ".join(problems))


def _read_one(url: str) -> Addresses:
    scheme = url.partition("://")[0].lower()
    if "://" not in url:
        return Addresses((), 1, "not an Apprise URL; expected something like mailto://… or json://…")
    try:
        plugin = apprise.Apprise.instantiate(url, asset=_asset())
    except Exception:  # noqa: BLE001  a plugin may raise anything on a URL it dislikes, and its words may quote it
        plugin = None
    if plugin is None:
        return Addresses((), 1, f"Apprise cannot use this {scheme}:// URL; check it against Apprise's documentation")
    if isinstance(plugin, NotifyEmail) and scheme in ("mailto", "mailtos"):
        return _read_mail(url, plugin)
    label = f"{scheme}://{mask(str(plugin.host or ''))}"
    return Addresses(tuple(_service_addresses(url, scheme, label, plugin)))


def _service_addresses(url: str, scheme: str, label: str, plugin: Any) -> list[Address]:
    """One address a target (topic, channel, number…): one that fails does not repeat the message to the others."""
    for name in _TARGET_LISTS:
        targets = getattr(plugin, name, None)
        if isinstance(targets, list | tuple) and len(targets) > 1:
            return [
                Address("service", f"{url} {target}", f"{label} {number}/{len(targets)}",
                        {"url": url, "scheme": scheme, "list": name, "target": str(target)})
                for number, target in enumerate(sorted(targets, key=str), 1)
            ]  # fmt: skip
    return [Address("service", url, label, {"url": url, "scheme": scheme})]


def _read_mail(url: str, plugin: NotifyEmail) -> Addresses:
    targets = [address for _, address in plugin.targets] + sorted(plugin.cc) + sorted(plugin.bcc)
    names = {address: name for name, address in plugin.targets} | dict(plugin.names)
    usable = tuple(
        Address(
            "mail", f"mailto:{target.lower()}", mask_mail(target),
            {"url": url, "to": target, "name": names.get(target)},
        )
        for target in dict.fromkeys(targets)
    )  # fmt: skip
    dropped = max(0, _declared(url) - len(usable))
    problem = f"{dropped} of its mail addresses cannot be used; correct or remove them" if dropped else ""
    return Addresses(usable, dropped, problem)


def _declared(url: str) -> int:
    """How many mail recipients are written in a URL, usable or not: Apprise drops the malformed ones without a word."""
    parsed = NotifyEmail.parse_url(url) or {}
    query = parsed.get("qsd", {})
    written = [*parsed.get("targets", []), query.get("cc", ""), query.get("bcc", "")]
    pieces = {
        piece.strip().lower()
        for text in written
        for piece in re.split(r"[,;]|\s+(?=[^\s<]+@)", NotifyEmail.unquote(text))
        if piece.strip()
    }
    return len(pieces)


def _asset() -> apprise.AppriseAsset:
    """Redirects refused (a 302 turns a POST into an empty GET and calls it delivered), no threads, no stored state."""
    return apprise.AppriseAsset(
        app_id="HDSWatch", app_desc="HDSWatch", http_redirects=False, async_mode=False, secure_logging=True,
        storage_mode="memory", image_url_mask="", image_url_logo="",
        service_timeout=0, interpret_escapes=False, interpret_emojis=False, timezone="UTC",
    )  # fmt: skip


def send(address: Address, parcel: Parcel, now: datetime) -> Receipt:
    """Tries once. Delivered means a 2xx answer to the POST itself, or 250 after DATA; anything else is not."""
    outcome: list[Receipt] = []
    thread = Thread(target=lambda: outcome.append(_attempt(address, parcel, now)), daemon=True)
    thread.start()
    thread.join(DEADLINE_SECONDS)
    if not outcome:
        return Receipt(False, f"no answer within {DEADLINE_SECONDS:.0f} s", timed_out=True)
    return outcome[0]


def _attempt(address: Address, parcel: Parcel, now: datetime) -> Receipt:
    try:
        service = _service(address, parcel, now)
        if service is None:
            return Receipt(False, "Apprise cannot use the channel's address any more")
        service.redirects = False
        service.retry = 0
        service.socket_connect_timeout = min(float(service.socket_connect_timeout), CONNECT_SECONDS)
        caller = apprise.Apprise(asset=_asset())
        caller.add(service)
        result = caller.notify(
            body=cut(parcel.short, service.body_maxlen), title=cut(parcel.subject, service.title_maxlen),
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=_NOTIFY_TYPE.get(parcel.severity, apprise.NotifyType.INFO),
        )  # fmt: skip
        return _receipt(service, result)
    except Exception as error:  # noqa: BLE001  whatever a plugin raises, the message stays due
        return Receipt(False, f"the service's plugin failed ({type(error).__name__})")


_NOTIFY_TYPE = {
    "breach": apprise.NotifyType.FAILURE,
    "unknown": apprise.NotifyType.WARNING,
    "attention": apprise.NotifyType.WARNING,
    "resolved": apprise.NotifyType.SUCCESS,
}


def _service(address: Address, parcel: Parcel, now: datetime) -> Any:
    url = str(address.arguments["url"])
    if address.kind == "mail":
        parsed = NotifyEmail.parse_url(url)
        if parsed is None:
            return None
        parsed |= {"targets": [str(address.arguments["to"])], "cc": None, "bcc": None, "asset": _asset()}
        return _Mail(parcel, now, str(address.arguments["name"] or ""), **parsed)
    if address.arguments["scheme"] in ("json", "jsons"):
        parsed = NotifyJSON.parse_url(url)
        return None if parsed is None else _Webhook(parcel, now, **(parsed | {"asset": _asset()}))
    service = apprise.Apprise.instantiate(url, asset=_asset())
    if service is not None and "list" in address.arguments:
        name = str(address.arguments["list"])
        kept = [target for target in getattr(service, name) if str(target) == address.arguments["target"]]
        setattr(service, name, kept)
    return service


def _receipt(service: Any, result: Any) -> Receipt:
    """Reads the attempts themselves: an `optional` service reports success whatever happened."""
    attempts = [attempt for one in result.results for attempt in one.attempts]
    delivered = bool(attempts) and all(a.status == apprise.AppriseResultStatus.SUCCESS for a in attempts)
    if isinstance(service, _Mail | _Webhook) and service.receipt is not None:
        return service.receipt if delivered or not service.receipt.delivered else Receipt(False, "not accepted")
    return Receipt(delivered, "accepted" if delivered else "the service did not accept it")


class _Mail(NotifyEmail):  # type: ignore[misc]  # Apprise has no types
    """Apprise's own reading of the URL and its own connection, with our multipart message and the server's answer."""

    def __init__(self, parcel: Parcel, now: datetime, name: str, **parsed: Any) -> None:
        super().__init__(**parsed)
        self.parcel, self.moment, self.recipient_name = parcel, now, name
        self.socket_connect_timeout = ANSWER_SECONDS
        self.receipt: Receipt | None = None

    def send(self, *arguments: Any, **more: Any) -> bool:
        target = self.targets[0][1]
        try:
            message = self._compose(target) if self.pgp_mode == PGPMode.NONE else self._seal()
            with _Connection(
                host=self.smtp_host, port=self.port, secure_mode=self.secure_mode, user=self.user,
                password=self.password, verify_certificate=self.verify_certificate,
                socket_connect_timeout=self.socket_connect_timeout,
            ) as connection:  # fmt: skip
                connection.deliver(self.from_addr[1], target, message)
            self.receipt = Receipt(True, "250 after DATA")
        except smtplib.SMTPResponseException as error:
            self.receipt = Receipt(False, f"the mail server answered {error.smtp_code}")
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({str(code) for code, _ in error.recipients.values()})
            self.receipt = Receipt(False, f"the mail server refused the recipient ({', '.join(codes)})")
        except (TimeoutError, smtplib.SMTPServerDisconnected) as error:
            hung = isinstance(error, TimeoutError) or "timed out" in str(error)
            self.receipt = Receipt(False, "the mail server did not answer", timed_out=hung)
        except (OSError, smtplib.SMTPException, RuntimeError, AppriseException, ValueError) as error:
            self.receipt = Receipt(False, f"no mail connection ({type(error).__name__})")
        return self.receipt.delivered

    def _compose(self, target: str) -> bytes:
        parcel = self.parcel
        mail = EmailMessage()
        mail["From"] = formataddr((self.from_addr[0] or "HDSWatch", self.from_addr[1]))
        mail["To"] = formataddr((self.recipient_name, target))
        if self.reply_to:
            mail["Reply-To"] = ", ".join(sorted(self.reply_to))
        self._mark(mail)
        mail.set_content(parcel.text)
        mail.add_alternative(parcel.html, subtype="html")
        mail["Content-Language"] = parcel.language
        return f"Subject: {_folded(parcel.subject)}\r\n".encode() + mail.as_bytes(policy=SMTP)

    def _seal(self) -> bytes:
        """Apprise's signed or encrypted mail, under our own outer headers. Only its plain text fits inside."""
        (sealed,) = NotifyEmail.prepare_emails(
            subject=self.parcel.subject, body=self.parcel.text, notify_format=apprise.NotifyFormat.TEXT,
            from_addr=self.from_addr, to=self.targets, reply_to=self.reply_to, smtp_host=self.smtp_host,
            names=self.names, pgp=self.pgp, pgp_mode=self.pgp_mode, tzinfo=self.tzinfo,
        )  # fmt: skip
        mail = message_from_string(sealed.body)
        self._mark(mail)
        return re.sub(rb"\r?\n", b"\r\n", mail.as_bytes())

    def _mark(self, mail: Message) -> None:
        """The headers that make a mail ours: the same Message-ID on every try, and the mail that it follows up."""
        parcel = self.parcel
        domain = self.from_addr[1].rpartition("@")[2] or "hdswatch.invalid"
        marks = {
            "Date": format_datetime(self.moment),
            "Message-ID": f"<{parcel.message_id or parcel.event}@{domain}>",
            "Auto-Submitted": "auto-generated",
        }
        if parcel.thread and parcel.thread != parcel.message_id:
            marks["In-Reply-To"] = marks["References"] = f"<{parcel.thread}@{domain}>"
        for name, value in {**marks, **self.headers, **parcel.headers}.items():
            del mail[name]
            mail[name] = " ".join(str(value).split())


def _folded(subject: str) -> str:
    """A subject as it goes over the wire. EmailMessage doubles or loses spaces where it folds a line with accents, so
    this is done by hand: the reference stays readable, the rest is encoded whole when it must be."""
    head, _, rest = " ".join(subject.split()).partition(" ")
    line = Header(head, header_name="Subject")
    line.append(rest, "us-ascii" if rest.isascii() else "utf-8")
    return line.encode(linesep="\r\n")


class _Connection(AppriseSMTPController):  # type: ignore[misc]  # Apprise has no types
    """Apprise's connection, kept for its TLS and login; the server's own words are let through."""

    def deliver(self, sender: str, target: str, message: bytes) -> None:
        """Returns when the server said 250 after DATA. Raises smtplib's errors otherwise."""
        assert self._socket is not None
        self._socket.sendmail(sender, [target], message)
        if self._socket.sock is not None:
            self._socket.sock.settimeout(GOODBYE_SECONDS)


class _Webhook(NotifyJSON):  # type: ignore[misc]  # Apprise has no types
    """Apprise's own reading of the URL, with our documented payload, our signature and the server's answer."""

    def __init__(self, parcel: Parcel, now: datetime, **parsed: Any) -> None:
        super().__init__(**parsed)
        self.parcel, self.moment = parcel, now
        self.secret = str(parsed.get("qsd", {}).get(_SIGNING_PARAMETER, ""))
        self.receipt: Receipt | None = None

    def send(self, *arguments: Any, **more: Any) -> bool:
        scheme = "https" if self.secure else "http"
        host = f"[{self.host}]" if ":" in str(self.host) else self.host
        url = f"{scheme}://{host}{f':{self.port}' if self.port else ''}{self.fullpath}"
        body = json.dumps(self._payload(), ensure_ascii=False, sort_keys=True).encode()
        headers = {"User-Agent": "HDSWatch", "Content-Type": "application/json; charset=utf-8", **self.headers}
        headers |= self.parcel.headers | self._signature(body)
        timeout = (min(self.socket_connect_timeout, CONNECT_SECONDS), ANSWER_SECONDS)
        try:
            with requests.request(
                self.method, url, data=body, params=self.params, headers=headers, timeout=timeout,
                auth=(self.user, self.password or "") if self.user else None, verify=self.verify_certificate,
                allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                self.receipt = self._read(answer)
        except requests.Timeout:
            self.receipt = Receipt(False, "the web address did not answer in time", timed_out=True)
        except (requests.RequestException, OSError, ValueError) as error:
            self.receipt = Receipt(False, f"no connection to the web address ({type(error).__name__})")
        return self.receipt.delivered

    def _payload(self) -> dict[str, object]:
        parcel = self.parcel
        kind = _NOTIFY_TYPE.get(parcel.severity, apprise.NotifyType.INFO).value
        payload: dict[str, object] = {
            "version": self.json_version, "title": parcel.subject, "message": parcel.text, "attachments": [],
            "type": kind, "hdswatch": dict(parcel.payload),
        }  # fmt: skip
        for key, value in self.payload_extras.items():  # as Apprise does: rename, drop, or add
            if key not in payload:
                payload[key] = value
            elif value:
                payload[value] = payload.pop(key)
            else:
                del payload[key]
        return payload

    def _signature(self, body: bytes) -> dict[str, str]:
        if not self.secret:
            return {}
        at = str(int(self.moment.timestamp()))
        return {"X-HDSWatch-Signature": f"t={at},v1={sign(self.secret, at, body)}"}

    def _read(self, answer: requests.Response) -> Receipt:
        status = answer.status_code
        if 200 <= status < 300:
            return Receipt(True, f"answered {status}")
        wait = retry_after(answer.headers.get("Retry-After", ""), self.moment)
        return Receipt(False, f"answered {status}", wait)
