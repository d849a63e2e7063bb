#!/usr/bin/env bash
# serve.sh PORT: runs RabbitMQ with its plugin for STOMP over WebSocket on 127.0.0.1:PORT; 0 picks a free port. It reads
# messages as STOMP and so echoes none. Its state is below target/interop and starts empty.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
port=${1:?usage: serve.sh PORT}

# It has four listeners besides that of WebSocket, and takes 0 for none of them.
mapfile -t free < <(python3 -c '
import socket
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
print(*(listener.getsockname()[1] for listener in listeners), sep="\n")')
[ "$port" != 0 ] || port=${free[0]}

state=$dir/state
rm -rf "$state"
mkdir -p "$state"
cat >"$state/rabbitmq.conf" <<END
listeners.tcp.default = 127.0.0.1:${free[1]}
stomp.listeners.tcp.1 = 127.0.0.1:${free[2]}
web_stomp.tcp.ip = 127.0.0.1
web_stomp.tcp.port = $port
log.console = true
log.console.level = info
log.file = false
END
echo '[rabbitmq_web_stomp].' >"$state/enabled_plugins"

export HOME=$state ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=${free[3]}
export RABBITMQ_NODENAME=interop@localhost RABBITMQ_DIST_PORT=${free[4]}
export RABBITMQ_BASE=$state RABBITMQ_MNESIA_BASE=$state/mnesia RABBITMQ_LOG_BASE=$state/log
export RABBITMQ_CONFIG_FILE=$state/rabbitmq.conf RABBITMQ_CONF_ENV_FILE=$state/none
export RABBITMQ_ENABLED_PLUGINS_FILE=$state/enabled_plugins RABBITMQ_PID_FILE=$state/pid
export RABBITMQ_GENERATED_CONFIG_DIR=$state/generated
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +S 2:2'
# The script of RabbitMQ then becomes the Erlang machine, and so ends with this script, whatever ends it. The daemon that
# the machine would start for its names would live on.
export RUNNING_UNDER_SYSTEMD=1
setpriv --pdeathsig KILL epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" &
while IFS= read -r line; do
  echo "$line" >&2
  [[ $line != *'Server startup complete'* ]] || echo "listening on 127.0.0.1:$port/ws"
done < <(exec setpriv --pdeathsig KILL /usr/lib/rabbitmq/bin/rabbitmq-server)
