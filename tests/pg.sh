#!/usr/bin/env bash
# A private PostgreSQL cluster for the tests: unix socket only, in a folder of its own.
#   tests/pg.sh start DIR   makes and starts it, prints the DSN for KOMMUNAL_TEST_PG: a superuser, who makes the
#                           tests' databases. kommunal_owner owns them and migrates, kommunal_app serves.
#                           With PG_DURABLE=1 it syncs as a real one does: for measuring.
#                           With PG_TLS_PORT=N also at localhost:N, by TLS only: DIR/ca.pem signed its certificate,
#                           DIR/other.pem did not.
#   tests/pg.sh stop DIR    stops it by its pid file and deletes DIR
#   tests/pg.sh run CMD …   runs CMD with KOMMUNAL_TEST_PG set, cleans up afterwards
# PG_BIN names the folder of initdb; without PostgreSQL it exits with 3.
set -euo pipefail

# `return` alone would hand on the failed command's status when called from the EXIT trap.
pg_bin() {
  if [ -n "${PG_BIN:-}" ]; then echo "$PG_BIN"; return 0; fi
  local d
  for d in $(ls -d /usr/lib/postgresql/*/bin /usr/local/pgsql/bin 2>/dev/null | sort -rV); do
    [ -x "$d/initdb" ] && { echo "$d"; return 0; }
  done
  d=$(command -v initdb) && { dirname "$d"; return 0; }
  echo "PostgreSQL ist nicht installiert (initdb fehlt). Setzen Sie PG_BIN." >&2
  exit 3
}

# initdb refuses root: then another user owns the cluster.
as_owner() {
  if [ "$(id -u)" != 0 ]; then "$@"; return $?; fi
  local user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  if command -v runuser >/dev/null; then runuser -u "$user" -- "$@"; else su -s /bin/sh "$user" -c "$(printf '%q ' "$@")"; fi
}

# An authority of our own and a certificate for `localhost`.
certificates() {
  local dir=$1 name
  for name in ca other; do
    as_owner openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test $name" -keyout "$dir/$name.key" -out "$dir/$name.pem"
  done
  as_owner openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$dir/data/server.key" -out "$dir/server.csr"
  echo subjectAltName=DNS:localhost >"$dir/names"
  as_owner openssl x509 -req -days 2 -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -extfile "$dir/names" -out "$dir/data/server.crt"
  printf 'local all all trust\nhostssl all all localhost trust\n' >"$dir/data/pg_hba.conf"
}

start() {
  local dir=$1 bin
  bin=$(pg_bin)
  mkdir -p "$dir"
  chmod 711 "$dir"
  if [ "$(id -u)" = 0 ]; then
    if id postgres >/dev/null 2>&1; then chown postgres "$dir"; else chown nobody "$dir"; fi
  fi
  cd "$dir"
  as_owner "$bin/initdb" --pgdata="$dir/data" --username=kommunal --auth=trust --encoding=UTF8 --locale=C --no-sync >"$dir.log" 2>&1 \
    || { cat "$dir.log" >&2; exit 1; }
  local listen="-c listen_addresses=''"
  if [ -n "${PG_TLS_PORT:-}" ]; then
    certificates "$dir" >>"$dir.log" 2>&1 || { cat "$dir.log" >&2; exit 1; }
    listen="-c listen_addresses=localhost -c port=$PG_TLS_PORT -c ssl=on"
  fi
  # No sync: the tests kill clients, never the server; a lost cluster is made anew.
  local sync="-c fsync=off -c full_page_writes=off"
  if [ -n "${PG_DURABLE:-}" ]; then sync=; fi
  as_owner "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/log" --wait --options="$listen -c unix_socket_directories='$dir' \
    $sync -c max_connections=200 -c shared_buffers=64MB" start >>"$dir.log" 2>&1 \
    || { cat "$dir.log" "$dir/log" >&2; exit 1; }
  as_owner "$bin/psql" --quiet --host="$dir" --port="${PG_TLS_PORT:-5432}" --username=kommunal postgres >>"$dir.log" 2>&1 \
    --command="create role kommunal_owner login nosuperuser nobypassrls; create role kommunal_app login nosuperuser nobypassrls" \
    || { cat "$dir.log" >&2; exit 1; }
  rm -f "$dir.log"
  echo "host=$dir user=kommunal dbname=postgres"
}

stop() {
  local dir=$1 bin
  bin=$(pg_bin)
  cd "$dir"
  as_owner "$bin/pg_ctl" --pgdata="$dir/data" --mode=immediate --wait stop >/dev/null
  cd /
  rm -rf "$dir"
}

case "${1:-}" in
  start) start "$(realpath -m "$2")" ;;
  stop) stop "$(realpath -m "$2")" ;;
  run)
    shift
    dir=$(mktemp -d "${TMPDIR:-/tmp}/kommunal-pg.XXXXXX")
    dsn=$(start "$dir")
    trap 'stop "$dir"' EXIT
    KOMMUNAL_TEST_PG=$dsn "$@"
    ;;
  *) sed -n '2,10p' "$0" >&2; exit 2 ;;
esac
