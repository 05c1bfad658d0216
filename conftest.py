"""What all tests share, whatever distribution they belong to: property tests are never judged by time."""

from hypothesis import HealthCheck, settings

# Machines are shared and noisy; how fast something is belongs in benchmarks.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
