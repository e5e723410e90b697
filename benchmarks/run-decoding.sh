#!/usr/bin/env bash
# Compares decoding with libtorch and llama.cpp in one run, and writes benchmarks/results/decoding-<machine>.md. On a processor with
# AVX-512 or AVX-VNNI everything is measured twice in turns: as the processor is, and with no more than AVX2.
#   benchmarks/run-decoding.sh [--output FILE] [rounds]
# Needs node and npm for llama.cpp; without them its rows say that it was not measured. Let nothing else run meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$here/results
if [[ ${1:-} == --output ]]; then
  output=${2:?--output needs a file}
  shift 2
fi
# No scripts: the package's own would download and compile; its prebuilt library is a package of its own.
[[ -d $here/Decoding/node_modules ]] || npm install --prefix "$here/Decoding" --ignore-scripts --no-audit --no-fund --no-package-lock \
  || echo "npm failed: llama.cpp will not be measured." >&2
dotnet build -c Release "$here/Decoding" --nologo -v quiet
mkdir -p "$here/results"
# The program names its file after the machine, where it is given a folder.
exec "$here/Decoding/bin/Release/net10.0/Decoding" compare "$output" "$here/Decoding" "${1:-3}"
