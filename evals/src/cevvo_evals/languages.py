"""How often the language of a text is told right, wrong or not at all.

    python -m cevvo_evals.languages

takes texts of 80, 400 and 2,000 characters from the translations of Debian's installation guide
(package ``installation-guide-amd64``, 19 languages), 100 of each size and language. Paragraphs that
were left in English are passed over.
"""

import random
from collections import Counter
from pathlib import Path

from cevvo.errors import Permanent
from cevvo.providers.parsing.html import parse_html
from cevvo.providers.parsing.language import detect_language

_GUIDE = Path("/usr/share/doc/installation-guide-amd64")
_SIZES = (80, 400, 2000)
_TEXTS = 100
_ENGLISH = frozenset(["the", "of", "and", "to", "is", "you", "this", "for", "with", "are", "be"])


def paragraphs(folder: Path) -> list[str]:
    """The paragraphs of a translation."""
    found = []
    for page in sorted(folder.glob("*.html")):
        try:
            blocks = parse_html(page.read_bytes(), name=page.name).blocks
        except Permanent:  # a page of links only
            continue
        found += [block.text.replace("`", "") for block in blocks if block.kind == "paragraph"]
    return [text for text in found if len(text) > 60 and _translated(text, folder.name)]


def _translated(text: str, language: str) -> bool:
    words = text.lower().split()
    return language == "en" or sum(word in _ENGLISH for word in words) < 0.15 * len(words)


def main() -> None:
    """Measure and print."""
    if not _GUIDE.exists():
        raise SystemExit("The package installation-guide-amd64 is not installed.")
    chance = random.Random(1)
    texts = {folder.name[:2]: paragraphs(folder) for folder in _GUIDE.iterdir() if folder.is_dir()}
    for size in _SIZES:
        verdicts: Counter[str] = Counter()
        mistaken: Counter[str] = Counter()
        for language, choices in texts.items():
            for _ in range(_TEXTS):
                text = ""
                while len(text) < size:
                    text += f"{chance.choice(choices)} "
                guess = detect_language(text[:size])
                verdicts[
                    "none" if guess is None else "right" if guess == language else "wrong"
                ] += 1
                if guess not in (None, language):
                    mistaken[f"{language} for {guess}"] += 1
        shares = {name: round(n / verdicts.total(), 3) for name, n in verdicts.items()}
        print(f"{size} characters: {shares} {dict(mistaken.most_common(5))}")


if __name__ == "__main__":
    main()
