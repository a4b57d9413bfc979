// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealErrors} from "./IDealErrors.sol";
import {Allotment, HolderSlot} from "../types/Types.sol";

/// @title IDealExtension
/// @notice What a deal does rarely, and nearly everything it can be asked. Called at the deal, like the rest.
interface IDealExtension is IDealErrors {
    /// @notice Every number a deal keeps, for readers off-chain; lists run parallel to the terms, amounts in base units.
    /// @param period How many periods are settled.
    /// @param accounted What the deal holds for somebody: unclaimed credits, reserves, traps and fees.
    /// @param passesNeeded The tests' counters, five bits each, the first test in the low bits.
    /// @param cutPeriod The last period that {cutOff} was called for, settled since or not; 0 for none.
    /// @param cutCollections What its collections were fixed at.
    /// @param announcedPeriod The last period whose call was announced; 0 for none, as all that follows without a call.
    /// @param calledPeriod The period that a call settled, which ended the deal.
    /// @param repaid Principal ever paid to lenders.
    /// @param capitalReceived Of a deal with a promote, all that the capital side ever got of the residual.
    /// @param promoteReceived All that the promote ever got.
    /// @param credited All that ever became claimable, by tranche.
    /// @param claimed All that holders have claimed, by tranche; in a narrow deal one number for all tranches.
    /// @param indices The last value reported of each declared field, where a coupon follows one; else none.
    /// @param indexPeriods The period each was reported for, 0 before any.
    /// @param windows Of each test that measures several periods the words of its last ones, the earliest first: one a
    /// period, in a wide deal two.
    /// @param writtenDown All that was written down of each tranche but equity and not restored by a call; none in a deal
    /// without a call.
    /// @param hurdles What the capital side lacks to the return of each hurdle of the promote; else none.
    struct State {
        uint256 period;
        uint256 accounted;
        uint256 passesNeeded;
        uint256 cutPeriod;
        uint256 cutCollections;
        uint256 announcedPeriod;
        uint256 calledPeriod;
        uint256 repaid;
        uint256 capitalReceived;
        uint256 promoteReceived;
        uint256[] balances;
        uint256[] credited;
        uint256[] claimed;
        uint256[] interestArrears;
        uint256[] principalArrears;
        uint256[] reserves;
        uint256[] traps;
        uint256[] feeArrears;
        uint256[] feeClaimable;
        uint256[] indices;
        uint256[] indexPeriods;
        uint256[] windows;
        uint256[] writtenDown;
        uint256[] hurdles;
    }

    /// @notice A payee claimed its fees, in base units of the asset.
    event FeeClaimed(uint256 indexed fee, address indexed payee, uint256 amount);

    /// @notice The collections of a period were fixed, in base units of the asset: what came later belongs to the next one.
    event CutOff(uint256 indexed period, uint256 collections);

    /// @notice The call of a period was announced: its settlement ends the deal if everything owed can be paid.
    event CallAnnounced(uint256 indexed period);

    /// @notice A holder said whether others may claim for it.
    event ClaimForSet(address indexed holder, bool accepted);

    /// @notice Shares moved together with their part of the cash that was not claimed. The share emits the transfer next.
    /// @param amount Share base units.
    /// @param earned The cash that moved with them, in base units of the asset times the tranche's supply.
    event MovedCum(uint256 indexed tranche, address indexed from, address indexed to, uint256 amount, uint256 earned);

    /// @notice A holder's signature was used for a claim; the holder's next one has the next nonce.
    event ClaimSigned(address indexed holder, uint256 nonce);

    /// @notice Closes the deal: creates the shares and gives them out. The factory calls it in the launch.
    ///
    /// Emits nothing itself; each share emits a transfer for every allotment.
    ///
    /// Requirements:
    /// - the caller is the factory, once;
    /// - the terms have the format that this deal reads;
    /// - the asset has the decimals of the terms;
    /// - the opening reserves have arrived;
    /// - no face is beyond what a deal of this width can keep, and no fee's payee is the zero address;
    /// - allotments add up to each tranche's supply, and the policy allows every one;
    /// - shares come to be at the addresses of {shareOf}.
    ///
    /// @param allotments Who gets how much of which tranche.
    function close(Allotment[] calldata allotments) external;

