// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ITwoStepOwner
/// @notice A role that is handed over in two steps, an offer and its acceptance, and never left vacant: deals depend on
/// it for as long as they run. To retire a role, offer it to a contract that accepts it and can do nothing with it.
/// @dev The owner, the offer and its acceptance are OpenZeppelin's {Ownable2Step}.
interface ITwoStepOwner {
    /// @notice Thrown by {renounceOwnership}, always.
    error TwoStepOwner_CannotRenounce();

    /// @notice Reverts. {Ownable} has it, and would leave the role vacant in one step, for good.
    function renounceOwnership() external;
}
