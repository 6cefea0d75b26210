"""The model: MiniLM's encoder over a question and a passage, with three small heads.

BERT (Devlin et al. 2018, https://arxiv.org/abs/1810.04805), 6 layers of 384, begun from
all-MiniLM-L6-v2 (Apache-2.0). Heads: where the answer starts and ends (on every token; on [CLS] for
"not here"), whether the passage answers at all, and how relevant it is (both on [CLS]).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cevvo_reader_training.start import start_weights

LAYERS, HIDDEN, INNER, HEADS = 6, 384, 1536, 12
VOCABULARY, POSITIONS = 30522, 512
ANSWERABLE, RELEVANT = 0, 1  # columns of the second output


class Layer(nn.Module):
    """One encoder layer."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.output = nn.Linear(HIDDEN, HIDDEN)
        self.attention_norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.inner = nn.Linear(HIDDEN, INNER)
        self.outer = nn.Linear(INNER, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """States (batch, tokens, HIDDEN); ``bias`` (batch, 1, 1, tokens) is 0 on tokens, else low.

        The products are written out: torch 2.14's own attention takes four times as long on a CPU
        in bfloat16 with heads as small as these.
        """
        batch, tokens, _ = states.shape
        width = HIDDEN // HEADS
        query, key, value = (
            part.reshape(batch * HEADS, tokens, width)
            for part in self.attention(states)
            .view(batch, tokens, 3, HEADS, width)
            .permute(2, 0, 3, 1, 4)
        )
        scores = torch.bmm(query * width**-0.5, key.transpose(1, 2))
        scores = scores.view(batch, HEADS, tokens, tokens) + bias.to(scores.dtype)
        with torch.autocast("cpu", enabled=False):  # which would make it float32
            shares = torch.softmax(scores, -1).view(batch * HEADS, tokens, tokens)
        attended = torch.bmm(shares, value).view(batch, HEADS, tokens, width)
        attended = attended.transpose(1, 2).reshape(batch, tokens, HIDDEN)
        states = self.attention_norm(states + self.output(attended))
        return self.norm(states + self.outer(functional.gelu(self.inner(states))))


class ReaderModel(nn.Module):
    """See the module. The embeddings and the lowest ``frozen`` layers are not trained."""

    def __init__(self, frozen: int = 0) -> None:
        super().__init__()
        self.frozen = frozen
        self.word = nn.Embedding(VOCABULARY, HIDDEN)
        self.position = nn.Embedding(POSITIONS, HIDDEN)
        self.kind = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span = nn.Linear(HIDDEN, 2)
        self.whole = nn.Linear(HIDDEN, 2)
        fixed = [self.word, self.position, self.kind, self.norm, *self.layers[:frozen]]
        for each in fixed:
            each.requires_grad_(False)

    def forward(self, ids: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """``ids`` (batch, tokens), 0 where there is none, ``kinds`` 1 on the passage.

        Span logits (batch, tokens, 2) and whole logits (batch, 2)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        bias = torch.where(ids == 0, -1e4, 0.0)[:, None, None, :]
        with torch.no_grad():
            states = self.norm(self.word(ids) + self.position(places) + self.kind(kinds))
            for layer in self.layers[: self.frozen]:
                states = layer(states, bias)
        for layer in self.layers[self.frozen :]:
            states = layer(states, bias)
        return self.span(states), self.whole(states[:, 0])


def begin(seed: int, frozen: int) -> ReaderModel:
    """A model with the start weights; the heads are drawn by ``seed``."""
    torch.manual_seed(seed)
    model = ReaderModel(frozen)
    source = {name: torch.tensor(values) for name, values in start_weights().items()}
    state = {
        "word.weight": source["embeddings.word_embeddings.weight"],
        "position.weight": source["embeddings.position_embeddings.weight"],
        "kind.weight": source["embeddings.token_type_embeddings.weight"],
    }
    state |= _pair(source, "embeddings.LayerNorm", "norm")
    for index in range(LAYERS):
        old, new = f"encoder.layer.{index}", f"layers.{index}"
        for part in ("weight", "bias"):
            parts = [
                source[f"{old}.attention.self.{name}.{part}"] for name in ("query", "key", "value")
            ]
            state[f"{new}.attention.{part}"] = torch.cat(parts)
        state |= _pair(source, f"{old}.attention.output.dense", f"{new}.output")
        state |= _pair(source, f"{old}.attention.output.LayerNorm", f"{new}.attention_norm")
        state |= _pair(source, f"{old}.intermediate.dense", f"{new}.inner")
        state |= _pair(source, f"{old}.output.dense", f"{new}.outer")
        state |= _pair(source, f"{old}.output.LayerNorm", f"{new}.norm")
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected
    assert {name.split(".")[0] for name in missing} == {"span", "whole"}
    for head in (model.span, model.whole):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    return model


def _pair(source: dict[str, Tensor], old: str, new: str) -> dict[str, Tensor]:
    return {f"{new}.{part}": source[f"{old}.{part}"] for part in ("weight", "bias")}
