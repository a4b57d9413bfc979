// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title NonsenseReports
/// @notice Answers every call with the bytes it was given, be they a report or not; can ask for gas before it does.
contract NonsenseReports {
    bytes private _answer;
    uint256 private _gasNeeded;

    /// @notice Sets the answer, and the gas without which there is none.
    function say(bytes calldata answer, uint256 gasNeeded) external {
        (_answer, _gasNeeded) = (answer, gasNeeded);
    }

    // An IReports in all but type: the type would not let it answer nonsense
    function reportOf(address, uint256) external view {
        bytes memory answer = _answer;
        if (gasleft() < _gasNeeded) answer = "";
        assembly ("memory-safe") {
            return(add(answer, 32), mload(answer))
        }
    }
}
