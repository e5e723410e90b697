#!/usr/bin/env bash
# Publishes a small consumer of Cs336.Tokenizers with ahead-of-time compilation, warnings being errors, runs it, and prints its size.
#   benchmarks/check-aot.sh [text file [folder with a saved tokenizer]]
# Needs a C linker (gcc or clang) and, on first use, the ILCompiler package of the platform.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
dotnet publish "$here/AotTokenizer" -c Release --use-current-runtime -o "$output" --nologo -v quiet
echo "size of the program: $(stat -c %s "$output/AotTokenizer") bytes"
"$output/AotTokenizer" "$@"
