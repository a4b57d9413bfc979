// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// What a buyer accepts; none of it ever changes. `rows` is 53 bytes a bill, one behind the other: see OfftakeLib.
struct OfftakeTerms {
    address meters;
    uint64 meter;
    address buyer;
    uint96 deposit;
    uint40 start;
    uint32 grace;
    uint64 lateRate;
    bytes rows;
}

// One bill: from the end of the row before, or the start, to `end`. Prices are base units a million units; a cap of 0 is none.
struct OfftakeRow {
    uint40 end;
    uint96 price;
    uint64 floor;
    uint64 cap;
    uint64 guarantee;
    uint96 damages;
}

// An offtake as it is now. `next` is the row that is paid next; `drawn` is what the deposit paid of its bill, and `interest`
// what is owed on it up to `lateDays` whole days after its grace.
struct OfftakeState {
    bool accepted;
    bool finished;
    uint96 deposit;
    uint256 next;
    uint96 drawn;
    uint256 interest;
    uint256 lateDays;
}
