// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReports} from "../../interfaces/IReports.sol";

/// @title GasBurningReports
/// @notice Burns all the gas it is given.
contract GasBurningReports is IReports {
    /// @inheritdoc IReports
    function reportOf(address, uint256) external pure returns (uint256, uint256[14] memory) {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
