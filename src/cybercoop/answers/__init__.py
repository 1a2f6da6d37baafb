"""An answer as people read it: names in three languages, tables, data frames, pictures."""
