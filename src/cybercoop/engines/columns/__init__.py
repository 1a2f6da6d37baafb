"""Long answers by columns: SPARQL in SQL over a snapshot of the store, on DuckDB."""
