"""The chain Brownie is connected to, with every transaction sent and awaited by Brownie."""

from __future__ import annotations

from typing import Any

from penstock.evm.chain import BLOCK_GAS_LIMIT, Receipt
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainRefused
from penstock.evm.rpc import Rpc

GAS = min(20_000_000, BLOCK_GAS_LIMIT)


class BrownieChain(Rpc):
    """Reads as `Rpc` does; `sent` counts Brownie's transactions."""

    def __init__(self) -> None:
        from brownie import web3

        super().__init__(web3.provider.endpoint_uri)
        self.sent = 0

    def transact(self, to: Address | None, data: bytes, sender: Address, value: int = 0) -> Receipt:
        from brownie import accounts, web3
        from brownie.exceptions import VirtualMachineError

        try:
            done: Any = accounts.at(sender).transfer(
                to,
                value,
                data="0x" + data.hex(),
                gas_limit=GAS,
                gas_price=2 * 10**9,
                nonce=web3.eth.get_transaction_count(sender),  # Brownie's own count does not go back with the chain
                skip_undo=True,
                silent=True,
            )
        except VirtualMachineError:
            if to is not None:
                self.query(to, data, sender, reads_only=False)  # says why
            raise ChainRefused("Brownie's transaction failed, and a call with the same data does not") from None
        self.sent += 1
        made = checksum(done.contract_address) if done.contract_address else None
        return Receipt(done.gas_used, (), done.block_number, done.timestamp, hash=done.txid, contract=made)
