// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReports} from "../../interfaces/IReports.sol";

/// @title SilentReports
/// @notice Never has a report, although its answer carries figures.
contract SilentReports is IReports {
    /// @inheritdoc IReports
    function reportOf(address, uint256) external pure returns (bool, uint256, uint256) {
        return (false, 1, 1);
    }
}
