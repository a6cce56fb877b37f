#!/bin/sh
# Makes the ledger and its topics where there are none; safe to repeat, and after a crash half-way.
set -eu
database="postgresql+psycopg://relief@postgres/relief"
if [ ! -f "$RELIEF_LEDGER/relief.toml" ]; then
    relief-ledger init "$RELIEF_LEDGER" --kafka "$RELIEF_KAFKA_BOOTSTRAP" \
        --registry "$RELIEF_REGISTRY_URL" --log-url "$database" --views-url "$database"
fi
relief-ledger topics create
relief-ledger topics check
