#!/usr/bin/env bash
# Compares decoding with libtorch and llama.cpp in one run, and writes benchmarks/results/decoding-<machine>.md.
#   benchmarks/run-decoding.sh [--without avx512|avx|vectors] [rounds]
# --without runs all contestants as on a processor that has fewer instructions: see .ci/without.
# Needs node and npm for llama.cpp; without them its rows say that it was not measured. Let nothing else run meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
without=()
if [[ ${1:-} == --without ]]; then
  without=("$here/../.ci/without" "${2:?name what to run without}")
  shift 2
fi
# No scripts: the package's own would download and compile; its prebuilt library is a package of its own.
[[ -d $here/Decoding/node_modules ]] || npm install --prefix "$here/Decoding" --ignore-scripts --no-audit --no-fund --no-package-lock \
  || echo "npm failed: llama.cpp will not be measured." >&2
dotnet build -c Release "$here/Decoding" --nologo -v quiet
mkdir -p "$here/results"
# The program names its file after the machine, as it sees it.
exec ${without[@]+"${without[@]}"} "$here/Decoding/bin/Release/net10.0/Decoding" compare "$here/results" "$here/Decoding" "${1:-3}"
