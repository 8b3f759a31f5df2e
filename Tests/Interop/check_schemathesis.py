"""Schemathesis, which makes requests from the served OpenAPI document and judges the answers."""

from pathlib import Path

import rest
from harness import Skipped, check, expect, tail
from scenarios import setting

#: What must hold for whatever is sent: no 5xx, and no status, type, head or body that the
#: document does not name.
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance", "unsupported_method",
          "allow_header_conformance")
SEED = 20_260_101
#: TRACE is no method of ours: HTTP answers 501 (RFC 9110 §9.1), which counts as a 5xx here.
CONFIGURATION = """
[phases.coverage]
unexpected-methods = ["DELETE", "OPTIONS", "PATCH", "POST", "PUT"]
"""
#: Requests of each kind for each operation: about 30 s for one caller.
EXAMPLES = 25


def run(context, bearer):
    program = Path(context.options.venv) / "bin/schemathesis"
    if not program.exists():
        raise Skipped("no schemathesis; scripts/test installs it")
    server = rest.serve(context)
    file = context.folder / "schemathesis.toml"
    file.write_text(CONFIGURATION)
    # It keeps a cache where it runs. One worker: two threads of Hypothesis change Python's bound
    # of recursion under each other, and draw other requests each time.
    code, output = context.run(
        "env", "-C", context.folder, program, "--config-file", file, "run",
        f"http://127.0.0.1:{context.port}/apiv2/openapi.json",
        "--url", f"http://127.0.0.1:{context.port}", "--checks", ",".join(CHECKS),
        "--header", f"Authorization: Bearer {bearer}", "--seed", SEED,
        "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing", "--workers", 1,
        "--continue-on-failure", "--request-timeout", 5, "--warnings", "off", seconds=100)
    expect(code == 0, f"{tail(output, 60)}")
    expect(server.is_running(), "the daemon is gone")
    described = rest.ask(context, "GET", "/apiv2/openapi.json").json
    # All but the document itself, which it has read before it begins.
    operations = sum(len(item) for item in described["paths"].values()) - 1
    expect(f"Tested: {operations}\n" in output, tail(output))


@check("Schemathesis: the whole description, with an API key", only="turnstone", seconds=110)
def key(context):
    setting.foreign(context)
    run(context, rest.KEY)


@check("Schemathesis: the whole description, with a user's token", only="turnstone", seconds=110)
def token(context):
    setting.foreign(context)
    run(context, setting.token("alice"))
