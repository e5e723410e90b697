#!/usr/bin/env python3
"""Writes the golden files beside this script: what PyTorch computes for small models of every kind.

    apt-get install python3-torch python3-numpy
    python3 make_golden.py

Each folder holds a model as Cs336.Transformer reads it (config.json, model.safetensors), and in expected.safetensors token
ids with the logits, the loss and every gradient that a plain PyTorch model gives: the equations of the layers written out,
in float64 so that its own rounding does not count.
"""
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch

BASE = dict(vocab_size=23, context_length=10, d_model=12, num_layers=2, num_heads=2, d_ff=20, rope_theta=10000.0)
VARIANTS = {
    "base": {},
    "post-norm": dict(norm="post"),
    "no-norm": dict(norm="none"),
    "nope": dict(position="none"),
    "silu": dict(ffn="silu", d_ff=28),
    "grouped-tied": dict(num_heads=4, d_model=16, num_kv_heads=2, tied_embeddings=True, eps=1e-3, rope_theta=100.0),
    "relu2": dict(ffn="relu2", d_ff=28),
    "soft-cap": dict(logit_soft_cap=1.5),
    "embedding-scale": dict(embedding_scale=3.5, tied_embeddings=True),
    "window-pattern": dict(num_layers=5, window=3, window_pattern="SSSL"),
    "value-embeddings": dict(num_layers=3, num_heads=4, d_model=16, num_kv_heads=2, value_embeddings=True),
    "unet-skips": dict(num_layers=5, unet_skips=True),
    "every-switch": dict(
        num_layers=4, num_heads=4, d_model=16, num_kv_heads=2, ffn="relu2", logit_soft_cap=2.5, embedding_scale=4.0, tied_embeddings=True,
        window=3, window_pattern="SSSL", value_embeddings=True, unet_skips=True),
}
BATCH, LENGTH = 2, 9


def has_value_embeddings(config, layer):
    return config.get("value_embeddings", False) and (config["num_layers"] - 1 - layer) % 2 == 0


def has_skip(config, layer):
    return config.get("unet_skips", False) and layer >= config["num_layers"] - config["num_layers"] // 2


def weight_shapes(config):
    d, ff = config["d_model"], config["d_ff"]
    kv = d // config["num_heads"] * config.get("num_kv_heads", config["num_heads"])
    normed = config.get("norm", "pre") != "none"
    shapes = {"token_embeddings.weight": (config["vocab_size"], d)}
    for layer in range(config["num_layers"]):
        prefix = f"layers.{layer}."
        shapes[prefix + "attn.q_proj.weight"] = (d, d)
        shapes[prefix + "attn.k_proj.weight"] = (kv, d)
        shapes[prefix + "attn.v_proj.weight"] = (kv, d)
        shapes[prefix + "attn.output_proj.weight"] = (d, d)
        shapes[prefix + "ffn.w1.weight"] = (ff, d)
        shapes[prefix + "ffn.w2.weight"] = (d, ff)
        if config.get("ffn", "swiglu") == "swiglu":
            shapes[prefix + "ffn.w3.weight"] = (ff, d)
        if has_value_embeddings(config, layer):
            shapes[prefix + "attn.value_embeddings.weight"] = (config["vocab_size"], kv)
            shapes[prefix + "attn.value_gate.weight"] = (config.get("num_kv_heads", config["num_heads"]), d)
        if has_skip(config, layer):
            shapes[prefix + "skip.weight"] = (1,)
        if normed:
            shapes[prefix + "ln1.weight"] = (d,)
            shapes[prefix + "ln2.weight"] = (d,)
    if normed:
        shapes["ln_final.weight"] = (d,)
    if not config.get("tied_embeddings", False):
        shapes["lm_head.weight"] = (config["vocab_size"], d)
    return shapes


