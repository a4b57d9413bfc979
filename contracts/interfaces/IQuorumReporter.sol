// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReports} from "./IReports.sol";

/// @title IQuorumReporter
/// @notice A report source with several reporters. Each signs what it knows of a subject's period (EIP-712); anyone who
/// has enough of these reports brings them together, and the median of each field is the report. It is final.
/// @dev The quorum is odd, so that the median is between figures of honest reporters while fewer than half of the quorum lie;
/// or it is 2: then both must agree within a tolerance, or a third report decides. The reporters never change. Where they
/// should be replaceable, the deal names a {DelayedReports}, and another source follows this one.
///
/// Assumptions, correctness: of each quorum, more than half of the reporters report the truth; of two, both, or one where
/// the other is out of tolerance. Who brings reports may choose which of them, if more than a quorum signed. Liveness: none.
/// While no quorum signs, deals settle without a report, after their grace.
interface IQuorumReporter is IReports {
    /// @notice What a reporter signed.
    /// @param reporter An account with a key, or a contract that answers for its signatures (ERC-1271).
    /// @param from The report is early before this, in seconds.
    /// @param until And late after this.
    /// @param reported Bit `i`: field `i` is reported.
    /// @param values The fields from the first on, at most 14, 0 where nothing is reported: see {IReports-reportOf}.
    struct SignedReport {
        address reporter;
        uint40 from;
        uint40 until;
        uint256 reported;
        uint256[] values;
        bytes signature;
    }

    /// @notice A quorum reported.
    /// @param subject A deal: its address. Or whatever else has periods.
    /// @param start Of a deal, the number of the period, from 1.
    /// @param values The median of each field, from the first on.
    event Reported(
        bytes32 indexed subject,
        uint40 indexed start,
        uint256 reported,
        uint256[] values,
        address[] reporters
    );

    /// @notice Thrown at construction when the quorum is 1 or another even number than 2, or there are fewer reporters, or
    /// more than 32.
    error QuorumReporter_WrongQuorum(uint256 quorum, uint256 reporters);

    /// @notice Thrown at construction when the tolerance is 100 % or more, or there is one for a quorum that needs none.
    error QuorumReporter_WrongTolerance(uint256 tolerance);

    /// @notice Thrown when a reporter is not above the one before it: unsorted, or the same account twice.
    error QuorumReporter_NotRising(uint256 index, address reporter);

    /// @notice Thrown when there are more or fewer reports than the quorum. Of a quorum of 2, 3 are accepted too.
    error QuorumReporter_WrongCount(uint256 reports, uint256 quorum);

    /// @notice Thrown when a quorum reported before: the report is final.
    error QuorumReporter_ReportedAlready(bytes32 subject, uint40 start);

    /// @notice Thrown when the account is no reporter.
    error QuorumReporter_NotReporter(address account);

    /// @notice Thrown when the reporter did not sign this: for another chain, contract, subject or period, with other
    /// figures, or in a second form (a high s).
    error QuorumReporter_NotSigned(address reporter);

    /// @notice Thrown when a report may not be made yet.
    error QuorumReporter_Early(address reporter, uint40 from, uint256 time);

    /// @notice Thrown when a report may not be made any more.
    error QuorumReporter_Late(address reporter, uint40 until, uint256 time);

    /// @notice Thrown when a report has more fields than any deal reads, or none of them is reported.
    error QuorumReporter_WrongFields(uint256 fields, uint256 most);

    /// @notice Thrown when the reports are not of the same fields.
    error QuorumReporter_OtherFields(address reporter);

    /// @notice Thrown when there is a value for a field that is not reported, or one that no deal can hold.
    error QuorumReporter_OutOfRange(address reporter, uint256 field, uint256 value);

    /// @notice Thrown when two reports are further apart than the tolerance: a third is needed.
    error QuorumReporter_Apart(uint256 field, uint256 low, uint256 high);

    /// @notice Brings the reports of a quorum together. Anyone may.
    ///
    /// Emits {Reported}.
    ///
    /// Requirements:
    /// - the subject's period was not reported;
    /// - as many reports as the quorum, or 3 of a quorum of 2, the reporters in rising order;
    /// - each is signed by its reporter, neither early nor late, and of the same fields;
    /// - two reports are no further apart than the tolerance, field by field.
    ///
    /// @param subject A deal: its address. Or whatever else has periods.
    /// @param start Of a deal, the number of the period, from 1.
    function report(bytes32 subject, uint40 start, SignedReport[] calldata reports) external;

    /// @notice The report of any subject: see {IReports-reportOf}.
    function medianOf(
        bytes32 subject,
        uint40 start
    ) external view returns (uint256 reported, uint256[14] memory values);

    /// @notice What a reporter signs.
    function digestOf(bytes32 subject, uint40 start, SignedReport calldata signed) external view returns (bytes32);

    /// @notice How many reports make one.
    function quorum() external view returns (uint256);

    /// @notice How far apart two reports of a quorum of 2 may be, as part of the higher figure, in wad.
    function tolerance() external view returns (uint256);

    /// @notice Every reporter, in rising order.
    function reporters() external view returns (address[] memory);

    /// @notice Whether an account is a reporter.
    function isReporter(address account) external view returns (bool);
}
