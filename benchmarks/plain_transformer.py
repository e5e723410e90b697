"""The model as a plain PyTorch program would have it, for the benchmarks' plain_torch.py, beside which the build puts it.

Attention and rotary positions are written out, as PyTorch 1.13 has no fused attention; everything else is PyTorch's own
(Linear, Embedding, silu, softmax). Parameters have the names, and the distributions at the start, that the libraries give them.
"""
import math
from typing import NamedTuple

import torch
from torch import nn


class Shape(NamedTuple):
    vocab: int
    context: int
    width: int
    layers: int
    heads: int
    inner: int


def linear(inputs, outputs):
    layer = nn.Linear(inputs, outputs, bias=False)
    deviation = math.sqrt(2 / (inputs + outputs))
    nn.init.trunc_normal_(layer.weight, std=deviation, a=-3 * deviation, b=3 * deviation)
    return layer


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Attention(nn.Module):
    def __init__(self, shape, cos, sin):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.output_proj = (linear(shape.width, shape.width) for _ in range(4))
        self.heads, self.cos, self.sin = shape.heads, cos, sin
        self.future = torch.ones(shape.context, shape.context, dtype=torch.bool).triu(1)

    def rotate(self, x):
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack((even * self.cos - odd * self.sin, even * self.sin + odd * self.cos), -1).flatten(-2)

    def forward(self, x):
        def split(y):
            return y.view(y.shape[0], y.shape[1], self.heads, -1).transpose(1, 2)

        q, k, v = self.rotate(split(self.q_proj(x))), self.rotate(split(self.k_proj(x))), split(self.v_proj(x))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        weights = torch.softmax(scores.masked_fill(self.future, -math.inf), -1)
        return self.output_proj((weights @ v).transpose(1, 2).flatten(-2))


class SwiGLU(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.w1, self.w2, self.w3 = linear(shape.width, shape.inner), linear(shape.inner, shape.width), linear(shape.width, shape.inner)

    def forward(self, x):
        return self.w2(nn.functional.silu(self.w1(x)) * self.w3(x))


class Block(nn.Module):
    def __init__(self, shape, cos, sin):
        super().__init__()
        self.ln1, self.attn = RMSNorm(shape.width), Attention(shape, cos, sin)
        self.ln2, self.ffn = RMSNorm(shape.width), SwiGLU(shape)

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.ffn(self.ln2(x))


class Model(nn.Module):
    """Logits (batch, context, vocab) of ids (batch, context): always whole windows."""

    def __init__(self, shape):
        super().__init__()
        size = shape.width // shape.heads
        angles = torch.outer(torch.arange(shape.context).double(), 10_000.0 ** (-torch.arange(0, size, 2).double() / size))
        cos, sin = angles.cos().float(), angles.sin().float()
        self.token_embeddings = nn.Embedding(shape.vocab, shape.width)
        nn.init.trunc_normal_(self.token_embeddings.weight, std=1, a=-3, b=3)
        self.layers = nn.ModuleList([Block(shape, cos, sin) for _ in range(shape.layers)])
        self.ln_final = RMSNorm(shape.width)
        self.lm_head = linear(shape.width, shape.vocab)

    def forward(self, ids):
        x = self.token_embeddings(ids)
        for layer in self.layers:
            x = layer(x)
        return self.lm_head(self.ln_final(x))