def forward(config, w, ids):
    norm, heads = config.get("norm", "pre"), config["num_heads"]
    kv_heads, size = config.get("num_kv_heads", heads), config["d_model"] // heads

    def rms_norm(name, x):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + config.get("eps", 1e-5)) * w[name]

    def rotate(x):
        if config.get("position", "rope") == "none":
            return x
        positions = torch.arange(x.shape[2], dtype=torch.float64)
        angles = torch.outer(positions, config["rope_theta"] ** (-torch.arange(0, size, 2, dtype=torch.float64) / size))
        even, odd = x[..., 0::2], x[..., 1::2]
        cos, sin = angles.cos(), angles.sin()
        return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)

    def split(x, count):
        return x.view(x.shape[0], x.shape[1], count, size).transpose(1, 2)

    def attention(prefix, x):
        layer = int(prefix.split(".")[1])
        pattern = config.get("window_pattern", "L")
        window = config["window"] if pattern[layer % len(pattern)] == "S" else x.shape[1]
        q = rotate(split(x @ w[prefix + "q_proj.weight"].T, heads))
        k = rotate(split(x @ w[prefix + "k_proj.weight"].T, kv_heads)).repeat_interleave(heads // kv_heads, 1)
        v = split(x @ w[prefix + "v_proj.weight"].T, kv_heads)
        if has_value_embeddings(config, layer):
            gate = 2 * torch.sigmoid(x @ w[prefix + "value_gate.weight"].T)
            v = v + gate.transpose(1, 2).unsqueeze(-1) * split(w[prefix + "value_embeddings.weight"][ids], kv_heads)
        v = v.repeat_interleave(heads // kv_heads, 1)
        scores = q @ k.transpose(-2, -1) / math.sqrt(size)
        every = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool)
        hidden = every.triu(1) | every.tril(-window)
        joined = torch.softmax(scores.masked_fill(hidden, -math.inf), -1) @ v
        return joined.transpose(1, 2).flatten(-2) @ w[prefix + "output_proj.weight"].T

    def feed_forward(prefix, x):
        inner = x @ w[prefix + "w1.weight"].T
        inner = torch.relu(inner) ** 2 if config.get("ffn") == "relu2" else inner * torch.sigmoid(inner)
        if config.get("ffn", "swiglu") == "swiglu":
            inner = inner * (x @ w[prefix + "w3.weight"].T)
        return inner @ w[prefix + "w2.weight"].T

    def add(x, sublayer, prefix, name):
        if norm == "pre":
            return x + sublayer(prefix, rms_norm(name, x))
        x = x + sublayer(prefix, x)
        return rms_norm(name, x) if norm == "post" else x

    x = w["token_embeddings.weight"][ids] * config.get("embedding_scale", 1)
    outputs = []
    for layer in range(config["num_layers"]):
        if has_skip(config, layer):
            x = x + w[f"layers.{layer}.skip.weight"] * outputs[config["num_layers"] - 1 - layer]
        x = add(x, attention, f"layers.{layer}.attn.", f"layers.{layer}.ln1.weight")
        x = add(x, feed_forward, f"layers.{layer}.ffn.", f"layers.{layer}.ln2.weight")
        outputs.append(x)
    if norm != "none":
        x = rms_norm("ln_final.weight", x)
    logits = x @ w.get("lm_head.weight", w["token_embeddings.weight"]).T
    cap = config.get("logit_soft_cap")
    return logits if cap is None else cap * torch.tanh(logits / cap)


def save(path, tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in sorted(tensors.items()):
        raw = np.ascontiguousarray(array).tobytes()
        kind = {"float32": "F32", "int64": "I64"}[str(array.dtype)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    here = Path(__file__).parent
    for seed, (name, changes) in enumerate(VARIANTS.items()):
        config = {**BASE, **changes}
        torch.manual_seed(seed)
        # Values that float32 holds exactly, and norms' gains other than one.
        weights = {
            key: (torch.randn(shape) * (0.3 if len(shape) == 2 else 0.1) + (0 if len(shape) == 2 else 1)).double().requires_grad_()
            for key, shape in weight_shapes(config).items()
        }
        ids = torch.randint(config["vocab_size"], (BATCH, LENGTH + 1))
        logits = forward(config, weights, ids[:, :-1])
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        folder = here / name
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        save(folder / "model.safetensors", {key: value.detach().float().numpy() for key, value in weights.items()})
        save(folder / "expected.safetensors", {
            "ids": ids.numpy(),
            "logits": logits.detach().float().numpy(),
            "loss": loss.detach().float().reshape(1).numpy(),
            **{"grad." + key: value.grad.float().numpy() for key, value in weights.items()},
        })
        print(f"{name}: loss {loss.item():.6f}, {sum(value.numel() for value in weights.values())} parameters")


if __name__ == "__main__":
    main()
