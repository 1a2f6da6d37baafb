"""SPARQL servers anywhere: asked the same questions, given the graph."""
