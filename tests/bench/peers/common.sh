# shellcheck shell=bash
# Functions for the other scripts. The benchmark calls each script as
#   NAME install DIR    installs the program there, and prints its name and version; exits with 77 if it cannot
#   NAME command DIR    prints the command that prints a token, one word a line
#   NAME prepare        fills the cache, if the program cannot request a token
#   NAME about          prints the tool's name and its measurements, as JSON
set -euo pipefail
peers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=${0##*/}

absent() {
    echo "$peer: $1" >&2
    exit 77
}

# Copies the peer's sources if these programs are installed.
copy_if_installed() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || absent "$tool is not installed"
    done
    cp "$peers/$peer.d"/* "$dir"
}

# Installs from package.json.
npm_install() {
    copy_if_installed node npm
    npm install --prefix "$dir" --no-package-lock --ignore-scripts --no-audit --no-fund >"$dir/install.log" 2>&1 ||
        absent "npm cannot install $1"
    echo "$peer $(node -p 'require(require("path").resolve(process.argv[1])).version' "$dir/node_modules/$1/package.json")"
}

# Installs from requirements.txt.
pip_install() {
    copy_if_installed python3
    { python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" install --disable-pip-version-check -r "$dir/requirements.txt"; } \
        >"$dir/install.log" 2>&1 || absent "pip cannot install $1"
    echo "$peer $("$dir/venv/bin/python" -c 'from importlib.metadata import version as v; import sys; print(v(sys.argv[1]))' "$1")"
}

case ${1:?} in
install | command) dir=$(mkdir -p "${2:?}" && cd "$2" && pwd) ;;
esac
