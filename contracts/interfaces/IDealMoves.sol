// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealErrors} from "./IDealErrors.sol";
import {RecoverySlot} from "../types/Types.sol";

/// @title IDealMoves
/// @notice How shares move without their holder, in deals whose terms say who may do so. Called at the deal, like the rest.
/// Nothing else moves shares without their holder, and no policy can.
///
/// A recovery moves what is at an account whose key is lost, shares with the cash they earned, to another account that the
/// terms' provider signed for as the same investor's. Any act of the account before it is executed cancels it: a transfer of
/// shares out of it, its own claim, {setClaimFor}, or {cancelRecovery}, also by a signature that a contract accepts (ERC-1271).
///
/// A forced move moves an announced number of shares, and never cash, to an account that the policy lets receive.
/// @dev Signatures are over EIP-712 domain `Penstock Deal`, version `1`, chain and deal.
interface IDealMoves is IDealErrors {
    /// @notice A recovery was announced, for everything that is at `from`. `number` counts the announcements for it.
    event RecoveryAnnounced(
        address indexed from,
        address indexed to,
        bytes32 document,
        uint256 number,
        uint256 executableAt
    );

    /// @notice A recovery was cancelled, by the account's act or by who announced it.
    event RecoveryCancelled(address indexed from, uint256 number);

    /// @notice Everything of a tranche at `from` went to `to`: shares, and the cash they earned.
    event Recovered(uint256 indexed tranche, address indexed from, address indexed to, uint256 shares);

    /// @notice A fee is payable to another account from now on.
    event PayeeRecovered(uint256 indexed fee, address indexed from, address indexed to);

    /// @notice A forced move was announced.
    event MoveAnnounced(
        uint256 indexed tranche,
        address indexed from,
        address indexed to,
        uint256 shares,
        bytes32 document,
        uint256 executableAt
    );

    /// @notice A forced move was cancelled by who announced it.
    event MoveCancelled(uint256 indexed tranche, address indexed from, address indexed to, uint256 shares);

    /// @notice Thrown when the terms let nobody move shares so.
    error Deal_MovesNotAllowed();

    /// @notice Thrown when anybody but who the terms name announces, cancels or executes.
    error Deal_NotAnnouncer(address caller, address announcer);

    /// @notice Thrown when a recovery would go to the account itself, the deal or the zero address.
    error Deal_InvalidRecovery(address from, address to);

    /// @notice Thrown when a recovery of the account, or the same forced move, is announced already.
    error Deal_MoveAnnouncedAlready(address from, address to);

    /// @notice Thrown when a signature is not the provider's for this recovery, or not the account's for this objection.
    error Deal_InvalidSignature(address signer);

    /// @notice Thrown when nothing is announced to be cancelled or executed, or not exactly this.
    error Deal_MoveNotAnnounced(address from, address to);

    /// @notice Thrown when the delay is not over.
    error Deal_MoveTooEarly(uint256 executableAt, uint256 time);

    /// @notice Thrown when a recovery would move other than all shares that the account has.
    error Deal_NotTheWholeHolding(uint256 amount, uint256 shares);

    /// @notice Announces the recovery of an account.
    ///
    /// Emits {RecoveryAnnounced}.
    ///
    /// Requirements: the terms allow recoveries, and the caller is who they name; none of the account is announced; the terms'
    /// provider signed `Recovery(address from,address to,bytes32 document,uint256 number)`, where the number is one more than
    /// {recoveryOf} has.
    ///
    /// @param from The account whose key is lost.
    /// @param to Another account of its investor.
    /// @param document Hash of the document that it rests on.
    /// @param signature Of the terms' provider, or what its contract accepts.
    function announceRecovery(address from, address to, bytes32 document, bytes calldata signature) external;

    /// @notice Cancels the recovery of an account.
    ///
    /// Emits {RecoveryCancelled}. Requirements: it is announced; the caller is the account, or who the terms name.
    function cancelRecovery(address from) external;

    /// @notice Cancels the recovery of an account by its signature over `Objection(address from,uint256 number)`; a contract's
    /// is asked by ERC-1271. For any caller.
    ///
    /// Emits {RecoveryCancelled}. Requirements: it is announced; the signature is the account's, for this announcement.
    function cancelRecoveryBySig(address from, bytes calldata signature) external;

    /// @notice Makes the fees of an account payable to the account that its recovery was announced for.
    ///
    /// Emits {PayeeRecovered} for each.
    ///
    /// Requirements: the recovery is announced, and its delay is over; the caller is its receiver, or who the terms name.
    function recoverFees(address from) external;

    /// @notice Announces a forced move of shares, or the same one again once it was executed.
    ///
    /// Emits {MoveAnnounced}. Requirements: the terms allow forced moves, and the caller is who they name; it is not announced.
    ///
    /// @param tranche 0 is the most senior.
    /// @param amount Share base units.
    /// @param document Hash of the document that it rests on.
    function announceMove(uint256 tranche, address from, address to, uint256 amount, bytes32 document) external;

    /// @notice Cancels a forced move.
    ///
    /// Emits {MoveCancelled}. Requirements: it is announced; the caller is who the terms name.
    function cancelMove(uint256 tranche, address from, address to, uint256 amount) external;

    /// @notice Moves shares without their holder, for the share of the tranche: all of an account's with the cash they earned,
    /// if its recovery is announced for `to`; otherwise by a forced move.
    ///
    /// Emits {Recovered} for a recovery; the share emits the transfer.
    ///
    /// Requirements: the caller is the tranche's share; exactly this is announced, and its delay is over; the operator is who
    /// the terms name for it, of a recovery also its receiver; of a forced move, the policy lets `to` receive.
    ///
    /// @param tranche 0 is the most senior.
    /// @param operator Who called the share.
    /// @param amount Share base units; of a recovery all that the account has, also none.
    /// @return Always true.
    function forceMove(
        uint256 tranche,
        address operator,
        address from,
        address to,
        uint256 amount
    ) external returns (bool);

    /// @notice The recovery of an account: its receiver, or the zero address where none is announced, from when on it may be
    /// executed, and how many were ever announced.
    function recoveryOf(address from) external view returns (RecoverySlot memory);

    /// @notice From when on a forced move may be executed, in seconds; 0 where it is not announced.
    function moveExecutableAt(
        uint256 tranche,
        address from,
        address to,
        uint256 amount
    ) external view returns (uint256);

    /// @notice Who may claim a fee now: the terms' payee, or to whom it was recovered.
    function payeeOf(uint256 fee) external view returns (address);
}
