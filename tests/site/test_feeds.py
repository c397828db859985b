"""Feeds and calendar, read by others' parsers: valid, stable, cheap when nothing changed."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from urllib.robotparser import RobotFileParser

import feedparser
import pytest
from icalendar import Calendar
from lxml import etree

from registry.clock import today
from tests.site.conftest import Site

FEEDS = ("/feeds/changes.atom", "/feeds/changes.json", "/calendar.ics")


def test_the_atom_feed_is_one_for_an_independent_parser(site: Site) -> None:
    answer = site.get("/feeds/changes.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = feedparser.parse(answer.content)
    assert feed.version == "atom10"
    assert not feed.bozo
    assert feed.feed.id and feed.feed.title and feed.feed.updated_parsed
    assert len({entry.id for entry in feed.entries}) == len(feed.entries) == 100
    assert [entry.updated for entry in feed.entries] == sorted((entry.updated for entry in feed.entries), reverse=True)
    assert all(entry.title and entry.summary and entry.link.startswith(site.url) for entry in feed.entries)


def test_the_json_feed_has_what_version_1_1_demands(site: Site) -> None:
    answer = site.get("/feeds/changes.json?lang=en")
    assert answer.headers["content-type"].startswith("application/feed+json")
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] and feed["feed_url"].startswith(site.url) and feed["home_page_url"].startswith(site.url)
    assert feed["language"] == "en"
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_text"]
        assert datetime.fromisoformat(item["date_published"]).tzinfo


def test_both_feeds_tell_the_same_changes_by_the_same_ids_in_both_languages(site: Site) -> None:
    ids = [
        [entry.id for entry in feedparser.parse(site.get("/feeds/changes.atom").content).entries],
        [item["id"] for item in site.get("/feeds/changes.json?lang=en").json()["items"]],
        [item["id"] for item in site.get("/feeds/changes.json?lang=fr").json()["items"]],
    ]
    assert ids[0] == ids[1] == ids[2]


def test_a_feed_can_be_narrowed_to_a_host_and_a_kind(site: Site) -> None:
    items = site.get("/feeds/changes.json?host=parti").json()["items"]
    assert [item["tags"] for item in items] == [["HOST_DELISTED"]]
    assert all(
        item["tags"] == ["EXPIRY_MOVED"] for item in site.get("/feeds/changes.json?kind=EXPIRY_MOVED").json()["items"]
    )
    assert site.get("/feeds/changes.atom?host=nobody").status_code == 404
    refused = site.get("/feeds/changes.json?kind=NONSENSE&lang=en")
    assert refused.status_code == 400
    assert "HOST_DELISTED" in refused.json()["error"]
    assert refused.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [*FEEDS, "/", "/hosts/bientot", "/changes", "/sitemap.xml"])
def test_an_unchanged_answer_costs_nothing(site: Site, path: str) -> None:
    first = site.get(path)
    assert "max-age" in first.headers["cache-control"]
    again = site.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert again.status_code == 304
    assert not again.content
    assert again.headers["etag"] == first.headers["etag"]
    assert site.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/hds", "/hds.json", "/hds/hosts", "/hds/hosts.json?_size=3", "/hds/changes.csv", "/hds/host_on.json?host=parti"],
)
def test_unchanged_data_cost_no_query(site: Site, path: str) -> None:
    first = site.get(path)
    again = site.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-type" not in again.headers
    assert site.get(path, headers={"If-None-Match": first.headers["etag"], "Accept-Language": "en"}).status_code == 200
    other = path + ("&" if "?" in path else "?") + "_labels=on"
    assert site.get(other, headers={"If-None-Match": first.headers["etag"]}).status_code == 200
    assert "etag" not in site.get("/hds/nowhere.json").headers


@pytest.mark.parametrize("path", FEEDS)
def test_feeds_also_go_by_date(site: Site, path: str) -> None:
    first = site.get(path)
    assert site.get(path, headers={"If-Modified-Since": first.headers["last-modified"]}).status_code == 304
    assert site.get(path, headers={"If-Modified-Since": "Mon, 01 Jan 2018 00:00:00 GMT"}).status_code == 200
    assert site.get(path, headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_a_head_request_has_the_length_of_the_page(site: Site) -> None:
    head = site._client.head(site.url + "/")
    assert not head.content
    assert int(head.headers["content-length"]) == len(site.get("/").content)


def test_the_calendar_is_one_and_holds_every_coming_last_day(site: Site) -> None:
    answer = site.get("/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    raw = answer.content
    assert raw.startswith(b"BEGIN:VCALENDAR\r\n") and raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    events = Calendar.from_ical(raw).walk("VEVENT")
    assert len({event["uid"] for event in events}) == len(events) > 300
    for event in events:
        assert type(event.decoded("dtstart")) is date
        assert event.decoded("dtstart") >= today()
        assert event.decoded("dtstamp").utcoffset() == timedelta(0)
        assert event["summary"]


def test_a_hosts_calendar_holds_its_own_dates_only(site: Site) -> None:
    events = Calendar.from_ical(site.get("/calendar.ics?host=bientot&lang=en").content).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == ["bientot-c1@hdswatch"]
    assert "Bientôt Échu" in events[0]["summary"]
    assert site.get("/calendar.ics?host=nobody").status_code == 404


def test_nothing_in_the_sitemap_is_forbidden_to_robots(site: Site) -> None:
    rules = RobotFileParser()
    rules.parse(site.get("/robots.txt").text.splitlines())
    tree = etree.fromstring(site.get("/sitemap.xml").content)
    places = tree.xpath("//*[local-name()='loc']/text() | //@href")
    assert len(places) > 1200
    assert [place for place in places if not rules.can_fetch("AnyRobot", place)] == []
    for endless in (
        "/hosts?state=none&activity=5",
        "/hosts?q=&state=",
        "/compare?host=a&host=b",
        "/suggest?q=a",
        "/-/databases",
    ):
        assert not rules.can_fetch("AnyRobot", site.url + endless), endless


def test_robots_are_told_the_way(site: Site) -> None:
    robots = site.get("/robots.txt").text
    assert re.search(rf"^Sitemap: {re.escape(site.url)}/sitemap\.xml$", robots, re.MULTILINE)
    assert "Disallow: /suggest" in robots
    listed = re.findall(r"<loc>([^<]+)</loc>", site.get("/sitemap.xml").text)
    assert f"{site.url}/hosts/bientot" in listed
    assert site.get(listed[-1].removeprefix(site.url)).status_code == 200
