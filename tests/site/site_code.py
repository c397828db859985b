"""Modules of the site's plugin folder, for tests of their own: found as Datasette finds them, by path."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from monitor.site_files import site_folder


def site_module(name: str) -> Any:
    """`datasette/plugins/hdswatch_site/NAME.py`."""
    plugins = str(site_folder() / "plugins")
    if plugins not in sys.path:
        sys.path.append(plugins)
    return import_module(f"hdswatch_site.{name}")
