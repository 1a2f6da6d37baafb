"""Help for who writes records: skeletons, one layout, certain mends, and a place in the graph."""
