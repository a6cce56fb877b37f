"""What a machine needs around the ledger: a real Kafka where no Docker is, topics' rights, compose files."""
