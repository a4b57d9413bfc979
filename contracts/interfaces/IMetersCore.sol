// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Batch, MeterState, Pledge, Record, Top} from "../types/Links.sol";
import {IMetersShared} from "./IMetersShared.sol";

/// @title IMetersCore
/// @notice What happens every interval: reports, finality, and what others read of it.
interface IMetersCore is IMetersShared {
    /// @notice Reports an interval that is over, once.
    ///
    /// Emits {Reported}.
    ///
    /// Requirements: the interval is aligned and over; the meter is not closed and its stake is there; root and total are those of
    /// `top`; the total is within the meter's capacity; enough reporters signed the batch (EIP-712), in rising order.
    ///
    /// @param top The two children of the root: see {MerkleSumLib}.
    /// @param signatures 65 bytes each.
    function report(Batch calldata batch, Top calldata top, bytes calldata signatures) external;

    /// @notice Reports many intervals that were signed together. Those reported before are skipped.
    ///
    /// Emits a {Reported} for each that was not.
    ///
    /// Requirements: those of {report} for each; one set of reporters in force for all of them.
    function reportMany(Batch[] calldata batches, Top[] calldata tops, bytes calldata signatures) external;

    /// @notice Counts the next intervals, in order, while they are ripe.
    ///
    /// Emits {Finalised} for each batch and {GapFinalised} for each run of gaps.
    ///
    /// Requirements: the next interval is ripe: its batch is final or void, or it was not reported on time.
    ///
    /// @param count The most intervals to count.
    function finalise(uint64 meter, uint256 count) external;

    /// @notice Counts a late batch in the late register.
    ///
    /// Emits {LateFinalised}. Requirements: the batch was reported late, its `finalAt` has come and no question is open.
    function finaliseLate(uint256 id) external;

    /// @notice The sum of all batches on time of intervals that end at `time` or before.
    ///
    /// Requirements: `time` is aligned, not before the first interval, and everything before it is final.
    function registerAt(uint64 meter, uint40 time) external view returns (uint112);

    /// @notice The sum of all late batches that were counted at intervals that end at `time` or before.
    ///
    /// Requirements: those of {registerAt}.
    function lateAt(uint64 meter, uint40 time) external view returns (uint112);

    /// @notice Who gets what the interval at `time` yields. Where nothing is pledged: the owner, with least prices of 0.
    function payeeAt(uint64 meter, uint40 time) external view returns (Pledge memory);

    /// @notice A meter as it is now; all zeros if there is none.
    function meterOf(uint64 meter) external view returns (MeterState memory);

    /// @notice A reported interval; all zeros if there is none.
    /// @return State 0: none, 1: reported on time, 2: late, 3: final, 4: late and final, 5: void; with 128 more while a question
    /// is open.
    function recordOf(uint256 id) external view returns (Record memory);

    /// @notice The threshold of a set for the interval that starts at `time`, and the version its members are kept under.
    function reportersAt(uint32 set, uint40 time) external view returns (uint256 version, uint8 threshold);

    /// @notice Total and unit of a final batch, on time or late.
    ///
    /// Requirements: the batch is final.
    function totalOf(uint256 id) external view returns (uint96 total, uint8 unit);

    /// @notice Total of a final batch of consumption and the owner of its meter, for production of the same interval.
    ///
    /// Requirements: `id` is of a meter of unit 0, `load` a final batch of a meter of unit 1; both have one start, interval and
    /// zone.
    function loadOf(uint256 id, uint256 load) external view returns (uint96 total, address owner);
}
