// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Replaceable} from "../access/Replaceable.sol";
import {IDelayedReports} from "../interfaces/IDelayedReports.sol";
import {IReports} from "../interfaces/IReports.sol";

/// @title DelayedReports
/// @notice See {IDelayedReports}.
contract DelayedReports is IDelayedReports, Replaceable {
    constructor(address owner_, IReports first, uint256 delay_) Replaceable(owner_, address(first), delay_) {}

    /// @inheritdoc IReports
    /// @dev Reads an answer as a deal does: three words, and any first word but 0 is a report.
    function reportOf(
        address deal,
        uint256 period
    ) external view returns (bool reported, uint256 loss, uint256 assetValue) {
        address source = current();
        (bool answered, bytes memory answer) = source.staticcall(abi.encodeCall(IReports.reportOf, (deal, period)));
        if (!answered || answer.length != 96) revert DelayedReports_NoAnswer(source);
        uint256 flag;
        (flag, loss, assetValue) = abi.decode(answer, (uint256, uint256, uint256));
        reported = flag != 0;
    }
}
