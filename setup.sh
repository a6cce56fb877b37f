#!/usr/bin/env bash
# Puts the locked dependencies into .venv. Needs Python >= 3.11 with venv; uses uv, its own if need be.
set -euo pipefail
cd "$(dirname "$0")"

fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in python3 python3.11 python3.12 python3.13 python3.14 python; do
        if command -v "$name" >/dev/null 2>&1 && fits "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    if ! python=$(find_python); then
        echo "需要 Python 3.11 或更高版本(含 venv 和 ensurepip;Debian 上请安装 python3-venv)" >&2
        echo "Python 3.11 or newer with venv and ensurepip is needed (on Debian: python3-venv)" >&2
        exit 1
    fi
    if [ ! -x .tools/bin/uv ]; then
        echo "准备工具 / preparing the installer (uv) …"
        "$python" -m venv .tools
        .tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.7"
    fi
    uv=.tools/bin/uv
    export UV_PYTHON="$python"
fi

# A setting of the user's own must not lead the packages elsewhere: make looks for them in .venv.
export UV_PROJECT_ENVIRONMENT=.venv
# Offices sit behind proxies with certificates of their own: trust what the system trusts.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"

echo "安装依赖 / installing locked dependencies into .venv …"
"$uv" sync --frozen --quiet --no-progress
