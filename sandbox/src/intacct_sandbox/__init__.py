"""A Sage Intacct emulator."""
