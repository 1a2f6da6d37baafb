"""Answers and verdicts as people see them: tables, lists and notices as text, Markdown, HTML and CSV."""
