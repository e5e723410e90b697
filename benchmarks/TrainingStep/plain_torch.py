"""The same model, loss, clipping and AdamW as a plain PyTorch program would have them, timed step by step.

    plain_torch.py WEIGHTS BATCH_SIZE STEPS [THREADS]

Attention and rotary positions are written out, as PyTorch 1.13 has no fused attention; everything else is PyTorch's own
(Linear, Embedding, silu, softmax, cross_entropy, clip_grad_norm_, AdamW). Prints the same JSON as the C# worker.
"""
import json
import math
import resource
import struct
import sys
import time

import numpy as np
import torch
from torch import nn

VOCAB, CONTEXT, WIDTH, LAYERS, HEADS, INNER = 10_000, 256, 512, 4, 16, 1344


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Attention(nn.Module):
    def __init__(self, cos, sin):
        super().__init__()
        self.q_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.v_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.output_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.cos, self.sin = cos, sin
        self.future = torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).triu(1)

    def rotate(self, x):
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack((even * self.cos - odd * self.sin, even * self.sin + odd * self.cos), -1).flatten(-2)

    def forward(self, x):
        def split(y):
            return y.view(y.shape[0], y.shape[1], HEADS, -1).transpose(1, 2)

        q, k, v = self.rotate(split(self.q_proj(x))), self.rotate(split(self.k_proj(x))), split(self.v_proj(x))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        weights = torch.softmax(scores.masked_fill(self.future, -math.inf), -1)
        return self.output_proj((weights @ v).transpose(1, 2).flatten(-2))


class SwiGLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Linear(WIDTH, INNER, bias=False)
        self.w2 = nn.Linear(INNER, WIDTH, bias=False)
        self.w3 = nn.Linear(WIDTH, INNER, bias=False)

    def forward(self, x):
        return self.w2(nn.functional.silu(self.w1(x)) * self.w3(x))


class Block(nn.Module):
    def __init__(self, cos, sin):
        super().__init__()
        self.ln1, self.attn, self.ln2, self.ffn = RMSNorm(), Attention(cos, sin), RMSNorm(), SwiGLU()

    def forward(self, x):
        x = x + self.attn(self.ln1(x))
        return x + self.ffn(self.ln2(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        size = WIDTH // HEADS
        angles = torch.outer(torch.arange(CONTEXT).double(), 10_000.0 ** (-torch.arange(0, size, 2).double() / size))
        cos, sin = angles.cos().float(), angles.sin().float()
        self.token_embeddings = nn.Embedding(VOCAB, WIDTH)
        self.layers = nn.ModuleList([Block(cos, sin) for _ in range(LAYERS)])
        self.ln_final = RMSNorm()
        self.lm_head = nn.Linear(WIDTH, VOCAB, bias=False)

    def forward(self, ids):
        x = self.token_embeddings(ids)
        for layer in self.layers:
            x = layer(x)
        return self.lm_head(self.ln_final(x))


def read_safetensors(path):
    raw = open(path, "rb").read()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(raw[begin:end], dtype=np.float32).reshape(entry["shape"]).copy())
    return tensors


def make_batch(size):
    state, rows = 1, []

    def following():
        nonlocal state
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        return state // 65_536 % VOCAB

    for _ in range(size):
        rows.append([following() for _ in range(CONTEXT + 1)])
    ids = torch.tensor(rows)
    return ids[:, :-1], ids[:, 1:]


def main():
    weights, batch_size, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 2)
    model = Model()
    model.load_state_dict(read_safetensors(weights))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    inputs, targets = make_batch(batch_size)
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        loss.backward()
        value = loss.item()
        backward = time.perf_counter()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        clip = time.perf_counter()
        optimizer.step()
        end = time.perf_counter()
        times.append(dict(forward_backward=backward - start, clip=clip - backward, optimizer=end - clip, loss=value))
    print(json.dumps(dict(steps=times, peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, version=torch.__version__)))


if __name__ == "__main__":
    main()
