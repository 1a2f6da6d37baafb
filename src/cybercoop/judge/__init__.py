"""The verdict on the graph or on a contribution: what is wrong, where, the first cause first."""
