"""The course's adapters over this library: each is one call of the bridge, which calls the example of docs/assignment.md.

CS336_COURSE_BRIDGE names the bridge's program. Tensors go there and back as bytes; tokenizers and optimizers live in the bridge,
and here are objects that know their number.
"""
import atexit
import base64
import json
import os
import subprocess
import weakref

import numpy as np
import torch

_TYPES = {torch.float32: "float32", torch.float64: "float64", torch.int32: "int32", torch.int64: "int64", torch.bool: "bool"}


class Bridge:
    """A process of the bridge. One call at a time; where a call is broken off, nobody knows where its messages end, and it is ended."""

    def __init__(self):
        self._process = subprocess.Popen([os.environ["CS336_COURSE_BRIDGE"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.alive, self._unused = True, []

    def call(self, name, **arguments):
        while self._unused:
            self._exchange("release", {"number": self._unused.pop()})
        return self._exchange(name, arguments)

    def keep(self, owner, number):
        """Lets the bridge forget what has the number some time after the owner is gone."""
        weakref.finalize(owner, self._unused.append, number).atexit = False

    def end(self):
        self.alive = False
        self._process.kill()
        self._process.wait()

    def _exchange(self, name, arguments):
        if not self.alive:
            raise RuntimeError("The bridge was ended, since a call before this one was broken off.")
        try:
            tensors = []
            arguments = _to_json(arguments, tensors)
            described = [{"type": _TYPES[t.dtype], "shape": list(t.shape), "bytes": t.numel() * t.element_size()} for t in tensors]
            head = json.dumps({"call": name, "arguments": arguments, "tensors": described})
            self._process.stdin.write(head.encode() + b"\n")
            for tensor in tensors:
                self._process.stdin.write(tensor.numpy().tobytes())
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"The bridge ended in the call {name}.")
            reply = json.loads(line)
            answers = [self._read(item) for item in reply["tensors"]]
        except BaseException:
            self.end()
            raise
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return _from_json(reply["value"], answers)

    def _read(self, description):
        kind = np.dtype(description["type"])
        data = self._process.stdout.read(int(np.prod(description["shape"], dtype=np.int64)) * kind.itemsize)
        return torch.from_numpy(np.frombuffer(data, dtype=kind).reshape(description["shape"]).copy())


def _to_json(value, tensors):
    if isinstance(value, torch.Tensor):
        tensors.append(value.detach().cpu().contiguous())
        return {"tensor": len(tensors) - 1}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _to_json(item, tensors) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item, tensors) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _from_json(value, tensors):
    if isinstance(value, dict):
        return tensors[value["tensor"]] if value.keys() == {"tensor"} else {key: _from_json(item, tensors) for key, item in value.items()}
    return [_from_json(item, tensors) for item in value] if isinstance(value, list) else value


_bridge = None


def start():
    """Starts the bridge where none is alive, and waits until it answers."""
    global _bridge
    if _bridge is None:
        atexit.register(lambda: _bridge.end())
    if _bridge is None or not _bridge.alive:
        _bridge = Bridge()
        _bridge.call("release", number=0)


def _current():
    start()
    return _bridge


def _forward(name):
    def adapter(**arguments):
        return _current().call(name, **arguments)

    return adapter


run_linear = _forward("run_linear")
run_embedding = _forward("run_embedding")
run_swiglu = _forward("run_swiglu")
run_scaled_dot_product_attention = _forward("run_scaled_dot_product_attention")
run_multihead_self_attention = _forward("run_multihead_self_attention")
run_multihead_self_attention_with_rope = _forward("run_multihead_self_attention_with_rope")
run_transformer_block = _forward("run_transformer_block")
run_transformer_lm = _forward("run_transformer_lm")
run_rmsnorm = _forward("run_rmsnorm")
run_get_lr_cosine_schedule = _forward("run_get_lr_cosine_schedule")


def run_rope(d_k, theta, max_seq_len, in_query_or_key, token_positions):
    return _current().call(
        "run_rope", d_k=d_k, theta=theta, max_seq_len=max_seq_len, in_query_or_key=in_query_or_key, token_positions=token_positions
    )


def run_silu(in_features):
    return _current().call("run_silu", in_features=in_features)


def run_softmax(in_features, dim):
    return _current().call("run_softmax", in_features=in_features, dim=dim)


def run_cross_entropy(inputs, targets):
    return _current().call("run_cross_entropy", inputs=inputs, targets=targets)


def run_get_batch(dataset, batch_size, context_length, device):
    batch = _current().call(
        "run_get_batch", dataset=np.asarray(dataset).tolist(), batch_size=batch_size, context_length=context_length, device=device
    )
    return tuple(batch)


def run_gradient_clipping(parameters, max_l2_norm):
    parameters = [parameter for parameter in parameters if parameter.grad is not None]
    gradients = [parameter.grad for parameter in parameters]
    clipped = _current().call("run_gradient_clipping", gradients=gradients, max_l2_norm=max_l2_norm)
    for gradient, values in zip(gradients, clipped):
        gradient.copy_(values)


class AdamW(torch.optim.Optimizer):
    """The library's AdamW as an optimizer of PyTorch, for one group of parameters; its moments live in the bridge."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})
        self._bridge = _current()
        self.number = self._bridge.call(
            "get_adamw", parameters=self._parameters, weight_decay=weight_decay, beta1=betas[0], beta2=betas[1], eps=eps
        )
        self._bridge.keep(self, self.number)

    @property
    def _parameters(self):
        (group,) = self.param_groups
        return group["params"]

    def step(self, closure=None):
        loss = closure() if closure else None
        parameters = self._parameters
        changed = self._bridge.call(
            "adamw_step",
            optimizer=self.number,
            lr=self.param_groups[0]["lr"],
            parameters=parameters,
            gradients=[parameter.grad for parameter in parameters],
        )
        with torch.no_grad():
            for parameter, values in zip(parameters, changed):
                parameter.copy_(values)
        return loss

    def state_dict(self):
        state = self._bridge.call("adamw_state", optimizer=self.number)
        for index, parameter in enumerate(self._parameters):
            self.state[parameter] = {
                "step": state["step"],
                "exp_avg": state[f"{index}.exp_avg"],
                "exp_avg_sq": state[f"{index}.exp_avg_sq"],
            }
        return super().state_dict()


def get_adamw_cls():
    return AdamW


def run_save_checkpoint(model, optimizer, iteration, out):
    _current().call(
        "run_save_checkpoint", model=dict(model.state_dict()), optimizer=optimizer.number, iteration=iteration, out=os.fspath(out)
    )


def run_load_checkpoint(src, model, optimizer):
    loaded = _current().call(
        "run_load_checkpoint", src=os.fspath(src), model=dict(model.state_dict()), optimizer=optimizer.number
    )
    iteration = int(loaded.pop("iteration"))
    model.load_state_dict(loaded)
    return iteration


class Tokenizer:
    def __init__(self, vocab, merges, special_tokens):
        self._bridge = _current()
        self._number = self._bridge.call(
            "get_tokenizer", vocab=list(vocab.items()), merges=merges, special_tokens=special_tokens or []
        )
        self._bridge.keep(self, self._number)

    def encode(self, text):
        return self._bridge.call("encode", tokenizer=self._number, text=text)

    def encode_iterable(self, iterable):
        pieces = filter(None, iterable)  # an empty piece would be the text's end
        reply = self._bridge.call("encode_iterable", tokenizer=self._number)
        while reply["more"]:
            yield from reply["ids"]
            reply = self._bridge.call("more_text", text=next(pieces, ""))
        yield from reply["ids"]

    def decode(self, ids):
        return self._bridge.call("decode", tokenizer=self._number, ids=ids)


def get_tokenizer(vocab, merges, special_tokens=None):
    return Tokenizer(vocab, merges, special_tokens)


def run_train_bpe(input_path, vocab_size, special_tokens, **kwargs):
    trained = _current().call(
        "run_train_bpe", input_path=os.fspath(input_path), vocab_size=vocab_size, special_tokens=special_tokens
    )
    vocab = {number: base64.b64decode(token) for number, token in trained["vocab"]}
    return vocab, [(base64.b64decode(left), base64.b64decode(right)) for left, right in trained["merges"]]
