"""`python -m monitor.cli`: the same as the `hdswatch` script, for child processes that must not depend on PATH."""

from monitor.cli import main

main()
