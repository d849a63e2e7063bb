# Shared by every install.sh and shim.sh here; sourced, never run.
source "$(dirname "$0")/../../../../interop/common.sh"
root=$(cd "$here/../../../../.." && pwd)
dir=${WSSPEC_INTEROP_DIR:-$root/target/interop}/shims/$name
