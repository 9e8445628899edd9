#!/usr/bin/env bash
# Looks for the programs that `make run` or `make test` need. What the tests need beyond Rust and Node
# comes from Debian's packages when we may install them; otherwise this says what to install by hand.
set -euo pipefail
what=${1:-run}

say() { printf '%s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# At least "wanted", both as 1.92 or 20.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; }

command -v "${CARGO:-cargo}" >/dev/null || stop "Rust fehlt. Installieren Sie es von https://rustup.rs und starten Sie neu."
rust=$(rustc --version | awk '{print $2}')
at_least 1.92 "$rust" || stop "Rust $rust ist zu alt, nötig ist 1.92 oder neuer: rustup update"
command -v cc >/dev/null || stop "Ein C-Compiler fehlt (für SQLite und die Verschlüsselung), unter Debian: apt-get install gcc libc6-dev"
command -v node >/dev/null || stop "Node.js fehlt, nötig ist Version 20 oder neuer: https://nodejs.org"
command -v npm >/dev/null || stop "npm fehlt, es gehört zu Node.js: https://nodejs.org"
node=$(node --version | tr -d v)
at_least 20 "$node" || stop "Node.js $node ist zu alt, nötig ist 20 oder neuer: https://nodejs.org"
[ "$what" = test ] || exit 0

have_postgres() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
have_chromium() {
  [ -n "${CHROMIUM:-}" ] && { [ -x "$CHROMIUM" ]; return; }
  command -v chromium-headless-shell >/dev/null && return
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}
have_poppler() { command -v pdftotext >/dev/null && command -v pdftoppm >/dev/null && command -v pdfinfo >/dev/null; }
have_qpdf() { command -v qpdf >/dev/null; }
have_strace() { command -v strace >/dev/null; }
have_clamd() { command -v clamd >/dev/null || [ -x /usr/sbin/clamd ]; }

missing=()
have_postgres || missing+=(postgresql)
have_chromium || missing+=(chromium-headless-shell)
# A whole Chromium does too, five times slower: the shell is wished for, never demanded.
if [ ${#missing[@]} -eq 0 ] && [ -z "${CHROMIUM:-}" ] && ! command -v chromium-headless-shell >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installiere für schnellere Browsertests: chromium-headless-shell"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium-headless-shell; } >&2 \
      || say "Das ging nicht; die Tests nehmen Chromium."
  fi
fi
have_poppler || missing+=(poppler-utils)
have_qpdf || missing+=(qpdf)
have_strace || missing+=(strace)
have_clamd || missing+=(clamav-daemon)
[ ${#missing[@]} -eq 0 ] && exit 0

by_hand="Installieren Sie von Hand: ${missing[*]} (Namen der Debian-Pakete), dann noch einmal: make test"
command -v apt-get >/dev/null || stop "Für die Tests fehlt etwas, und apt-get gibt es hier nicht. $by_hand"
[ "$(id -u)" = 0 ] || stop "Für die Tests fehlt etwas, und nur root darf es installieren. $by_hand"
say "Installiere für die Tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >&2 || stop "apt-get update ist gescheitert. $by_hand"
apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 || stop "apt-get install ist gescheitert. $by_hand"
have_postgres && have_chromium && have_poppler && have_qpdf && have_strace && have_clamd || stop "Nach der Installation fehlt noch etwas. $by_hand"
