"""Commands: serve."""

from __future__ import annotations

import typer

from monitor.cli.common import home_and_settings, tell


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""

    @app.command(epilog="Example:  hdswatch serve --port 8001")
    def serve(
        private: bool = typer.Option(
            False, "--private", help="The organisation's own pages, on loopback, with a password."
        ),
        port: int = typer.Option(
            None, "--port", min=0, max=65535, help="Default: the setting serve.port (0: any free)."
        ),
    ) -> None:
        """Runs the site on the published register, and restarts it when a new one lands."""
        from monitor import serve as server

        home, settings = home_and_settings(prepare=False)
        instance = server.private_instance if private else server.public_instance
        server.run(instance(home, settings, port), tell)
