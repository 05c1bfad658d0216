"""The schema's history: one module in `versions` a change, applied in order, never edited once released."""
