"""Runs `cs336 train` on Modal, with one volume for data and one for runs; a run that was preempted goes on from its last checkpoint.

    modal volume create cs336-data && modal volume put cs336-data stories.npy /stories.npy && modal volume put cs336-data small.json /small.json
    modal volume create cs336-runs
    CS336_GPU=H100 modal run --detach samples/cloud/modal_train.py --config small.json --data stories.npy --run small
    modal volume get cs336-runs small
"""

import os
import subprocess
from pathlib import Path

import modal

REPOSITORY = Path(__file__).resolve().parents[2] if modal.is_local() else Path("/source")
GPU = os.environ.get("CS336_GPU", "H100")
LIBTORCH = "TorchSharp-cuda-linux"

app = modal.App("cs336")
data = modal.Volume.from_name("cs336-data", create_if_missing=True)
runs = modal.Volume.from_name("cs336-runs", create_if_missing=True)
image = modal.Image.from_dockerfile(
    REPOSITORY / "samples/cloud/Dockerfile",
    context_dir=REPOSITORY,
    build_args={"LIBTORCH": LIBTORCH},
    add_python="3.12",
).entrypoint([])


def command(config: str, data: str, run: str, valid: str = "", overrides: tuple[str, ...] = ()) -> list[str]:
    """The command line; `--resume` begins a run where there is none and goes on with it where there is one."""
    line = ["dotnet", "/app/cs336.dll", "train", "--config", f"/data/{config}", "--data", f"/data/{data}", "--output", f"/runs/{run}", "--resume", "--device", "cuda"]
    if valid:
        line += ["--valid", f"/data/{valid}"]
    for override in overrides:
        line += ["--set", override]
    return line


@app.function(image=image, gpu=GPU, volumes={"/data": data, "/runs": runs}, timeout=24 * 60 * 60, retries=modal.Retries(max_retries=5, initial_delay=10.0))
def train(config: str, data: str, run: str, valid: str = "", overrides: tuple[str, ...] = ()) -> None:
    """One sitting. An interrupted one ends with 130 and has saved a checkpoint; the retry goes on from it."""
    try:
        subprocess.run(command(config, data, run, valid, overrides), check=True)
    finally:
        runs.commit()


@app.local_entrypoint()
def main(config: str, data: str, run: str, valid: str = "", set: str = "") -> None:
    """`--set "model.d_model=512 training.max_steps=20000"` overrides the configuration."""
    train.remote(config, data, run, valid, tuple(set.split()))
