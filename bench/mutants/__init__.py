"""How records and shapes are broken on purpose, each break in one way."""
