"""Write openapi.json, or with --check say whether the committed one is current.

python tools/openapi.py openapi.json
python tools/openapi.py --check openapi.json
"""

import json
import sys
import tempfile
from pathlib import Path

from cevvo.app import create_app
from cevvo.settings import Settings


def main() -> int:
    """The exit code: 1 when --check finds the file out of date."""
    check = "--check" in sys.argv
    path = Path(sys.argv[-1])
    with tempfile.TemporaryDirectory() as folder:
        schema = create_app(Settings(data_dir=Path(folder))).openapi()
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    if not check:
        path.write_text(text)
        return 0
    if path.exists() and path.read_text() == text:
        return 0
    print(f"{path} is not what the code serves. Run: make openapi", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
