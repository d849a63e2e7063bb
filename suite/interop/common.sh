# What every install.sh and serve.sh here shares; sourced, never run.
# Sets `here`, the folder of the script that sources it, and `dir`, where that implementation is installed.
here=$(cd "$(dirname "$0")" && pwd)
name=${here##*/}
root=$(cd "$here/../../.." && pwd)
dir=${WSSPEC_INTEROP_DIR:-$root/target/interop}/$name

# debian PACKAGE...: installs Debian packages; needs root or sudo.
debian() {
  local sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -q
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# install_npm: the exact packages of package-lock.json, in $dir/node_modules.
install_npm() {
  command -v node >/dev/null || debian nodejs
  command -v npm >/dev/null || debian npm
  installed package-lock.json node --version && return
  cp "$here/package.json" "$here/package-lock.json" "$dir/"
  npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error
  record package-lock.json
}

# install_pip: the exact packages of requirements.txt, in the virtual environment $dir/venv.
install_pip() {
  command -v python3 >/dev/null || debian python3
  python3 -c 'import ensurepip, venv' 2>/dev/null || debian python3-venv
  installed requirements.txt "$dir/venv/bin/python" --version && return
  python3 -m venv --clear "$dir/venv"
  "$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  record requirements.txt
}

# install_cargo: a release build of the Cargo project here, in $dir/release.
install_cargo() {
  command -v cc >/dev/null || debian gcc libc6-dev
  cargo build --quiet --release --locked --manifest-path "$here/Cargo.toml" --target-dir "$dir"
}

# installed MANIFEST COMMAND...: whether this very manifest was installed before and the command still runs.
installed() {
  mkdir -p "$dir"
  cmp -s "$here/$1" "$dir/installed-$1" && "${@:2}" >/dev/null 2>&1
}

record() {
  cp "$here/$1" "$dir/installed-$1"
}
