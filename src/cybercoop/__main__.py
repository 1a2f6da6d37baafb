"""`python -m cybercoop`: the command line."""

from cybercoop.cli import main

main()
