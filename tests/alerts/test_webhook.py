"""What a webhook is sent: the documented payload, signed, with links only where they lead somewhere."""

from __future__ import annotations

import hashlib
import hmac
import json

from tests.alerts.alerts_world import HttpSink, World, start


def test_a_signed_webhook_can_be_verified(world: World, http: HttpSink) -> None:
    start(world, channels={"dpo": http.url("/hook", "?hdswatch_secret=s3cret")})
    request = http.requests[0]
    body = json.dumps(request["body"], ensure_ascii=False, sort_keys=True).encode()
    parts = dict(part.split("=", 1) for part in request["headers"]["X-HDSWatch-Signature"].split(","))
    expected = hmac.new(b"s3cret", parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert parts["v1"] == expected
    assert "s3cret" not in str(request["body"])


def test_a_webhook_gets_the_documented_payload(world: World, http: HttpSink) -> None:
    start(world, channels={"dpo": http.url()})
    body = http.requests[1]["body"]
    assert set(body) == {"version", "title", "message", "attachments", "type", "hdswatch"}
    ours = body["hdswatch"]
    assert ours["schema"] == 1
    assert ours["event"] == http.requests[1]["headers"]["X-HDSWatch-Event"]
    assert ours["kind"] == "alert" and ours["severity"] == "breach"
    assert ours["contract"]["id"] == "c" and ours["contract"]["missing_activities"] == [2, 3, 4, 5, 6]
    assert [f["code"] for f in ours["findings"]] == ["SCOPE_GAP"]
    assert ours["registry"]["observed_on"] == "2026-11-22"
    assert ours["evidence"] == {"url": "http://list.example/hosts", "sha256": "a" * 64}


def test_the_evidence_is_the_host_page_when_the_site_has_an_address(world: World, http: HttpSink) -> None:
    world.settings.serve.public_url = "https://hds.chu.example"
    start(world, channels={"dpo": http.url()})
    alert = http.messages()[1]
    assert "https://hds.chu.example/hosts/host" in alert.text
    assert f"/alerts/{alert.ref}?token=" in alert.text


def test_without_a_public_address_there_is_no_link_to_acknowledge(world: World, http: HttpSink) -> None:
    start(world, channels={"dpo": http.url()})
    assert "token=" not in str(http.requests)
