"""Where this user's API keys are remembered: ``~/.config/cevvo/credentials``, mode 0600.

A JSON object from base URL to key. ``CEVVO_API_KEY`` and ``CEVVO_BASE_URL`` win over it.
"""

import json
import os
import tempfile
from pathlib import Path

from cevvo.settings_files import config_folder

DEFAULT_BASE_URL = "http://127.0.0.1:8420/api/v1"


def credentials_path() -> Path:
    """The file, in the user's own folder."""
    return config_folder() / "credentials"


def load_credentials() -> dict[str, str]:
    """All remembered keys by base URL; empty when there are none or the file is damaged."""
    try:
        content = json.loads(credentials_path().read_text())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in content.items()} if isinstance(content, dict) else {}


def save_credential(base_url: str, key: str) -> Path:
    """Remember ``key`` for ``base_url``. The file is replaced whole and is never world-readable."""
    path = credentials_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = json.dumps(load_credentials() | {base_url: key}, indent=2)
    handle, name = tempfile.mkstemp(dir=path.parent)  # 0600 by itself
    with os.fdopen(handle, "w") as file:
        file.write(content + "\n")
    os.replace(name, path)
    return path
