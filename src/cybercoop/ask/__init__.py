"""Questions of the catalogue, as people put them, asked of any engine; and every claim about a thing."""
