"""Every setting, typed, with its default and its meaning. Read once, at start.

A setting ``data_dir`` is ``CEVVO_DATA_DIR`` in the environment. An unknown ``CEVVO_`` variable is
refused, so that a misspelt one is not silently without effect.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cevvo.errors import StartError

# Read by clients (CLI, SDKs) and not by the server.
_CLIENT_VARIABLES = {"CEVVO_API_KEY", "CEVVO_BASE_URL", "CEVVO_LOG", "CEVVO_URL"}

_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_NAME = re.compile(rf"(?=.{{1,254}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[\da-f]*)\.?", re.IGNORECASE)  # no name, to a browser
_PORT = re.compile(r"[0-9]{1,5}")


class Settings(BaseSettings):
    """What the operator can set. Flags of the CLI win over the environment."""

    model_config = SettingsConfigDict(env_prefix="CEVVO_", extra="forbid", frozen=True)

    data_dir: Path = Field(Path("cevvo-data"), description="Where everything durable lives.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8420, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    rate_limit: int = Field(100, ge=1, description="Requests a minute for each API key.")
    allow_private_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="What fetching may reach besides public addresses: comma-separated ranges "
        "(10.0.0.0/8), names (wiki.internal), or host:port pairs. A name stands for itself alone, "
        "wherever it resolves to, so name only hosts whose DNS you trust.",
    )
    max_upload_mb: int = Field(50, ge=1, description="Largest file that can be uploaded.")
    max_crawl_pages: int = Field(2000, ge=1, description="Pages that one crawl takes at most.")
    workers: int = Field(4, ge=1, le=64, description="Ingestion jobs that run side by side.")
    workspace_workers: int = Field(
        3, ge=1, le=64, description="Of these, jobs of one workspace at most."
    )
    chromium: Path | None = Field(
        None,
        description="Chromium or Chrome for pages that need JavaScript; found on the PATH if not "
        "set.",
    )
    embedding_threads: int = Field(
        0, ge=0, description="Threads of the embedding model; 0 takes one per core."
    )
    log_level: str = Field(
        "info",
        pattern="^(debug|info|warning|error)$",
        description="How much is logged: debug, info, warning or error.",
    )

    @field_validator("allow_private_networks", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allow_private_networks")
    @classmethod
    def _ranges_or_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if not (_is_range(entry) or _is_name(entry) or _is_host_and_port(entry)):
                raise ValueError(
                    f"{entry!r} is neither a range such as 10.0.0.0/8 nor a name such as "
                    "wiki.internal, alone or with a port (wiki:8080)"
                )
        return value


# The grammar of AddressRules, but for what IDNA says of characters beyond ASCII.


def _is_range(entry: str) -> bool:
    try:
        ipaddress.ip_network(entry)
    except ValueError:
        return False
    return True


def _is_name(entry: str) -> bool:
    """Of two labels or more: one alone is hardly meant."""
    labels = entry.removesuffix(".")
    return "." in labels and bool(_NAME.fullmatch(entry)) and not _NUMERIC.fullmatch(entry)


def _is_host_and_port(entry: str) -> bool:
    host, _, port = entry.rpartition(":")
    return bool(_PORT.fullmatch(port)) and 0 < int(port) < 65536 and _is_host(host)


def _is_host(host: str) -> bool:
    try:
        if host.startswith("[") and host.endswith("]"):
            return "%" not in host and bool(ipaddress.IPv6Address(host[1:-1]))
        if _NUMERIC.fullmatch(host):
            return bool(ipaddress.IPv4Address(host.removesuffix(".")))
    except ValueError:
        return False
    return _NAME.fullmatch(host) is not None


def load_settings(**flags: object) -> Settings:
    """The settings from flags (those that are not None) and the environment.

    Raises StartError with one line that names the setting and what it takes.
    """
    known = {f"CEVVO_{name.upper()}" for name in Settings.model_fields} | _CLIENT_VARIABLES
    unknown = sorted(k for k in os.environ if k.startswith("CEVVO_") and k not in known)
    if unknown:
        raise StartError(f"Unknown setting {unknown[0]}. Known: {', '.join(sorted(known))}.")
    try:
        return Settings(**{k: v for k, v in flags.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise StartError(f"Setting {name} ({first['input']!r}): {first['msg']}.") from None