    /// @notice Moves shares between holders together with their part of the cash that was not claimed: of the seller's debt
    /// floor(debt × amount / shares), below zero too, the rest stays.
    ///
    /// Emits {MovedCum}; the share emits the transfer.
    ///
    /// Requirements: those of {IDealCore-moveShares}.
    ///
    /// @param tranche 0 is the most senior.
    /// @param amount Share base units.
    /// @return Always true.
    function moveSharesCum(uint256 tranche, address from, address to, uint256 amount) external returns (bool);

    /// @notice Has the policy freeze shares, for the share of the tranche; see {IPolicy-setFrozen}.
    ///
    /// Emits nothing: the share does.
    ///
    /// Requirements: the caller is the tranche's share; there is a policy, and it allows the operator to freeze.
    ///
    /// @param tranche 0 is the most senior.
    /// @param operator Who called the share.
    /// @param account Whose shares.
    /// @param amount Share base units that are frozen from now on.
    /// @return Always true.
    function setFrozen(uint256 tranche, address operator, address account, uint256 amount) external returns (bool);

    /// @notice Moves shares without their holder's consent, for the share of the tranche. No terms allow it.
    ///
    /// Requirements: the caller is the tranche's share; never met beyond that.
    ///
    /// @param tranche 0 is the most senior.
    /// @param operator Who called the share.
    /// @param amount Share base units.
    /// @return Always true.
    function forceMove(
        uint256 tranche,
        address operator,
        address from,
        address to,
        uint256 amount
    ) external returns (bool);

    /// @notice Fixes the collections of the next period to be settled at what the deal has received and not shared out.
    /// What comes later belongs to the period after it, or is late revenue. For any caller, in deals with a payment delay.
    ///
    /// Emits {CutOff}.
    ///
    /// Requirements:
    /// - the terms have a payment delay;
    /// - the period's accrual date has come, and it is not cut off yet;
    /// - the asset's balance is not below the ledger;
    /// - no claim is being paid.
    function cutOff() external;

    /// @notice Announces the clean-up call of the next period to be settled. That settlement is then the last one, if the
    /// deal's cash and what the payee lets it take pay everything owed: see {IDealTrial-settleCalled}.
    ///
    /// Emits {CallAnnounced}.
    ///
    /// Requirements:
    /// - the terms have a clean-up call, and the caller is its payee;
    /// - a period is left, whose call is not announced yet;
    /// - lenders' faces less principal ever paid are at most the part of the faces that the terms say;
    /// - it is at least a day before the period's payment date.
    function announceCall() external;

    /// @notice The last period whose call was announced, settled since or not; 0 for none.
    function announcedPeriod() external view returns (uint256);

    /// @notice Sends a payee everything it has earned by a fee.
    ///
    /// Emits {FeeClaimed}.
    ///
    /// Requirements: the caller is the payee; there is something to claim; no claim is being paid.
    ///
    /// @param fee In the order of the terms.
    /// @return amount Base units of the asset.
    function claimFee(uint256 fee) external returns (uint256 amount);

    /// @notice Sends a holder everything its shares of a tranche have earned, for any caller. It is {IDealCore-claim} in all
    /// else: the cash goes to the holder and to nobody else.
    ///
    /// Emits {IDealCore-Claimed}.
    ///
    /// Requirements: those of {IDealCore-claim}; the holder accepts it, see {acceptsClaimFor}.
    ///
    /// @param tranche 0 is the most senior.
    /// @param holder Who is paid.
    /// @return amount Base units of the asset.
    function claimFor(uint256 tranche, address holder) external returns (uint256 amount);

