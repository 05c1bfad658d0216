"""The schema's history: one module in `versions` per change, applied in order and never edited once
released.
"""
