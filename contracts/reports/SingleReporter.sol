// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TwoStepOwner} from "../access/TwoStepOwner.sol";
import {IReports} from "../interfaces/IReports.sol";
import {ISingleReporter} from "../interfaces/ISingleReporter.sol";

/// @title SingleReporter
/// @notice See {ISingleReporter}.
contract SingleReporter is ISingleReporter, TwoStepOwner {
    /// @dev One slot. Amounts are those a deal can hold.
    struct Report {
        bool reported;
        uint96 loss;
        uint96 assetValue;
    }

    mapping(address deal => mapping(uint256 period => Report)) private _reports;

    constructor(address reporter) TwoStepOwner(reporter) {}

    /// @inheritdoc ISingleReporter
    function report(address deal, uint256 period, uint96 loss, uint96 assetValue) external onlyOwner {
        if (_reports[deal][period].reported) revert SingleReporter_ReportedAlready(deal, period);
        _reports[deal][period] = Report(true, loss, assetValue);
        emit Reported(deal, period, loss, assetValue);
    }

    /// @inheritdoc IReports
    function reportOf(
        address deal,
        uint256 period
    ) external view returns (bool reported, uint256 loss, uint256 assetValue) {
        Report memory found = _reports[deal][period];
        return (found.reported, found.loss, found.assetValue);
    }
}
