// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC6909} from "@openzeppelin/contracts/interfaces/draft-IERC6909.sol";
import {Lot, Price} from "../types/Links.sol";
import {IMeters} from "./IMeters.sol";

/// @title ICertificates
/// @notice What was produced, or not consumed, in an interval, as units that are held, sold and retired once. A lot is a final
/// batch of {IMeters}, with the same id; its units are Wh. Units are bought straight into the meter's payee, and retired
/// hour by hour against the load of the same hour, which cannot be over-claimed. What is retired takes the next range of the
/// lot's units, so that each Wh is one device's, by one proof, and nothing is ever split.
/// @dev Tokens are ERC-6909, without callbacks: no receiver can reenter or refuse. There is no owner, no pause and no upgrade,
/// and the contract holds no cash.
///
/// Assumptions, correctness: {IMeters}' own. A price is a promise to nobody: its owner may change it before a purchase, which
/// names the most it pays.
interface ICertificates is IERC6909 {
    /// @notice A lot was issued, all of it to this contract, for sale.
    event Issued(uint256 indexed id, uint96 amount);

    /// @notice The owner of a meter set what its certificates cost.
    event PriceSet(uint64 indexed meter, address indexed asset, uint96 perMillion);

    /// @notice Units were bought, and paid to the payee of the lot's interval.
    event Bought(
        uint256 indexed id,
        address indexed buyer,
        address indexed to,
        uint96 amount,
        address payee,
        uint256 cash
    );

    /// @notice Units were retired: [first, first + amount) of the lot.
    /// @param load The consumption they are claimed for; 0: none.
    event Retired(
        uint256 indexed id,
        address indexed holder,
        uint256 indexed load,
        uint96 first,
        uint96 amount,
        bytes32 beneficiary
    );

    /// @notice Thrown when a lot is of a unit that has no certificates: only Wh produced or reduced have.
    error Certificates_WrongUnit(uint8 unit);

    /// @notice Thrown when an interval was issued before.
    error Certificates_IssuedAlready(uint256 id);

    /// @notice Thrown when nothing was measured, or nothing is to be bought or retired.
    error Certificates_Nothing(uint256 id);

    /// @notice Thrown when the caller does not own the meter.
    error Certificates_NotOwner(address caller, address owner);

    /// @notice Thrown when a meter's certificates are not for sale, or their price is below what its pledge allows.
    error Certificates_NotForSale(uint64 meter, uint96 perMillion, uint96 least);

    /// @notice Thrown when a purchase costs more than the buyer pays.
    error Certificates_TooExpensive(uint256 cash, uint256 most);

    /// @notice Thrown when less of the asset arrived than was paid.
    error Certificates_ShortReceipt(uint256 wanted, uint256 received);

    /// @notice Thrown when the caller may not retire against a load: it does not own its meter and is no operator of the owner.
    error Certificates_NotLoadOwner(address caller, address owner);

    /// @notice Thrown when more would be retired against a load than was consumed.
    error Certificates_OverClaimed(uint256 load, uint256 claimed, uint96 total);

    /// @notice Issues the certificates of a final batch, on time or late: its whole total, to this contract.
    ///
    /// Emits {Issued} and {IERC6909-Transfer}.
    ///
    /// Requirements: the batch is final, of a meter of unit 0 or 2, not 0, and was not issued before.
    function issue(uint256 id) external;

    /// @notice Sets what the certificates of a meter cost.
    ///
    /// Emits {PriceSet}. Requirements: the caller owns the meter.
    ///
    /// @param perMillion Base units of the meter's asset a million units; 0: not for sale.
    function setPrice(uint64 meter, uint96 perMillion) external;

    /// @notice Buys units of a lot, from what this contract holds of it, for price × amount / 10^6, rounded up. The cash goes from
    /// the caller to the payee of the lot's interval.
    ///
    /// Emits {Bought} and {IERC6909-Transfer}.
    ///
    /// Requirements: the meter has a price, not below the least of the pledge in force at the lot's start; the cost is within
    /// `most`; this contract holds the units, and may take the cash from the caller.
    ///
    /// @param most The most the caller pays, base units.
    /// @param to Who gets the units.
    /// @return cash What was paid, base units.
    function buy(uint256 id, uint96 amount, uint256 most, address to) external returns (uint256 cash);

    /// @notice Retires units of the caller for good.
    ///
    /// Emits {Retired} and {IERC6909-Transfer}.
    ///
    /// Requirements: the caller holds the units. With a load: the lot is of unit 0; the load is a final batch of consumption of
    /// the same start, interval and zone; the caller owns its meter or is the owner's operator; no more is retired against the
    /// load than it consumed.
    ///
    /// @param beneficiary For whom; any text or hash.
    /// @param load The id of the batch of consumption; 0: none.
    /// @return first Where the range of the retired units begins, in the lot.
    function retire(uint256 id, uint96 amount, bytes32 beneficiary, uint256 load) external returns (uint96 first);

    /// @notice A lot; all zeros if it was not issued.
    function lotOf(uint256 id) external view returns (Lot memory);

    /// @notice What is retired against a load.
    function matched(uint256 load) external view returns (uint256);

    /// @notice What a meter's certificates cost.
    function priceOf(uint64 meter) external view returns (Price memory);

    /// @notice The meters.
    function meters() external view returns (IMeters);
}
