"""Which solc: a native one of the pinned version that is here already, or else the pinned npm one. Never a download."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    import solcx  # the extra penstock[solc]: knows where native compilers are installed
except ImportError:
    solcx = None  # type: ignore[assignment]

from penstock import paths
from penstock.evm.errors import CompileFailed, CompilerNotFound
from penstock.extras import install_command, require

VERSION = "0.8.30"
COMMIT = "73712a01"

_LONG_VERSION = re.compile(r"Version: (\d+\.\d+\.\d+)\+commit\.([0-9a-f]{8})\S*")


@dataclass(frozen=True)
class Compiler:
    """A program that speaks solc's command line, and whether it is native code or the npm build."""

    path: Path
    native: bool


def find_compiler() -> Compiler:
    """
    The compiler to use, native first.

    Raises
    ------
    CompilerNotFound : when neither is here.
    """
    for native in native_compilers():
        return native
    return npm_compiler()


def native_compilers() -> Iterator[Compiler]:
    """Native compilers of exactly the pinned version that py-solc-x or the path already have."""
    installed = [each for each in solcx.get_installed_solc_versions() if str(each) == VERSION] if solcx else []
    candidates = [solcx.install.get_executable(each) for each in installed]
    on_path = shutil.which("solc")
    if on_path:
        candidates.append(Path(on_path))
    # Either place may hold the npm wrapper, put there for other tools.
    return (found for each in candidates if (found := inspect(Path(each))) and found.native)


def npm_compiler() -> Compiler:
    """
    The wrapper over the npm compiler.

    Raises
    ------
    CompilerNotFound : when the wrapper, Node.js or the npm package is missing, or has another version.
    """
    wrapper = paths.solc_wrapper()
    found = inspect(wrapper) if wrapper.exists() else None
    if found is None or not (paths.node_modules() / "solc").exists():
        wanted = f"solc {VERSION}+commit.{COMMIT}"
        if not paths.is_checkout():
            fetch = f"{install_command('solc')}, then penstock compile --fetch-native"
            raise CompilerNotFound(f"no {wanted} on the PATH; install it, or {fetch}")
        raise CompilerNotFound(f"no {wanted}: run `make setup` (npm's, needs Node.js), or install it natively")
    return found


def inspect(program: Path) -> Compiler | None:
    """What a program is; None if it is not solc of the pinned version."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _LONG_VERSION.search(answer)
    if not found or found.groups() != (VERSION, COMMIT):
        return None
    return Compiler(program, native="Emscripten" not in found[0])


def run(compiler: Compiler, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    solc's whole answer to a standard JSON input.

    Raises
    ------
    CompileFailed : with solc's formatted messages.
    """
    command = [str(compiler.path), "--standard-json"]
    answer = subprocess.run(command, input=json.dumps(request), capture_output=True, encoding="utf-8", check=False)
    try:
        output: dict[str, Any] = json.loads(answer.stdout)
    except ValueError:
        raise CompileFailed((answer.stderr or answer.stdout).strip() or f"{compiler.path} gave no answer") from None
    errors = [each["formattedMessage"].strip() for each in output.get("errors", ()) if each["severity"] == "error"]
    if errors:
        raise CompileFailed("\n".join(errors))
    return output


def install_native() -> Compiler:
    """
    Downloads the native compiler into py-solc-x's folder. Only ever run because someone asked for it.

    Raises
    ------
    CompilerNotFound : when it cannot be had. ExtraMissing : without py-solc-x.
    """
    require("solcx", "solc", "fetching a native compiler")
    try:
        solcx.install_solc(VERSION)
    except (solcx.exceptions.SolcInstallationError, OSError) as error:
        raise CompilerNotFound(f"could not fetch solc {VERSION}: {error}") from None
    for native in native_compilers():
        return native
    raise CompilerNotFound(f"what was fetched is not solc {VERSION}+commit.{COMMIT}")
