#!/usr/bin/env bash
# Installs nothing, for RabbitMQ brings all of Erlang with it: 77 says that the version that known.toml is about is not there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
wanted=3.10.8
found=$(dpkg-query --show --showformat '${Version}' rabbitmq-server 2>/dev/null || true)
if [[ $found != "$wanted"-* ]]; then
  echo "rabbitmq-server ${found:-is not installed}; wanted is $wanted, the Debian package of bookworm"
  exit 77
fi
