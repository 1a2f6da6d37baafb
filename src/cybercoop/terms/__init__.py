"""What claims are made of: names of things, literals, dates, labels, and the words of records."""
