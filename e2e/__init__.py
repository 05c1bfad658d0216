"""Journeys across real processes and a real browser; imports no distribution but the client."""
