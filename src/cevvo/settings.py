"""Every setting, typed, with its default and its meaning. Read once, at start.

A setting ``data_dir`` is ``CEVVO_DATA_DIR`` in the environment; the keys of model providers go by
their own names, as ``OPENAI_API_KEY``. An unknown ``CEVVO_`` variable is
refused, so that a misspelt one is not silently without effect. Flags win over the environment, it
wins over ``./cevvo.toml``, and that over the user's own file (``settings_files``).
"""

import base64
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cevvo.errors import StartError
from cevvo.settings_files import Given, read_settings_files

# Read by clients (CLI, SDKs) and not by the server.
_CLIENT_VARIABLES = {"CEVVO_API_KEY", "CEVVO_BASE_URL", "CEVVO_LOG", "CEVVO_URL"}

_LABEL = r"\w(?:[\w-]{0,61}\w)?"
_NAME = re.compile(rf"(?=.{{1,254}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[\da-f]*)\.?", re.IGNORECASE)  # no name, to a browser
_PORT = re.compile(r"[0-9]{1,5}")

EXTRACTIVE = "extractive"
# The middle of each provider's range, as of November 2026: what a key alone gets.
_MODEL_OF_KEY = {
    "openai_api_key": "openai/gpt-6.1-terra",
    "anthropic_api_key": "anthropic/claude-sonnet-5-5",
}
_MODEL = re.compile(r"(?:openai|anthropic)/[^\s/#=]{1,200}|https?://[^\s#]{1,500}#[^\s#=]{1,200}")
_PRICE = re.compile(r"(\S+)=([0-9]+(?:\.[0-9]+)?)/([0-9]+(?:\.[0-9]+)?)")
_CREDENTIALS = re.compile(r"(?<=://)[^\s/#]*(?=@)|(?<=\?)[^\s#]+(?=#)")  # of a URL
_KEY = re.compile(r"[!-~]{1,500}")
_SECRETS = ("_key", "_secret", "_token", "smtp_url", "database_url", "redis_url")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NEEDS = {  # settings that mean nothing without others
    "smtp_url": ("mail_from", "public_url"),
    "oidc_issuer": ("oidc_client_id", "public_url"),
}


class ModelPrice(NamedTuple):
    """What a model costs for a million tokens that it reads, and for as many that it writes."""

    model: str
    read: float
    written: float


