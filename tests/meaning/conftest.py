"""Hypothesis without deadlines: a busy machine is no defect of the reader."""

from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
