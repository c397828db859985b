"""Where the site's files are: the folder `datasette/` of a checkout, or `monitor/_site` of an installed wheel.

Must not read or import them.
"""

from __future__ import annotations

from pathlib import Path

from registry.errors import StorageError

_HERE = Path(__file__).resolve().parent
_MARK = "metadata.yaml"


def site_folder() -> Path:
    """The folder with metadata.yaml, settings.json, templates, static files and plugins.

    Raises StorageError when the installation lacks it.
    """
    places = (_HERE / "_site", _HERE.parent / "datasette")
    for place in places:
        if (place / _MARK).is_file():
            return place
    raise StorageError(
        f"site files: expected {_MARK} in {places[0]} or {places[1]}, found it in neither; install hdswatch again"
    )
