"""The organisation's own pages: contracts with their verdicts, open alerts, messages, and what a person did.

A process of its own on loopback, behind a password; the public site shares templates with it and nothing else. Must not
decide a verdict or send a message: it shows `monitor.verdicts` and `monitor.alert_views`, and hands a person's
acknowledgement to `monitor.actions`.
"""
