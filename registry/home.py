"""The home folder: where every file of one installation lives, and who may read it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from registry.errors import ConfigurationError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
PUBLIC_FILE = 0o644
HOME_VARIABLE = "HDSWATCH_HOME"


@dataclass(frozen=True)
class Home:
    """Paths below one home folder. Making one touches nothing on disk."""

    path: Path

    @property
    def registry_db(self) -> Path:
        return self.path / "registry.db"

    @property
    def published_db(self) -> Path:
        return self.path / "hds.db"

    @property
    def monitor_db(self) -> Path:
        return self.path / "monitor.db"

    @property
    def evidence(self) -> Path:
        return self.path / "evidence"

    @property
    def settings_file(self) -> Path:
        return self.path / "hdswatch.toml"

    @property
    def watchlist(self) -> Path:
        return self.path / "watchlist.yml"

    @property
    def registry_lock(self) -> Path:
        """Held while a process writes `registry.db` or `hds.db`."""
        return self.path / "registry.lock"

    @property
    def monitor_lock(self) -> Path:
        """Held by the one daemon or single pass that may send messages."""
        return self.path / "monitor.lock"

    def prepare(self) -> None:
        """Makes the folder if it is missing and proves that it can be written.

        Raises ConfigurationError naming the folder when it can't.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"home folder {self.path}: cannot be made ({error.strerror}); "
                f"give a folder that you may write with --home or {HOME_VARIABLE}"
            ) from error
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise ConfigurationError(
                f"home folder {self.path}: expected read and write permission, found none; "
                f"change its permissions or give another with --home or {HOME_VARIABLE}"
            )


def find_home(given: str | None) -> Home:
    """`--home`, else `$HDSWATCH_HOME`, else the platform's user data folder."""
    chosen = given or os.environ.get(HOME_VARIABLE)
    if chosen:
        return Home(Path(chosen).expanduser().absolute())
    from platformdirs import user_data_path

    return Home(user_data_path("hdswatch", appauthor=False))
