// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title NoReturnUSD
/// @notice Returns nothing where ERC-20 returns true. As Tether's USDT on Ethereum does.
contract NoReturnUSD is MockUSD {
    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override returns (bool) {
        super.transfer(to, amount);
        _answerNothing();
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        super.transferFrom(from, to, amount);
        _answerNothing();
    }

    /// @inheritdoc ERC20
    function approve(address spender, uint256 amount) public override returns (bool) {
        super.approve(spender, amount);
        _answerNothing();
    }

    /// @dev Ends the whole call.
    function _answerNothing() private pure {
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}
