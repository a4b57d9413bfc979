// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMetersCore} from "../interfaces/IMetersCore.sol";
import {IOfftakeFactory} from "../interfaces/IOfftakeFactory.sol";
import {OfftakeLib} from "../libraries/OfftakeLib.sol";
import {MeterState} from "../types/Links.sol";
import {OfftakeRow, OfftakeTerms} from "../types/Offtakes.sol";
import {Offtake} from "./Offtake.sol";

/// @title OfftakeFactory
/// @notice See {IOfftakeFactory}.
contract OfftakeFactory is IOfftakeFactory {
    /// @inheritdoc IOfftakeFactory
    address public immutable implementation;

    constructor() {
        implementation = address(new Offtake());
    }

    /// @inheritdoc IOfftakeFactory
    function create(OfftakeTerms calldata terms) external returns (address offtake) {
        MeterState memory meter = _meterOf(terms);
        _check(terms, meter);
        bytes memory packed = OfftakeLib.pack(terms, meter.asset);
        offtake = Clones.cloneDeterministicWithImmutableArgs(implementation, packed, 0);
        emit OfftakeCreated(offtake, terms.meters, terms.meter, terms.buyer);
    }

    /// @inheritdoc IOfftakeFactory
    function offtakeOf(OfftakeTerms calldata terms) external view returns (address) {
        bytes memory packed = OfftakeLib.pack(terms, _meterOf(terms).asset);
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, packed, 0);
    }

    function _meterOf(OfftakeTerms calldata terms) private view returns (MeterState memory meter) {
        if (terms.meters.code.length != 0) meter = IMetersCore(terms.meters).meterOf(terms.meter);
        if (meter.asset == address(0)) revert OfftakeFactory_NoMeter(terms.meters, terms.meter);
    }

    function _check(OfftakeTerms calldata terms, MeterState memory meter) private view {
        uint256 length = terms.rows.length;
        uint256 most = OfftakeLib.MOST_ROWS * OfftakeLib.ROW;
        if (length == 0 || length > most || length % OfftakeLib.ROW != 0) {
            revert OfftakeFactory_WrongRows(length, most);
        }
        if (terms.buyer == address(0)) revert OfftakeFactory_NoBuyer();
        uint256 earliest = Math.max(meter.first, block.timestamp + 1);
        if (terms.start < earliest) revert OfftakeFactory_StartTooEarly(terms.start, earliest);
        uint256 least = uint256(meter.gapAfter) + meter.disputeWindow + meter.answerWindow;
        if (terms.grace < least) revert OfftakeFactory_GraceTooShort(terms.grace, least);
        if (terms.start % meter.interval != 0) revert OfftakeFactory_Unaligned(terms.start, meter.interval);
        _checkRows(terms.rows, terms.start, meter.interval);
    }

    function _checkRows(bytes memory rows, uint256 start, uint256 interval) private pure {
        for (uint256 at; at < rows.length; at += OfftakeLib.ROW) {
            OfftakeRow memory row = OfftakeLib.read(rows, at);
            uint256 index = at / OfftakeLib.ROW;
            if (row.end <= start) revert OfftakeFactory_OutOfOrder(index, row.end, start);
            if (row.end % interval != 0) revert OfftakeFactory_Unaligned(row.end, interval);
            if (row.cap != 0 && row.floor > row.cap) revert OfftakeFactory_FloorAboveCap(index, row.floor, row.cap);
            start = row.end;
        }
    }
}
