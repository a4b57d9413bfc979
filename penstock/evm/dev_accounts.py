"""The accounts of development chains: the same addresses and keys in the process, on Anvil and on Ganache."""

from functools import lru_cache

from eth_account import Account

from penstock.evm.codec import Address

# Publicly known keys, the default of every development node. Never send anything of value to these accounts.
MNEMONIC = "test test test test test test test test test test test junk"
COUNT = 10
BALANCE_ETHER = 1_000_000


@lru_cache(maxsize=1)
def development_keys() -> dict[Address, bytes]:
    """Private keys by address, in the order a node lists them."""
    Account.enable_unaudited_hdwallet_features()
    paths = (f"m/44'/60'/0'/0/{place}" for place in range(COUNT))
    made = (Account.from_mnemonic(MNEMONIC, account_path=path) for path in paths)
    return {str(each.address): bytes(each.key) for each in made}
