// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NewMeter, Proof, Question} from "../types/Links.sol";
import {IMetersShared} from "./IMetersShared.sol";

/// @title IMetersExtension
/// @notice What happens rarely: reporters, registering, pledges, questions, and cash that was credited.
interface IMetersExtension is IMetersShared {
    /// @notice Creates a set of reporters, in force at once.
    ///
    /// Emits {ReportersCreated} and {ReportersSet}.
    ///
    /// Requirements: at least one member, in rising order; a threshold from 1 to their number.
    ///
    /// @param owner Who may change the set, 65 days ahead. The zero address: nobody.
    /// @return set Its number, from 1.
    function createReporters(address[] calldata members, uint8 threshold, address owner) external returns (uint32 set);

    /// @notice Changes a set of reporters for intervals that start in 65 days or later: longer than any offer is open.
    ///
    /// Emits {ReportersSet}.
    ///
    /// Requirements: those of {createReporters}; the caller owns the set.
    function scheduleReporters(uint32 set, address[] calldata members, uint8 threshold) external;

    /// @notice Registers a meter, which the caller owns, and takes its stake from the caller. Its first interval is the first
    /// aligned one that starts later.
    ///
    /// Emits {Registered}.
    ///
    /// Requirements: unit 0 to 4; an interval of 900, 1800 or 3600 s; a gap after 1 hour to 14 days, a dispute window of 6 hours
    /// to 14 days, an answer window of 1 to 14 days; a bond above 0 and a stake of ten bonds or more; a known set of reporters.
    ///
    /// @return meter Its number, from 1.
    function register(NewMeter calldata terms) external returns (uint64 meter);

    /// @notice Pays a meter's stake again, from the caller, so that it takes reports again.
    ///
    /// Emits {Restored}. Requirements: the stake is missing; the meter is not closed.
    function restore(uint64 meter) external;

    /// @notice Ends a meter: no report any more, and its stake back once every batch is final or void.
    ///
    /// Emits {Closed}, and {StakeReturned} with the last of its batches. Requirements: the caller owns the meter; it is neither
    /// pledged nor closed.
    function close(uint64 meter) external;

    /// @notice Pledges a meter to one payee, from the next interval on.
    ///
    /// Emits {Pledged}.
    ///
    /// Requirements: the caller owns the meter; it is neither pledged nor closed; a payee with code that answers `asset()` answers
    /// with the meter's.
    ///
    /// @param payee Who is paid what the meter yields, usually a deal.
    /// @param leastCertificate The least price of its certificates, base units a million units.
    /// @param leastOffer The least price of its offers, base units a million units.
    function pledge(uint64 meter, address payee, uint96 leastCertificate, uint96 leastOffer) external;

    /// @notice Ends a pledge, from the next interval on.
    ///
    /// Emits {Released}.
    ///
    /// Requirements: the caller is the payee; or the payee is a deal after its last period that owes its lenders and payees
    /// nothing.
    function release(uint64 meter) external;

    /// @notice Asks which device a unit of a batch came from, and takes the bond from the caller.
    ///
    /// Emits {Asked}.
    ///
    /// Requirements: the batch is not final: now is before its `finalAt`; it has the unit, and nobody asked for it.
    ///
    /// @param unit From 0, below the batch's total.
    function ask(uint256 id, uint128 unit) external;

    /// @notice Answers a question: by the reading that owns the unit, and the device in the fleet. The bond is the caller's.
    ///
    /// Emits {Answered}.
    ///
    /// Requirements: now is before the deadline; both proofs are of one key, and hold; the reading owns the unit and is no more
    /// than the device can make in an interval.
    function answer(uint256 id, uint128 unit, Proof calldata reading, Proof calldata device) external;

    /// @notice Shows that a batch has one device twice: it becomes void.
    ///
    /// Emits {Voided}.
    ///
    /// Requirements: the batch is not final; both proofs hold, have one key and different places, and amounts above 0.
    function refute(uint256 id, Proof calldata a, Proof calldata b) external;

    /// @notice Says that a question was not answered in time: its batch becomes void, and its asker is credited.
    ///
    /// Emits {Voided} and {Collected}. Requirements: the question is open and its deadline has passed; the batch is not void.
    function expire(uint256 id, uint128 unit) external;

    /// @notice Credits an asker its bond and its share, of a batch that became void while its question was open.
    ///
    /// Emits {Collected}.
    function collect(uint256 id, uint128 unit) external;

    /// @notice Pays an account everything that is credited to it.
    ///
    /// Emits {Withdrawn}.
    function withdraw(address asset, address account) external;

    /// @notice A question. State 0: none, 1: open, 2: answered, 3: collected.
    function questionOf(uint256 id, uint128 unit) external view returns (Question memory);
}
