// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {PausableUSD} from "./PausableUSD.sol";

/// @title HookUSD
/// @notice Calls the hook an account registered: the sender's before balances move, the recipient's after, as ERC-777
/// tokens do. It can pause.
contract HookUSD is PausableUSD {
    /// @notice The contract called when an account sends or receives; the zero address when it has none.
    mapping(address account => address) public hookOf;

    constructor(uint8 decimals_) PausableUSD(decimals_) {}

    /// @notice Registers a hook for the caller.
    function register(address hook) external {
        hookOf[msg.sender] = hook;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        _notify(from, abi.encodeWithSignature("tokensToSend(address,address,uint256)", from, to, amount));
        super._update(from, to, amount);
        _notify(to, abi.encodeWithSignature("tokensReceived(address,address,uint256)", from, to, amount));
    }

    /// @dev A failure of the hook is passed on.
    function _notify(address account, bytes memory data) private {
        address hook = hookOf[account];
        if (hook == address(0)) return;
        // solhint-disable-next-line avoid-low-level-calls
        (bool success, bytes memory answer) = hook.call(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}
