#!/usr/bin/env bash
# Builds every fuzz target into $OUT, each with its seed corpus, its dictionary and its options, as OSS-Fuzz and
# ClusterFuzzLite expect them. Needs no container:
#
#     OUT=/tmp/out bash .clusterfuzzlite/build.sh
#
# The checkout is $SRC/wsspec if it exists, otherwise the one that contains this script. $SANITIZER is address, thread,
# memory, leak, none, or coverage; address if unset.
set -euo pipefail

: "${OUT:?the folder that the targets go to}"
mkdir -p "$OUT"
out=$(cd "$OUT" && pwd)

if [[ -d ${SRC:-}/wsspec ]]; then
  cd "$SRC/wsspec"
else
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
fi

# The base image names the nightly it needs; elsewhere the default one is used.
toolchain=()
if [[ ${RUSTUP_TOOLCHAIN:-} != nightly* ]]; then
  toolchain=(+nightly)
fi

case ${SANITIZER:-address} in
  # The image's RUSTFLAGS enable coverage, which must not be combined with a sanitizer.
  coverage) sanitizer=none ;;
  *) sanitizer=${SANITIZER:-address} ;;
esac

# With debug assertions, like `cargo fuzz run`, so that both can share the build. Some targets need a feature.
built=${CARGO_TARGET_DIR:-$PWD/target}
cargo "${toolchain[@]}" fuzz build -O --debug-assertions --features differential --sanitizer "$sanitizer" \
  --target-dir "$built"

# zip_files ARCHIVE FILE..: only the files, without their folders.
zip_files() {
  rm -f "$1"
  if command -v zip >/dev/null; then
    zip -q -j "$@"
  else
    python3 -m zipfile -c "$@"
  fi
}

host=$(rustc "${toolchain[@]}" -vV | sed -n 's/^host: //p')
for source in fuzz/fuzz_targets/*.rs; do
  target=$(basename "$source" .rs)
  cp "$built/$host/release/$target" "$out/"
  # A target that needs more memory than this for 4 KiB has a bug.
  printf '[libfuzzer]\nmax_len = 4096\nmalloc_limit_mb = 512\nrss_limit_mb = 2048\n' >"$out/$target.options"
  if [[ -f fuzz/dictionary.dict ]]; then
    cp fuzz/dictionary.dict "$out/$target.dict"
  fi
  # Targets that read the same inputs share them.
  case $target in
    assemble | differential) like=decode ;;
    deflate) like=inflate ;;
    *) like=$target ;;
  esac
  seeds=()
  for folder in "fuzz/seeds/$like" "fuzz/regressions/$target"; do
    if [[ -d $folder ]]; then
      mapfile -d '' -O "${#seeds[@]}" seeds < <(find "$folder" -type f ! -name '.*' -print0 | sort -z)
    fi
  done
  if ((${#seeds[@]})); then
    zip_files "$out/${target}_seed_corpus.zip" "${seeds[@]}"
  fi
  echo "$target: ${#seeds[@]} seeds"
done
