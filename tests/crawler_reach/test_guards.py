"""What web servers send in place of a page is refused by name; a real page is not refused for a word in passing."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import guards
from crawler.spiders import encoding
from tests.crawler_reach.reach_sites import NAMES, page, table

SHELL_TEXT = "<p>" + "Le numérique en santé au service de tous. " * 60 + "</p>"


def bare(title: str, body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"


def notice(title: str, text: str) -> str:
    """A notice in the site's full page shell."""
    return page(f"<p>{text}</p>", title=title)


REFUSED: dict[str, tuple[str, str]] = {
    "an empty body": ("", "blank"),
    "white space": ("\n \n\t", "blank"),
    "a page on which nothing is printed": (bare("Liste", "<div></div><script>var a=1</script>"), "blank"),
    "Cloudflare": (
        bare("Just a moment...", "<h1>esante.example</h1><p>Checking if the site connection is secure</p>"
             "<script>window._cf_chl_opt={cvId:'3'}</script>"), "bot_wall"),
    "Cloudflare in French": (
        bare("Un instant…", "<noscript>Activez JavaScript et les cookies</noscript><p>.</p>"), "bot_wall"),
    "Imperva": (
        bare("", "<iframe src='/_Incapsula_Resource?x=1'>Request unsuccessful. Incapsula incident ID: 1</iframe> "
             "Request unsuccessful. Incapsula incident ID: 877"), "bot_wall"),
    "DataDome": (
        bare("esante.example", "<p>Please enable JS and disable any ad blocker</p>"
             "<script src='https://ct.captcha-delivery.com/c.js'></script>"), "bot_wall"),
    "Akamai": (
        bare("Access Denied", "<h1>Access Denied</h1>No permission. Reference #18.2d351ab8.155"), "bot_wall"),
    "F5": (bare("Request Rejected", "The requested URL was rejected. Your support ID is: 1234"), "bot_wall"),
    "Anubis": (bare("Making sure you're not a bot!", "<p>Loading...</p>"), "bot_wall"),
    "a captcha in the site's shell": (
        notice("Vérification", "Saisissez les caractères du captcha pour continuer."), "bot_wall"),
    "a captcha question": (notice("Contrôle", "Veuillez confirmer que vous n'êtes pas un robot."), "bot_wall"),
    "a suspended account": (bare("Account Suspended", "<h1>This Account has been suspended.</h1>"), "suspended"),
    "un compte suspendu": (
        bare("Site suspendu", "<p>Ce compte a été suspendu. Contactez votre hébergeur.</p>"), "suspended"),
    "a default page": (bare("Welcome to nginx!", "<h1>Welcome to nginx!</h1>"), "suspended"),
    "an expired domain": (bare("exemple.fr", "<p>Ce nom de domaine a expiré.</p>"), "suspended"),
    "maintenance": (
        bare("Site en maintenance", "<h1>Site en maintenance</h1><p>Revenez plus tard.</p>"), "maintenance"),
    "maintenance in the shell": (notice("Maintenance en cours", "Le site revient bientôt."), "maintenance"),
    "unavailable": (bare("Agence", "<p>Le service est momentanément indisponible.</p>"), "maintenance"),
    "page not found with 200": (notice("Page non trouvée", "La page demandée n'existe pas."), "error_page"),
    "404 with 200": (bare("404", "<h1>404</h1><p>Oups</p>"), "error_page"),
    "Erreur 500": (bare("Erreur 500", "<h1>Erreur 500</h1>"), "error_page"),
    "Drupal's error": (
        bare("Error", "The website encountered an unexpected error. Please try again later."), "error_page"),
    "access denied": (notice("Accès refusé", "Vous n'êtes pas autorisé à accéder à cette page."), "error_page"),
    "a database error": (bare("Agence", "<p>SQLSTATE[HY000] [2002] Connection refused</p>"), "error_page"),
    "a login page": (
        notice("Se connecter", "<form><input name='n'><input type='password'><input type='submit'></form>"), "login"),
    "a login page without a password": (notice("Connexion", "Identifiez-vous avec Pro Santé Connect."), "login"),
    "a session that ended": (notice("Agence", "Votre session a expiré. Veuillez vous reconnecter."), "login"),
    "a bare password form": (bare("Agence", "<form><input type='password'></form> Extranet"), "login"),
    "HTML cut in the table": (page(table(NAMES))[:-900], "truncated"),
    "HTML cut in a tag": ("<p>Liste</p><table><tr><td>A</td></tr></table><a href='", "truncated"),
    "a fragment cut in a list": ("<ul><li>A</li><li>B", "truncated"),
    "JSON cut": ('[{"nom": "A"}, {"nom": "B', "truncated"),
    "JSON cut between entries": ('{"data": [{"nom": "A"},', "truncated"),
    "JSON that is none": ('{"nom": A}', "malformed"),
    "a CSV cut in its last line": ("Hébergeur;Numéro;Échéance\nA;1;2028-01-01\nB;2", "truncated"),
    "a CSV cut in a quotation": ('Hébergeur;Numéro\n"A";1\n"B', "truncated"),
    "a PDF cut": ("%PDF-1.7\n1 0 obj\n", "truncated"),
    "a feed": ("<?xml version='1.0'?><rss><channel><title>Actualités</title></channel></rss>", "wrong_type"),
    "a picture": ("GIF89a....", "wrong_type"),
    "plain words": ("Service unavailable", "wrong_type"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_stands_in_for_a_page_is_refused_by_its_name(case: str) -> None:
    body, code = REFUSED[case]
    declared = "application/json" if "JSON" in case else "text/plain" if case == "plain words" else ""
    _, refusal = guards.check(body.encode(), declared, "http://liste.example/hds")
    assert refusal is not None
    assert refusal.code == code
    sentence = refusal.sentence("http://liste.example/hds")
    assert "expected" in sentence and "found" in sentence and refusal.advice


LOGIN_BOX = "<header><form action='/user/login'><input name='n'><input type='password' name='p'></form></header>"
KEPT: dict[str, str] = {
    "a short table": page(table(NAMES[:1])),
    "a table without html and body": f"<!doctype html><title>Liste</title><h1>Hébergeurs</h1>{table(NAMES[:2])}",
    "a bare fragment": table(NAMES[:1]),
    "a headline with the number 404": page(table(NAMES[:2]), title="404 hébergeurs certifiés"),
    "a headline with the number 500": page(table(NAMES[:2]), title="500 - services d'hébergement certifiés"),
    "a login form in the header": page(table(NAMES[:1])).replace("<header>", LOGIN_BOX + "<header>"),
    "a login form beside the list": page(table(NAMES[:2]) + "<form><input type='password' name='p'></form>"),
    "a newsletter with a captcha": page(
        table(NAMES[:1]) + "<form><p>Je ne suis pas un robot</p><div class='g-recaptcha'></div></form>"
        "<p>Ce site est protégé par reCAPTCHA.</p>"),
    "a banner about planned maintenance": page(
        "<div class='alerte'>Opération de maintenance dimanche : le site sera momentanément indisponible.</div>"
        + table(NAMES[:2])),
    "Cloudflare's own script on a good page": page(
        table(NAMES[:1]) + "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"),
    "a suspended certificate": page(table(NAMES[:2]) + "<p>Certificat suspendu : le compte a été suspendu.</p>"),
    "a page about errors and access": page(SHELL_TEXT + "<p>En cas d'erreur 404, la page est introuvable.</p>"),
    "a letter index with nothing else": page(
        "".join(f"<a href='?l={one}'>{one}</a>" for one in "ABCDEF") + "<p>Actuellement indisponible : Z.</p>"),
    "a page built by Drupal's script": page(
        "<div class='view-empty'>Chargement…</div><script type='application/json'>{\"views\": {}}</script>"),
    "an empty Ajax answer": '[{"command": "insert", "data": ""}]',
    "an empty JSON list": "[]",
    "a CSV without a last line end": "Hébergeur;Numéro\nA;1\nB;2",
    "a CSV with a short remark below": "Hébergeur;Numéro;Date\nA;1;2\nB;2;3\nSource : ANS\n",
    "a page whose script contains markup": page(table(NAMES[:1]) + "<script>var t = '<table><tr><td>';</script>"),
    "an unclosed paragraph and list entry": (
        "<html><body><p>Liste<ul><li>A<li>B</ul>" + table(NAMES[:1]) + "</body></html>"),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_a_real_page_is_not_refused(case: str) -> None:
    _, refusal = guards.check(KEPT[case].encode(), "", "http://liste.example/hds")
    assert refusal is None, refusal


@pytest.mark.parametrize("length", range(0, 100, 7))
def test_a_page_cut_anywhere_is_refused(length: int) -> None:
    whole = page(table(NAMES)).encode()
    _, refusal = guards.check(whole[: len(whole) * length // 100], "text/html", "http://liste.example/hds")
    assert refusal is not None and refusal.code in ("truncated", "blank")


def test_the_number_of_rows_decides_nothing() -> None:
    for count in (0, 1, 5000):
        body = page(table(NAMES[:1] * count)).encode()
        assert guards.check(body, "text/html", "http://liste.example/hds")[1] is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 429, 500, 503])
def test_every_status_that_is_no_page_is_refused(status: int) -> None:
    refusal = guards.check_status(status)
    assert refusal is not None and str(status) in refusal.found


def workbook(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 50)
    return out.getvalue()


SNIFFED = {
    "sheet": (workbook("[Content_Types].xml", "xl/workbook.xml"), "application/octet-stream"),
    "archive": (workbook("a.txt"), "application/zip"),
    "pdf": (b"%PDF-1.4\n...\n%%EOF", "text/html"),
    "json": (b'\xef\xbb\xbf {"a": 1}', "text/html"),
    "csv": ("Hébergeur;Numéro\nA;1\n".encode("cp1252"), "application/octet-stream"),
    "html": (b"<!-- x --><!DOCTYPE html><html></html>", "text/plain"),
}


@pytest.mark.parametrize("kind", SNIFFED)
def test_the_bytes_decide_what_a_body_is(kind: str) -> None:
    body, declared = SNIFFED[kind]
    assert guards.sniff(body, declared, "http://liste.example/x") == kind


def test_a_workbook_that_was_cut_is_refused() -> None:
    whole = workbook("[Content_Types].xml", "xl/workbook.xml")
    _, refusal = guards.check(whole[:-30], "", "http://liste.example/l.xlsx")
    assert refusal is not None and refusal.code == "truncated"


def test_an_html_page_in_place_of_a_file_is_refused() -> None:
    _, refusal = guards.check(page(SHELL_TEXT).encode(), "text/html", "http://liste.example/l.csv", expect="csv")
    assert refusal is not None and refusal.code == "wrong_type"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "text/html", "application/json", "text/csv"]))
