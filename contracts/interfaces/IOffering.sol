// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Allotment} from "../types/Types.sol";
import {Lot, OfferingState} from "../types/OfferingTypes.sol";

/// @title IOffering
/// @notice Sells all shares of some tranches of a deal before there is one. Either everything is paid for, and closing launches
/// the deal, or everybody takes back what it paid: no share exists that nobody paid for.
/// @dev The offering is the sponsor of the launch and gets the shares it sold. Subscribers collect them with the cash that they
/// have earned meanwhile, so that who collects late loses nothing. Nobody can take either of them.
///
/// Assumptions, correctness: the asset moves exactly what it says, and takes no cash away; what arrives in part is refused.
/// The factory is ours. Liveness: the asset lets cash in and out; the policy lets the offering receive and send shares, and
/// a subscriber receive them; those it refuses delay themselves alone.
interface IOffering {
    /// @notice The offering was deployed.
    /// @param deal Where closing puts the deal.
    /// @param terms Of the deal, packed as docs/SPEC.md says.
    /// @param others Who gets the shares of tranches that are not sold, at closing.
    event Opened(address indexed deal, bytes terms, Allotment[] others);

    /// @notice A holder has subscribed and paid.
    /// @param amount What it paid for these units, in base units.
    event Subscribed(uint256 indexed tranche, address indexed holder, uint256 units, uint256 amount);

    /// @notice The offering was closed, and the deal launched.
    /// @param proceeds What all units cost, in base units.
    /// @param underwritten What the underwriter paid of that.
    event Closed(address indexed deal, uint256 proceeds, uint256 underwritten);

    /// @notice The offering was cancelled.
    event Cancelled();

    /// @notice A payee was paid its part of the proceeds.
    event Paid(address indexed payee, uint256 amount);

    /// @notice The asset refused to pay a payee at closing: {pay} does once it can.
    event PaymentDeferred(address indexed payee, uint256 amount);

    /// @notice A subscriber's shares were delivered, with what they have earned.
    event Collected(uint256 indexed tranche, address indexed holder, uint256 shares);

    /// @notice A subscriber of a failed offering took back what it paid.
    event Refunded(uint256 indexed tranche, address indexed holder, uint256 amount);

    /// @notice Thrown when an offering is deployed whose terms are not possible.
    /// @param rule Which one is broken, as docs/SPEC.md numbers them in "Offerings".
    /// @param found The value that breaks it.
    /// @param bound What it is compared with.
    error Offering_BadTerms(uint256 rule, uint256 found, uint256 bound);

    /// @notice Thrown when the offering takes no subscriptions any more.
    error Offering_NotOpen(OfferingState state, uint256 deadlineAt, uint256 time);

    /// @notice Thrown when nothing of the tranche is sold.
    error Offering_NotOffered(uint256 tranche);

    /// @notice Thrown when fewer units are left than asked for, or none is asked for.
    error Offering_NotLeft(uint256 tranche, uint256 units, uint256 left);

    /// @notice Thrown when a holder would have fewer units than the least, or more than the most.
    error Offering_OutsideLimits(address holder, uint256 units, uint256 least, uint256 most);

    /// @notice Thrown when the deal's policy would not let the holder have the shares.
    error Offering_NotAllowed(address holder);

    /// @notice Thrown when something else arrives than what is due.
    error Offering_WrongAmountReceived(uint256 received, uint256 due);

    /// @notice Thrown when other terms or allotments are brought than those that were subscribed to.
    error Offering_OtherTerms();

    /// @notice Thrown when the offering cannot be closed: too early, or closed or failed already.
    error Offering_NotClosable(OfferingState state, uint256 deadlineAt, uint256 time);

    /// @notice Thrown when the factory puts the deal elsewhere than it said.
    error Offering_OtherDeal(address deal, address expected);

    /// @notice Thrown when anyone cancels who may not.
    error Offering_NotCanceller(address caller);

    /// @notice Thrown when an offering is to be cancelled that is no longer open, or whose soft cap is met.
    error Offering_NotCancellable(OfferingState state, uint256 subscribed, uint256 softCap);

    /// @notice Thrown when shares are to be collected of an offering that is not closed.
    error Offering_NotClosed(OfferingState state);

    /// @notice Thrown when cash is to be taken back from an offering that has not failed.
    error Offering_NotFailed(OfferingState state);

    /// @notice Thrown when a holder has subscribed to nothing of the tranche, or has it back or collected.
    error Offering_NothingSubscribed(uint256 tranche, address holder);

    /// @notice Thrown when a payee has nothing to be paid.
    error Offering_NothingToPay(address payee);

