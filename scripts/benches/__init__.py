"""The parts of the benchmarks: what is asked, of which engines, on which graphs, and the pages of the figures."""
