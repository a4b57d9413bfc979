// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IDesk
/// @notice Signed asks for shares against one coin, delivery versus payment: filled in part or whole, baskets of several asks all
/// or nothing. The desk keeps neither shares nor cash, has no owner, and takes no fee.
/// @dev What a seller signs (EIP-712, domain "Penstock Desk", version "1") is {Ask}. The seller allows the desk to take the shares,
/// the buyer to take the coin.
///
/// Assumptions, correctness: the asset is a stablecoin as SECURITY.md has them; a share is what its buyer takes it for. A token or
/// a seller that is hostile can spoil its own baskets and nothing else. Liveness: the asset moves, the share's policy allows the
/// sale.
interface IDesk {
    /// @notice What a seller offers.
    /// @param seller Whose shares: a key, or a contract that signs as ERC-1271 says.
    /// @param token The share, or an ERC-6909 token.
    /// @param id All ones for an ERC-20 share, else the id of an ERC-6909 token.
    /// @param amount What is for sale, in base units of the token.
    /// @param price Of the whole amount, in base units of the asset; a part costs its part, rounded up.
    /// @param payee Who is paid; the zero address means the seller. A deal is refused: what is sent there is revenue.
    /// @param credited All that was ever credited to the tranche when the seller signed: the ask holds only while it is that,
    /// so that nobody gets shares after a payout for which they were priced with it. All ones: not bound.
    /// @param expiry The last second in which it may be filled.
    /// @param nonce Of the seller's choice; asks with one nonce share what was taken of it, and are cancelled by it.
    struct Ask {
        address seller;
        address token;
        uint256 id;
        uint256 amount;
        uint256 price;
        address payee;
        uint256 credited;
        uint64 expiry;
        uint256 nonce;
    }

    /// @notice A part of an ask was filled: the token's base units, and what they cost in base units of the asset.
    event Filled(
        address indexed seller,
        address indexed token,
        address indexed buyer,
        uint256 id,
        uint256 nonce,
        uint256 amount,
        uint256 cost
    );

    /// @notice A seller cancelled what is left of its asks with a nonce.
    event Cancelled(address indexed seller, uint256 nonce);

    /// @notice Thrown when lists have different lengths, or none has an entry.
    error Desk_LengthMismatch(uint256 asks, uint256 amounts, uint256 leasts, uint256 signatures);

    /// @notice Thrown when an ask may no longer be filled.
    error Desk_Expired(uint256 leg, uint256 expiry, uint256 time);

    /// @notice Thrown when less is left of an ask than the buyer wants at least, or nothing.
    error Desk_TooLittleLeft(uint256 leg, uint256 left, uint256 least);

    /// @notice Thrown when an ask is not signed by its seller for this desk.
    error Desk_WrongSignature(uint256 leg, address seller);

    /// @notice Thrown when a deal is to be paid for shares.
    error Desk_PayeeIsADeal(uint256 leg, address payee);

    /// @notice Thrown when the basket costs more than the buyer pays at most, before anything moves.
    error Desk_TooDear(uint256 cost, uint256 most);

    /// @notice Thrown when the payee of a leg did not get all of its cost.
    error Desk_PaidShort(uint256 leg, uint256 received, uint256 cost);

    /// @notice Thrown when a leg's token does not move, with its reason: an error of ERC-7943 if a policy refuses.
    error Desk_LegRefused(uint256 leg, address token, bytes reason);

    /// @notice Thrown when the buyer did not get all of a leg.
    error Desk_DeliveredShort(uint256 leg, uint256 received, uint256 amount);

    /// @notice Thrown when something was credited to the tranche of a leg since its ask was signed, or it has none.
    error Desk_NotCredited(uint256 leg, uint256 credited, uint256 signed);

    /// @notice Thrown when a fill is made inside another.
    error Desk_Reentered();

    /// @notice Buys of each ask as much as is left, between a least and a most, from the caller's allowance; all legs or none.
    ///
    /// Emits a {Filled} for each leg.
    ///
    /// Requirements:
    /// - of each leg: it has not expired; the least is left of it, and something; its seller signed it; its payee is no deal;
    /// - all legs cost at most `most`;
    /// - payees and the caller get all they should, by their balances;
    /// - after the last transfer, each leg that is bound finds its tranche credited with what was signed.
    ///
    /// @param asks What sellers signed.
    /// @param amounts The most to take of each.
    /// @param leasts The least to take of each.
    /// @param signatures Of each ask: 65 bytes r, s, v of a key, or what its contract understands.
    /// @param most The most to pay for all, in base units of the asset.
    /// @return cost What was paid for all.
    function fill(
        Ask[] calldata asks,
        uint256[] calldata amounts,
        uint256[] calldata leasts,
        bytes[] calldata signatures,
        uint256 most
    ) external returns (uint256 cost);

    /// @notice Cancels what is left of the caller's asks with a nonce.
    ///
    /// Emits {Cancelled}.
    function cancel(uint256 nonce) external;

    /// @notice What was taken of a seller's asks with a nonce; all ones when they are cancelled.
    function takenOf(address seller, uint256 nonce) external view returns (uint256);

    /// @notice The coin that asks are priced in.
    function asset() external view returns (IERC20);

    /// @notice What a seller signs: the hash of an ask for this desk.
    function digest(Ask calldata ask) external view returns (bytes32);
}
