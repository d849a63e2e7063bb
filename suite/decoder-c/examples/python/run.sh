#!/usr/bin/env bash
# Checks wsproto in process, then fuzzes it with Atheris for SECONDS_TO_FUZZ (default: 10). WSSPEC_LIB names the folder of
# libwsspec_decoder_c.so. Exits with 77 if there is no Python, or no wheel of Atheris for it.
set -euo pipefail
cd "$(dirname "$0")"
command -v python3 >/dev/null || exit 77
# The package of the sources, with the library that was just built.
WSSPEC_DECODER_LIBRARY=$(cd "${WSSPEC_LIB:?}" && pwd)/libwsspec_decoder_c.so
PYTHONPATH=$(cd ../../../python/src && pwd)
export WSSPEC_DECODER_LIBRARY PYTHONPATH PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work"
"$work/bin/pip" install --quiet --only-binary :all: --requirement requirements.txt || exit 77
"$work/bin/python" wsproto_fuzz.py
mkdir "$work/corpus"
ATHERIS=1 "$work/bin/python" wsproto_fuzz.py "-max_total_time=${SECONDS_TO_FUZZ:-10}" -max_len=4096 "$work/corpus"
