// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OfftakeRow, OfftakeState, OfftakeTerms} from "../types/Offtakes.sol";

/// @title IOfftake
/// @notice A metered bill every period: a power purchase agreement, a lease, a hosting contract. Its rows lay down price, cap,
/// take-or-pay floor and guaranteed output of each period; the meter says how much came. Bills go to whom the meter is
/// pledged to at the first second of the row, usually a deal: there they are revenue like any other.
/// @dev There is no owner, no pause and no upgrade, and no bill is ever changed or forgiven. A late reading is billed in the
/// row in which the meter counts it, so that nothing is billed twice. An offtake does not make a meter exclusive.
///
/// Assumptions, correctness: the meters are Penstock's own, whose final figures never change; who accepts looks at that. The
/// asset is one that SECURITY.md describes. Liveness: the buyer pays. If not, the deposit does, as far as it goes. A payee
/// that the asset does not let receive stops its own bills, and those behind them.
interface IOfftake {
    /// @notice The buyer accepted, and the deposit arrived.
    event Accepted(uint64 indexed meter, address indexed buyer, uint256 deposit);

    /// @notice Somebody added to the deposit.
    event Posted(address indexed by, uint256 amount);

    /// @notice A row was paid in full.
    /// @param amount What of its bill was unpaid.
    /// @param late Interest on what was late.
    event Paid(uint256 indexed row, address indexed payee, address by, uint256 amount, uint256 late);

    /// @notice The deposit paid for a row.
    /// @param amount Of its bill.
    /// @param late Of the interest on what was late.
    event Drawn(uint256 indexed row, address indexed payee, uint256 amount, uint256 late);

    /// @notice Every row is paid, and what is left of the deposit was credited to the buyer.
    event Finished(uint256 deposit);

    /// @notice What was credited to an account was paid to it.
    event Withdrawn(address indexed asset, address indexed account, uint256 amount);

    /// @notice Thrown when another account than the buyer accepts.
    error Offtake_NotBuyer(address caller, address buyer);

    /// @notice Thrown when the offtake was accepted before.
    error Offtake_AcceptedAlready();

    /// @notice Thrown when the buyer accepts at the start or later.
    error Offtake_TooLate(uint256 start, uint256 time);

    /// @notice Thrown when the buyer has not accepted.
    error Offtake_NotAccepted();

    /// @notice Thrown when every row is paid and the deposit credited.
    error Offtake_FinishedAlready();

    /// @notice Thrown when nothing is added to the deposit.
    error Offtake_NothingPosted();

    /// @notice Thrown when there is no such row.
    error Offtake_NoRow(uint256 row, uint256 rows);

    /// @notice Thrown when a row is not the next to be paid: rows are paid in order, each once.
    error Offtake_NotNext(uint256 row, uint256 next);

    /// @notice Thrown when the deposit may not be drawn yet.
    error Offtake_InGrace(uint256 row, uint256 endsAt, uint256 time);

    /// @notice Thrown when the deposit is empty, or nothing is due.
    error Offtake_NothingToDraw(uint256 row);

    /// @notice Thrown when rows are left to be paid.
    error Offtake_RowsLeft(uint256 next, uint256 rows);

    /// @notice Thrown when less of the asset arrived than was sent.
    error Offtake_ShortReceipt(uint256 wanted, uint256 received);

    /// @notice Thrown when nothing is credited to the account.
    error Offtake_NothingToWithdraw(address asset, address account);

    /// @notice Thrown when the asset calls back while cash is on its way.
    error Offtake_Reentered();

    /// @notice Accepts the terms, and takes the deposit from the caller.
    ///
    /// Emits {Accepted}. Requirements: the caller is the buyer, once, before the start; the deposit arrives.
    function accept() external;

    /// @notice Adds to the deposit, from the caller.
    ///
    /// Emits {Posted}. Requirements: the offtake is accepted and not finished; the amount arrives, and is not 0.
    function post(uint96 amount) external;

    /// @notice Pays everything due for a row, from the caller to the row's payee. Anyone may, for the buyer.
    ///
    /// Emits {Paid}.
    ///
    /// Requirements: the offtake is accepted and not finished; the row is the next; the meter is final to its end; the amount
    /// arrives. A row of nothing is passed the same way.
    function pay(uint256 row) external;

    /// @notice Pays for a row from the deposit, once its grace is over: what is unpaid of the bill first, then interest. Anyone
    /// may. Interest up to today is fixed; what is left unpaid accrues further, and stays due.
    ///
    /// Emits {Drawn}.
    ///
    /// Requirements: as those of {pay}; the row's grace is over; there is a deposit, and something due.
    function draw(uint256 row) external;

    /// @notice Credits what is left of the deposit to the buyer. Anyone may.
    ///
    /// Emits {Finished}. Requirements: the offtake is accepted and not finished; every row is paid.
    function finish() external;

    /// @notice Pays an account everything that is credited to it. Anyone may.
    ///
    /// Emits {Withdrawn}. Requirements: something is credited to it.
    function withdraw(address asset, address account) external;

    /// @notice What is due for a row now, in base units.
    ///
    /// Requirements: there is such a row; the meter is final to its end.
    ///
    /// @return bill The whole bill, whatever was paid of it.
    /// @return unpaid What of it is not paid.
    /// @return late Interest on what is late: simple, for whole days since the end of the row's grace, actual over 365.
    function due(uint256 row) external view returns (uint256 bill, uint256 unpaid, uint256 late);

    /// @notice Who gets a row's bill.
    function payeeOf(uint256 row) external view returns (address);

    /// @notice The terms, and the meter's asset, in which everything is paid.
    function terms() external view returns (OfftakeTerms memory, address asset);

    /// @notice A row, and where it starts, in seconds.
    function rowOf(uint256 row) external view returns (uint40 start, OfftakeRow memory);

    /// @notice How many rows there are.
    function rowCount() external view returns (uint256);

    /// @notice The offtake as it is now.
    function state() external view returns (OfftakeState memory);

    /// @notice What is credited to an account, in base units of the asset.
    function credit(address asset, address account) external view returns (uint256);
}
