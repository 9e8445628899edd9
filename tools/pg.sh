#!/usr/bin/env bash
# tools/pg.sh COMMAND…: runs the command with KOMMUNAL_TEST_PG set to a private PostgreSQL of its own.
# The cluster lives in a temporary folder, listens on the loopback only, belongs to nobody else's
# server and is stopped by its own process id when the command ends, however it ends.
set -euo pipefail
[ $# -gt 0 ] || { echo "Aufruf: tools/pg.sh BEFEHL…" >&2; exit 2; }

bin=$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n1)")
[ -x "$bin/initdb" ] || { echo "PostgreSQL fehlt, unter Debian: apt-get install postgresql" >&2; exit 1; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/kommunal-pg.XXXXXX")
# PostgreSQL refuses to run as root: then it runs as the package's own user.
as=()
if [ "$(id -u)" = 0 ]; then
  id postgres >/dev/null 2>&1 || { echo "Der Benutzer postgres fehlt, unter Debian: apt-get install postgresql" >&2; exit 1; }
  chown postgres "$dir"
  as=(runuser -u postgres --)
fi

stop() {
  status=$?
  trap - EXIT INT TERM
  if [ -f "$dir/data/postmaster.pid" ]; then
    pid=$(head -n1 "$dir/data/postmaster.pid")
    kill -INT "$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -QUIT "$pid" 2>/dev/null || true
  fi
  rm -rf "$dir"
  exit "$status"
}
trap stop EXIT INT TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s' "$password" >"$dir/password"
[ ${#as[@]} -eq 0 ] || chown postgres "$dir/password"
cd "$dir" # the postgres user need not be able to read the checkout
"${as[@]}" "$bin/initdb" -D "$dir/data" -U kommunal -A scram-sha-256 --pwfile="$dir/password" -E UTF8 --locale=C.UTF-8 >"$dir/log" 2>&1 \
  || { cat "$dir/log" >&2; exit 1; }

# A crash of the machine may lose this database: it is thrown away at the end anyway.
started=
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 20000))
  if "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -s -w -t 60 -l "$dir/server.log" start -o "-p $port -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"; then
    started=1
    break
  fi
done
[ -n "$started" ] || { cat "$dir/server.log" >&2; echo "PostgreSQL ist nicht gestartet." >&2; exit 1; }

cd "$OLDPWD"
export KOMMUNAL_TEST_PG="postgresql://kommunal:$password@127.0.0.1:$port/postgres"
"$@"
