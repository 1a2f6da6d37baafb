"""What is measured: benchmarks, the pages of their figures, a generator of large graphs, faults made on purpose."""
