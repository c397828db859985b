"""Messages to people: what is said, in French or English, as plain text, HTML, a short form and a JSON payload.

Owns wording and layout. Decides nothing about when or to whom. Everything that came from outside is escaped or stripped
here, for each form in its own way.
"""
