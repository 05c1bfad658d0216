"""What all applications share, and the behaviour of views that users keep."""
