#!/bin/sh
# Puts one room back to a backup: restore.sh BACKUP ROOM, with BACKUP one directory that backup.sh made. Stop every
# process of the room first. What is there now is kept under another name, never removed.
# Needs CCRM_DATABASE_URL, CCRM_DATA_KEYS_FILE with the data keys of that time, and CCRM_MODE=deployed; CCRM is how the
# program is called (default: ccrm).
set -eu
say() { echo "ccrm: $*" >&2; }
[ $# -eq 2 ] || { say "restore.sh BACKUP ROOM"; exit 2; }
: "${CCRM_DATABASE_URL:?set it: postgresql+asyncpg://user@host/database}"
backup="$1"; room="$2"
case "$room" in intake|dispatch|sla|notify) ;; *) say "no room is named $room"; exit 2 ;; esac
url="postgresql://${CCRM_DATABASE_URL#*://}"
(cd "$backup" && sha256sum --check --quiet manifest) || { say "$backup is damaged: nothing was changed"; exit 1; }
needed="$backup/needs-data-keys"; [ -f "$needed" ] || needed=/dev/null
while read -r id print; do
    key="$(awk -v id="$id" '$1 == id { print $2; exit }' "${CCRM_DATA_KEYS_FILE:-/dev/null}" 2>/dev/null || :)"
    [ -n "$key" ] || {
        say "the backup is sealed with the data key $id, which is not in CCRM_DATA_KEYS_FILE: put it back; nothing was changed"
        exit 1
    }
    [ -z "$print" ] || [ "$(printf %s "$key" | sha256sum | cut -c1-16)" = "$print" ] || {
        say "the backup is sealed with another data key named $id than that in CCRM_DATA_KEYS_FILE; nothing was changed"
        exit 1
    }
done < "$needed"
instant="$(cat "$backup/instant")"
aside="${room}_before_$(date -u +%Y%m%dT%H%M%S)"
sql() { psql --dbname="$url" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --command="$1"; }

sql "DO \$\$ BEGIN IF EXISTS (SELECT FROM pg_namespace WHERE nspname = '$room')
     THEN EXECUTE 'ALTER SCHEMA $room RENAME TO $aside'; END IF; END \$\$"
pg_restore --dbname="$url" --no-owner --exit-on-error --single-transaction "$backup/$room.dump"
if [ "$room" = intake ]; then
    # Numbers that were given after the backup are known to other rooms and to customers: leave a gap behind them.
    sql "INSERT INTO intake.day_number (day, last)
         SELECT to_char(day, 'YYYYMMDD'), 5000
         FROM generate_series('$instant'::timestamptz - interval '1 day', now() + interval '1 day', '1 day') AS day
         ON CONFLICT (day) DO UPDATE SET last = day_number.last + 5000"
fi
${CCRM:-ccrm} migrate "$room"
# What the others said since the backup was taken and acknowledged by the state that is lost. An hour more does no harm.
since="$(date -u -d "$instant 1 hour ago" +%Y-%m-%dT%H:%M:%S+00:00 2>/dev/null ||
    date -u -j -v-1H -f %Y-%m-%dT%H:%M:%S+00:00 "$instant" +%Y-%m-%dT%H:%M:%S+00:00)"
others="$(echo intake dispatch sla notify | tr ' ' '\n' | grep -vx "$room")"
${CCRM:-ccrm} resend $others --since "$since"
say "$room is back as of $instant; start it. What was there before is kept in the schema $aside"
