"""`python -m cybercoop`: the command line."""

from cybercoop import main

main()