class Settings(BaseSettings):
    """What the operator can set. Flags of the CLI win over the environment."""

    model_config = SettingsConfigDict(
        env_prefix="CEVVO_", extra="forbid", frozen=True, validate_by_name=True
    )

    data_dir: Path = Field(Path("cevvo-data"), description="Where everything durable lives.")
    database_url: SecretStr | None = Field(
        None,
        description="Postgres in place of the file in the data directory: "
        "postgresql://user:password@db.example.com/cevvo.",
    )
    database_connections: int = Field(
        10, ge=2, le=1000, description="Connections to Postgres of this process at most."
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Redis or Valkey, for limits that all servers on one database share: "
        "redis://user:password@host:6379/0, or rediss:// with TLS.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8420, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names that the server is reached by, comma-separated, besides those of this "
        "machine and the host of CEVVO_PUBLIC_URL: cevvo.example.com.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Proxies whose X-Forwarded-For and X-Forwarded-Proto count, comma-separated: "
        "addresses or ranges (127.0.0.1,10.0.0.0/8).",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="32 bytes in base64, which seal the secrets in the database: in place of the "
        "file secret.key in the data directory.",
    )
    rate_limit: int = Field(100, ge=1, description="Requests a minute for each API key.")
    max_requests: int = Field(
        100,
        ge=4,
        description="Requests to the API in flight; what is over it is refused with 503: figures "
        "from half of it on, documents from three quarters, chat at the bound itself.",
    )
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
    embedding_model: Path | None = Field(
        None,
        description="An embedding model of your own in place of the one that ships: an ONNX file. "
        "`cevvo reembed` comes before it (docs/search.md).",
    )
    reader_model: Literal["off"] | Path | None = Field(
        None,
        description="A reader of your own in place of the one that ships: an ONNX file as "
        "evals/reader exports it. `off`: passages are not read (docs/search.md).",
        union_mode="left_to_right",
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="Key for openai/… models."
    )
    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias="ANTHROPIC_API_KEY", description="Key for anthropic/… models."
    )
    model_api_key: SecretStr | None = Field(
        None, description="Key for models that are named with a base URL."
    )
    models: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Language models, comma-separated, the preferred one first: openai/NAME, "
        "anthropic/NAME, or BASE_URL#NAME on any server with OpenAI's API. If not set, a key for "
        "OpenAI or Anthropic picks one of theirs; `extractive` uses none.",
    )
    model_prices: Annotated[tuple[ModelPrice, ...], NoDecode] = Field(
        (),
        description="Price of a million tokens read and written, comma-separated, in any one "
        "currency: openai/NAME=0.25/2.00. For budgets of money.",
    )
    public_url: str | None = Field(
        None,
        description="Where people reach the dashboard: https://answers.example.com. Links in mails "
        "and the identity provider's way back begin with it.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server for invitations and new passwords: "
        "smtps://user:password@mail.example.com, or smtp:// with STARTTLS.",
    )
    mail_from: str | None = Field(
        None, description="Sender of these mails: Cevvo <cevvo@example.com>."
    )
    oidc_issuer: str | None = Field(
        None, description="Identity provider (OpenID Connect): https://sso.example.com."
    )
    oidc_client_id: str | None = Field(None, description="What the provider calls this server.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="Its secret there; not set: a public client."
    )
    oidc_name: str = Field(
        "single sign-on", max_length=60, description="What the sign-in button calls the provider."
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="What Prometheus sends as its bearer token to read /metrics; not set: nobody "
        "can.",
    )
    log_level: str = Field(
        "info",
        pattern="^(debug|info|warning|error)$",
        description="How much is logged: debug, info, warning or error.",
    )

    @field_validator("openai_api_key", "anthropic_api_key", "model_api_key", mode="before")
    @classmethod
    def _plain_key(cls, value: Any) -> Any:
        key = value.strip() if isinstance(value, str) else value
        if isinstance(key, str) and key and not _KEY.fullmatch(key):
            raise ValueError("no API key has blanks or characters beyond ASCII")
        return key or None

    @field_validator("public_url", "oidc_issuer")
    @classmethod
    def _secure_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = urlsplit(value)
        local = url.scheme == "http" and url.hostname in _LOOPBACK
        if not (url.scheme == "https" or local) or not url.hostname or url.query or url.fragment:
            raise ValueError("an address begins with https://, or http:// on this machine")
        return value

    @field_validator("public_url")
    @classmethod
    def _without_a_path(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).path not in ("", "/"):
            raise ValueError("the dashboard is served at the root of a host, without a path")
        return None if value is None else value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            url = _address(value)
            if url.scheme not in ("postgresql", "postgres") or not url.path.strip("/"):
                raise ValueError("a database is postgresql://user:password@host/name")
        return value

    @field_validator("data_dir", "chromium", "embedding_model", "reader_model", mode="before")
    @classmethod
    def _somewhere(cls, value: Any) -> Any:
        if value == "":
            raise ValueError("is set to nothing, where a path is needed: unset it for the default")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            url = _address(value, with_port=True)
            if url.scheme not in ("smtp", "smtps") or not url.hostname:
                raise ValueError("a mail server is smtps://user:password@host, or smtp://…")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            url = _address(value, with_port=True)
            if url.scheme not in ("redis", "rediss") or not url.hostname or url.query:
                raise ValueError("a Redis is redis://host:6379/0, or rediss://host:6379/0 with TLS")
            if not re.fullmatch(r"/?[0-9]*", url.path):
                raise ValueError("what follows the host is the number of a database: /0")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, needs in _NEEDS.items():
            missing = [each for each in needs if getattr(self, each) is None]
            if getattr(self, name) is not None and missing:
                raise ValueError(f"{variable(name)} needs {variable(missing[0])} to be set")
        return self

    @field_validator("models")
    @classmethod
    def _known_models(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for entry in value[:-1] if value[-1:] == (EXTRACTIVE,) else value:
            _check_model(entry)
            key = f"{entry.partition('/')[0]}_api_key"
            if key in _MODEL_OF_KEY and info.data.get(key) is None:
                raise ValueError(f"{entry} needs {key.upper()} to be set")
        return value

    @field_validator("model_prices", mode="before")
    @classmethod
    def _prices(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        prices = [_PRICE.fullmatch(part.strip()) for part in value.split(",") if part.strip()]
        if None in prices:
            raise ValueError("a price is written as openai/NAME=0.25/2.00")
        return tuple(ModelPrice(p[1], float(p[2]), float(p[3])) for p in prices if p)

    @field_validator("model_prices")
    @classmethod
    def _of_known_models(
        cls, value: tuple[ModelPrice, ...], info: ValidationInfo
    ) -> tuple[ModelPrice, ...]:
        known = [model_id(entry) for entry in _ladder(info.data)]
        for price in value:
            if price.model not in known:
                raise ValueError(f"there is no model {price.model!r}, but {known}")
        return value

    @property
    def given_database_url(self) -> str | None:
        """``database_url`` as it was given."""
        return None if self.database_url is None else self.database_url.get_secret_value()

    @property
    def given_secret_key(self) -> str | None:
        """``secret_key`` as it was given."""
        return None if self.secret_key is None else self.secret_key.get_secret_value()

    @property
    def given_metrics_token(self) -> str | None:
        """``metrics_token`` as it was given."""
        return None if self.metrics_token is None else self.metrics_token.get_secret_value()

    @property
    def ladder(self) -> tuple[str, ...]:
        """The language models to use, the preferred one first, in the form of ``models``."""
        return _ladder(self.__dict__)

    @field_validator(
        "allow_private_networks", "models", "allowed_hosts", "trusted_proxies", mode="before"
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if not _is_host(entry):
                raise ValueError(f"{entry!r} is no host name: write it without scheme and port")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _ranges(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if not _is_range(entry):
                raise ValueError(f"{entry!r} is neither an address nor a range such as 10.0.0.0/8")
        return value

    @field_validator("secret_key")
    @classmethod
    def _32_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                fits = len(base64.b64decode(value.get_secret_value(), validate=True)) == 32
            except ValueError:
                fits = False
            if not fits:
                raise ValueError("needs 32 bytes in base64: openssl rand -base64 32")
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


def model_id(entry: str) -> str:
    """What an entry of ``models`` is called: never an address, which is nobody else's business."""
    return entry.partition("#")[2] or entry


def _ladder(settings: Mapping[str, Any]) -> tuple[str, ...]:
    if models := settings.get("models"):
        return tuple(entry for entry in models if entry != EXTRACTIVE)
    return tuple(model for key, model in _MODEL_OF_KEY.items() if settings.get(key))


def _check_model(entry: str) -> None:
    if not _MODEL.fullmatch(entry):
        raise ValueError(
            f"{entry!r} is not a model such as openai/gpt-6.1-terra, anthropic/claude-sonnet-5-5 "
            "or http://127.0.0.1:11434/v1#llama3.2"
        )
    if "#" in entry:
        url = urlsplit(entry)
        host, _ = url.hostname or "", url.port  # raises ValueError when it is out of range
        if "@" in url.netloc or url.query or not _is_host(f"[{host}]" if ":" in host else host):
            raise ValueError(f"{entry!r} needs a base URL of scheme, host, port and path alone")


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


def variable(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"CEVVO_{name.upper()}"


def is_secret(name: str) -> bool:
    """Whether nobody may see a setting's value."""
    return "SecretStr" in str(Settings.model_fields[name].annotation)


def _address(value: SecretStr, *, with_port: bool = False) -> SplitResult:
    """Its parts. Raises ValueError; the library's own would quote a password."""
    try:
        url = urlsplit(value.get_secret_value())
        _ = with_port and url.port
    except ValueError:
        raise ValueError(
            "this is no address: its port is out of range, or its password has a #, / or ?, which "
            "are written as %23, %2F and %3F"
        ) from None
    return url


def load_settings(**flags: object) -> Settings:
    """The settings from flags (those that are not None), the environment and the files.

    Raises StartError with one line that names the setting and what it takes.
    """
    flags = {name: value for name, value in flags.items() if value is not None}
    files = _from_files(flags)
    try:
        return Settings(**{name: given.value for name, given in files.items()}, **flags)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if not name:
            raise StartError(f"Settings: {first['msg'].removeprefix('Value error, ')}.") from None
        secret = name.lower().endswith(_SECRETS)
        value = "" if secret else f" ({first['input']!r})"
        where = f" in {files[name].file}" if name in files else ""
        said = f"Setting {name}{where}{value}: {first['msg']}."
        raise StartError(_CREDENTIALS.sub("…", said)) from None


def origins(**flags: object) -> dict[str, str]:
    """Where each setting's value comes from: a flag, a variable, a file or ``default``."""
    flags = {name: value for name, value in flags.items() if value is not None}
    files, environment = _from_files(flags), _environment()
    found = {}
    for name in Settings.model_fields:
        if name in flags:
            found[name] = f"--{name.replace('_', '-')}"
        elif variable(name) in environment:
            found[name] = variable(name)
        else:
            found[name] = str(files[name].file) if name in files else "default"
    return found


def _from_files(flags: Mapping[str, object]) -> dict[str, Given]:
    """What the files say of the settings that neither flags nor the environment give."""
    environment = _environment()
    known = {variable(name) for name in Settings.model_fields} | _CLIENT_VARIABLES
    unknown = sorted(k for k in os.environ if k.startswith("CEVVO_") and k not in known)
    if unknown:
        raise StartError(f"Unknown setting {unknown[0]}. Known: {', '.join(sorted(known))}.")
    fields = Settings.model_fields
    paths = {name for name, field in fields.items() if "Path" in str(field.annotation)}
    return {
        name: given
        for name, given in read_settings_files(fields, paths).items()
        if name not in flags and variable(name) not in environment
    }


def _environment() -> set[str]:
    """The variables that are set; their case makes no difference."""
    return {name.upper() for name in os.environ}
