"""What each row of an answer rests on: the text of a question is read, written again, and followed to its sources."""
