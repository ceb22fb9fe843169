#!/usr/bin/env bash
# Installs what the tests need on Debian 12; does nothing when all of it is there.
#
# build-essential, pkg-config: the bundled SQLite and zstd are C
# dovecot-*, postfix: the real mail servers of the stories (tests/harness)
# chromium, chromium-driver: the browser of the page tests
# openssl: makes keys to sign with
# systemd: systemd-analyze, for the units
# strace, faketime: kills at a system call and clocks that jump (tests/faults)
set -euo pipefail

packages=(
  build-essential pkg-config curl ca-certificates
  dovecot-imapd dovecot-lmtpd postfix
  chromium chromium-driver
  openssl
  systemd
  strace faketime
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done

if [ "${#missing[@]}" -gt 0 ]; then
  sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo=(sudo)
  fi
  echo "installing: ${missing[*]}"
  # postfix asks what kind of server it shall be: none, the tests bring their own instance
  echo 'postfix postfix/main_mailer_type select No configuration' \
    | "${sudo[@]}" debconf-set-selections
  "${sudo[@]}" apt-get update --quiet
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
fi

# the toolchain itself is no package: Debian's is too old
if ! command -v cargo >/dev/null; then
  echo "cargo is missing: install Rust 1.95 or newer with clippy and rustfmt (https://rustup.rs)" >&2
  exit 1
fi
