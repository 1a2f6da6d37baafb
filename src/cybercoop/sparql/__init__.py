"""Free SPARQL: looked at before it runs, run within limits, written while it is computed."""
