"""The checkout, or the graph packed into the library, as one value."""
