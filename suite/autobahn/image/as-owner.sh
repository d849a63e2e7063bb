#!/bin/sh
# as-owner COMMAND..: runs it as the owner of the folder that it writes to, /reports, or the working directory where another was
# asked for. That is root only where the folder was mounted so. What a script finds there afterwards is its own.
set -eu
folder=/reports
[ "$PWD" = / ] || folder=.
owner=$(stat -c %u "$folder")
group=$(stat -c %g "$folder")
if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ]; then
  exec setpriv --reuid="$owner" --regid="$group" --clear-groups --no-new-privs -- "$@"
fi
exec "$@"
