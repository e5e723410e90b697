"""Own weights and own text in the place of two large files of the course that a checkout may lack, with what is expected of them.

Stored copies of the repository often have no files of 4 MiB and more. Weights are drawn here, and what is expected comes from plain
PyTorch (plain_transformer.py); the text repeats the course's small sample, and what is expected comes from a naive trainer. Run in the
folder that holds tests/. Inputs are those of the tests: normal numbers of seeds 1 to 6.
"""
import json
import pickle
from pathlib import Path

import numpy as np
import torch

FIXTURES, SNAPSHOTS = Path("tests/fixtures"), Path("tests/_snapshots")


def save(name, array):
    np.savez(SNAPSHOTS / f"{name}.npz", array=array.detach().numpy())


def make_weights(file):
    from plain_transformer import Attention, Model, Shape

    def seeded(seed):
        return torch.Generator().manual_seed(seed)

    def model_of(length):
        return Model(Shape(config["vocab_size"], length, config["d_model"], config["num_layers"], config["num_heads"], config["d_ff"]))

    config = json.loads((file.parent / "model_config.json").read_text())
    if config["rope_theta"] != 10_000:
        raise ValueError(f"{file.parent / 'model_config.json'}: rope_theta is {config['rope_theta']}, expected 10,000.")
    torch.manual_seed(336)
    weights = model_of(12).state_dict()
    for name, weight in weights.items():
        if ".ln" in name or name.startswith("ln"):
            weight.uniform_(0.5, 1.5)  # gains of 1 would hide whether gains are used
    torch.save(weights, file)
    x = torch.randn(4, 12, 64, generator=seeded(4))
    ids = torch.randint(0, 10_000, (4, 12), generator=seeded(6))
    with torch.no_grad():
        model = model_of(12)
        model.load_state_dict(weights)
        block = model.layers[0]
        save("test_linear", block.ffn.w1(x))
        save("test_embedding", model.token_embeddings(ids))
        save("test_swiglu", block.ffn(x))
        save("test_multihead_self_attention_with_rope", block.attn(x))
        save("test_transformer_block", block(x))
        save("test_rmsnorm", model.layers[1].ln1(x))
        save("test_transformer_lm", model(ids))
        # Turned by no angle at all, attention is the one without positions.
        still = Attention(Shape(10_000, 12, 64, 3, config["num_heads"], 128), torch.ones(()), torch.zeros(()))
        still.load_state_dict(block.attn.state_dict())
        save("test_multihead_self_attention", still(x))
        # Before version 1.0.5 the test of a truncated input had the whole one.
        truncated = ids[:, :6] if "in_indices=in_indices_truncated" in Path("tests/test_model.py").read_text() else ids
        short = model_of(truncated.shape[1])
        short.load_state_dict(weights)
        save("test_transformer_lm_truncated_input", short(truncated))


def make_text(file):
    from naive_bpe import train

    special = "<|endoftext|>"
    unit = (FIXTURES / "tinystories_sample.txt").read_text(encoding="utf-8").strip() + special
    file.write_text(unit * (5_000_000 // len(unit) + 1), encoding="utf-8")
    # As often as the text is repeated, so often is each pair: which ones go first does not change.
    vocab, merges = train(unit, 1000, [special])
    expected = {"vocab_keys": set(vocab.keys()), "vocab_values": set(vocab.values()), "merges": merges}
    (SNAPSHOTS / "test_train_bpe_special_tokens.pkl").write_bytes(pickle.dumps(expected))


for path, make in ((FIXTURES / "ts_tests" / "model.pt", make_weights), (FIXTURES / "tinystories_sample_5M.txt", make_text)):
    if not path.exists():
        print(f"{path} is not in the checkout: one of our own stands in for it, with what plain Python computes of it.")
        make(path)
