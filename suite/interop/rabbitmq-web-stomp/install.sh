#!/usr/bin/env bash
# Looks for the version of RabbitMQ that known.toml is about, and ends with 77 where it is not there: it brings all of Erlang
# with it, so installing it is left to you. Debian 12 has it as the package rabbitmq-server.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
wanted=3.10.8
found=$(dpkg-query --show --showformat '${Version}' rabbitmq-server 2>/dev/null || true)
if [[ $found != "$wanted"-* ]]; then
  echo "rabbitmq-server $wanted is not installed${found:+, but $found is}"
  exit 77
fi
