#!/usr/bin/env bash
# Runs the public tests of CS336's first assignment against this library, through the examples of docs/assignment.md.
#   benchmarks/run-course-tests.sh [--repository <address or folder of a git repository>] [revision ...]
# Without a repository the course's is fetched from GitHub. Without revisions the last one of each year is taken: 1.0.6 of 2025, 26.0.3 of
# 2026. Nothing of the course is kept but in a temporary folder. Needs a Python with torch, numpy, pytest, psutil and regex (Debian:
# python3-torch python3-numpy python3-pytest python3-psutil python3-regex); CS336_PYTHON names it. What is used where einops or tiktoken
# are missing, or where a checkout lacks the course's two large files, is in CourseBridge/python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=https://github.com/stanford-cs336/assignment1-basics
if [[ ${1:-} == --repository ]]; then
  repository=${2:?name the repository}
  shift 2
fi
[[ $# -gt 0 ]] || set -- 430e2c8 a158843

python=
complaints=
for candidate in ${CS336_PYTHON:-python3 /usr/bin/python3}; do
  if complaint=$("$candidate" -c 'import torch, numpy, pytest, psutil, regex' 2>&1); then python=$candidate; break; fi
  complaints+="$candidate: ${complaint##*$'\n'}"$'\n'
done
[[ -n $python ]] || { echo "${complaints}No Python has what the tests need: see the head of $0." >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ ! -d $repository ]]; then
  git clone --quiet --bare "$repository" "$work/repository" \
    || { echo "$repository cannot be fetched: name a copy of it with --repository." >&2; exit 1; }
  repository=$work/repository
fi
dotnet build -c Release "$here/CourseBridge" --nologo -v quiet
export CS336_COURSE_BRIDGE=$here/CourseBridge/bin/Release/net10.0/CourseBridge

status=0
for revision in "$@"; do
  folder=$work/$revision
  echo "== $(git -C "$repository" log -1 --format='%h of %cs: %s' "$revision")"
  # File by file, since a stored copy may lack some.
  git -C "$repository" ls-tree -r --name-only "$revision" -- tests | while read -r file; do
    mkdir -p "$folder/$(dirname "$file")"
    git -C "$repository" show "$revision:$file" > "$folder/$file" 2> "$work/complaint" || rm "$folder/$file"
  done
  [[ -f $folder/tests/conftest.py ]] || { echo "$revision has no tests/conftest.py." >&2; exit 1; }
  cp "$here/CourseBridge/python/adapters.py" "$folder/tests/"
  cp "$here/CourseBridge/python/"{conftest,naive_bpe,own_fixtures}.py "$here/plain_transformer.py" "$folder/"
  "$python" -c 'import einops' 2> "$work/complaint" || cp "$here/CourseBridge/python/einops.py" "$folder/"
  "$python" -c 'import tiktoken; tiktoken.get_encoding("gpt2")' 2> "$work/complaint" \
    || cp "$here/CourseBridge/python/tiktoken.py" "$folder/"
  # The tests of 2026 have type parameters, which Python 3.11 cannot read; they say nothing that a test needs.
  if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
    sed -i -E 's/^( *(class|def) \w+)\[A: [^]]*\]/\1/; 1i from __future__ import annotations' "$folder/tests/conftest.py"
  fi
  tests=(tests/test_{data,model,nn_utils,optimizer,serialization,tokenizer,train_bpe}.py)
  (cd "$folder" && "$python" own_fixtures.py && "$python" -m pytest -q -p no:cacheprovider "${tests[@]}") || status=1
done
exit $status
