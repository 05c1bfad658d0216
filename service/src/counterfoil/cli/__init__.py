"""The command line `counterfoil`: running the service and looking after it.

One module a group of commands. Commands read the settings, open the parts they need, and print; rules are the
features'. Failures are one sentence on standard error and exit status 1; wrong usage is status 2.
"""

from counterfoil.cli.main import main

__all__ = ["main"]
