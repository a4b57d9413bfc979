// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Amounts, CashWord, DuePlace, FeeRecord, RungKind, TrancheRecord} from "../types/Types.sol";

/// @title RecordLib
/// @notice Records of one-word fields in memory: what structs in arrays are, without a pointer, a bounds check and a zeroing
/// for each, which cost a settlement more than all of its arithmetic.
/// @dev Nothing is checked: indices come from loops over counts or from the terms.
library RecordLib {
    uint256 internal constant TRANCHE_SIZE = 0xe0;
    uint256 internal constant FEE_SIZE = 0x40;

    // Fields of a tranche. What a rung pays is found at 32 times its kind: see {due}
    uint256 private constant DEBT_SERVICE = 0x00;
    uint256 private constant INTEREST_OWED = 0x20;
    uint256 private constant PRINCIPAL_OWED = 0x40;
    uint256 private constant BALANCE = 0x60;
    uint256 private constant CREDITED = 0x80;
    uint256 private constant CASH_WORD = 0xa0;
    uint256 private constant CURRENT_INTEREST = 0xc0;

    // Fields of a fee
    uint256 private constant FEE_DUE = 0x00;
    uint256 private constant FEE_OWED = 0x20;

    /// @notice Room for `size` bytes, all zero.
    function allocate(uint256 size) internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := mload(0x40)
            mstore(0x40, add(at, size))
            // Reading calldata behind its end gives zeros
            calldatacopy(at, calldatasize(), size)
        }
    }

    // A tranche, in base units

    /// @notice Current interest and scheduled principal of the period.
    function debtService(TrancheRecord tranche) internal pure returns (uint256) {
        return _get(TrancheRecord.unwrap(tranche), DEBT_SERVICE);
    }

    function setDebtService(TrancheRecord tranche, uint256 amount) internal pure {
        _set(TrancheRecord.unwrap(tranche), DEBT_SERVICE, amount);
    }

    /// @notice Interest of the period alone; kept only where a test is no plain DSCR, or a tranche pays in kind.
    function currentInterest(TrancheRecord tranche) internal pure returns (uint256) {
        return _get(TrancheRecord.unwrap(tranche), CURRENT_INTEREST);
    }

    function setCurrentInterest(TrancheRecord tranche, uint256 amount) internal pure {
        _set(TrancheRecord.unwrap(tranche), CURRENT_INTEREST, amount);
    }

    /// @notice Interest arrears between settlements; what is due once the dues are in; falls as rungs pay.
    function interestOwed(TrancheRecord tranche) internal pure returns (uint256) {
        return _get(TrancheRecord.unwrap(tranche), INTEREST_OWED);
    }

    function setInterestOwed(TrancheRecord tranche, uint256 amount) internal pure {
        _set(TrancheRecord.unwrap(tranche), INTEREST_OWED, amount);
    }

    /// @notice Principal arrears between settlements; what is due once the dues are in; falls as rungs pay.
    function principalOwed(TrancheRecord tranche) internal pure returns (uint256) {
        return _get(TrancheRecord.unwrap(tranche), PRINCIPAL_OWED);
    }

    function setPrincipalOwed(TrancheRecord tranche, uint256 amount) internal pure {
        _set(TrancheRecord.unwrap(tranche), PRINCIPAL_OWED, amount);
    }

    function balance(TrancheRecord tranche) internal pure returns (uint256) {
        return _get(TrancheRecord.unwrap(tranche), BALANCE);
    }

    function setBalance(TrancheRecord tranche, uint256 amount) internal pure {
        _set(TrancheRecord.unwrap(tranche), BALANCE, amount);
    }

    function lowerBalance(TrancheRecord tranche, uint256 amount) internal pure {
        _decrease(TrancheRecord.unwrap(tranche), BALANCE, amount);
    }

    /// @notice What became claimable since the book was read.
    function credited(TrancheRecord tranche) internal pure returns (uint256) {
        return _get(TrancheRecord.unwrap(tranche), CREDITED);
    }

    function credit(TrancheRecord tranche, uint256 amount) internal pure {
        _increase(TrancheRecord.unwrap(tranche), CREDITED, amount);
    }

    /// @notice The tranche's cash word as it was read; in narrow deals the deal's first, with the first tranche.
    function cashWord(TrancheRecord tranche) internal pure returns (CashWord) {
        return CashWord.wrap(_get(TrancheRecord.unwrap(tranche), CASH_WORD));
    }

    function setCashWord(TrancheRecord tranche, CashWord word) internal pure {
        _set(TrancheRecord.unwrap(tranche), CASH_WORD, CashWord.unwrap(word));
    }

    /// @notice Where it is kept what a rung of this kind may still pay: interest, principal, or for `all` and `sweep` the
    /// balance.
    function duePlace(TrancheRecord tranche, RungKind kind) internal pure returns (DuePlace) {
        unchecked {
            uint256 field = RungKind.unwrap(kind) << 5;
            return DuePlace.wrap(TrancheRecord.unwrap(tranche) + (field < BALANCE ? field : BALANCE));
        }
    }

    // A fee, in base units

    /// @notice What falls due in the period; falls as rungs pay.
    function due(FeeRecord fee) internal pure returns (uint256) {
        return _get(FeeRecord.unwrap(fee), FEE_DUE);
    }

    function setDue(FeeRecord fee, uint256 amount) internal pure {
        _set(FeeRecord.unwrap(fee), FEE_DUE, amount);
    }

    /// @notice Arrears and what accrued; falls as rungs pay.
    function owed(FeeRecord fee) internal pure returns (uint256) {
        return _get(FeeRecord.unwrap(fee), FEE_OWED);
    }

    function setOwed(FeeRecord fee, uint256 amount) internal pure {
        _set(FeeRecord.unwrap(fee), FEE_OWED, amount);
    }

    function lowerOwed(FeeRecord fee, uint256 amount) internal pure {
        _decrease(FeeRecord.unwrap(fee), FEE_OWED, amount);
    }

    /// @notice Where it is kept what a rung may still pay of the fee.
    function duePlace(FeeRecord fee) internal pure returns (DuePlace) {
        unchecked {
            return DuePlace.wrap(FeeRecord.unwrap(fee) + FEE_DUE);
        }
    }

    // What a rung may pay, of a fee or a tranche

    function due(DuePlace place) internal pure returns (uint256) {
        return _get(DuePlace.unwrap(place), 0);
    }

    function setDue(DuePlace place, uint256 amount) internal pure {
        _set(DuePlace.unwrap(place), 0, amount);
    }

    // A list of amounts, in base units

    function at(Amounts list, uint256 index) internal pure returns (uint256) {
        return _get(Amounts.unwrap(list), index << 5);
    }

    function setAt(Amounts list, uint256 index, uint256 amount) internal pure {
        _set(Amounts.unwrap(list), index << 5, amount);
    }

    function addAt(Amounts list, uint256 index, uint256 amount) internal pure {
        _increase(Amounts.unwrap(list), index << 5, amount);
    }

    function _get(uint256 record, uint256 field) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(record, field))
        }
    }

    function _set(uint256 record, uint256 field, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(record, field), value)
        }
    }

    function _increase(uint256 record, uint256 field, uint256 amount) private pure {
        unchecked {
            _set(record, field, _get(record, field) + amount);
        }
    }

    function _decrease(uint256 record, uint256 field, uint256 amount) private pure {
        unchecked {
            _set(record, field, _get(record, field) - amount);
        }
    }
}
