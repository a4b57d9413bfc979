// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MeterState, Pledge} from "../../types/Links.sol";

/// @title ScriptedMeters
/// @notice A meter whose figures are set by hand: what an offtake bills by it does not depend on who measured what.
contract ScriptedMeters {
    error Meters_NotFinal(uint64 meter, uint40 time);

    MeterState private _meter;
    address private _payee;
    uint40 private _finalUntil;
    mapping(uint40 time => uint112) private _register;
    mapping(uint40 time => uint112) private _late;

    /// @notice What every meter is.
    function setMeter(MeterState calldata meter, address payee_) external {
        (_meter, _payee) = (meter, payee_);
    }

    /// @notice Who is paid, from the first interval on.
    function setPayee(address payee_) external {
        _payee = payee_;
    }

    /// @notice Both registers at a time, which everything before is final with.
    function count(uint40 time, uint112 register, uint112 late) external {
        (_register[time], _late[time], _finalUntil) = (register, late, time);
    }

    function meterOf(uint64) external view returns (MeterState memory) {
        return _meter;
    }

    function payeeAt(uint64, uint40) external view returns (Pledge memory pledge) {
        pledge.payee = _payee;
    }

    function registerAt(uint64 meter, uint40 time) external view returns (uint112) {
        if (time > _finalUntil) revert Meters_NotFinal(meter, time);
        return _register[time];
    }

    function lateAt(uint64 meter, uint40 time) external view returns (uint112) {
        if (time > _finalUntil) revert Meters_NotFinal(meter, time);
        return _late[time];
    }
}
