"""Counterfoil, the connection service."""
