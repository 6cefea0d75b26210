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

    def __init__(self, hidden: int = HIDDEN, inner: int = INNER, epsilon: float = 1e-12) -> None:
        super().__init__()
        self.attention = nn.Linear(hidden, 3 * hidden)
        self.output = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, eps=epsilon)
        self.inner = nn.Linear(hidden, inner)
        self.outer = nn.Linear(inner, hidden)
        self.norm = nn.LayerNorm(hidden, eps=epsilon)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """States (batch, tokens, hidden); ``bias``, added to the attention's scores, is low where
        there is no token: (batch, 1 or HEADS, 1 or tokens, tokens)."""
        batch, tokens, hidden = states.shape
        query, key, value = (
            self.attention(states)
            .view(batch, tokens, 3, HEADS, hidden // HEADS)
            .permute(2, 0, 3, 1, 4)
        )
        if states.is_cuda:
            shape = (batch, HEADS, tokens, tokens)
            low = bias.to(query.dtype).expand(shape)
            attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=low)
        else:
            attended = _attended(query, key, value, bias)
        attended = attended.transpose(1, 2).reshape(batch, tokens, hidden)
        states = self.attention_norm(states + self.output(attended))
        return self.norm(states + self.outer(functional.gelu(self.inner(states))))


def _attended(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Attention as two products: torch 2.14's own takes four times as long on a CPU in bfloat16
    with heads as small as these. Shapes (batch, HEADS, tokens, width)."""
    batch, _, tokens, width = query.shape
    flat = batch * HEADS, tokens, width
    query = (query * width**-0.5).reshape(flat)
    scores = torch.bmm(query, key.reshape(flat).transpose(1, 2))
    scores = scores.view(batch, HEADS, tokens, tokens) + bias.to(scores.dtype)
    shares = torch.softmax(scores, -1).view(batch * HEADS, tokens, tokens)
    return torch.bmm(shares, value.reshape(flat)).view(batch, HEADS, tokens, width)


class ReaderModel(nn.Module):
    """See the module. The word embeddings are not trained, nor, if any is, the other embeddings and
    the lowest ``frozen`` layers."""

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
        fixed = [self.position, self.kind, self.norm, *self.layers[:frozen]] if frozen else []
        for each in (self.word, *fixed):
            each.requires_grad_(False)

    def forward(self, ids: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """``ids`` (batch, tokens), 0 where there is none, ``kinds`` 1 on the passage.

        Span logits (batch, tokens, 2) and whole logits (batch, 2)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        bias = torch.where(ids == 0, -1e4, 0.0)[:, None, None, :]
        states = self.norm(self.word(ids) + self.position(places) + self.kind(kinds))
        for layer in self.layers:
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
    begin_heads(model)
    return model


def begin_heads(model: nn.Module) -> None:
    """Draw the weights of ``span`` and ``whole``."""
    for head in (model.span, model.whole):
        assert isinstance(head, nn.Linear)
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)


def _pair(source: dict[str, Tensor], old: str, new: str) -> dict[str, Tensor]:
    return {f"{new}.{part}": source[f"{old}.{part}"] for part in ("weight", "bias")}
