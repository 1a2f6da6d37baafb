"""The doors: the command line, notebooks, assistants."""
