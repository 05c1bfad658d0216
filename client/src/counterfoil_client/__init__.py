"""Client of the Counterfoil connection service."""