def test_no_bytes_make_a_guard_fail(body: bytes, declared: str) -> None:
    kind, refusal = guards.check(body, declared, "http://liste.example/", max_bytes=10_000)
    assert refusal is not None or kind in guards.MEDIA_TYPES


# --- compression ------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=2000))
def test_what_was_compressed_comes_back(body: bytes) -> None:
    raw = zlib.compressobj(6, zlib.DEFLATED, -15)
    assert encoding.decompress(gzip.compress(body), "gzip", 10_000) == body
    assert encoding.decompress(zlib.compress(body), "deflate", 10_000) == body
    assert encoding.decompress(raw.compress(body) + raw.flush(), "deflate", 10_000) == body
    assert encoding.decompress(gzip.compress(gzip.compress(body)), "gzip, gzip", 10_000) == body
    assert encoding.decompress(gzip.compress(body) + gzip.compress(body) + b"\x00" * 8, "x-gzip", 10_000) == body * 2


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=500), st.data())
def test_a_compressed_body_that_was_cut_is_never_a_shorter_body(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    cut = packed[: data.draw(st.integers(1, len(packed) - 1))]
    with pytest.raises(encoding.CutShort):
        encoding.decompress(cut, "gzip", 10_000)


def test_a_bomb_is_stopped_at_the_limit_and_an_unknown_encoding_is_named() -> None:
    with pytest.raises(encoding.TooLarge):
        encoding.decompress(gzip.compress(b"0" * 50_000_000), "gzip", 1_000_000)
    with pytest.raises(encoding.UnknownEncoding, match="br"):
        encoding.decompress(b"x", "br", 1_000)


def test_a_body_of_a_million_compressed_nothings_costs_no_more_than_its_length() -> None:
    nothing = gzip.compress(b"")
    began = process_time()
    assert encoding.decompress(nothing * 500_000, "gzip", 1_000) == b""
    assert process_time() - began < 30  # fed whole, each of them would copy the ten megabytes: an hour


def test_layers_of_compression_without_end_are_refused() -> None:
    with pytest.raises(encoding.UnknownEncoding, match="40 layers"):
        encoding.decompress(b"x", ", ".join(["gzip"] * 40), 1_000)
    assert encoding.decompress(b"x", ", ".join(["identity"] * 40), 1_000) == b"x"


def test_a_deeply_nested_answer_is_refused_quickly() -> None:
    for body in ("[" * 100_000, "<div>" * 50_000, json.dumps({"a": "b" * 200_000})[:-2]):
        assert guards.check(body.encode(), "", "http://liste.example/")[1] is not None
