"""
URLs of nodes and explorers that are none.

given a URL without a host, with brackets left open, a port that cannot be, or of another kind than http
    every command should refuse it in one line, exit 1, and show nothing of it: any part may be a password
given a name of a list whose host is such a URL
    it should be refused by its name
given an IPv6 host
    it should be shown in its brackets
"""

from __future__ import annotations

import pytest

from penstock.deploy.verify.http import ExplorerFailed, Http
from penstock.evm.networks import Network, NetworkRefused
from penstock.evm.transport import label_of, secrets_of
from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import MINIMAL, ROOT, penstock

NONE = [
    *("http://[::1", "http://u:pa55word@[::1", "http://u:pa55word@[zz]/", "http://", "http:///pa55word", "http://:80"),
    *("http://127.0.0.1:99999999", "http://127.0.0.1:-1", "http://127.0.0.1:0", "http://u:pa55word#x@127.0.0.1"),
    *("http://ex\u2100mple", "wss://host/pa55word", "HTTP://u:pa55word@host", "://pa55word"),
]
WORDS = "the network's URL is not an address of a node; accepted: http:// or https://, HOST:PORT and a path\n"


@pytest.mark.parametrize("url", NONE)
def test_no_node_is_asked_for_at_what_is_no_url(url: str) -> None:
    for words in (("deploy", str(ROOT / MINIMAL), "--network", url), ("audit", HOLDER, "--rpc", url)):
        done = penstock(*words)
        assert (done.exit_code, done.stdout, done.stderr) == (1, "", WORDS), (words, done.exception)
    assert (label_of(url), secrets_of(url)) == ("…", [])


def test_a_network_of_a_list_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "pa55word:[")
    with pytest.raises(NetworkRefused, match=r"^the URL of network ours is not an address of a node") as refused:
        _ = Network("ours", "https://host:$KEY", 1).url
    assert "pa55word" not in str(refused.value)


@pytest.mark.parametrize("url", NONE)
def test_no_explorer_is_asked_either(url: str) -> None:
    with pytest.raises(ExplorerFailed, match=r"^the URL given by --verifier-url is not an explorer's API; "):
        Http(url, key="pa55word")


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert label_of("http://u:pa55word@[::1]:8545/v3/pa55word") == "http://[::1]:8545"