    /// @notice Sends everything the caller's shares of a tranche have earned to an account of its choice.
    ///
    /// Emits {IDealCore-ClaimedTo}, or {IDealCore-Claimed} if that is the caller.
    ///
    /// Requirements: those of {IDealCore-claim}; the recipient is not the zero address and not the deal.
    ///
    /// @param tranche 0 is the most senior.
    /// @param recipient Who is paid.
    /// @return amount Base units of the asset.
    function claimTo(uint256 tranche, address recipient) external returns (uint256 amount);

    /// @notice {claimTo} by a holder's signature, for any caller, who pays the gas and decides nothing. What is signed
    /// (EIP-712, see {eip712Domain}) is `Claim(uint256 tranche,address holder,address recipient,uint256 nonce,uint256 deadline)`.
    ///
    /// Emits {ClaimSigned} and what {claimTo} emits.
    ///
    /// Requirements: those of {claimTo}; the deadline has not passed; the holder signed, by its key or as a contract
    /// (ERC-1271), with its next nonce.
    ///
    /// @param tranche 0 is the most senior.
    /// @param holder Whose shares.
    /// @param recipient Who is paid.
    /// @param deadline The last second in which it may be sent.
    /// @param signature Of a key 65 bytes: r, s, v.
    /// @return amount Base units of the asset.
    function claimBySig(
        uint256 tranche,
        address holder,
        address recipient,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 amount);

    /// @notice The nonce of a holder's next signed claim.
    function claimNonce(address holder) external view returns (uint256);

    /// @notice The domain of signed claims, as ERC-5267 says: "Penstock Deal", version "1", this chain and this deal.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        );

    /// @notice Says whether others may claim for the caller, of all tranches. It counts from then on, whatever code the
    /// caller has or will have.
    ///
    /// Emits {ClaimForSet}.
    ///
    /// @param accepted False to be paid by the caller's own claims alone.
    function setClaimFor(bool accepted) external;

    /// @notice Whether others may claim for a holder: as it said with {setClaimFor}; otherwise an account without code may be
    /// claimed for, also one that has delegated itself to a contract (EIP-7702), and a contract may not.
    function acceptsClaimFor(address holder) external view returns (bool);

    /// @notice The terms, packed as docs/SPEC.md says.
    function terms() external view returns (bytes memory);

    /// @notice The asset that revenue and claims are paid in.
    function asset() external view returns (address);

    /// @notice Who reports losses and asset values; the zero address when the deal reads no reports.
    function reports() external view returns (address);

    /// @notice Who decides who may hold shares; the zero address when everyone may.
    function policy() external view returns (address);

    /// @notice The ERC-20 of a tranche.
    /// @param tranche 0 is the most senior.
    function shareOf(uint256 tranche) external view returns (address);

    /// @notice A holder's shares and debt of a tranche.
    /// @param tranche 0 is the most senior.
    function holderOf(uint256 tranche, address holder) external view returns (HolderSlot memory);

    /// @notice All cash that ever became claimable for a tranche, in base units. Reads one storage slot.
    /// @param tranche 0 is the most senior.
    function creditedOf(uint256 tranche) external view returns (uint256);

    /// @notice What a holder could claim now, in base units, rounded down.
    /// @param tranche 0 is the most senior.
    function claimable(uint256 tranche, address holder) external view returns (uint256);

    /// @notice Shares of a tranche, in share base units; fixed at closing.
    /// @param tranche 0 is the most senior.
    function supplyOf(uint256 tranche) external view returns (uint256);

    /// @notice The texts of the terms.
    /// @param index 0 is the deal's name, 1 + 2t the id of tranche t, 2 + 2t its symbol.
    function text(uint256 index) external view returns (string memory);

    /// @notice Decimals of every share of the deal.
    function shareDecimals() external view returns (uint8);

    /// @notice The payment date of the next period, from which it can be settled, in seconds; 0 after the last.
    function nextPaymentAt() external view returns (uint256);

    /// @notice Every number the deal keeps, for readers off-chain.
    function state() external view returns (State memory);
}
