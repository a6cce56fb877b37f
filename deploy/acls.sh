#!/usr/bin/env bash
# Rights on a ledger's topics: the writer alone writes; readers read, each the families it is given.
#
#   deploy/acls.sh BOOTSTRAP NAMESPACE WRITER            the writer's rights
#   deploy/acls.sh BOOTSTRAP NAMESPACE --reader USER GROUP FAMILY…
#
# KAFKA_ACLS names Kafka's tool (default kafka-acls.sh), ADMIN_CONFIG a file of client settings.
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,7p' "$0" >&2
    exit 2
fi
bootstrap=$1 namespace=$2
shift 2
families=(registry intake verification enrollment exit disbursement service oversight)
acls() {
    "${KAFKA_ACLS:-kafka-acls.sh}" --bootstrap-server "$bootstrap" \
        ${ADMIN_CONFIG:+--command-config "$ADMIN_CONFIG"} --add "$@"
}
if [ "$1" = --reader ]; then
    user=$2 group=$3
    shift 3
    acls --allow-principal "User:$user" --operation Read --group "$group"
    for family in "$@"; do
        topic="$namespace.$family"
        acls --allow-principal "User:$user" --operation Read --operation Describe --topic "$topic"
        # Its dead letters, and what it is to try again.
        acls --allow-principal "User:$user" --operation Read --operation Write --operation Describe \
            --operation Create --topic "$topic.$group." --resource-pattern-type prefixed
        # `dlq retry` delivers a letter and marks it in one transaction.
        acls --allow-principal "User:$user" --operation Write --operation Describe \
            --transactional-id "$topic.$group.retry"
    done
else
    user=$1
    for topic in ledger lease "${families[@]}"; do
        acls --allow-principal "User:$user" --operation Read --operation Write --operation Describe \
            --operation DescribeConfigs --topic "$namespace.$topic"
    done
    acls --allow-principal "User:$user" --operation Write --operation Describe \
        --transactional-id "$namespace.writer." --resource-pattern-type prefixed
    acls --allow-principal "User:$user" --operation Describe --cluster
fi
