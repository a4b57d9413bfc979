// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDealErrors
/// @notice Why a deal refuses a call. A refused call changes nothing and logs nothing. Calldata shorter than a function's
/// arguments is refused without a reason: Solidity compares the length before any code of ours runs.
interface IDealErrors {
    // Closing

    /// @notice Thrown when anyone but the factory closes a deal, or the factory a second time.
    error Deal_NotFactory(address caller);

    /// @notice Thrown when the terms are packed in another format than this deal reads.
    error Deal_UnknownFormat(uint256 format, uint256 expected);

    /// @notice Thrown when the asset's decimals are not those of the terms.
    error Deal_WrongDecimals(uint256 decimals, uint256 expected);

    /// @notice Thrown when a face is more than a deal of the terms' width can keep.
    error Deal_FaceTooLarge(uint256 tranche, uint256 face, uint256 most);

    /// @notice Thrown when the capital of the promote is more than a deal of the terms' width can keep.
    error Deal_CapitalTooLarge(uint256 capital, uint256 most);

    /// @notice Thrown when the terms have no tranche, or more tranches, fees, reserves, tests or hurdles than a deal has room
    /// for, or a promote and fewer than two tranches.
    error Deal_WrongCounts(uint256 tranches, uint256 fees, uint256 reserves, uint256 tests);

    /// @notice Thrown when the terms name the zero address as the payee of a fee.
    error Deal_NoPayee(uint256 fee);

    /// @notice Thrown when the allotments of a tranche do not add up to its supply, or when the supply is zero.
    error Deal_SupplyMismatch(uint256 tranche, uint256 allotted, uint256 supply);

    /// @notice Thrown when the opening reserves have not arrived in full, or are more than the deal can keep.
    error Deal_OpeningNotReceived(uint256 received, uint256 opening);

    /// @notice Thrown when the chain creates contracts at other addresses than Ethereum would.
    error Deal_WrongShareAddress(uint256 tranche, address share, address expected);

    // Settling

    /// @notice Thrown when a settlement comes before the launch is complete.
    error Deal_NotClosed();

    /// @notice Thrown when `count` is zero.
    error Deal_ZeroPeriods();

    /// @notice Thrown when the payment date of the next period has not come.
    error Deal_PeriodNotOver(uint256 period, uint256 paymentAt, uint256 time);

    /// @notice Thrown when the next period does not pay what falls due, and its grace is not over.
    error Deal_InGrace(uint256 period, uint256 endsAt);

    /// @notice Thrown when every period is settled and no late revenue has arrived.
    error Deal_NothingToSettle();

    /// @notice Thrown when the deal holds less of the asset than its ledger accounts for.
    error Deal_BalanceBelowLedger(uint256 balance, uint256 ledger);

    /// @notice Thrown when too little gas is left to give the report source its share.
    error Deal_OutOfReportGas(uint256 gasLeft);

    // Cutting off

    /// @notice Thrown when collections are to be cut off in a deal without a payment delay.
    error Deal_NoDelay();

    /// @notice Thrown when the accrual date of the next period has not come.
    error Deal_StillAccruing(uint256 period, uint256 accrualAt, uint256 time);

    /// @notice Thrown when collections are to be cut off from the payment date on: what has come in by then counts.
    error Deal_PaymentDue(uint256 period, uint256 paymentAt, uint256 time);

    /// @notice Thrown when the collections of the next period are cut off already.
    error Deal_CutOffAlready(uint256 period, uint256 collections);

    /// @notice Thrown when collections are to be cut off and no period is left.
    error Deal_AllPeriodsSettled(uint256 periods);

    // The clean-up call

    /// @notice Thrown when a deal without a clean-up call is to be called.
    error Deal_NotCallable();

    /// @notice Thrown when a call is announced while lenders' faces less principal paid are more than the terms allow.
    error Deal_CallNotAllowed(uint256 outstanding, uint256 most);

    /// @notice Thrown when the call of the next period is announced already.
    error Deal_CalledAlready(uint256 period);

    /// @notice Thrown when a call is announced less than a day before the payment date of the next period.
    error Deal_CallTooLate(uint256 period, uint256 latestAt, uint256 time);

    /// @notice Thrown when the next period is to be settled by a call that is not announced.
    error Deal_NotAnnounced(uint256 period);

    /// @notice Thrown when the payee's cash does not arrive in full, or is more than the deal may take in its life.
    error Deal_CallNotPaid(uint256 period, uint256 missing);

    // Claiming

    /// @notice Thrown when the holder has nothing to claim from the tranche.
    error Deal_NothingToClaim(uint256 tranche, address holder);

    /// @notice Thrown when the payee has nothing to claim from the fee.
    error Deal_NothingToClaimOfFee(uint256 fee, address payee);

    /// @notice Thrown when anyone claims for a holder that does not accept it: one that said so, or a contract that did not
    /// say otherwise.
    error Deal_ClaimForRefused(address holder);

    /// @notice Thrown when a claim is to be paid to nobody, or to the deal itself.
    error Deal_WrongRecipient(address recipient);

    /// @notice Thrown when a signed claim is sent after its deadline.
    error Deal_ClaimExpired(uint256 deadline, uint256 time);

    /// @notice Thrown when a claim is not signed by the holder: for this deal, these values and the holder's next nonce.
    error Deal_WrongSignature(address holder, uint256 nonce);

    /// @notice Thrown when anyone but its payee claims a fee, or announces a clean-up call.
    error Deal_NotPayee(address caller, address payee);

    /// @notice Thrown when the asset calls back while a claim is being paid.
    error Deal_Reentered();

    // Shares

    /// @notice Thrown when anyone but the tranche's own share moves its holdings or has them frozen.
    error Deal_NotShare(address caller);

    /// @notice Thrown when shares are to be frozen in a deal without a policy.
    error Deal_NoPolicy();

    /// @notice Thrown when shares are to be moved without their holder's consent, and the terms do not allow it.
    error Deal_NoForcedMoves(address from, address to, uint256 amount);

    // Everywhere

    /// @notice Thrown when the deal has no such tranche.
    error Deal_NoTranche(uint256 tranche);

    /// @notice Thrown when the extension or the trial is called at its own address instead of through a deal.
    error Deal_NotADeal();
}
