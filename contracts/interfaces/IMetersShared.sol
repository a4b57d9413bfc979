// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {NewMeter} from "../types/Links.sol";

/// @title IMetersShared
/// @notice Events and errors of meters, and what both parts of their code answer.
interface IMetersShared {
    /// @notice A set of reporters was created.
    event ReportersCreated(uint32 indexed set, address indexed owner);

    /// @notice The reporters of a set changed, for intervals that start at `from` or later.
    /// @param threshold How many of them must sign.
    event ReportersSet(uint32 indexed set, uint40 from, address[] members, uint8 threshold);

    /// @notice A meter was registered.
    /// @param first The start of its first interval.
    event Registered(uint64 indexed meter, address indexed owner, NewMeter terms, uint40 first);

    /// @notice The stake of a meter was filled up again.
    event Restored(uint64 indexed meter, uint96 stake);

    /// @notice A meter takes no more reports.
    event Closed(uint64 indexed meter);

    /// @notice The stake of a closed meter was credited to its owner: no batch of it is open any more.
    event StakeReturned(uint64 indexed meter, uint96 stake);

    /// @notice What a meter yields goes to a payee, from the interval that starts at `from` on.
    /// @param leastCertificate The least price of its certificates, base units a million units.
    /// @param leastOffer The least price of its offers, base units a million units.
    event Pledged(uint64 indexed meter, address indexed payee, uint40 from, uint96 leastCertificate, uint96 leastOffer);

    /// @notice A pledge ended: what a meter yields is its owner's, from the interval that starts at `from` on.
    event Released(uint64 indexed meter, address indexed payee, uint40 from);

    /// @notice An interval was reported.
    /// @param state 1: on time; 2: late, so that it never counts in the register.
    event Reported(uint64 indexed meter, uint40 indexed start, bytes32 root, uint96 total, uint40 finalAt, uint8 state);

    /// @notice It was asked which device a unit of a batch came from.
    event Asked(uint256 indexed id, uint128 indexed unit, address indexed asker, uint40 deadline);

    /// @notice A question was answered: the unit came from the device with this key, which measured `amount`.
    event Answered(uint256 indexed id, uint128 indexed unit, address indexed by, bytes32 key, uint128 amount);

    /// @notice A batch became void and counts 0.
    /// @param refuter Who showed a device twice; the zero address where a question was not answered in time.
    /// @param winners Among how many half of the stake is shared.
    /// @param share What each of them gets of it; nothing where the stake was gone.
    /// @param burnt What was credited to 0x…dEaD.
    event Voided(uint256 indexed id, address indexed refuter, uint256 winners, uint96 share, uint96 burnt);

    /// @notice An asker whose question was open when the batch became void was credited its bond and its share.
    event Collected(uint256 indexed id, uint128 indexed unit, address indexed asker, uint96 bond, uint96 share);

    /// @notice A batch counts in the register.
    event Finalised(uint64 indexed meter, uint40 indexed start, uint96 total, uint112 register);

    /// @notice Intervals that were not reported on time, or are void, count 0.
    /// @param from The start of the first of them.
    /// @param to The end of the last of them.
    event GapFinalised(uint64 indexed meter, uint40 indexed from, uint40 to, uint112 register);

    /// @notice A late batch counts in the late register, at the interval that starts at `countedAt`.
    event LateFinalised(
        uint64 indexed meter,
        uint40 indexed start,
        uint96 total,
        uint40 countedAt,
        uint112 lateRegister
    );

    /// @notice What was credited to an account was paid to it.
    event Withdrawn(address indexed asset, address indexed account, uint256 amount);

    /// @notice Thrown when the extension is called at its own address: without reporters it has no meters.
    error Meters_NotMeters();

    /// @notice Thrown when there is no meter of this number.
    error Meters_UnknownMeter(uint64 meter);

    /// @notice Thrown when there is no set of this number, or its reporters are not in rising order, or fewer than the threshold.
    error Meters_WrongReporters(uint32 set, uint256 members, uint8 threshold);

    /// @notice Thrown when the caller does not own the meter or the set of reporters.
    error Meters_NotOwner(address caller, address owner);

