// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HolderData, PolicyRules, Rule} from "../types/HolderTypes.sol";
import {ShareMove} from "../types/Types.sol";
import {IPolicy} from "./IPolicy.sol";

/// @title ICompliancePolicy
/// @notice Who may hold shares of one deal, by rules that are fixed when it is created: until when a holder's checks hold, its
/// country and class, how long it keeps its shares, how many investors there are and how much each has. A registrar, who
/// is the owner (see {ITwoStepOwner}), registers holders, and holders register themselves with the claim of a provider.
/// @dev The receiver of shares is checked, no matter who sends them: an expired holder, or one that was never registered, may sell
/// to one that may receive. A sender is stopped by a freeze and by its holding period alone. Other rules are another policy,
/// behind an {IDelayedPolicy}.
///
/// Investors are counted by their number, not by account. What an account was counted with is kept beside it, so that shares
/// that moved without this policy, or before it, count from the next time that the account moves shares, or {count} is
/// called.
///
/// Exempt accounts, named when the policy is bound, receive and send without a rule and count as nobody. The deal, its shares
/// and the zero address can never be registered: shares sent there are lost.
///
/// Assumptions, correctness: registrar and providers register whom they should, and give an investor one number. Liveness:
/// a registrar that registers nobody or freezes everybody stops transfers, and never a claim.
interface ICompliancePolicy is IPolicy {
    /// @notice A holder was registered; by the registrar, if the provider is the zero address.
    event HolderRegistered(
        address indexed holder,
        uint128 indexed investor,
        uint16 country,
        uint8 class,
        uint40 expiresAt,
        address provider
    );

    /// @notice A holder may receive no more shares, from this second on.
    event HolderExpired(address indexed holder, uint40 expiresAt);

    /// @notice A holder was frozen, or released: it neither sends nor receives shares of any tranche.
    event HolderFrozen(address indexed holder, bool frozen);

    /// @notice So many of a holder's shares of a tranche cannot be sent.
    event SharesFrozen(uint256 indexed tranche, address indexed holder, uint256 amount);

    /// @notice A provider's claims count from now on, or no longer.
    event ProviderSet(address indexed provider, bool accepted);

    /// @notice The policy serves this deal. `asker` is who asks it: the deal, or the fixed address in front of the policy.
    event Bound(address indexed deal, address indexed asker, address[] exempt);

    /// @notice Thrown when the rules at construction name a class that is none, or more tranches than a deal has.
    error CompliancePolicy_InvalidRules();

    /// @notice Thrown by {bind} when the policy serves a deal already.
    error CompliancePolicy_BoundAlready(address deal);

    /// @notice Thrown when a caller would have a move recorded, or shares frozen, that the policy was not bound to.
    error CompliancePolicy_NotAsker(address caller, address deal);

    /// @notice Thrown when an account would be registered or frozen that is exempt, or is the deal, a share of it or the zero
    /// address.
    error CompliancePolicy_FixedHolder(address holder);

    /// @notice Thrown when a registration has no investor, or a country or class that is none.
    error CompliancePolicy_InvalidHolder(HolderData holder);

    /// @notice Thrown when a registration ends at or before `time`, the time of the block.
    error CompliancePolicy_EndsInThePast(uint40 expiresAt, uint256 time);

    /// @notice Thrown when the signer of a claim is no provider.
    error CompliancePolicy_NotProvider(address provider);

    /// @notice Thrown when a claim is not what the provider signed, or was used, or was overtaken by a later registration.
    error CompliancePolicy_InvalidClaim(address provider, uint256 nonce);

    /// @notice Thrown when the deal has no such tranche.
    error CompliancePolicy_NoTranche(uint256 tranche);

    /// @notice Binds the policy to its deal, once; before the launch, whose allotments it is asked for.
    ///
    /// Emits {Bound}. Requirements: the caller is the registrar; the policy serves no deal; none of the exempt is the deal, a
    /// share of it or the zero address.
    ///
    /// @param deal_ The deal, which may not exist yet.
    /// @param asker Who asks for it: the deal itself, or the fixed address in front of this policy.
    /// @param exempt Accounts that no rule stops: an offering, a distributor.
    function bind(address deal_, address asker, address[] calldata exempt) external;

    /// @notice Registers holders. A holder that is registered already is set to what is stated now.
    ///
    /// Emits {HolderRegistered} for each. Requirements: the caller is the registrar; every registration is whole, and ends in
    /// the future.
    function registerAll(HolderData[] calldata holders) external;

    /// @notice Registers the caller, by the claim of a provider over EIP-712 type
    /// `Registration(address holder,uint128 investor,uint16 country,uint8 class,uint40 expiresAt,uint32 nonce)`: by its key,
    /// or, of a contract, by ERC-1271. The nonce is how often the holder was registered.
    ///
    /// Emits {HolderRegistered}. Requirements: the provider is accepted, and signed exactly this; it ends in the future.
    ///
    /// @param expiresAt The first second in which the caller may no longer receive shares.
    function register(
        uint128 investor,
        uint16 country,
        uint8 class,
        uint40 expiresAt,
        address provider,
        bytes calldata signature
    ) external;

    /// @notice Lets holders receive no more shares. They keep, sell and claim what they have, and claims of providers that were
    /// not used are void.
    ///
    /// Emits {HolderExpired} for each. Requirements: the caller is the registrar.
    function expire(address[] calldata holders) external;

    /// @notice Freezes holders, or releases them.
    ///
    /// Emits {HolderFrozen} for each. Requirements: the caller is the registrar; no holder is exempt.
    function freeze(address[] calldata holders, bool frozen) external;

    /// @notice Freezes a part of a holder's shares of a tranche, which may be more than it has; 0 releases them.
    ///
    /// Emits {SharesFrozen}. Requirements: the caller is the registrar; the holder is not exempt.
    function freezeShares(uint256 tranche, address holder, uint256 amount) external;

    /// @notice Accepts a provider's claims, or no longer. Who is registered by one stays registered.
    ///
    /// Emits {ProviderSet}. Requirements: the caller is the registrar.
    function setProvider(address provider, bool accepted) external;

    /// @notice Counts accounts with the shares they have now, for rules that count investors. For any caller.
    /// @param tranche 0 is the most senior.
    function count(uint256 tranche, address[] calldata holders) external;

    /// @notice The rule that refuses a transfer now; {Rule-NONE} where none does.
    function ruleAgainst(ShareMove calldata move) external view returns (Rule);

    /// @notice The deal the policy serves; the zero address before {bind}.
    function deal() external view returns (address);

    /// @notice Who asks the policy; the zero address before {bind}.
    function askedBy() external view returns (address);

    /// @notice What is registered of a holder; zeros where nothing is.
    function holderData(address holder) external view returns (HolderData memory);

    /// @notice How often a holder was registered: the nonce of its next claim.
    function nonces(address holder) external view returns (uint256);

    /// @notice Whether no rule stops an account.
    function isExempt(address account) external view returns (bool);

    /// @notice Whether a holder is frozen as a whole.
    function isFrozen(address holder) external view returns (bool);

    /// @notice Whether a provider's claims count.
    function isProvider(address provider) external view returns (bool);

    /// @notice The rules, as they were fixed.
    function rules() external view returns (PolicyRules memory);

    /// @notice How many investors a tranche has, and how many shares one of them; both zero where the rules count nobody.
    function counted(uint256 tranche, uint128 investor) external view returns (uint256 investors, uint256 shares);
}
