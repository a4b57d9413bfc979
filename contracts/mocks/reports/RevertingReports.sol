// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReports} from "../../interfaces/IReports.sol";

/// @title RevertingReports
/// @notice Reverts with bytes that would be a valid report if they were returned.
contract RevertingReports is IReports {
    /// @inheritdoc IReports
    function reportOf(address, uint256) external pure returns (uint256, uint256[14] memory) {
        bytes memory report = abi.encode(7, [uint256(1), 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assembly ("memory-safe") {
            revert(add(report, 32), mload(report))
        }
    }
}
