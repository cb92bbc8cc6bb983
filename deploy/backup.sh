#!/bin/sh
# Backs up an installation while it runs: backup.sh DIRECTORY [ROOM…]. Makes DIRECTORY/<UTC instant>/ with one dump a
# room (its schema), the files and the token keys where they are local, and a manifest of hashes. What names a customer is
# sealed in it: the data keys (CCRM_DATA_KEYS_FILE) are NOT taken along. Keep them apart; without them it says nothing.
# Needs CCRM_DATABASE_URL; takes CCRM_DATA_DIR/files, CCRM_FILES_URL=file://…, CCRM_TOKEN_*_KEY_FILE where they are given.
set -eu
say() { echo "ccrm: $*" >&2; }
[ $# -ge 1 ] || { say "backup.sh DIRECTORY [ROOM…]"; exit 2; }
: "${CCRM_DATABASE_URL:?set it: postgresql+asyncpg://user@host/database}"
umask 077
place="$1"; shift
[ $# -gt 0 ] || set -- intake dispatch sla notify
url="postgresql://${CCRM_DATABASE_URL#*://}"
# Taken before the first dump: what was said from here on may be missing in it.
instant="$(date -u +%Y-%m-%dT%H:%M:%S+00:00)"
target="$place/$(echo "$instant" | cut -c1-19 | tr -d ':-')"
partial="$target.partial"
mkdir -p "$partial"
for room in "$@"; do
    pg_dump --dbname="$url" --schema="$room" --format=custom --no-owner --file="$partial/$room.dump"
done
files="${CCRM_FILES_URL:-file://${CCRM_DATA_DIR:-var}/files}"
case "$files" in
    file://*) if [ -d "${files#file://}" ]; then tar -cf "$partial/files.tar" -C "${files#file://}" .; fi ;;
    *) say "files are at $files: let the bucket keep versions" ;;
esac
for key in "${CCRM_TOKEN_PRIVATE_KEY_FILE:-}" "${CCRM_TOKEN_PUBLIC_KEY_FILE:-}"; do
    if [ -n "$key" ]; then mkdir -p "$partial/keys" && cp "$key" "$partial/keys/"; fi
done
# Which data keys this needs, by name and fingerprint, and never the keys themselves.
if [ -r "${CCRM_DATA_KEYS_FILE:-}" ]; then
    grep -v '^[[:space:]]*\(#\|$\)' "$CCRM_DATA_KEYS_FILE" | while read -r id key _; do
        echo "$id $(printf %s "$key" | sha256sum | cut -c1-16)"
    done > "$partial/needs-data-keys"
else
    say "CCRM_DATA_KEYS_FILE is not set, or cannot be read: the backup does not say which data keys it needs"
fi
echo "$instant" > "$partial/instant"
(cd "$partial" && find . -type f ! -name manifest | LC_ALL=C sort | xargs sha256sum > manifest)
mv "$partial" "$target"
echo "$target"
