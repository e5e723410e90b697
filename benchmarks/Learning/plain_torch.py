"""A plain PyTorch training loop of the same model on a text as bytes, with nanoGPT's small CPU budget.

    plain_torch.py TEXT PEAK_RATE STEPS [TIMED]

4 layers, 4 heads, width 128, d_ff 344, windows of 64, batches of 12; AdamW (0.9, 0.95, decay 0.1), warm-up for a twentieth of
STEPS and a cosine down to a tenth over all, clipping at 1; the first 90% of the bytes train, the rest validates in windows of 64
that do not overlap. With TIMED it only times that many. Prints one JSON object.
"""
import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn

from plain_transformer import Model, Shape

SHAPE = Shape(vocab=256, context=64, width=128, layers=4, heads=4, inner=344)
CONTEXT, BATCH, THREADS = SHAPE.context, 12, 2


def rate(t, peak, total):
    warmup = total // 20
    if t < warmup:
        return peak * t / warmup
    return peak / 10 + 0.5 * (1 + math.cos(math.pi * (t - warmup) / (total - warmup))) * (peak - peak / 10)


def main():
    peak, total = float(sys.argv[2]), int(sys.argv[3])
    timed = int(sys.argv[4]) if len(sys.argv) > 4 else None
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    text = torch.from_numpy(np.fromfile(sys.argv[1], dtype=np.uint8)).long()
    split = len(text) - len(text) // 10
    training, validation = text[:split], text[split:]
    model = Model(SHAPE)
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.95), weight_decay=0.1)
    offsets = torch.arange(CONTEXT + 1)
    warm, steps = (0, total) if timed is None else (10, timed)
    began = time.perf_counter()
    for step in range(steps + warm):
        if step == warm:
            began = time.perf_counter()
        optimizer.param_groups[0]["lr"] = rate(step, peak, total)
        windows = training[torch.randint(split - CONTEXT, (BATCH, 1)) + offsets]
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    seconds = time.perf_counter() - began
    result = dict(seconds=seconds, steps=steps, version=torch.__version__)
    if timed is None:
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
