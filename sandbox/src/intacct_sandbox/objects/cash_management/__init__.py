"""Cash management: reconciliations and what banks report."""
