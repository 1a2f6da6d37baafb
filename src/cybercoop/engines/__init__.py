"""What answers queries: the store on disk, one in memory, a worker within limits, a SPARQL server anywhere."""
