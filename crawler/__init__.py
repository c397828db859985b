"""Reaches the official pages and turns their bytes into raw rows. Imports `registry`, never `monitor`."""
