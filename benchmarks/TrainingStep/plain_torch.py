"""The same model, loss, clipping and AdamW as a plain PyTorch program would have them, timed step by step.

    plain_torch.py MODEL WEIGHTS BATCH_SIZE STEPS [THREADS]

The model is plain_transformer.py's; cross_entropy, clip_grad_norm_ and AdamW are PyTorch's own. Prints the same JSON as the
C# worker.
"""
import json
import resource
import struct
import sys
import time

import numpy as np
import torch
from torch import nn

from plain_transformer import Model, Shape

SHAPES = {
    "tinystories": Shape(vocab=10_000, context=256, width=512, layers=4, heads=16, inner=1344),
    "gpt2-small": Shape(vocab=50_257, context=1024, width=768, layers=12, heads=12, inner=2048),
}


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


def make_batch(shape, size):
    state, rows = 1, []

    def following():
        nonlocal state
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        return state // 65_536 % shape.vocab

    for _ in range(size):
        rows.append([following() for _ in range(shape.context + 1)])
    ids = torch.tensor(rows)
    return ids[:, :-1], ids[:, 1:]


def main():
    shape, weights, batch_size, steps = SHAPES[sys.argv[1]], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(int(sys.argv[5]) if len(sys.argv) > 5 else 2)
    model = Model(shape)
    model.load_state_dict(read_safetensors(weights))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)
    inputs, targets = make_batch(shape, batch_size)
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
