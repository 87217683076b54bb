"""schemathesis over both OpenAPI documents of a running server, for an application and a person.

    fuzz_surface.py [--whole] [--examples N] [--version v1.0|beta] [--as app|person] [--tag AREA]

Needs YAGURA_BINARY, YAGURA_DATA and YAGURA_CREDENTIALS, as run.sh sets them, and schemathesis and
openapi-spec-validator beside this Python. Without flags it is the short run of CI, with a fixed
seed; `--whole` also covers each boundary of each parameter and takes minutes. It writes, changes
and deletes, so it wants a server of its own.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from graph_client import BASE, CREDENTIALS, Person, credential, SCOPE  # isort: skip
import httpx
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = Path(__file__).parent
# No answer may fail in the server, nor break what the document says of it.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,valid_is_accepted"
)
# Bodies with so many types inside that every boundary of each takes hours; the short run has them.
WIDE = ("post.security.alerts_v2",)


def document(version):
    """The document, after it was found valid."""
    address = f"{BASE}/openapi/{version}.json"
    found = httpx.get(address, verify=CREDENTIALS["ca_file"], timeout=60).json()
    errors = [error.message for error in OpenAPIV31SpecValidator(found).iter_errors()]
    if errors:
        sys.exit(f"{address} is not valid: {errors[:3]}")
    return found


def tokens():
    return {
        "app": lambda: credential().get_token(SCOPE).token,
        "person": lambda: Person().get_token().token,
    }


def for_people(found):
    """The areas in which something is for people alone."""
    operations = [it for methods in found["paths"].values() for it in methods.values()]
    return sorted({it["tags"][0] for it in operations if "x-application-roles" not in it})


def run(version, who, token, found, options):
    examples = options.examples or (50 if options.whole else 2)
    phases = "examples,coverage,fuzzing" if options.whole else "examples,fuzzing"
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{BASE}/openapi/{version}.json",
        *("--origin", BASE),
        *("--header", f"Authorization: Bearer {token}"),
        *("--tls-verify", CREDENTIALS["ca_file"]),
        *("--checks", CHECKS),
        *("--phases", phases),
        *("--max-examples", str(examples)),
        *("--seed", "20260105"),
        *("--generation-database", "none"),
        *("--suppress-health-check", "all"),
        *("--warnings", "off"),
        "--continue-on-failure",
        "--no-shrink",
        "--no-color",
    ]
    if options.whole:
        for name in WIDE:
            command += ["--exclude-operation-id", name]
    else:
        command += ["--mode", "positive"]
    if options.report:
        path = f"{Path(options.report).absolute()}-{version}-{who}.ndjson"
        command += ["--report", "ndjson", "--report-ndjson-path", path]
    tags = options.tag or []
    if who == "person" and not tags and not options.whole:
        tags = for_people(found)
    for tag in tags:
        command += ["--include-tag", tag]
    began = time.monotonic()
    env = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "surface_hooks"}
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=scratch)
    took = time.monotonic() - began
    if done.returncode:
        print(done.stdout[-20_000:], done.stderr[-4_000:])
    lines = [line.strip() for line in done.stdout.splitlines()]
    told = [line for line in lines if "generated" in line or line.startswith(("Tested", "Operations"))]
    print(f"{version} as {who}: exit {done.returncode}, {took:.0f} s; {'; '.join(told)}", flush=True)
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--examples", type=int)
    parser.add_argument("--version", choices=("v1.0", "beta"))
    parser.add_argument("--as", dest="who", choices=("app", "person"))
    parser.add_argument("--tag", action="append")
    parser.add_argument("--report", help="where to write every call, as NDJSON")
    options = parser.parse_args()
    good = True
    for version in [options.version] if options.version else ("v1.0", "beta"):
        found = document(version)
        count = sum(len(methods) for methods in found["paths"].values())
        print(f"{version}: valid OpenAPI {found['openapi']}, {count} operations", flush=True)
        for who, token in tokens().items():
            if options.who in (None, who):
                good &= run(version, who, token(), found, options)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
