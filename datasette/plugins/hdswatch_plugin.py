"""The site's one plugin file: it hangs the pages and the safety rules on Datasette's hooks.

Datasette executes every `plugins/*.py` by path, outside any package, so this file stays thin and the code lives beside
it in the folder `hdswatch_site`, found through the path entry below. It must not hold page content.
"""

import sys
from functools import partial
from pathlib import Path

_HERE = str(Path(__file__).resolve().parent)
if _HERE not in sys.path:
    sys.path.append(_HERE)

from datasette import hookimpl  # noqa: E402
from hdswatch_site import errors, routes, safety, tables  # noqa: E402  the folder must be findable first


@hookimpl
def startup(datasette):
    tables.add_metadata(datasette)
    return safety.check_then_open_connections(datasette)


@hookimpl(trylast=True)
def asgi_wrapper(datasette):
    return partial(safety.guard, datasette)


@hookimpl(tryfirst=True)
def permission_allowed(action):
    return False if action == "execute-sql" else None


@hookimpl
def skip_csrf(scope):
    return scope["path"] == "/check"


@hookimpl
def register_routes(datasette):
    return routes.all_routes(datasette)


@hookimpl
def render_cell(value):
    return tables.show_cell(value)


@hookimpl
def filters_from_request(datasette, request, database, table):
    return tables.refuse_unknown_columns(datasette, request, database, table)


@hookimpl
def prepare_jinja2_environment(env):
    tables.prepare_environment(env)


@hookimpl
def extra_template_vars(datasette, request, template):
    return tables.template_variables(datasette, request, template)


@hookimpl(tryfirst=True)
def forbidden(datasette, request, message):
    return errors.page(datasette, request, 403)


@hookimpl(tryfirst=True)
def handle_exception(datasette, request, exception):
    return errors.from_exception(datasette, request, exception)


errors.silence_default_handler()
tables.write_csv_carefully()
