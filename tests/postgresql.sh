#!/usr/bin/env bash
# Sees to it that the programs of a PostgreSQL server are there for the tests. Installs Debian's
# package where this is root (a container, a build machine) or sudo asks for no password; the
# server that the package would start on its own is not made.
set -euo pipefail

here() {
    [ -n "${RELIEF_PG_URL:-}" ] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
        command -v initdb >/dev/null 2>&1
}

missing() {
    echo "没有 PostgreSQL:相关测试将跳过(CI=true 时失败)。Debian:apt-get install postgresql" >&2
    echo "PostgreSQL is missing: what is tested on it is skipped (with CI=true it fails)." \
        "On Debian: apt-get install postgresql; or name a database in RELIEF_PG_URL" >&2
    exit 0
}

here && exit 0
command -v apt-get >/dev/null 2>&1 || missing
if [ "$(id -u)" = 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    missing
fi

echo "安装 PostgreSQL 供测试使用 / installing PostgreSQL for the tests …"
run() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >/dev/null; }
get() { run apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold "$1"; }
run mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" | run tee /etc/postgresql-common/createcluster.conf
get postgresql || { run apt-get update -q && get postgresql; } || missing
here || missing
