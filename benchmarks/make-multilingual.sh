#!/usr/bin/env bash
# Makes a text in 22 languages, some 85 MB, out of LibreOffice's translations (MPL 2.0), which Debian and Ubuntu package:
# the help's pages in 12 of them and the user interface's messages in 10 more. The same packages give the same text.
#   benchmarks/make-multilingual.sh <output>
# Needs apt-get (about 60 MB are downloaded, nothing is installed) and dpkg-deb.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$(realpath "${1:?name the output}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q $(printf 'libreoffice-help-%s ' cs el es fr ja km ko pl ru tr vi zh-cn) \
  $(printf 'libreoffice-l10n-%s ' am ar bn fa he hi ka ta th uk)
for package in *.deb; do dpkg-deb -x "$package" unpacked; done
dotnet build -c Release "$here/TokenizerPeers" --nologo -v quiet
"$here/TokenizerPeers/bin/Release/net10.0/TokenizerPeers" multilingual unpacked "$output.partial"
mv "$output.partial" "$output"
