"""The general ledger's definitions, and the behaviour of journal entries."""
