// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// What a leaf of a Merkle-sum tree says: an amount of something under a key, for example the Wh of one device.
struct Leaf {
    bytes32 key;
    uint128 amount;
}

// The root's two children with their sums. Of a tree with one leaf: its key and amount, then zeros.
struct Top {
    bytes32 left;
    uint128 leftSum;
    bytes32 right;
    uint128 rightSum;
}

// A leaf and its way to the root, from the leaf up: 48 bytes a step, the sibling's hash and sum. Bit i of `sides`: sibling
// i is on the left.
struct Proof {
    Leaf leaf;
    bytes path;
    uint256 sides;
}

// What a meter is registered with; none of it ever changes.
struct NewMeter {
    address asset;
    uint8 unit;
    uint24 interval;
    uint64 capacity;
    uint32 reporters;
    uint32 gapAfter;
    uint32 disputeWindow;
    uint32 answerWindow;
    bytes32 zone;
    bytes32 fleetRoot;
    bytes32 documents;
    uint96 stake;
    uint96 bond;
}

// The readings of one interval, as reporters sign them: the root of their sum tree and its total.
struct Batch {
    uint64 meter;
    uint40 start;
    bytes32 root;
    uint96 total;
}

// A reported interval. Its id is meter << 40 | start.
struct Record {
    bytes32 root;
    uint96 total;
    uint112 registerAfter;
    uint40 finalAt;
    uint8 state;
}

// Which device is unit k of a batch? Kept by batch and unit.
struct Question {
    address asker;
    uint40 deadline;
    uint8 state;
}

// Who gets what a meter yields, from the interval that starts at `from` on, and for how little it may be sold.
struct Pledge {
    uint40 from;
    address payee;
    uint96 leastCertificate;
    uint96 leastOffer;
}

// A meter as it is now. `first` and `next` are the starts of its first interval and of the next to be finalised; `open` is
// how many reported intervals are neither final nor void.
struct MeterState {
    address owner;
    address asset;
    uint8 unit;
    uint24 interval;
    uint64 capacity;
    uint32 reporters;
    uint32 gapAfter;
    uint32 disputeWindow;
    uint32 answerWindow;
    bytes32 zone;
    bytes32 fleetRoot;
    bytes32 documents;
    uint96 stake;
    uint96 bond;
    uint40 first;
    uint40 next;
    uint32 open;
    uint112 register;
    bool closed;
    bool stakeMissing;
}

// Units of a meter: Wh produced, consumed, reduced; GPU-seconds delivered; tokens generated.
uint8 constant UNIT_PRODUCED = 0;
uint8 constant UNIT_CONSUMED = 1;
uint8 constant UNIT_REDUCED = 2;
uint8 constant UNIT_GPU_SECONDS = 3;
uint8 constant UNIT_TOKENS = 4;

// States of a record. The flag says that a question about it is open.
uint8 constant RECORD_REPORTED = 1;
uint8 constant RECORD_LATE = 2;
uint8 constant RECORD_FINAL = 3;
uint8 constant RECORD_FINAL_LATE = 4;
uint8 constant RECORD_VOID = 5;
uint8 constant RECORD_QUESTIONED = 0x80;

// States of a question.
uint8 constant QUESTION_OPEN = 1;
uint8 constant QUESTION_ANSWERED = 2;
uint8 constant QUESTION_COLLECTED = 3;

// A lot of certificates: what was issued, and the units [0, retired) of it that nobody holds any more.
struct Lot {
    uint96 issued;
    uint96 retired;
}

// What a meter's certificates cost, base units of the asset a million units; 0: not for sale.
struct Price {
    address asset;
    uint96 perMillion;
}
