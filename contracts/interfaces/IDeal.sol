// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Allotment, HolderSlot} from "../types/Types.sol";

/// @title IDeal
/// @notice One project: holds its cash, shares each period's collections down the ladder, and pays claims.
///
/// Assumptions, correctness: the asset moves exactly what it says or reverts, its balances change only by transfers,
/// and it never takes cash from the deal; the report source tells the truth. Liveness: the asset lets the deal send
/// and receive; chain time is at most minutes off. Whatever fails, no caller and no key can move, withhold or redirect
/// what is credited, and nothing here can change the terms.
interface IDeal {
    /// @notice Every state number of a deal, for readers off-chain; lists run parallel to the terms.
    struct State {
        uint256 period;
        uint256 accounted;
        uint256 passesNeeded;
        uint256[] balances;
        uint256[] credited;
        uint256[] claimed;
        uint256[] interestArrears;
        uint256[] principalArrears;
        uint256[] reserves;
        uint256[] traps;
        uint256[] feeArrears;
        uint256[] feeClaimable;
    }

    /// @notice A period was settled. With the terms, the deal's whole ledger follows from the logs alone.
    /// @param figures Big-endian, packed: the period, from 1, one past the last for late revenue (2 bytes); the tests'
    /// counters after it, five bits each (5); how many bytes an amount takes (1); and the amounts, in base units: what was
    /// shared out, what each rung of the ladder in force received, reserve draws included, what each reserve holds after
    /// the period. The ladder in force follows from the counters.
    event Settled(bytes figures);

    /// @notice What was reported of a period, before it is settled. Silence is not logged.
    /// @param loss What balances are written down by, in base units.
    /// @param assetValue In base units, 0 when not attested.
    event Reported(uint256 indexed period, uint256 loss, uint256 assetValue);

    /// @notice A holder took what its shares had earned.
    event Claimed(uint256 indexed tranche, address indexed holder, uint256 amount);

    /// @notice A payee took its fees.
    event FeeClaimed(uint256 indexed fee, address indexed payee, uint256 amount);

    /// @notice The next period cannot be settled before `paymentAt`.
    error Deal_PeriodNotOver(uint256 period, uint256 paymentAt, uint256 time);

    /// @notice The deal holds less of the asset than its ledger accounts for.
    error Deal_BalanceBelowLedger(uint256 balance, uint256 ledger);

    /// @notice Every period is settled and no late revenue has come.
    error Deal_NothingToSettle();

    /// @notice Nobody settles zero periods.
    error Deal_ZeroPeriods();

    /// @notice The holder has nothing to claim of the tranche.
    error Deal_NothingToClaim(uint256 tranche, address holder);

    /// @notice The payee has nothing to claim of the fee.
    error Deal_NothingToClaimOfFee(uint256 fee, address payee);

    /// @notice Only the fee's payee takes it.
    error Deal_NotPayee(address caller, address payee);

    /// @notice Only a tranche's own share moves its holdings.
    error Deal_NotShare(address caller);

    /// @notice The policy does not let these shares move.
    error Deal_NotAllowed(address from, address to, uint256 amount);

    /// @notice There is no such tranche.
    error Deal_NoTranche(uint256 tranche);

    /// @notice The asset called back in the middle of a claim.
    error Deal_Reentered();

    /// @notice Nothing is settled before the launch is complete.
    error Deal_NotClosed();

    /// @notice Too little gas to give the report source its due.
    error Deal_OutOfReportGas(uint256 gasLeft);

    /// @notice The deal was closed before, or is not the factory's.
    error Deal_NotFactory(address caller);

    /// @notice What was allotted of a tranche is not its supply, or nothing.
    error Deal_SupplyMismatch(uint256 tranche, uint256 allotted, uint256 supply);

    /// @notice The opening reserves did not arrive in full.
    error Deal_OpeningNotReceived(uint256 received, uint256 opening);

    /// @notice The asset has other decimals than the terms.
    error Deal_WrongDecimals(uint256 decimals, uint256 expected);

    /// @notice Closes the deal: creates the shares and gives them out. The factory calls it in the launch.
    ///
    /// Requirements: the caller is the factory, once; allotments add up to each supply; the opening reserves are in.
    ///
    /// @param allotments Who gets how much of which tranche.
    function close(Allotment[] calldata allotments) external;

    /// @notice Settles the next periods whose payment date has come, at most `count`; after the last, late revenue.
    /// All collections so far belong to the first of them.
    ///
    /// Emits one {Settled} a period. Requirements: the next period's payment date has come, or there is late revenue.
    ///
    /// @param count The most periods to settle.
    function settle(uint256 count) external;

    /// @notice Pays revenue in, out of the caller's allowance, and settles as {settle} does.
    /// @param amount Base units of the asset.
    /// @param count The most periods to settle.
    function payAndSettle(uint256 amount, uint256 count) external;

    /// @notice {payAndSettle} with the allowance given by a signature.
    function payAndSettleWithPermit(
        uint256 amount,
        uint256 count,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Sends the caller all its shares of a tranche have earned.
    ///
    /// Emits {Claimed}. Requirements: there is something to claim.
    ///
    /// @return amount Base units of the asset.
    function claim(uint256 tranche) external returns (uint256 amount);

    /// @notice Sends a payee all it earned by a fee.
    ///
    /// Emits {FeeClaimed}. Requirements: the caller is the payee; there is something to claim.
    ///
    /// @return amount Base units of the asset.
    function claimFee(uint256 fee) external returns (uint256 amount);

    /// @notice Moves shares between holders; what they have earned stays with the seller.
    ///
    /// Requirements: the caller is the tranche's share; the policy allows it; `from` has them; `to` is not the zero
    /// address.
    ///
    /// @return Always true: asked for a value, Solidity does not look first whether there is code.
    function moveShares(uint256 tranche, address from, address to, uint256 amount) external returns (bool);

    /// @notice The terms, packed as docs/SPEC.md says.
    function terms() external view returns (bytes memory);

    /// @notice Who decides who may hold; the zero address lets everybody.
    function policy() external view returns (address);

    /// @notice The ERC-20 of a tranche.
    function shareOf(uint256 tranche) external view returns (address);

    /// @notice A holder's shares and debt of a tranche.
    function holderOf(uint256 tranche, address holder) external view returns (HolderSlot memory);

    /// @notice What a holder could claim now, in base units.
    function claimable(uint256 tranche, address holder) external view returns (uint256);

    /// @notice Shares of a tranche, in share base units; fixed at closing.
    function supplyOf(uint256 tranche) external view returns (uint256);

    /// @notice The texts of the terms: 0 the deal's name, 1 + 2t a tranche's id, 2 + 2t its symbol.
    function text(uint256 index) external view returns (string memory);

    /// @notice Decimals of every share of the deal.
    function shareDecimals() external view returns (uint8);

    /// @notice When the next period can be settled, in seconds; 0 after the last.
    function nextPaymentAt() external view returns (uint256);

    /// @notice Every state number, for readers off-chain.
    function state() external view returns (State memory);
}
