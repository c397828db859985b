"""The first pass on a home: one inventory a recipient, one alert a breach, nothing twice."""

from __future__ import annotations

from tests.alerts.alerts_world import HttpSink, SmtpSink, World, at, certificate, days

DAY = at("2026-11-22 07:00")


def three(world: World) -> None:
    world.host("Covered Host", certificate("C1", "2029-01-01"))
    world.host("Ending Host", certificate("E1", "2026-12-20"))
    world.host("Small Host", certificate("S1", "2029-01-01", activities=[1, 2]))


CONTRACTS = (
    {"id": "fine", "supplier": "Covered Host", "notify": ["dpo", "rssi"]},
    {"id": "ending", "supplier": "Ending Host", "notify": ["dpo", "rssi"]},
    {"id": "gap", "supplier": "Small Host", "notify": ["dpo"]},
    {"id": "lost", "supplier": "Nobody Knows", "notify": ["dpo"]},
)


def test_everyone_gets_one_inventory_and_each_breach_one_alert(world: World, http: HttpSink, smtp: SmtpSink) -> None:
    three(world)
    world.watch(*CONTRACTS, channels={"dpo": http.url(), "rssi": smtp.url("a@chu.example,b@chu.example")})
    assert world.tick(DAY) == 0
    assert [m.kind for m in http.messages()] == ["inventory", "alert"]
    assert sorted((m.to, m.kind) for m in smtp.messages()) == [
        ("a@chu.example", "inventory"), ("b@chu.example", "inventory"),
    ]  # fmt: skip
    inventory = http.messages()[0].text
    assert all(contract["id"] in inventory for contract in CONTRACTS)
    assert "Small Host" in http.messages()[1].subject


def test_the_inventory_is_one_message_with_one_event_in_every_copy(
    world: World, http: HttpSink, smtp: SmtpSink
) -> None:
    three(world)
    world.watch(*CONTRACTS, channels={"dpo": http.url(), "rssi": smtp.url("a@chu.example,b@chu.example")})
    world.tick(DAY)
    copies = [m for m in http.messages() + smtp.messages() if m.kind == "inventory"]
    assert len({m.event for m in copies}) == 1
    assert len({m.ref for m in copies}) == 1
    assert len({m.event for m in http.messages()}) == 2


def test_a_second_pass_says_nothing_again(world: World, http: HttpSink) -> None:
    three(world)
    world.watch(*CONTRACTS, channels={"dpo": http.url(), "rssi": http.url("/two")})
    world.tick(DAY)
    before = len(http.requests)
    assert world.tick(at("2026-11-22 07:05")) == 0
    assert world.tick(at("2026-11-22 21:00")) == 0
    assert len(http.requests) == before
    assert world.crawls == 1


def test_no_digest_comes_with_the_first_inventory(world: World, http: HttpSink) -> None:
    three(world)
    world.watch(*CONTRACTS[:1], channels={"dpo": http.url(), "rssi": ""}, contacts=[
        {"id": "dpo", "role": "dpo", "channel": "dpo"}, {"id": "rssi", "role": "rssi", "channel": "dpo"},
    ])  # fmt: skip
    world.tick(at("2026-11-24 07:00"))
    assert [m.kind for m in http.messages()] == ["inventory"]


def test_a_home_whose_list_was_never_read_still_has_a_weekly_heartbeat(world: World, http: HttpSink) -> None:
    """One message of the outage, then a digest a week that calls no contract covered, then the inventory."""
    three(world)
    world.watch(*CONTRACTS, channels={"dpo": http.url()}, contacts=[
        {"id": "dpo", "role": "dpo", "channel": "dpo"}, {"id": "rssi", "role": "rssi", "channel": "dpo"},
    ])  # fmt: skip
    world.outcome = "failed"
    for day in days("2026-11-20", 11):  # a Friday, to the second Monday after it
        world.tick(day)
    assert [m.kind for m in http.messages()] == ["source", "digest", "digest"]
    told = [r["body"]["hdswatch"] for r in http.requests if r["headers"]["X-HDSWatch-Kind"] == "digest"]
    assert [(one["week"], one["matched"], one["contracts"]) for one in told] == [
        ("2026-W48", 0, []),
        ("2026-W49", 0, []),
    ]
    assert "jamais pu être lue" in http.messages()[1].text
    world.outcome = "good"
    world.tick(at("2026-12-01 07:00"))
    assert [m.kind for m in http.messages()][3:5] == ["source", "inventory"]


def test_a_contact_who_joins_later_gets_an_inventory_and_the_open_breaches(
    world: World, http: HttpSink, smtp: SmtpSink
) -> None:
    three(world)
    world.watch(*[{**c, "notify": ["dpo"]} for c in CONTRACTS], channels={"dpo": http.url()})
    world.tick(DAY)
    before = len(http.requests)
    both = [{**c, "notify": ["dpo", "new"]} for c in CONTRACTS]
    world.watch(*both, channels={"dpo": http.url(), "new": smtp.url("new@chu.example")})
    world.tick(at("2026-11-22 12:00"))
    assert [m.kind for m in smtp.messages()] == ["inventory", "alert"]
    assert len(http.requests) == before
    assert smtp.messages()[1].ref == http.messages()[1].ref


def test_without_any_registry_the_first_failed_crawl_is_told_and_the_inventory_waits(
    world: World, http: HttpSink
) -> None:
    three(world)
    world.watch(*CONTRACTS[:1], channels={"dpo": http.url(), "rssi": http.url("/two")})
    world.outcome = "failed"
    assert world.tick(DAY) == 1
    assert sorted((m.to, m.kind) for m in http.messages()) == [("/hook", "source"), ("/two", "source")]
    world.outcome = "good"
    assert world.tick(at("2026-11-23 07:00")) == 0
    assert sorted((m.to, m.kind) for m in http.messages()[2:]) == [
        ("/hook", "inventory"), ("/hook", "source"), ("/two", "inventory"), ("/two", "source"),
    ]  # fmt: skip
