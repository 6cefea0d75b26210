"""The teacher: MPNet's encoder with the reader's heads, from which the reader learns.

MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297), 12 layers of 768, begun from
all-mpnet-base-v2 (Apache-2.0). It takes the reader's tokens, which are its own but for the special
ones, so that what it says of a token is said of the reader's. It never ships: it is five times the
reader's size, and takes ten times as long.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cevvo.providers.wordpiece import CLS, SEP
from cevvo_reader_training.model import HEADS, POSITIONS, Layer, begin_heads

LAYERS, HIDDEN, INNER, EPSILON = 12, 768, 3072, 1e-5
_VOCABULARY = 30527
_MOVED = 4  # a token's number is the reader's and this
_CLS, _PAD, _SEP = 0, 1, 2
_FIRST_POSITION = 2
_BUCKETS, _FARTHEST = 32, 128  # of the distances between two tokens


class TeacherModel(nn.Module):
    """See the module. The word embeddings are not trained, nor what distances count for."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(_VOCABULARY, HIDDEN)
        self.position = nn.Embedding(POSITIONS + _FIRST_POSITION, HIDDEN)
        self.kind = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.distance = nn.Embedding(_BUCKETS, HEADS)
        self.layers = nn.ModuleList(Layer(HIDDEN, INNER, EPSILON) for _ in range(LAYERS))
        self.span = nn.Linear(HIDDEN, 2)
        self.whole = nn.Linear(HIDDEN, 2)
        for each in (self.word, self.distance):
            each.requires_grad_(False)

    def forward(self, ids: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """As ``ReaderModel``, of the same ``ids``."""
        own = ids + _MOVED
        for number, special in ((CLS, _CLS), (SEP, _SEP), (0, _PAD)):
            own = own.masked_fill(ids == number, special)
        places = torch.arange(ids.shape[1], device=ids.device)
        far = self.distance(_bucket(places[None, :] - places[:, None])).permute(2, 0, 1)
        bias = far[None] + torch.where(ids == 0, -1e4, 0.0)[:, None, None, :]
        bias = bias.to(torch.bfloat16)  # once for all layers
        embedded = self.word(own) + self.position(places + _FIRST_POSITION) + self.kind(kinds)
        states = self.norm(embedded)
        for layer in self.layers:
            states = layer(states, bias)
        return self.span(states), self.whole(states[:, 0])


def _bucket(distance: Tensor) -> Tensor:
    """T5's buckets (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, section 2.1): half of
    them for what is to the right; near distances each their own, far ones by their logarithm."""
    half = _BUCKETS // 2
    near = half // 2
    size = distance.abs()
    ratio = torch.log(size.clamp(min=1) / near) / torch.log(torch.tensor(_FARTHEST / near))
    far = (near + (ratio * (half - near)).long()).clamp(max=half - 1)
    return half * (distance > 0) + torch.where(size < near, size, far)


def begin_teacher(weights: dict[str, NDArray[np.float32]], seed: int) -> TeacherModel:
    """A model with the start weights, see ``start``; the heads are drawn by ``seed``."""
    torch.manual_seed(seed)
    model = TeacherModel()
    source = {name: torch.from_numpy(values.copy()) for name, values in weights.items()}
    state = {
        "word.weight": source["embeddings.word_embeddings.weight"],
        "position.weight": source["embeddings.position_embeddings.weight"],
        "kind.weight": torch.zeros(2, HIDDEN),
        "distance.weight": source["encoder.relative_attention_bias.weight"],
    }
    renamed = {"norm": "embeddings.LayerNorm"}
    for index in range(LAYERS):
        old, new = f"encoder.layer.{index}", f"layers.{index}"
        for part in ("weight", "bias"):
            parts = [source[f"{old}.attention.attn.{name}.{part}"] for name in ("q", "k", "v")]
            state[f"{new}.attention.{part}"] = torch.cat(parts)
        renamed |= {
            f"{new}.output": f"{old}.attention.attn.o",
            f"{new}.attention_norm": f"{old}.attention.LayerNorm",
            f"{new}.inner": f"{old}.intermediate.dense",
            f"{new}.outer": f"{old}.output.dense",
            f"{new}.norm": f"{old}.output.LayerNorm",
        }
    for own, theirs in renamed.items():
        state |= {f"{own}.{part}": source[f"{theirs}.{part}"] for part in ("weight", "bias")}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected
    assert {name.split(".")[0] for name in missing} == {"span", "whole"}
    begin_heads(model)
    return model
