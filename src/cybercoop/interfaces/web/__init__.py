"""The graph in a browser: pages in three languages, written on the server, whole without any script."""
