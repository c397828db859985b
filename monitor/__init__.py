"""What an organisation does with the register: watchlist, verdicts, alerts, the command line and the daemon."""
