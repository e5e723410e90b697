#!/usr/bin/env python3
"""Writes the golden files beside this script: five steps of training as PyTorch does them.

    apt-get install python3-torch python3-numpy
    python3 make_golden.py

Each folder holds a model as Cs336.Transformer reads it, and in expected.safetensors five batches of token ids with the
learning rates, losses and gradient norms of five steps, and the weights after them: cross_entropy, clip_grad_norm_ and
torch.optim.AdamW on the plain model of ../../Cs336.Transformer.Tests/golden/make_golden.py, in float64 so that their own
rounding does not count.
"""
import importlib.util
import json
import math
from pathlib import Path

import torch

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("model", HERE.parent.parent / "Cs336.Transformer.Tests" / "golden" / "make_golden.py")
MODEL = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MODEL)

STEPS, BATCH, LENGTH = 5, 4, 9
MAX_RATE, MIN_RATE, WARMUP, COSINE = 1e-2, 1e-3, 2, 4
MAX_NORM = 3.0  # some steps are clipped, some are not
ADAMW = dict(betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1)


def rate(t):
    if t < WARMUP:
        return t / WARMUP * MAX_RATE
    if t <= COSINE:
        return MIN_RATE + 0.5 * (1 + math.cos(math.pi * (t - WARMUP) / (COSINE - WARMUP))) * (MAX_RATE - MIN_RATE)
    return MIN_RATE


def main():
    for seed, name in enumerate(("base", "grouped-tied")):
        config = {**MODEL.BASE, **MODEL.VARIANTS[name]}
        torch.manual_seed(100 + seed)
        weights = {
            key: (torch.randn(shape) * (0.3 if len(shape) == 2 else 0.1) + (0 if len(shape) == 2 else 1)).double().requires_grad_()
            for key, shape in MODEL.weight_shapes(config).items()
        }
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        MODEL.save(folder / "model.safetensors", {key: value.detach().float().numpy() for key, value in weights.items()})
        ids = torch.randint(config["vocab_size"], (STEPS, BATCH, LENGTH + 1))
        optimizer = torch.optim.AdamW(weights.values(), lr=0, **ADAMW)
        losses, norms = [], []
        for step in range(STEPS):
            optimizer.param_groups[0]["lr"] = rate(step)
            optimizer.zero_grad()
            logits = MODEL.forward(config, weights, ids[step, :, :-1])
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[step, :, 1:].flatten())
            loss.backward()
            norms.append(torch.nn.utils.clip_grad_norm_(weights.values(), MAX_NORM).item())
            optimizer.step()
            losses.append(loss.item())
        MODEL.save(folder / "expected.safetensors", {
            "ids": ids.numpy(),
            "learning_rates": torch.tensor([rate(step) for step in range(STEPS)]).numpy(),
            "losses": torch.tensor(losses).numpy(),
            "norms": torch.tensor(norms).numpy(),
            **{"weight." + key: value.detach().float().numpy() for key, value in weights.items()},
        })
        print(f"{name}: losses {losses}, norms {norms}")


if __name__ == "__main__":
    main()
