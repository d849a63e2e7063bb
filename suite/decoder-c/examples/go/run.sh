#!/usr/bin/env bash
# Checks gorilla/websocket in process, then fuzzes it for SECONDS_TO_FUZZ (default: 10). WSSPEC_LIB names the folder of
# libwsspec_decoder_c.a. Exits with 77 if there is no Go of version 1.18 or newer, or no gorilla/websocket.
set -euo pipefail
cd "$(dirname "$0")"
command -v go >/dev/null && [[ "$(go env GOVERSION)" > go1.18 || "$(go env GOVERSION)" == go1.[2-9]? ]] || exit 77
lib=$(cd "${WSSPEC_LIB:?}" && pwd)
# Debian's package of gorilla/websocket will do where the module proxy cannot be reached.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp ./*.go ./*.c go.* "$work/"
debian=/usr/share/gocode/src/github.com/gorilla/websocket
[ ! -d $debian ] || (cd "$work" && go mod edit -replace github.com/gorilla/websocket=$debian)
export CGO_CFLAGS="-I$PWD/../../include" CGO_LDFLAGS="$lib/libwsspec_decoder_c.a -lpthread -ldl -lm" GOFLAGS=-mod=mod
cd "$work"
go mod download || exit 77
go test ./...
go test -run '^$' -fuzz FuzzGorilla -fuzztime "${SECONDS_TO_FUZZ:-10}s"
