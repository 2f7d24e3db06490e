if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups bash -eu "$0" "$@"
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username postgres --pwfile "$POSTGRES_PASSWORD_FILE" --auth trust --set listen_addresses='*'
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl --wait --options "-c listen_addresses=" start
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sql) psql --username postgres --set ON_ERROR_STOP=1 --file "$file" ;;
      *.sh) . "$file" ;;
    esac
  done
  pg_ctl --wait --mode fast stop
fi
exec "$@"
