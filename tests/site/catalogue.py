"""The texts that the public and the private pages show, as found in templates and code: what the catalogue must hold.

`python tests/site/catalogue.py` writes new texts into `datasette/locale/fr/LC_MESSAGES/hdswatch.po`, untranslated, and
drops those that are no longer used.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HEADER = "# French texts of the site. Keys are the English texts; run tests/site/catalogue.py after changing one."
FIXED = datetime(2026, 11, 22, tzinfo=UTC)
"""The history of a text is in the repository; a date that moved with each run would be noise there."""
ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "datasette"
METHODS = [("**.html", "jinja2.ext:babel_extract"), ("**/hdswatch_site/**.py", "python")]
OPTIONS = {"**.html": {"trimmed": "true", "encoding": "utf-8", "newstyle_gettext": "true", "silent": "false"}}
KEYWORDS = {
    "_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
}  # fmt: skip


def extracted() -> Catalog:
    """Every text with the places that show it."""
    found = Catalog(project="HDSWatch", version="1", charset="utf-8", fuzzy=False)
    for folder, methods in ((SITE, METHODS), (ROOT / "monitor" / "private_site", [("**.py", "python")])):
        for file, line, message, comments, context in extract_from_dir(folder, methods, OPTIONS, keywords=KEYWORDS):
            found.add(message, None, [(str(file), line)], auto_comments=comments, context=context)
    return found


def committed(language: str = "fr") -> Catalog:
    """The catalogue as committed."""
    with (SITE / "locale" / language / "LC_MESSAGES" / "hdswatch.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str = "fr") -> None:
    """Brings the committed catalogue up to the texts; never guesses a translation."""
    path = SITE / "locale" / language / "LC_MESSAGES" / "hdswatch.po"
    catalogue = committed(language) if path.exists() else Catalog(locale=language, domain="hdswatch", charset="utf-8")
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.header_comment = HEADER
    catalogue.project, catalogue.version = "HDSWatch", "1"
    catalogue.last_translator = catalogue.language_team = "HDSWatch"
    catalogue.msgid_bugs_address = "see SECURITY.md and the issue tracker"
    catalogue.creation_date = catalogue.revision_date = FIXED
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, sort_output=True, no_location=True, omit_header=False)


if __name__ == "__main__":
    update()
