"""A plain PyTorch training loop of the same model on a text as bytes, with nanoGPT's small CPU budget.

    plain_torch.py TEXT PEAK_RATE [STEPS [THREADS]]

4 layers, 4 heads, width 128, d_ff 344, windows of 64, batches of 12; AdamW (0.9, 0.95, decay 0.1), 100 warm-up steps and a
cosine down to a tenth over 2,000 steps, clipping at 1; the first 90% of the bytes train, the rest validates in windows of 64
that do not overlap. STEPS below 2,000 only times that many. Prints one JSON object.
"""
import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn

VOCAB, CONTEXT, WIDTH, LAYERS, HEADS, INNER, BATCH, TOTAL, WARMUP = 256, 64, 128, 4, 4, 344, 12, 2_000, 100


def linear(inputs, outputs):
    layer = nn.Linear(inputs, outputs, bias=False)
    deviation = math.sqrt(2 / (inputs + outputs))
    nn.init.trunc_normal_(layer.weight, std=deviation, a=-3 * deviation, b=3 * deviation)
    return layer


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Attention(nn.Module):
    def __init__(self, cos, sin):
        super().__init__()
        self.q, self.k, self.v, self.output = (linear(WIDTH, WIDTH) for _ in range(4))
        self.cos, self.sin = cos, sin
        self.future = torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).triu(1)

    def rotate(self, x):
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack((even * self.cos - odd * self.sin, even * self.sin + odd * self.cos), -1).flatten(-2)

    def forward(self, x):
        def split(y):
            return y.view(y.shape[0], y.shape[1], HEADS, -1).transpose(1, 2)

        q, k, v = self.rotate(split(self.q(x))), self.rotate(split(self.k(x))), split(self.v(x))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        weights = torch.softmax(scores.masked_fill(self.future, -math.inf), -1)
        return self.output((weights @ v).transpose(1, 2).flatten(-2))


class Block(nn.Module):
    def __init__(self, cos, sin):
        super().__init__()
        self.ln1, self.attn, self.ln2 = RMSNorm(), Attention(cos, sin), RMSNorm()
        self.w1, self.w2, self.w3 = linear(WIDTH, INNER), linear(INNER, WIDTH), linear(WIDTH, INNER)

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        y = self.ln2(x)
        return x + self.w2(nn.functional.silu(self.w1(y)) * self.w3(y))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        size = WIDTH // HEADS
        angles = torch.outer(torch.arange(CONTEXT).double(), 10_000.0 ** (-torch.arange(0, size, 2).double() / size))
        self.embeddings = nn.Embedding(VOCAB, WIDTH)
        nn.init.trunc_normal_(self.embeddings.weight, std=1, a=-3, b=3)
        self.layers = nn.ModuleList([Block(angles.cos().float(), angles.sin().float()) for _ in range(LAYERS)])
        self.norm = RMSNorm()
        self.head = linear(WIDTH, VOCAB)

    def forward(self, ids):
        x = self.embeddings(ids)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))


def rate(t, peak):
    if t < WARMUP:
        return peak * t / WARMUP
    return peak / 10 + 0.5 * (1 + math.cos(math.pi * (t - WARMUP) / (TOTAL - WARMUP))) * (peak - peak / 10)


def main():
    peak, steps = float(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else TOTAL
    torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 2)
    torch.manual_seed(0)
    text = torch.from_numpy(np.fromfile(sys.argv[1], dtype=np.uint8)).long()
    split = len(text) - len(text) // 10
    training, validation = text[:split], text[split:]
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.95), weight_decay=0.1)
    offsets = torch.arange(CONTEXT + 1)
    warm = 0 if steps == TOTAL else 10
    began = time.perf_counter()
    for step in range(steps + warm):
        if step == warm:
            began = time.perf_counter()
        optimizer.param_groups[0]["lr"] = rate(step, peak)
        windows = training[torch.randint(split - CONTEXT, (BATCH, 1)) + offsets]
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    seconds = time.perf_counter() - began
    result = dict(seconds=seconds, steps=steps, version=torch.__version__)
    if steps == TOTAL:
        windows = (len(validation) - 1) // CONTEXT
        inputs = validation[: windows * CONTEXT].view(windows, CONTEXT)
        targets = validation[1 : windows * CONTEXT + 1].view(windows, CONTEXT)
        with torch.no_grad():
            losses = [
                nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum").item()
                for x, y in zip(inputs.split(64), targets.split(64))
            ]
        result["loss"] = sum(losses) / (windows * CONTEXT)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
