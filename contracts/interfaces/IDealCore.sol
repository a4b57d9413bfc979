// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealErrors} from "./IDealErrors.sol";

/// @title IDealCore
/// @notice What a deal does day by day: settle, pay claims, move shares.
interface IDealCore is IDealErrors {
    /// @notice A period was settled. With the terms, the deal's whole ledger follows from the logs alone.
    /// @param period From 1; one past the last for late revenue.
    /// @param figures Big-endian, packed: the tests' counters, five bits each (5 bytes); how many bytes an amount takes
    /// (1); and the amounts, in base units: what was shared out, what each rung of the ladder in force received, reserve
    /// draws included, what each reserve holds after the period. The ladder in force follows from the counters.
    event Settled(uint256 indexed period, bytes figures);

    /// @notice What was reported for a period that is about to be settled. Silence is not logged.
    /// @param figures Big-endian, packed: a bit for each field that is reported, the first lowest (2 bytes); and the fields
    /// (12 each), 0 where nothing is reported: the loss, the asset value, then those that the terms declare.
    event Reported(uint256 indexed period, bytes figures);

    /// @notice A holder claimed what its shares had earned, in base units of the asset.
    event Claimed(uint256 indexed tranche, address indexed holder, uint256 amount);

    /// @notice A holder had somebody else paid what its shares had earned, in base units of the asset.
    event ClaimedTo(uint256 indexed tranche, address indexed holder, address indexed recipient, uint256 amount);

    /// @notice Settles the next periods whose payment date has come, at most `count`; after the last, late revenue.
    /// All collections so far belong to the first of them; if it was cut off ({IDealExtension-cutOff}), those before its
    /// cut-off do, and the rest to the second.
    ///
    /// Stops before a period within its grace that {IDealTrial-maySettle} does not allow, and refuses if it is the first.
    ///
    /// Emits one {Settled} a period, with a {Reported} before it if there was a report.
    ///
    /// Requirements:
    /// - the next period's payment date has come, and its grace is over or it pays what falls due; or there is late revenue;
    /// - the asset's balance is not below the ledger;
    /// - no claim is being paid.
    ///
    /// @param count The most periods to settle, at least 1.
    function settle(uint256 count) external;

    /// @notice Pays revenue in, from the caller's allowance, and settles as {settle} does.
    ///
    /// Emits what {settle} emits.
    ///
    /// Requirements: those of {settle}; the caller has allowed the deal to take `amount`.
    ///
    /// @param amount Base units of the asset.
    /// @param count The most periods to settle, at least 1.
    function payAndSettle(uint256 amount, uint256 count) external;

    /// @notice {payAndSettle} with the allowance given by a signature (ERC-2612).
    ///
    /// Emits what {settle} emits.
    ///
    /// Requirements: those of {payAndSettle}. A permit that was used already is not an obstacle.
    ///
    /// @param amount Base units of the asset.
    /// @param count The most periods to settle, at least 1.
    /// @param deadline Until when the signature holds, in seconds.
    function payAndSettleWithPermit(
        uint256 amount,
        uint256 count,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Sends the caller everything its shares of a tranche have earned.
    ///
    /// Emits {Claimed}.
    ///
    /// Requirements: there is something to claim; no claim of the tranche is being paid, in a narrow deal no claim at all.
    ///
    /// @param tranche 0 is the most senior.
    /// @return amount Base units of the asset.
    function claim(uint256 tranche) external returns (uint256 amount);

    /// @notice Moves shares between holders; what they have earned stays with the seller.
    ///
    /// Emits nothing: the share emits the transfer.
    ///
    /// Requirements: the caller is the tranche's share; the policy, which is asked first, allows it; `from` has the shares;
    /// `to` is not the zero address. A policy without a reason of its own refuses by
    /// {IERC7943Fungible-ERC7943CannotTransfer}.
    ///
    /// @param tranche 0 is the most senior.
    /// @param amount Share base units.
    /// @return Always true: when a value is expected, Solidity skips the check that the callee has code.
    function moveShares(uint256 tranche, address from, address to, uint256 amount) external returns (bool);
}
