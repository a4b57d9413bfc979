"""`penstock compile`: compiles the contracts and prints their sizes and the compiler used."""

from __future__ import annotations

from typing import Annotated

import typer

MAX_CODE_SIZE = 24_576  # EIP-170


def compile_(
    fetch_native: Annotated[
        bool,
        typer.Option("--fetch-native", help="Download the native compiler first; nothing else is ever downloaded."),
    ] = False,
) -> None:
    """Compiles the contracts and prints the size of each."""
    from penstock.evm.artifacts import compile_contracts
    from penstock.evm.solc import find_compiler, install_native
    from penstock.report import tables

    compiler = install_native() if fetch_native else find_compiler()
    artifacts = compile_contracts(compiler=compiler)
    rows = []
    for name, artifact in sorted(artifacts.items()):
        if artifact.in_production:
            size = len(artifact.deployed_bytecode)
            rows.append((name, size, f"{size / MAX_CODE_SIZE:.0%}"))
    tables.console().print(tables.table("Contracts", ("contract",), ("bytes", "of the limit"), rows))
    print(f"compiler: {compiler.path} ({'native' if compiler.native else 'npm'})")
