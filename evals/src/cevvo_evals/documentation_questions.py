"""Questions about four documentation sites, worded as users in trouble word them.

    python -m cevvo_evals.documentation_questions

checks that every gold phrase stands on a gold page, and every gold page has a gold phrase, of the
sites that are installed (Debian's packages, named in ``SITES``).

``questions/SITE.jsonl`` has a row for each question, in the form that ``cevvo eval`` reads, with
``id``, ``split`` and ``kind`` besides. ``page`` names all pages that answer, by the ends of their
addresses; ``expected`` are phrases of which a right answer has one. Rows with ``answerable`` false
are plausible and not answered by the site: ``price``, ``support``, ``newer-version`` than the
documentation's, ``other-product``, ``near-miss`` and ``off-topic``. A ``follow-up`` needs the row
of the same ``thread`` before it.

Half of the questions are ``tune``, half ``unseen``: within each site and kind they were put in the
order of the SHA-256 of their ids (of their thread's name) and taken alternately. A question keeps
its split for good. **Whoever tunes looks at** ``tune`` **alone**; of ``unseen`` only totals are
ever shown.
"""

import re
import sys
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Literal

from cevvo.engine.evaluation.cases import Case, read_cases
from cevvo.engine.evaluation.verdicts import says

Split = Literal["tune", "unseen"]
SPLITS: tuple[Split, ...] = ("tune", "unseen")
_QUESTIONS = Path(__file__).parent / "questions"
_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(r"<(br|td|th|li|p|div|dt|dd|pre)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_DEBIAN = Path("/usr/share/doc")


@dataclass(frozen=True, slots=True)
class Site:
    """A folder of web pages and the questions about it; ``package`` is what installs it."""

    name: str
    package: str
    folder: Path
    start: str = "index.html"

    def cases(self) -> list[Case]:
        """All of its questions, in the order of the file."""
        return read_cases(_QUESTIONS / f"{self.name}.jsonl")


SITES = {
    site.name: site
    for site in (
        Site("apache", "apache2-doc", _DEBIAN / "apache2-doc/manual/en"),
        Site("debian_handbook", "debian-handbook", _DEBIAN / "debian-handbook/html/en-US"),
        Site("django", "python-django-doc", _DEBIAN / "python-django-doc/html"),
        Site("postgresql", "postgresql-doc-15", _DEBIAN / "postgresql-doc-15/html"),
    )
}


@cache
def page_text(file: Path) -> str:
    """What a reader sees of an HTML file, its navigation too."""
    text = _HIDDEN.sub(" ", file.read_text(errors="replace"))
    return unescape(_TAG.sub("", _BLOCK.sub(r" <\1", text)))


def problems(site: Site, cases: list[Case]) -> list[str]:
    """What the pages in ``site.folder`` do not bear out, a line each."""
    found = []
    for case in cases:
        name = case.more.get("id", case.line)
        files = {page: site.folder / page for page in case.pages}
        found += [
            f"{name}: there is no {page}" for page, file in files.items() if not file.exists()
        ]
        texts = {page: page_text(file) for page, file in files.items() if file.exists()}
        found += [
            f"{name}: {phrase!r} is on none of its pages"
            for phrase in case.expected
            if not any(says(text, [phrase]) for text in texts.values())
        ]
        found += [
            f"{name}: {page} has no phrase that is expected"
            for page, text in texts.items()
            if not says(text, case.expected)
        ]
    return found


def main() -> None:
    """Print what is wrong; exit 1 if anything is."""
    wrong = 0
    for site in SITES.values():
        cases = site.cases()
        if not site.folder.exists():
            print(f"{site.name}: not checked, {site.package} is not installed")
            continue
        found = problems(site, cases)
        wrong += len(found)
        print(f"{site.name}: {len(cases)} questions, {len(found)} problems")
        print("".join(f"  {line}\n" for line in found), end="")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