    /// @notice Thrown when a meter has another unit than 0 to 4, or another interval than 900, 1800 or 3600 seconds.
    error Meters_WrongUnit(uint8 unit, uint24 interval);

    /// @notice Thrown when a window of a new meter is out of bounds.
    error Meters_WrongWindows(uint32 gapAfter, uint32 disputeWindow, uint32 answerWindow);

    /// @notice Thrown when a new meter has no bond, a stake below ten bonds, or no capacity.
    error Meters_WrongStake(uint96 stake, uint96 bond, uint64 capacity);

    /// @notice Thrown when less of the asset arrived than was to be paid.
    error Meters_ShortReceipt(uint256 wanted, uint256 received);

    /// @notice Thrown when a meter is closed.
    error Meters_Closed(uint64 meter);

    /// @notice Thrown when the stake of a meter is missing: it takes no report until it is restored.
    error Meters_StakeMissing(uint64 meter);

    /// @notice Thrown when there is nothing to restore.
    error Meters_StakeWhole(uint64 meter);

    /// @notice Thrown when a meter is pledged already, or pledged and to be closed.
    error Meters_Pledged(uint64 meter, address payee);

    /// @notice Thrown when nobody can be paid at this address, or the payee's own asset is another one than the meter's.
    error Meters_WrongPayee(address payee, address asset);

    /// @notice Thrown when a meter is not pledged, or its payee is another account and no deal that is repaid.
    error Meters_NotReleasable(uint64 meter, address payee);

    /// @notice Thrown when a time is not aligned to the meter's interval, or before its first.
    error Meters_WrongTime(uint64 meter, uint40 time);

    /// @notice Thrown when an interval is not over, or a deadline has not passed.
    error Meters_TooEarly(uint256 at);

    /// @notice Thrown when it is too late to ask or to answer.
    error Meters_TooLate(uint256 at);

    /// @notice Thrown when an interval was reported before.
    error Meters_ReportedAlready(uint256 id);

    /// @notice Thrown when root and total of a batch are not those that its top opens.
    error Meters_WrongTop(bytes32 root, uint256 total);

    /// @notice Thrown when more was reported than the meter, or the device, can make in an interval.
    error Meters_AboveCapacity(uint256 amount, uint256 most);

    /// @notice Thrown when a signer is no reporter of the set in force when the interval started.
    error Meters_NotReporter(address signer);

    /// @notice Thrown when fewer reporters signed than the set asks for.
    error Meters_TooFewReporters(uint256 signers, uint8 threshold);

    /// @notice Thrown when batches that are signed together are none, have other reporters, or not as many tops.
    error Meters_NotTogether(uint256 index);

    /// @notice Thrown when a batch is not in a state in which this can be done: see {recordOf}.
    error Meters_WrongState(uint256 id, uint8 state);

    /// @notice Thrown when a batch has no such unit.
    error Meters_NoSuchUnit(uint128 unit, uint96 total);

    /// @notice Thrown when a unit was asked for before, or its question is not open.
    error Meters_WrongQuestion(uint256 id, uint128 unit, uint8 state);

    /// @notice Thrown when an answer shows the device of other units, or two devices.
    error Meters_OtherUnit(uint128 first, uint128 amount);

    /// @notice Thrown when two proofs do not show one key at two places with something measured at each.
    error Meters_NotTwice(uint128 priorA, uint128 priorB);

    /// @notice Thrown when nothing is ripe.
    error Meters_NothingToFinalise(uint64 meter, uint40 next);

    /// @notice Thrown when a time or a batch is not final.
    error Meters_NotFinal(uint64 meter, uint40 time);

    /// @notice Thrown when a load is no final consumption of the same hour, interval and zone as a batch of production.
    error Meters_OtherLoad(uint256 id, uint256 load);

    /// @notice Thrown when nothing is credited to the account.
    error Meters_NothingToWithdraw(address asset, address account);

    /// @notice Whether an account is a reporter in a version.
    function isReporter(uint256 version, address account) external view returns (bool);

    /// @notice What is credited to an account, base units of the asset.
    function credit(address asset, address account) external view returns (uint256);
}
