"""Settings of one installation: `hdswatch.toml` in the home folder, each overridable by `HDSWATCH_<SECTION>__<NAME>`.

Owns names, defaults, ranges and the messages about wrong values; knows nothing of what the settings steer.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from registry.errors import ConfigurationError
from registry.home import Home

PREFIX = "HDSWATCH_"
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
_WEEKDAY_CLOCK = r"^(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)


class CrawlSettings(_Section):
    """How the source is fetched. Sizes in bytes, durations in seconds."""

    hosts_url: Annotated[list[str], NoDecode] = Field(default_factory=list)
    """Addresses of the host list, tried in order; empty means those of `crawler/sources/hosts.yml`."""
    certifiers_url: Annotated[list[str], NoDecode] = Field(default_factory=list)
    download_delay: float = Field(2.0, ge=0, le=3600)
    download_timeout: float = Field(30.0, gt=0, le=600)
    user_agent: str = Field("HDSWatch/0.1 (+https://github.com/hdswatch/hdswatch)", min_length=1)
    obey_robots: bool = True
    max_bytes: int = Field(20_000_000, ge=1_000)
    """The largest response read, also after decompression."""
    max_pages: int = Field(5_000, ge=1)
    deadline: float = Field(3600.0, gt=0)
    """The longest a whole crawl may take."""
    keep_evidence_days: int = Field(3650, ge=1)
    """Evidence of an accepted, still published value is kept whatever its age."""
    keep_evidence_bytes: int = Field(5_000_000_000, ge=0)

    @field_validator("hosts_url", "certifiers_url", mode="before")
    @classmethod
    def _several_addresses(cls, value: object) -> object:
        if isinstance(value, str):
            return [part for raw in re.split(r"[\s,]+", value.strip(" []")) if (part := raw.strip("\"'"))]
        return value

    @field_validator("hosts_url", "certifiers_url")
    @classmethod
    def _http_only(cls, value: list[str]) -> list[str]:
        for address in value:
            if not re.match(r"https?://[^/\s]+", address):
                raise ValueError(f"expected an address that starts with http:// or https://, found {address!r}")
        return value


class MonitorSettings(_Section):
    watchlist: Path | None = None
    """The watchlist file; `watchlist.yml` of the home folder when left out. Relative paths start at the home folder."""
    stale_after_days: int = Field(7, ge=1, le=3650)
    ping_url: str | None = Field(None, pattern=r"^https?://[^\s]+$")
    """Called with GET after every whole good pass, for an outside watchdog."""


class ScheduleSettings(_Section):
    """Wall-clock times in Europe/Paris."""

    crawl_at: str = Field("06:15", pattern=_CLOCK)
    digest: str = Field("mon 08:00", pattern=_WEEKDAY_CLOCK)


class ServeSettings(_Section):
    host: str = "127.0.0.1"
    port: int = Field(8001, ge=0, le=65535)
    public_url: str | None = Field(None, pattern=r"^https?://[^\s]+$")
    private_port: int = Field(8002, ge=0, le=65535)
    private_url: str | None = Field(None, pattern=r"^https?://[^\s]+$")
    """Where people reach the private instance, for links in messages; loopback and `private_port` when left out."""
    demo: bool = False
    """Shows on every page that the data come from the bundled replica, not from the official list."""


class RegistrySettings(_Section):
    company_search_url: str = Field("https://recherche-entreprises.api.gouv.fr", pattern=r"^https?://[^\s]+$")
    """Where `registry resolve` looks for SIREN candidates."""


class FileSettings(_Section):
    """The sections of `hdswatch.toml`, without what the environment overrides."""

    crawl: CrawlSettings = Field(default_factory=CrawlSettings)
    monitor: MonitorSettings = Field(default_factory=MonitorSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    serve: ServeSettings = Field(default_factory=ServeSettings)
    registry: RegistrySettings = Field(default_factory=RegistrySettings)


class Settings(FileSettings, BaseSettings):
    """All settings. Build with `load_settings`, which reads the file and explains what is wrong in it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (env_settings, init_settings)

    def watchlist_path(self, home: Home) -> Path:
        """Where the watchlist is, made absolute against the home folder."""
        return home.watchlist if self.monitor.watchlist is None else home.path / self.monitor.watchlist


def load_settings(home: Home) -> Settings:
    """Settings of that home. Raises ConfigurationError naming file, line, field and what is allowed."""
    file = home.settings_file
    text = ""
    try:
        if file.exists():
            text = file.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: expected a readable UTF-8 text file, found: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{_toml_place(file, str(error))}: not valid TOML: {error}") from error
    _refuse_unknown_variables()
    try:
        FileSettings.model_validate(given)  # a wrong line is told even where a variable hides it
    except ValidationError as error:
        raise ConfigurationError("; ".join(_explain(error, lambda path: _place(file, text, path)))) from error
    try:
        return Settings(**given)
    except ValidationError as error:
        raise ConfigurationError("; ".join(_explain(error, _variable))) from error


def _toml_place(file: Path, message: str) -> str:
    found = re.search(r"line (\d+)", message)
    return f"{file}:{found.group(1)}" if found else str(file)


def _refuse_unknown_variables() -> None:
    for variable in os.environ:
        section, separator, name = variable.removeprefix(PREFIX).lower().partition("__")
        if not variable.startswith(PREFIX) or not separator or section not in Settings.model_fields:
            continue
        known = _section_fields(section)
        if name not in known:
            raise ConfigurationError(
                f"environment variable {variable}: no setting {section}.{name}; allowed: {', '.join(sorted(known))}"
            )


def _section_fields(section: str) -> set[str]:
    model = Settings.model_fields[section].annotation
    assert isinstance(model, type) and issubclass(model, BaseModel)
    return set(model.model_fields)


def _explain(error: ValidationError, place: Callable[[list[str]], str]) -> Iterator[str]:
    """A sentence a problem; `place` tells where a setting, given by its path, was set."""
    for problem in error.errors():
        path = [str(part) for part in problem["loc"]]
        if problem["type"] == "extra_forbidden":
            allowed = sorted(_section_fields(path[0])) if len(path) > 1 else sorted(FileSettings.model_fields)
            yield f"{place(path)}: unknown setting {'.'.join(path)}; allowed: {', '.join(allowed)}"
        else:
            yield f"{place(path)}: {'.'.join(path)}: {problem['msg']}, found {problem['input']!r}"


def _place(file: Path, text: str, path: list[str]) -> str:
    line = _line_of(text, path)
    return f"{file}:{line}" if line else str(file)


def _variable(path: list[str]) -> str:
    return f"environment variable {PREFIX}{'__'.join(path[:2]).upper()}"


def _line_of(text: str, path: list[str]) -> int | None:
    """The line where a setting stands in the file, or its section's, or None."""
    section, found = None, None
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[\s*([\w.\"-]+)\s*\]", line):
            section = heading.group(1)
            if section == path[0]:
                found = number
        elif key := re.match(r"\s*([\w.\"-]+)\s*=", line):
            name = key.group(1) if section is None else f"{section}.{key.group(1)}"
            if name in (".".join(path[:2]), path[0]):
                return number
    return found
