"""Checks of the code itself: documents, words, exports, mirrors. `make check` runs them."""
