# What every install.sh and shim.sh here shares; sourced, never run.
source "$(dirname "$0")/../../../../interop/common.sh"
root=$(cd "$here/../../../../.." && pwd)
dir=${WSSPEC_INTEROP_DIR:-$root/target/interop}/shims/$name
