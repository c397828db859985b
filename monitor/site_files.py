"""Where the site's files are: the folder `datasette/` of a checkout, or `monitor/_site` of an installed wheel.

Owns the way to them, and to the plugin's modules for those who share its words and pictures.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

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


def site_module(name: str) -> ModuleType:
    """A module of the site's plugin folder, found by path as Datasette finds it: `i18n`, `charts`, `web`…"""
    plugins = str(site_folder() / "plugins")
    if plugins not in sys.path:
        sys.path.append(plugins)
    return import_module(f"hdswatch_site.{name}")
