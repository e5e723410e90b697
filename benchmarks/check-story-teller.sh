#!/usr/bin/env bash
# Publishes samples/StoryTeller ahead-of-time compiled, warnings being errors, and prints its size and how long it takes to the
# first piece of a story, from the start of the process.
#   benchmarks/check-story-teller.sh <folder of a run of samples/QuickStart>
# Needs a C linker (gcc or clang) and, on first use, the ILCompiler package of the platform.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
run=$(cd "${1:?name the folder of a run}" && pwd)
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
dotnet publish "$here/../samples/StoryTeller" -c Release -p:PublishAot=true --use-current-runtime -o "$output/teller" --nologo -v quiet
teller=$output/teller/StoryTeller
echo "size of the program: $(stat -c %s "$teller") bytes"
[[ -z $(ls "$output/teller" | grep -vE '^StoryTeller$|\.pdb$') ]] || { echo "More than the program was published:"; ls "$output/teller"; exit 1; }
"$teller" "$run" "Once upon a time" 1 | tee "$output/first.txt"
"$teller" "$run" "Once upon a time" 1 2> /dev/null | cmp - "$output/first.txt" || { echo "The same seed told another story."; exit 1; }
weights=$(find "$run" -name model.safetensors | sort | tail -n 1)
echo "model: $(stat -c %s "$weights") bytes; the first piece, 11 starts:"
for _ in 1 2 3 4 5 6 7 8 9 10 11; do "$teller" "$run" "Once upon a time" 1 2>&1 > /dev/null | grep -o '^[0-9]* ms'; done | sort -n | sed -n '1s/^/fastest /p;6s/^/median /p'
