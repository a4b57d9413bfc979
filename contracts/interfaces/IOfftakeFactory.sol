// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OfftakeTerms} from "../types/Offtakes.sol";

/// @title IOfftakeFactory
/// @notice Makes offtakes, for anyone. The terms decide the address: the same terms are one offtake, no matter
/// who makes it, and only the buyer named in them can accept it.
interface IOfftakeFactory {
    /// @notice An offtake was made.
    event OfftakeCreated(address indexed offtake, address indexed meters, uint64 indexed meter, address buyer);

    /// @notice Thrown when there is no such meter.
    error OfftakeFactory_NoMeter(address meters, uint64 meter);

    /// @notice Thrown when the rows are none, more than 450, or not a whole number of 53 bytes.
    error OfftakeFactory_WrongRows(uint256 length, uint256 most);

    /// @notice Thrown when the buyer is the zero address.
    error OfftakeFactory_NoBuyer();

    /// @notice Thrown when the start is before the meter's first interval, or not in the future.
    error OfftakeFactory_StartTooEarly(uint256 start, uint256 earliest);

    /// @notice Thrown when a buyer would be late before a bill is final: a meter's gap, dispute and answer windows come first.
    error OfftakeFactory_GraceTooShort(uint256 grace, uint256 least);

    /// @notice Thrown when the start or the end of a row is within an interval of the meter.
    error OfftakeFactory_Unaligned(uint256 time, uint256 interval);

    /// @notice Thrown when a row does not end after it starts.
    error OfftakeFactory_OutOfOrder(uint256 row, uint256 end, uint256 start);

    /// @notice Thrown when a row asks to be paid for more than it caps.
    error OfftakeFactory_FloorAboveCap(uint256 row, uint256 floor, uint256 cap);

    /// @notice Makes an offtake of these terms.
    ///
    /// Emits {OfftakeCreated}.
    ///
    /// Requirements: there is the meter; there is a buyer; 1 to 450 rows, each after the one before, aligned to the meter's
    /// interval, with a floor within its cap; a start in the future and not before the meter; a grace that ends after a bill
    /// can be final; no offtake of the same terms.
    function create(OfftakeTerms calldata terms) external returns (address offtake);

    /// @notice Where the offtake of these terms is, or will be.
    ///
    /// Requirements: there is the meter.
    function offtakeOf(OfftakeTerms calldata terms) external view returns (address);

    /// @notice The code that every offtake delegates to.
    function implementation() external view returns (address);
}
