"""Records proposed from files of the International Aid Transparency Initiative."""