    /// @notice Subscribes to units and pays for them by allowance.
    ///
    /// Emits a {Subscribed}.
    ///
    /// Requirements: the deadline has not come and nobody has cancelled; the units are left; with earlier ones they are not fewer
    /// than the least and not more than the most; if it has none yet of the tranche, the deal's policy lets it receive shares.
    ///
    /// @param tranche 0 is the most senior.
    function subscribe(uint256 tranche, uint256 units) external;

    /// @notice As {subscribe}, with an ERC-2612 permit of exactly what the units cost.
    function subscribeWithPermit(
        uint256 tranche,
        uint256 units,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Subscribes for a holder that signed an ERC-3009 authorization to receive exactly what the units cost. Anyone may
    /// bring it: the nonce binds it to tranche and units.
    ///
    /// Emits a {Subscribed}. Requirements: as {subscribe}, of the holder.
    ///
    /// @param salt Chosen by the holder; {authorizationNonce} makes the nonce to sign from it.
    function subscribeWithAuthorization(
        address holder,
        uint256 tranche,
        uint256 units,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Closes the offering: the underwriter pays for what is left, the deal is launched with its opening reserves, and
    /// the payees are paid. Anyone may.
    ///
    /// Emits a {Closed}, then a {Paid} or {PaymentDeferred} for each payee.
    ///
    /// Requirements: every unit is subscribed, or the deadline has come, the soft cap is met and the underwriter's cash and
    /// allowance suffice for the rest; grace is not over; what the launch requires.
    ///
    /// @param terms As {Opened} has them, as `others`.
    /// @return The deal.
    function close(bytes calldata terms, Allotment[] calldata others) external returns (address);

    /// @notice Fails the offering before its soft cap is met.
    ///
    /// Emits a {Cancelled}. Requirements: the caller is the canceller; the offering is open and its soft cap not met.
    function cancel() external;

    /// @notice Delivers a subscriber its shares, with what they have earned since closing. Anyone may.
    ///
    /// Emits a {Collected}.
    ///
    /// Requirements: the offering is closed; the policy lets the holder have the shares.
    ///
    /// @return shares In share base units.
    function collect(uint256 tranche, address holder) external returns (uint256 shares);

    /// @notice Pays the caller back everything it paid for a tranche.
    ///
    /// Emits a {Refunded}. Requirements: the offering has failed; the caller has subscribed.
    ///
    /// @return amount In base units.
    function refund(uint256 tranche) external returns (uint256 amount);

    /// @notice Pays a payee what the asset did not let through at closing. Anyone may.
    ///
    /// Emits a {Paid}. Requirements: something is left for the payee.
    function pay(address payee) external returns (uint256 amount);

    /// @notice Where the offering is now.
    function state() external view returns (OfferingState);

    /// @notice What is sold of a tranche, and how many units are subscribed; zeros if it is not sold.
    function lotOf(uint256 tranche) external view returns (Lot memory lot, uint256 subscribedUnits);

    /// @notice The tranches that are sold, ascending.
    function tranches() external view returns (uint256[] memory);

    /// @notice What all subscribed units cost, the underwriter's included, in base units.
    function subscribed() external view returns (uint256 amount);

    /// @notice A holder's units that it has neither collected nor been paid back for.
    function unitsOf(uint256 tranche, address holder) external view returns (uint256);

    /// @notice What a payee has not been paid of the proceeds, in base units; 0 before closing.
    function owedTo(address payee) external view returns (uint256);

    /// @notice The nonce of an ERC-3009 authorization that pays for these units and for nothing else.
    function authorizationNonce(uint256 tranche, uint256 units, bytes32 salt) external pure returns (bytes32);

    /// @notice Where the deal is, or will be.
    function deal() external view returns (address);

    /// @notice What subscriptions are paid in, the asset of the deal.
    function asset() external view returns (address);

    /// @notice Decides who may subscribe, the policy of the deal; the zero address when everyone may.
    function policy() external view returns (address);

    /// @notice The keccak-256 of the ABI-encoded terms and allotments that {close} takes.
    function termsHash() external view returns (bytes32);

    /// @notice Who launches the deal.
    function factory() external view returns (address);

    /// @notice Who gets the proceeds less fees and opening reserves.
    function project() external view returns (address);

    /// @notice Who buys what is left at the deadline; the zero address for nobody.
    function underwriter() external view returns (address);

    /// @notice Who may cancel before the soft cap is met; the zero address for nobody.
    function canceller() external view returns (address);

    /// @notice Until when, in seconds, subscriptions are taken.
    function deadlineAt() external view returns (uint256);

    /// @notice When, in seconds, an offering that is not closed has failed.
    function graceEndsAt() external view returns (uint256);

    /// @notice How many share base units a unit is, of any tranche.
    function sharesPerUnit() external view returns (uint256);

    /// @notice What must be subscribed by the deadline, in base units.
    function softCap() external view returns (uint256);
}
