"""How the replica misbehaves when told to: each fault turns a good page into what the site might send instead."""

from __future__ import annotations

from collections.abc import Callable

from crawler.replica.site import Page, html_page


def _down(_: Page) -> Page:
    text = "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"
    return Page(text.encode(), status=503)


def _login(_: Page) -> Page:
    form = (
        '<form class="user-login-form" action="/user/login" method="post">'
        '<label for="edit-name">Nom d’utilisateur</label><input id="edit-name" name="name" type="text">'
        '<label for="edit-pass">Mot de passe</label><input id="edit-pass" name="pass" type="password">'
        '<input type="submit" value="Se connecter"></form>'
    )
    return html_page("Se connecter", f"<p>Vous devez vous connecter pour accéder à cette page.</p>{form}")


def _blank(good: Page) -> Page:
    return Page(b"", good.media_type)


def _truncated(good: Page) -> Page:
    return Page(good.body[: len(good.body) * 2 // 5], good.media_type)


def _botwall(_: Page) -> Page:
    text = (
        '<!DOCTYPE html><html lang="fr"><head><title>Un instant…</title></head><body><div class="main-wrapper">'
        "<h1>Vérification de votre navigateur</h1><p>Confirmez que vous êtes un humain. Activez JavaScript et les "
        'cookies pour continuer.</p><div class="g-recaptcha captcha" id="challenge-form"></div>'
        '<script src="/cdn-cgi/challenge-platform/orchestrate.js"></script></div></body></html>'
    )
    return Page(text.encode())


FAULTS: dict[str, Callable[[Page], Page]] = {
    "down": _down,
    "login": _login,
    "blank": _blank,
    "truncated": _truncated,
    "botwall": _botwall,
}
