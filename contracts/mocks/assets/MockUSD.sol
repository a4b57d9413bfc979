// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title MockUSD
/// @notice A stablecoin anyone may mint, for development chains and testnets; its deployment reverts on any other
/// chain.
contract MockUSD is ERC20Permit {
    error MockUSD_NotATestChain(uint256 chainId);

    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("Mock US Dollar", "mUSD") ERC20Permit("Mock US Dollar") {
        uint256 id = block.chainid;
        // Anvil, Ganache, Sepolia, Base Sepolia, Arbitrum Sepolia, Optimism Sepolia
        bool test = id == 31_337 || id == 1337 || id == 11_155_111 || id == 84_532 || id == 421_614 || id == 11_155_420;
        if (!test) revert MockUSD_NotATestChain(id);
        _decimals = decimals_;
    }

    /// @notice Mints to anybody, for anybody.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
