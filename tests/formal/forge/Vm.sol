// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What the campaign asks of forge beyond the EVM.
interface Vm {
    function warp(uint256 time) external;
    function prank(address caller) external;
}

/// @dev Where forge answers.
Vm constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
