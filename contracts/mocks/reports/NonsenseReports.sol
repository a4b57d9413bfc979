// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title NonsenseReports
/// @notice Answers every call with the bytes it was given, whether they form a report or not. It can require a minimum
/// of gas.
contract NonsenseReports {
    bytes private _answer;
    uint256 private _gasNeeded;

    /// @notice Sets the answer, and the gas below which the answer is empty.
    function setAnswer(bytes calldata answer, uint256 gasNeeded) external {
        (_answer, _gasNeeded) = (answer, gasNeeded);
    }

    // Not declared an IReports, whose return types would not allow nonsense
    function reportOf(address, uint256) external view {
        bytes memory answer = _answer;
        if (gasleft() < _gasNeeded) answer = "";
        assembly ("memory-safe") {
            return(add(answer, 32), mload(answer))
        }
    }
}
