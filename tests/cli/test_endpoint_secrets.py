"""
What is shown of an endpoint: scheme, host and port.

given a URL with a user, a password, a key in its path and another in its query
    no command should print or write any of them, whatever the node does, even where the node's own words quote them
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from penstock.evm import networks, nodes
from penstock.evm.retry import RetryingRpc, RetryPolicy
from tests.evm.proxy import Act, Proxy, after, dropped, proxied, refused, status
from tests.fixtures.actors import HOLDER, OPERATOR
from tests.fixtures.chains import START
from tests.fixtures.cli import penstock
from tests.fixtures.deals import SMALL
from tests.fixtures.slow import mostly_slow

pytestmark = pytest.mark.sampled

WORDS = ("user", "pa55word", "SECRETKEY", "QUERYSECRET", "/v3", "k=")
QUOTED = "project SECRETKEY of user:pa55word has no k=QUERYSECRET at /v3/SECRETKEY"
SHORT = RetryPolicy(request=1.0, outage=0.1, start=0.1, first_pause=0.02, longest_pause=0.05)
FAULTS: dict[str, Act | None] = {
    "dropped": dropped,
    "HTTP 429": status(429),
    "HTTP 403": status(403),
    "refused": refused(-32000, QUOTED),
    "asked to wait": refused(429, QUOTED),
    "batches refused": None,
}
FILE = "deployments/31337/small.json"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Proxy, str]]:
    """A folder with a deal that was deployed through the URL, the proxy behind it, and the URL."""
    folder = tmp_path_factory.mktemp("secret")
    with nodes.anvil(timestamp=START) as node, proxied(node.url) as proxy, pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        Path("small.toml").write_text(SMALL)
        url = proxy.url.replace("http://", "http://user:pa55word@") + "/v3/SECRETKEY?k=QUERYSECRET"
        done = penstock("deploy", "small.toml", "--payee", f"operator={OPERATOR}", "--network", url, "--execute")
        assert done.exit_code == 0, done.output
        require_hidden(done.output)
        yield folder, proxy, url


def require_hidden(text: str) -> None:
    for word in WORDS:
        assert word not in text, f"{word!r} in {text}"


# Each fault once, from the first request or from a later one.
QUICK = [(fault, 4 * (place % 2)) for place, fault in enumerate(FAULTS)]


@pytest.mark.parametrize(("fault", "begins"), mostly_slow(product(FAULTS, [0, 4]), QUICK))
def test_no_command_shows_more_than_scheme_host_and_port(
    deployed: tuple[Path, Proxy, str], monkeypatch: pytest.MonkeyPatch, fault: str, begins: int
) -> None:
    folder, proxy, url = deployed
    monkeypatch.chdir(folder)
    monkeypatch.setattr(networks, "RetryingRpc", lambda url, **_: RetryingRpc(url, patience=SHORT))
    for command in (
        ("audit", FILE, "--rpc", url, "--patience", "0"),
        ("watch", FILE, "--once", "--network", url),
        ("status", FILE, "--network", url),
        ("status", "--all", "--network", url),
        ("holders", FILE, "--network", url),
        ("settle", FILE, "--network", url),
        ("claim", FILE, "--holder", HOLDER, "--network", url),
        ("call", FILE, "--network", url),
        ("admin", "handover", FILE, "--check", "--network", url),
        ("manifest", "rebuild", HOLDER, "--deal-file", "small.toml", "--network", url, "--out", "r.json"),
    ):
        proxy.clear()
        act = FAULTS[fault]
        if act is None:
            proxy.most_in_a_batch = 0
        else:
            proxy.on("*", act, after(begins))
        done = penstock(*command)
        require_hidden(done.output)
        if act is not None:
            assert done.exit_code == 1 and done.stderr.count("\n") == 1, (command, done.output)
    proxy.clear()
    for file in folder.rglob("*"):
        if file.is_file():
            require_hidden(file.read_text())


def test_a_page_that_is_refused_to_its_last_block_hides_them_too(
    deployed: tuple[Path, Proxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, proxy, url = deployed
    monkeypatch.chdir(folder)
    proxy.clear()
    proxy.on("eth_getLogs", refused(-32000, QUOTED))
    done = penstock("audit", FILE, "--rpc", url, "--patience", "0")
    proxy.clear()
    assert done.exit_code == 1 and "refuses the logs of block" in done.stderr
    require_hidden(done.output)
