"""The register itself: what a printed row means, whether a run is believable, what changed, and the published copy.

Imports neither `crawler` nor `monitor`.
"""
