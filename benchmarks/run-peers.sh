#!/usr/bin/env bash
# Compares Cs336.Tokenizers with its peers on one text file, in one run, and writes benchmarks/results/<cpu>.md.
#   benchmarks/run-peers.sh <text file (.txt or .txt.xz)> <folder with GPT-2's vocab.json and merges.txt> [options of TokenizerPeers]
# In pieces, each short, with the tables written anew each time from what was measured so far (the file is made by the first piece):
#   ... --measurements <file.json> --rounds 1 --only encoding   (then languages, files, training, warm-training, worst-cases; and again)
# Needs node and npm for the peers from npm; a peer that cannot be started is reported as not measured.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
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
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
name=$(printf '%s' "${cpu:-$(uname -m)}" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-//; s/-$//')
mkdir -p "$here/results"
exec "$here/TokenizerPeers/bin/Release/net10.0/TokenizerPeers" \
  --text "$text" --gpt2 "$gpt2" --npm "$here/TokenizerPeers" \
  --train-command "$here/TrainCommand/bin/Release/net10.0/TrainCommand" --aot-train-command "$here/TrainCommand/bin/aot/TrainCommand" \
  --output "$here/results/$name.md" "$@"
