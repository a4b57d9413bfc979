// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReports} from "../interfaces/IReports.sol";

/// @title RevertingReports
/// @notice Refuses to answer.
contract RevertingReports is IReports {
    error RevertingReports_Down();

    /// @inheritdoc IReports
    function reportOf(address, uint256) external pure returns (bool, uint256, uint256) {
        revert RevertingReports_Down();
    }
}
