"""Contracts: what their schedules do."""
