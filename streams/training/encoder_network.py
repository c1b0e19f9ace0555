"""The encoder as a network to be trained, and as it is shipped: for one text."""

import math

import torch
from torch import Tensor, nn

from streams.articles.encoder.encoder import RELATIONS
from streams.articles.encoder.reading import LABELS
from streams.articles.encoder.window import MOST_COMPANIES
from streams.training.encoder_weights import Pretrained

LAYERS = 8
STATUSES = 5
TYPES = 2
_NARROW = 128
_BLOCKS = 8
_EPSILON = 1e-12
_NOTHING = -1e4


class Layer(nn.Module):
    """One layer of the encoder: attention, then two linear maps."""

    def __init__(self, given: Pretrained, number: int) -> None:
        super().__init__()
        size, hidden = given.size, given.hidden
        self.heads = given.heads
        self.asked = nn.Linear(size, 3 * size)
        self.joined = nn.Linear(size, size)
        self.first_norm = nn.LayerNorm(size, eps=_EPSILON)
        self.widened = nn.Linear(size, hidden)
        self.narrowed = nn.Linear(hidden, size)
        self.second_norm = nn.LayerNorm(size, eps=_EPSILON)
        self.dropout = nn.Dropout(0.1)

        def tensor(name: str) -> Tensor:
            return torch.tensor(given.tensors[f"l{number}.{name}"])

        with torch.no_grad():
            self.asked.weight.copy_(torch.cat([tensor(f"{x}.w").view(size, size) for x in "qkv"]))
            self.asked.bias.copy_(torch.cat([tensor(f"{x}.b") for x in "qkv"]))
            for module, name in (
                (self.joined, "ao"),
                (self.first_norm, "aln"),
                (self.widened, "fi"),
                (self.narrowed, "fo"),
                (self.second_norm, "oln"),
            ):
                module.weight.copy_(tensor(f"{name}.w").view_as(module.weight))
                module.bias.copy_(tensor(f"{name}.b"))

    def forward(self, states: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """States after the layer, and the attention (texts, heads, pieces, pieces)."""
        texts, pieces, size = states.shape
        asked = self.asked(states).view(texts, pieces, 3, self.heads, size // self.heads)
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-1, -2) / math.sqrt(size // self.heads)
        attention = torch.softmax(scores.float() + bias, -1)
        seen = (attention.to(value.dtype) @ value).transpose(1, 2).reshape(texts, pieces, size)
        states = self.first_norm(states + self.dropout(self.joined(seen)))
        grown = self.narrowed(nn.functional.gelu(self.widened(states)))
        return self.second_norm(states + self.dropout(grown)), attention


class Trunk(nn.Module):
    """The layers that both networks begin with; each has its own weights."""

    def __init__(self, given: Pretrained) -> None:
        super().__init__()
        size = given.size
        places = torch.tensor(given.tensors["emb.pos"]).view(-1, size)
        self.place = nn.Parameter(places + torch.tensor(given.tensors["emb.type"])[:size])
        self.norm = nn.LayerNorm(size, eps=_EPSILON)
        with torch.no_grad():
            self.norm.weight.copy_(torch.tensor(given.tensors["emb.ln.w"]))
            self.norm.bias.copy_(torch.tensor(given.tensors["emb.ln.b"]))
        self.layers = nn.ModuleList(Layer(given, number) for number in range(LAYERS))
        self.dropout = nn.Dropout(0.1)

    def read(self, vectors: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """States (texts, pieces, size) and the attention of the last layer."""
        states = self.dropout(self.norm(vectors + self.place[: vectors.shape[1]]))
        attention = states
        for layer in self.layers:
            states, attention = layer(states, bias)
        return states, attention


class NameNetwork(Trunk):
    """From vectors of pieces to labels of words: outside, begin and inside of names and products."""

    def __init__(self, given: Pretrained) -> None:
        super().__init__(given)
        self.head = nn.Sequential(
            nn.Linear(given.size, _NARROW), nn.ReLU(), nn.Dropout(0.1), nn.Linear(_NARROW, LABELS)
        )

    def forward(self, vectors: Tensor, bias: Tensor, at: Tensor) -> Tensor:
        """Scores (texts, words, labels); `at` (texts, words) is the piece at which a word begins."""
        states, _ = self.read(vectors, bias)
        words = states.gather(1, at.unsqueeze(-1).expand(-1, -1, states.shape[-1]))
        scores: Tensor = self.head(words)
        return scores


class NamesOfOneText(nn.Module):
    """The network of names for one text."""

    def __init__(self, network: NameNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, vectors: Tensor, at: Tensor) -> Tensor:
        """Log-probabilities (words, labels)."""
        return torch.log_softmax(self.network(vectors[None], torch.zeros(1), at[None])[0], -1)


class EncoderNetwork(Trunk):
    """From vectors of pieces, and marks of where which company stands, to relations of pairs."""

    def __init__(self, given: Pretrained) -> None:
        super().__init__(given)
        size = given.size
        self.kind = nn.Embedding(4, size, padding_idx=0)
        self.company = nn.Embedding(MOST_COMPANIES + 1, size, padding_idx=0)
        for embedding in (self.kind, self.company):
            nn.init.normal_(embedding.weight, 0, 0.02)
            with torch.no_grad():
                embedding.weight[0] = 0
        self.head = nn.Linear(2 * size, _NARROW)
        self.tail = nn.Linear(2 * size, _NARROW)
        self.together = nn.Linear(_NARROW * _NARROW // _BLOCKS, _NARROW)
        self.apart = nn.Linear(3 * size, _NARROW)
        self.heavy = nn.Dropout(0.15)
        self.relation = nn.Linear(_NARROW, RELATIONS)
        self.status = nn.Linear(_NARROW, TYPES * STATUSES)

    def forward(
        self,
        vectors: Tensor,
        bias: Tensor,
        kind: Tensor,
        company: Tensor,
        spread: Tensor,
        begins: Tensor,
        counts: Tensor,
        text: Tensor,
        left: Tensor,
        right: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Log-odds (pairs, relations) and status scores (pairs, types, statuses).

        A pair is two companies of one text: its vector is that of their namings and of what both
        attend to (localised context, Zhou et al., AAAI 2021).
        """
        states, attention = self.read(vectors + self.kind(kind) + self.company(company), bias)
        states = states.float()
        texts, companies, most = begins.shape
        at = begins.view(texts, companies * most, 1).expand(-1, -1, states.shape[-1])
        named = states.gather(1, at).view(texts, companies, most, -1)
        named = torch.logsumexp(named + (counts.unsqueeze(-1) - 1) * -_NOTHING, 2)
        seen = torch.matmul(spread.unsqueeze(1), attention.float()).transpose(1, 2)
        both = (seen[text, left] * seen[text, right]).sum(1)
        both = both / (both.sum(-1, keepdim=True) + 1e-6)
        parts = (
            [both[text == n] @ states[n] for n in range(texts)] if texts > 1 else [both @ states[0]]
        )
        context = torch.cat(parts)
        one, other = named[text, left], named[text, right]
        either = self._bilinear(one, other, context) + self._bilinear(other, one, context)
        plain = self.apart(torch.cat([one + other, (one - other).abs(), context], -1))
        told = self.heavy(torch.relu(either + plain))
        return self.relation(told), self.status(told).view(-1, TYPES, STATUSES)

    def _bilinear(self, one: Tensor, other: Tensor, context: Tensor) -> Tensor:
        head = torch.tanh(self.head(torch.cat([one, context], -1)))
        tail = torch.tanh(self.tail(torch.cat([other, context], -1)))
        width = _NARROW // _BLOCKS
        head, tail = head.view(-1, _BLOCKS, width, 1), tail.view(-1, _BLOCKS, 1, width)
        product: Tensor = self.together(
            self.heavy((head * tail).reshape(-1, _BLOCKS * width * width))
        )
        return product


class OneText(nn.Module):
    """The network for one text."""

    def __init__(self, network: EncoderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        vectors: Tensor,
        kind: Tensor,
        company: Tensor,
        spread: Tensor,
        begins: Tensor,
        counts: Tensor,
        left: Tensor,
        right: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Log-odds (pairs, relations) and log-probabilities of the statuses."""
        odds, status = self.network(
            vectors[None],
            torch.zeros(1),
            kind[None],
            company[None],
            spread[None],
            begins[None],
            counts[None],
            torch.zeros_like(left),
            left,
            right,
        )
        return odds, torch.log_softmax(status, -1)
