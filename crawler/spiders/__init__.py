"""Reaching every page of a source once: which pages there are is found on the pages themselves.

Owns navigation (letters, pagers, Drupal Views Ajax, details, downloads) as a walk without any network of its own, and
the Scrapy spider that carries the walk out. Must not interpret a value.
"""
