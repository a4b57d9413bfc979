// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IDealExtension} from "../interfaces/IDealExtension.sol";
import {IMetersExtension} from "../interfaces/IMetersExtension.sol";
import {MerkleSumLib} from "../libraries/MerkleSumLib.sol";
import {RepaidLib} from "../libraries/RepaidLib.sol";
import {MetersStorage} from "./MetersStorage.sol";
import {
    NewMeter,
    Pledge,
    Proof,
    QUESTION_ANSWERED,
    QUESTION_COLLECTED,
    QUESTION_OPEN,
    Question,
    RECORD_LATE,
    RECORD_QUESTIONED,
    RECORD_REPORTED,
    RECORD_VOID,
    Record,
    UNIT_TOKENS
} from "../types/Links.sol";

/// @title MetersExtension
/// @notice See {IMetersExtension}. {Meters} runs it by delegatecall.
contract MetersExtension is IMetersExtension, MetersStorage {
    using Checkpoints for Checkpoints.Trace208;
    using SafeERC20 for IERC20;

    address private constant BURNT = 0x000000000000000000000000000000000000dEaD;

    /// @dev Longer than any offer is open.
    uint256 private constant REPORTERS_DELAY = 65 days;

    address private immutable _self = address(this);

    // Reporters

    /// @inheritdoc IMetersExtension
    function createReporters(address[] calldata members, uint8 threshold, address owner) external returns (uint32 set) {
        if (address(this) == _self) revert Meters_NotMeters();
        set = ++_setCount;
        _setOwner[set] = owner;
        emit ReportersCreated(set, owner);
        _setReporters(set, 0, members, threshold);
    }

    /// @inheritdoc IMetersExtension
    function scheduleReporters(uint32 set, address[] calldata members, uint8 threshold) external {
        _requireOwner(_setOwner[set]);
        _setReporters(set, uint40(block.timestamp + REPORTERS_DELAY), members, threshold);
    }

    function _setReporters(uint32 set, uint40 from, address[] calldata members, uint8 threshold) private {
        uint256 count = members.length;
        uint64 version = ++_versionCount;
        address last;
        for (uint256 i; i < count; ++i) {
            if (members[i] <= last) revert Meters_WrongReporters(set, count, threshold);
            last = members[i];
            isReporter[version][last] = true;
        }
        if (threshold == 0 || threshold > count) revert Meters_WrongReporters(set, count, threshold);
        _sets[set].push(from, (uint208(version) << 8) | threshold);
        emit ReportersSet(set, from, members, threshold);
    }

    // Meters and whom they are pledged to

    /// @inheritdoc IMetersExtension
    function register(NewMeter calldata terms) external nonReentrant returns (uint64 meter) {
        _checkTerms(terms);
        meter = ++_meterCount;
        uint24 interval = terms.interval;
        uint40 first = uint40(block.timestamp / interval + 1) * interval;
        _meters[meter] = Meter({
            config: Config({
                interval: interval,
                unit: terms.unit,
                closed: false,
                stakeMissing: false,
                capacity: terms.capacity,
                reporters: terms.reporters,
                disputeWindow: uint24(terms.disputeWindow),
                gapAfter: uint24(terms.gapAfter),
                first: uint32(first / interval),
                open: 0
            }),
            owner: msg.sender,
            stake: terms.stake,
            asset: terms.asset,
            bond: terms.bond,
            next: first,
            register: 0,
            answerWindow: terms.answerWindow,
            zone: terms.zone,
            fleetRoot: terms.fleetRoot,
            documents: terms.documents
        });
        emit Registered(meter, msg.sender, terms, first);
        _take(terms.asset, terms.stake);
    }

    function _checkTerms(NewMeter calldata terms) private view {
        uint24 interval = terms.interval;
        if (terms.unit > UNIT_TOKENS || (interval != 900 && interval != 1800 && interval != 3600)) {
            revert Meters_WrongUnit(terms.unit, interval);
        }
        if (
            !_within(terms.gapAfter, 1 hours) ||
            !_within(terms.disputeWindow, 6 hours) ||
            !_within(terms.answerWindow, 1 days)
        ) revert Meters_WrongWindows(terms.gapAfter, terms.disputeWindow, terms.answerWindow);
        if (terms.bond == 0 || terms.stake / 10 < terms.bond || terms.capacity == 0) {
            revert Meters_WrongStake(terms.stake, terms.bond, terms.capacity);
        }
        if (terms.reporters == 0 || terms.reporters > _setCount) revert Meters_WrongReporters(terms.reporters, 0, 0);
    }

    function _within(uint32 window, uint256 least) private pure returns (bool) {
        return window >= least && window <= 14 days;
    }

    /// @inheritdoc IMetersExtension
    function restore(uint64 meter) external nonReentrant {
        Meter storage m = _meter(meter);
        if (m.config.closed) revert Meters_Closed(meter);
        if (!m.config.stakeMissing) revert Meters_StakeWhole(meter);
        m.config.stakeMissing = false;
        emit Restored(meter, m.stake);
        _take(m.asset, m.stake);
    }

    /// @inheritdoc IMetersExtension
    function close(uint64 meter) external {
        Meter storage m = _ownMeter(meter);
        m.config.closed = true;
        emit Closed(meter);
        _settle(meter, m, 0);
    }

    /// @inheritdoc IMetersExtension
    function pledge(uint64 meter, address payee, uint96 leastCertificate, uint96 leastOffer) external {
        Meter storage m = _ownMeter(meter);
        if (payee == address(0) || payee == address(this)) revert Meters_WrongPayee(payee, m.asset);
        if (payee.code.length != 0) {
            (bool done, bytes memory said) = payee.staticcall(abi.encodeCall(IDealExtension.asset, ()));
            if (done && said.length == 32 && abi.decode(said, (uint256)) != uint160(m.asset)) {
                revert Meters_WrongPayee(payee, m.asset);
            }
        }
        uint40 from = _nextStart(m);
        uint48 number = uint48(_payees[meter].length());
        _pledges[meter][number] = Pledge(from, payee, leastCertificate, leastOffer);
        _payees[meter].push(from, (uint208(uint160(payee)) << 48) | number);
        emit Pledged(meter, payee, from, leastCertificate, leastOffer);
    }

    /// @inheritdoc IMetersExtension
    function release(uint64 meter) external {
        Meter storage m = _meter(meter);
        address payee = _payee(meter);
        if (payee == address(0) || (payee != msg.sender && !RepaidLib.isRepaid(payee))) {
            revert Meters_NotReleasable(meter, payee);
        }
        uint40 from = _nextStart(m);
        _payees[meter].push(from, 0);
        emit Released(meter, payee, from);
    }

    /// @dev The start of the first interval that has not begun.
    function _nextStart(Meter storage m) private view returns (uint40) {
        uint40 interval = m.config.interval;
        return (uint40(block.timestamp) / interval + 1) * interval;
    }

    /// @dev Whom a meter is pledged to, now or from the next interval on.
    function _payee(uint64 meter) private view returns (address) {
        return address(uint160(_payees[meter].latest() >> 48));
    }

    /// @dev The meter, if the caller owns it and it is neither pledged nor closed.
    function _ownMeter(uint64 meter) private view returns (Meter storage m) {
        m = _meter(meter);
        _requireOwner(m.owner);
        if (m.config.closed) revert Meters_Closed(meter);
        address payee = _payee(meter);
        if (payee != address(0)) revert Meters_Pledged(meter, payee);
    }

    // Questions

    /// @inheritdoc IMetersExtension
    function ask(uint256 id, uint128 unit) external nonReentrant {
        Record storage r = _records[id];
        if (block.timestamp >= r.finalAt) revert Meters_TooLate(r.finalAt);
        _requireUndecided(id, r);
        if (unit >= r.total) revert Meters_NoSuchUnit(unit, r.total);
        Question storage q = _questions[id][unit];
        if (q.state != 0) revert Meters_WrongQuestion(id, unit, q.state);
        Meter storage m = _meters[uint64(id >> 40)];
        uint40 deadline = uint40(block.timestamp + m.answerWindow);
        (q.asker, q.deadline, q.state) = (msg.sender, deadline, QUESTION_OPEN);
        r.state |= RECORD_QUESTIONED;
        ++_disputes[id].open;
        emit Asked(id, unit, msg.sender, deadline);
        _take(m.asset, m.bond);
    }

    /// @inheritdoc IMetersExtension
    function answer(uint256 id, uint128 unit, Proof calldata reading, Proof calldata device) external {
        Record storage r = _records[id];
        _requireUndecided(id, r);
        Question storage q = _openQuestion(id, unit);
        if (block.timestamp >= q.deadline) revert Meters_TooLate(q.deadline);
        Meter storage m = _meters[uint64(id >> 40)];
        Config memory config = m.config;
        uint128 first = MerkleSumLib.before(r.root, r.total, reading);
        MerkleSumLib.before(m.fleetRoot, config.capacity, device);
        uint128 amount = reading.leaf.amount;
        if (unit < first || unit - first >= amount || reading.leaf.key != device.leaf.key) {
            revert Meters_OtherUnit(first, amount);
        }
        _requireWithin(amount, config, device.leaf.amount);
        q.state = QUESTION_ANSWERED;
        if (--_disputes[id].open == 0) r.state &= ~RECORD_QUESTIONED;
        credit[m.asset][msg.sender] += m.bond;
        emit Answered(id, unit, msg.sender, reading.leaf.key, amount);
    }

    /// @inheritdoc IMetersExtension
    function refute(uint256 id, Proof calldata a, Proof calldata b) external {
        Record storage r = _records[id];
        if (block.timestamp >= r.finalAt && r.state & RECORD_QUESTIONED == 0) revert Meters_TooLate(r.finalAt);
        _requireUndecided(id, r);
        uint128 priorA = MerkleSumLib.before(r.root, r.total, a);
        uint128 priorB = MerkleSumLib.before(r.root, r.total, b);
        if (a.leaf.key != b.leaf.key || priorA == priorB || a.leaf.amount == 0 || b.leaf.amount == 0) {
            revert Meters_NotTwice(priorA, priorB);
        }
        (address asset, uint96 share) = _void(id, r, msg.sender, _disputes[id].open + 1);
        credit[asset][msg.sender] += share;
    }

    /// @inheritdoc IMetersExtension
    function expire(uint256 id, uint128 unit) external {
        Record storage r = _records[id];
        _requireUndecided(id, r);
        Question storage q = _openQuestion(id, unit);
        if (block.timestamp < q.deadline) revert Meters_TooEarly(q.deadline);
        _void(id, r, address(0), _disputes[id].open);
        collect(id, unit);
    }

    /// @inheritdoc IMetersExtension
    function collect(uint256 id, uint128 unit) public {
        uint8 state = _records[id].state;
        if (state != RECORD_VOID) revert Meters_WrongState(id, state);
        Question storage q = _openQuestion(id, unit);
        q.state = QUESTION_COLLECTED;
        Meter storage m = _meters[uint64(id >> 40)];
        (uint96 bond, uint96 share) = (m.bond, _disputes[id].share);
        credit[m.asset][q.asker] += uint256(bond) + share;
        emit Collected(id, unit, q.asker, bond, share);
    }

    /// @dev Half of the stake, rounded up, is burnt; the rest is shared, and what cannot be is burnt too.
    function _void(
        uint256 id,
        Record storage r,
        address refuter,
        uint256 winners
    ) private returns (address asset, uint96 share) {
        uint64 meter = uint64(id >> 40);
        Meter storage m = _meters[meter];
        asset = m.asset;
        uint96 stake = m.config.stakeMissing ? 0 : m.stake;
        share = uint96(stake / 2 / winners);
        uint96 burnt = uint96(stake - share * winners);
        r.state = RECORD_VOID;
        m.config.stakeMissing = true;
        _disputes[id].share = share;
        credit[asset][BURNT] += burnt;
        emit Voided(id, refuter, winners, share, burnt);
        _settle(meter, m, 1);
    }

    function _openQuestion(uint256 id, uint128 unit) private view returns (Question storage q) {
        q = _questions[id][unit];
        if (q.state != QUESTION_OPEN) revert Meters_WrongQuestion(id, unit, q.state);
    }

    /// @dev Reported, and neither final nor void.
    function _requireUndecided(uint256 id, Record storage r) private view {
        uint8 state = r.state & ~RECORD_QUESTIONED;
        if (state != RECORD_REPORTED && state != RECORD_LATE) revert Meters_WrongState(id, state);
    }

    // Cash

    /// @inheritdoc IMetersExtension
    function withdraw(address asset, address account) external nonReentrant {
        uint256 amount = credit[asset][account];
        if (amount == 0) revert Meters_NothingToWithdraw(asset, account);
        credit[asset][account] = 0;
        emit Withdrawn(asset, account, amount);
        IERC20(asset).safeTransfer(account, amount);
    }

    /// @dev Takes cash from the caller; less than that is refused.
    function _take(address asset, uint256 amount) private {
        uint256 held = IERC20(asset).balanceOf(address(this));
        IERC20(asset).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(asset).balanceOf(address(this)) - held;
        if (received < amount) revert Meters_ShortReceipt(amount, received);
    }

    // Views

    /// @inheritdoc IMetersExtension
    function questionOf(uint256 id, uint128 unit) external view returns (Question memory) {
        return _questions[id][unit];
    }

    function _requireOwner(address owner) private view {
        if (msg.sender != owner) revert Meters_NotOwner(msg.sender, owner);
    }
}
