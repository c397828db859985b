"""The evidence pack: what an organisation shows an auditor about its hosts.

`material` reads what the published registry knows beyond verdicts, `timeline` draws, `pages` renders, `pack` writes the
folder, `verify` checks one offline. The same inputs give the same bytes: no clock, no random name, sorted everything.
"""
