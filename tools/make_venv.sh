#!/usr/bin/env bash
# Makes a virtual environment with the first Python ≥ 3.11 that is there; on Debian and Ubuntu it installs the missing
# venv module when it may, and asks for it in one sentence when it may not.
set -euo pipefail
venv=$1

find_python() {
  for name in python3 python3.13 python3.12 python3.11 python3.14; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

if ! python=$(find_python); then
  echo "HDSWatch needs Python 3.11 or newer; none was found. Install it (Debian, Ubuntu: apt-get install python3) and run make again." >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  package="$("$python" -c 'import sys; print(f"python3.{sys.version_info.minor}-venv")')"
  if ! { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null; }; then
    echo "Python's venv module is missing. Run: sudo apt-get install $package    and then make again." >&2
    exit 1
  fi
fi
"$python" -m venv "$venv"
