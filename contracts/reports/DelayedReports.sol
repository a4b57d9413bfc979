// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Replaceable} from "../access/Replaceable.sol";
import {IDelayedReports} from "../interfaces/IDelayedReports.sol";
import {IReports} from "../interfaces/IReports.sol";
import {MAX_FIELDS} from "../types/Types.sol";

/// @title DelayedReports
/// @notice See {IDelayedReports}.
contract DelayedReports is IDelayedReports, Replaceable {
    constructor(address owner_, IReports first, uint256 delay_) Replaceable(owner_, address(first), delay_) {}

    /// @inheritdoc IReports
    /// @dev Reads an answer as a deal does: so many words, whatever is in them.
    function reportOf(
        address deal,
        uint256 period
    ) external view returns (uint256 reported, uint256[14] memory values) {
        address source = current();
        (bool answered, bytes memory answer) = source.staticcall(abi.encodeCall(IReports.reportOf, (deal, period)));
        if (!answered || answer.length != 32 * (1 + MAX_FIELDS)) revert DelayedReports_NoAnswer(source);
        return abi.decode(answer, (uint256, uint256[14]));
    }
}
