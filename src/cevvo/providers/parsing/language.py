"""Which language a text is in: told by its script, then by the function words of each language.

Function words (articles, prepositions, pronouns, forms of to be) are a third of any running text
and hardly travel from one language to another. What shows too few of them, or those of two
languages, is not guessed at: a wrong language makes search worse than none.
"""

import re
from collections import Counter
from collections.abc import Iterable

from cevvo.domain.documents import Block
from cevvo.providers.parsing.function_words import FUNCTION_WORDS

_SAMPLE = 6_000  # characters; a fifth of that is enough for most
_LEAST_LETTERS = 20
_LEAST_TO_OVERRULE = 1_000  # characters, before the document's own word on it is not taken
_LEAST_WORDS = 3  # function words found
_LEAST_SHARE = 0.12  # of all words
_LEAD = 1.5  # over the next language
_KANA_SHARE = 0.1  # of the Chinese characters
_SCRIPT_SHARE = 0.3  # of the letters; names and terms in Latin letters are everywhere

_WORD = re.compile("(?:[^\\W\\d_]|[\u0900-\u0963\u0591-\u05c7])+")  # vowel signs are no \\w
_SCRIPTS = {  # by name, or by the language that alone is written in it
    "ja": "\u3040-\u30ff\uff66-\uff9f",
    "zh": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "ko": "\uac00-\ud7af\u1100-\u11ff\u3130-\u318f",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u052f",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "devanagari": "\u0900-\u097f",
    "bn": "\u0980-\u09ff",
    "ta": "\u0b80-\u0bff",
    "th": "\u0e00-\u0e7f",
    "ka": "\u10a0-\u10ff",
    "hy": "\u0530-\u058f",
    "latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
}
_LETTERS = {script: re.compile(f"[{letters}]") for script, letters in _SCRIPTS.items()}
_LANGUAGES = {
    script: {language: frozenset(words.split()) for language, words in languages.items()}
    for script, languages in FUNCTION_WORDS.items()
}


# Too close to one of the above to be told from it by its words.
_LOOKS_LIKE = {"no": "nb", "nn": "nb", "bs": "hr", "sr": "hr", "ms": "id"}
_PROSE = ("paragraph", "list", "quote", "heading")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def document_language(declared: str | None, blocks: Iterable[Block]) -> str | None:
    """The language (ISO 639-1) of a document: as declared, unless its text plainly is in another;
    None if neither tells."""
    text = _prose(blocks)
    detected = detect_language(text)
    if detected is None or declared is None:
        return declared or detected
    if _LOOKS_LIKE.get(declared) == detected:
        return declared
    scripts = {language: script for script, known in _LANGUAGES.items() for language in known}
    same_script = detected in scripts and scripts.get(declared, "latin") == scripts[detected]
    unknown = declared not in scripts or len(text) < _LEAST_TO_OVERRULE
    return declared if same_script and unknown else detected


def _prose(blocks: Iterable[Block]) -> str:
    parts: list[str] = []
    size = 0
    for block in blocks:
        if block.kind in _PROSE and size < _SAMPLE:
            parts.append(_CODE.sub("", block.text[:_SAMPLE]))
            size += len(parts[-1])
    return "\n".join(parts)


def detect_language(text: str) -> str | None:
    """The language (ISO 639-1) of running text, without code; None when unsure."""
    sample = text[:_SAMPLE]
    script = _script(sample)
    if script not in _LANGUAGES:
        return script
    words = Counter(word.lower() for word in _WORD.findall(sample))
    found = {
        language: {word: count for word, count in words.items() if word in known}
        for language, known in _LANGUAGES[script].items()
    }
    best = max(found, key=lambda language: sum(found[language].values()))
    hits = sum(found[best].values())
    if hits < max(_LEAST_WORDS, _LEAST_SHARE * words.total()):
        return None
    rivals = (found[language] for language in found if language != best)
    return best if all(_leads(found[best], rival) for rival in rivals) else None


def _leads(best: dict[str, int], rival: dict[str, int]) -> bool:
    """Whether, of the words that only one of the two has, enough are the first one's."""
    own = sum(count for word, count in best.items() if word not in rival)
    other = sum(count for word, count in rival.items() if word not in best)
    return own > _LEAD * other + 1


def _script(sample: str) -> str | None:
    """The script of most letters, as the language if there is but one for it."""
    if sample.isascii():
        return "latin" if len(_LETTERS["latin"].findall(sample)) >= _LEAST_LETTERS else None
    counts = {script: len(letters.findall(sample)) for script, letters in _LETTERS.items()}
    total = sum(counts.values())
    if total < _LEAST_LETTERS:
        return None
    latin = counts.pop("latin")
    counts["ja"] += counts["zh"] if counts["ja"] > _KANA_SHARE * counts["zh"] else 0
    script = max(counts, key=lambda name: counts[name])
    if counts[script] > _SCRIPT_SHARE * total:
        return script
    return "latin" if latin > (1 - _SCRIPT_SHARE) * total else None
