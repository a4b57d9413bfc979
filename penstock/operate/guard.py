"""
A settlement that only happens if its period is still the next one.

{IDeal-settle} takes how many periods, and not which. Of several overdue periods, only the first may have cash: two runs
that each settle one would settle the second with nothing. This is a transaction that makes no contract: its creation
code compares {IDeal-nextPaymentAt} with what the sender saw, settles, and returns no code. Nobody needs the deal's
permission to settle, so that it does not matter who calls.
"""

from __future__ import annotations

from penstock.evm.abi import Abi
from penstock.evm.codec import Address, canonical

_PUSH1, _PUSH4, _PUSH20, _PUSH32, _PUSH0 = 0x60, 0x63, 0x73, 0x7F, 0x5F
_EQ, _JUMPI, _JUMPDEST, _MLOAD, _MSTORE, _GAS = 0x14, 0x57, 0x5B, 0x51, 0x52, 0x5A
_CALL, _STATICCALL, _REVERT, _STOP, _RETURNDATASIZE, _RETURNDATACOPY = 0xF1, 0xFA, 0xFD, 0x00, 0x3D, 0x3E


def guarded_settle(abi: Abi, deal: Address, payment_at: int, count: int) -> bytes:
    """
    Creation code that settles `count` periods of a deal while its next payment date is `payment_at`.

    Otherwise it reverts: without data if the date differs, with the deal's own error if the deal refuses.
    """
    place = bytes([_PUSH20]) + canonical(deal)
    settle = abi.function("settle").encode([count])
    code = b""
    # mem[0:32] = selector, right-aligned: it begins at byte 28
    code += bytes([_PUSH4]) + abi.function("nextPaymentAt").selector + bytes([_PUSH0, _MSTORE])
    # staticcall(gas, deal, 28, 4, 32, 32), its success is left on the stack and ignored: mem[32] stays 0
    code += bytes([_PUSH1, 32, _PUSH1, 32, _PUSH1, 4, _PUSH1, 28]) + place + bytes([_GAS, _STATICCALL])
    code += bytes([_PUSH1, 32, _MLOAD, _PUSH32]) + payment_at.to_bytes(32, "big") + bytes([_EQ])
    code += _jump_over(code, bytes([_PUSH0, _PUSH0, _REVERT]))
    # mem[0:36] = settle(count)
    code += bytes([_PUSH32]) + settle[:32] + bytes([_PUSH0, _MSTORE])
    code += bytes([_PUSH32]) + settle[32:].ljust(32, b"\0") + bytes([_PUSH1, 32, _MSTORE])
    # call(gas, deal, 0, 0, 36, 0, 0)
    code += bytes([_PUSH0, _PUSH0, _PUSH1, 36, _PUSH0, _PUSH0]) + place + bytes([_GAS, _CALL])
    passed_on = bytes([_RETURNDATASIZE, _PUSH0, _PUSH0, _RETURNDATACOPY, _RETURNDATASIZE, _PUSH0, _REVERT])
    code += _jump_over(code, passed_on)
    return code + bytes([_STOP])


def _jump_over(before: bytes, otherwise: bytes) -> bytes:
    """Code that continues after `otherwise` if the top of the stack is true."""
    target = len(before) + 3 + len(otherwise)
    return bytes([_PUSH1, target, _JUMPI]) + otherwise + bytes([_JUMPDEST])
