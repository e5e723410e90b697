#!/usr/bin/env bash
# Compares Cs336.Tokenizers with its peers on one text file, in one run, and writes benchmarks/results/tokenizers-<machine>.md.
#   benchmarks/run-peers.sh [--without avx512|avx|vectors] <text file (.txt or .txt.xz)> <folder with GPT-2's vocab.json and merges.txt> [options of TokenizerPeers]
# In pieces, each short, with the tables written anew each time from what was measured so far (the file is made by the first piece):
#   ... --measurements <file.json> --rounds 1 --only encoding   (then languages, files, training, warm-training, worst-cases; and again)
# --without runs all contestants, peers too, as on a processor that has fewer instructions: see .ci/without.
# --vocabularies FOLDER sets the libraries side by side with other vocabularies too: each folder in it with a tokenizer.json is one.
# Needs node and npm for the peers from npm; a peer that cannot be started is reported as not measured.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
without=()
if [[ ${1:-} == --without ]]; then
  without=("$here/../.ci/without" "${2:?name what to run without}")
  shift 2
fi
text=${1:?name a text file}
gpt2=${2:?name the folder with vocab.json and merges.txt of GPT-2}
shift 2

if [[ $text == *.xz ]]; then
  unpacked=${TMPDIR:-/tmp}/$(basename "${text%.xz}")
  [[ -f $unpacked ]] || { xz -dc "$text" > "$unpacked.partial" && mv "$unpacked.partial" "$unpacked"; }
  text=$unpacked
fi

[[ -d $here/TokenizerPeers/node_modules ]] || npm install --prefix "$here/TokenizerPeers" --no-audit --no-fund --no-package-lock \
  || echo "npm failed: the peers from npm will not be measured." >&2
dotnet build -c Release "$here/TokenizerPeers" --nologo -v quiet
multilingual=${CS336_MULTILINGUAL:-${TMPDIR:-/tmp}/libreoffice-22-languages.txt}
[[ -f $multilingual ]] || "$here/make-multilingual.sh" "$multilingual" \
  || echo "There is no apt-get with LibreOffice's translations: text in many languages will not be measured. CS336_MULTILINGUAL names another one." >&2
[[ ! -f $multilingual ]] || set -- --multilingual "$multilingual" "$@"
dotnet build -c Release "$here/TrainCommand" --nologo -v quiet
dotnet publish -c Release "$here/TrainCommand" --use-current-runtime -o "$here/TrainCommand/bin/aot" --nologo -v quiet \
  || echo "Ahead-of-time compilation failed, for which a C linker is needed: that row will not be measured." >&2
mkdir -p "$here/results"
# The program names its file after the machine, as it sees it.
exec ${without[@]+"${without[@]}"} "$here/TokenizerPeers/bin/Release/net10.0/TokenizerPeers" \
  --text "$text" --gpt2 "$gpt2" --npm "$here/TokenizerPeers" \
  --train-command "$here/TrainCommand/bin/Release/net10.0/TrainCommand" --aot-train-command "$here/TrainCommand/bin/aot/TrainCommand" \
  --output "$here/results" "$@"
