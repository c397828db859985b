#!/usr/bin/env bash
# What the tests need from Debian or Ubuntu: a browser and its driver. `system_packages.sh wrk` is for the benchmark of the
# site, which has a load generator of its own to fall back on. Installs what is missing when it may, and asks for it in one
# sentence when it may not.
set -uo pipefail

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

missing=()
if [ "${1:-}" = wrk ]; then
  what="The benchmark of the site measures better with"
  command -v wrk >/dev/null || missing+=(wrk)
else
  what="The browser tests need"
  command -v chromium >/dev/null || missing+=(chromium)
  command -v chromedriver >/dev/null || missing+=(chromium-driver)
fi
[ ${#missing[@]} = 0 ] && exit 0

if command -v apt-get >/dev/null && as_root apt-get update -qq &&
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null; then
  exit 0
fi
echo "$what ${missing[*]}. Run: sudo apt-get install ${missing[*]}    and then make again." >&2
exit 1
