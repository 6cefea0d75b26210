"""The tokens of bert-base-uncased, which all models that ship here read.

``vocab.txt`` is that model's vocabulary (Apache-2.0).
"""

from functools import cache
from importlib import resources

from tokenizers import Encoding, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

CLS, SEP = 101, 102


class WordPieces:
    """Splits text into tokens. One for the whole process, see ``word_pieces``."""

    def __init__(self) -> None:
        words = (resources.files(__package__) / "vocab.txt").read_text("utf-8").splitlines()
        vocabulary = {word: index for index, word in enumerate(words)}
        self._tokenizer = Tokenizer(WordPiece(vocabulary))
        self._tokenizer.normalizer = BertNormalizer()
        self._tokenizer.pre_tokenizer = BertPreTokenizer()

    def encode(self, text: str) -> Encoding:
        """The tokens of ``text`` without special ones: ``ids``, and in ``offsets`` the range of
        characters that each stands for."""
        return self._tokenizer.encode(text, add_special_tokens=False)


@cache
def word_pieces() -> WordPieces:
    """The process's only one."""
    return WordPieces()
