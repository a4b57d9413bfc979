// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev A field of a part of the terms. From the lowest bits: how many bits of a word it leaves free (8), the byte of
/// its part at which it begins (8), how many bits of its part are behind it.
type TermsField is uint256;

/// @title TermsLayout
/// @notice Where each field of the terms is: docs/TERMS_FORMAT.md.
/// @dev Written by `python -m tools.terms_layout` from penstock/onchain/terms_layout.py.
library TermsLayout {
    uint256 internal constant FORMAT = 3;

    uint256 internal constant HEADER_LENGTH = 103;
    TermsField internal constant HEADER_FORMAT = TermsField.wrap((816 << 16) | (0 << 8) | (256 - 8));
    TermsField internal constant HEADER_ASSET = TermsField.wrap((656 << 16) | (1 << 8) | (256 - 160));
    TermsField internal constant HEADER_REPORTS = TermsField.wrap((496 << 16) | (21 << 8) | (256 - 160));
    TermsField internal constant HEADER_CLOSING = TermsField.wrap((480 << 16) | (41 << 8) | (256 - 16));
    TermsField internal constant HEADER_POLICY = TermsField.wrap((320 << 16) | (43 << 8) | (256 - 160));
    TermsField internal constant HEADER_PERIODS = TermsField.wrap((304 << 16) | (63 << 8) | (256 - 16));
    TermsField internal constant HEADER_TRANCHES = TermsField.wrap((296 << 16) | (65 << 8) | (256 - 8));
    TermsField internal constant HEADER_FEES = TermsField.wrap((288 << 16) | (66 << 8) | (256 - 8));
    TermsField internal constant HEADER_RESERVES = TermsField.wrap((280 << 16) | (67 << 8) | (256 - 8));
    TermsField internal constant HEADER_TESTS = TermsField.wrap((272 << 16) | (68 << 8) | (256 - 8));
    TermsField internal constant HEADER_NORMAL_RUNGS = TermsField.wrap((264 << 16) | (69 << 8) | (256 - 8));
    TermsField internal constant HEADER_ENFORCEMENT_RUNGS = TermsField.wrap((256 << 16) | (70 << 8) | (256 - 8));
    TermsField internal constant HEADER_ENFORCE_ON = TermsField.wrap((248 << 16) | (71 << 8) | (256 - 8));
    TermsField internal constant HEADER_FLAGS = TermsField.wrap((224 << 16) | (72 << 8) | (256 - 24));
    TermsField internal constant HEADER_DECIMALS = TermsField.wrap((216 << 16) | (75 << 8) | (256 - 8));
    TermsField internal constant HEADER_GRACE = TermsField.wrap((208 << 16) | (76 << 8) | (256 - 8));
    TermsField internal constant HEADER_REPORT_FIELDS = TermsField.wrap((200 << 16) | (77 << 8) | (256 - 8));
    TermsField internal constant HEADER_ROW_LENGTH = TermsField.wrap((184 << 16) | (78 << 8) | (256 - 16));
    TermsField internal constant HEADER_FLOATING = TermsField.wrap((176 << 16) | (80 << 8) | (256 - 8));
    TermsField internal constant HEADER_FLOATING_AT = TermsField.wrap((160 << 16) | (81 << 8) | (256 - 16));
    TermsField internal constant HEADER_FEES_AT = TermsField.wrap((144 << 16) | (83 << 8) | (256 - 16));
    TermsField internal constant HEADER_RESERVES_AT = TermsField.wrap((128 << 16) | (85 << 8) | (256 - 16));
    TermsField internal constant HEADER_TESTS_AT = TermsField.wrap((112 << 16) | (87 << 8) | (256 - 16));
    TermsField internal constant HEADER_NORMAL_AT = TermsField.wrap((96 << 16) | (89 << 8) | (256 - 16));
    TermsField internal constant HEADER_ENFORCEMENT_AT = TermsField.wrap((80 << 16) | (91 << 8) | (256 - 16));
    TermsField internal constant HEADER_ROWS_AT = TermsField.wrap((64 << 16) | (93 << 8) | (256 - 16));
    TermsField internal constant HEADER_TEXTS_AT = TermsField.wrap((48 << 16) | (95 << 8) | (256 - 16));
    TermsField internal constant HEADER_PRINCIPAL_RUNGS = TermsField.wrap((40 << 16) | (97 << 8) | (256 - 8));
    TermsField internal constant HEADER_PRINCIPAL_FIELD = TermsField.wrap((32 << 16) | (98 << 8) | (256 - 8));
    TermsField internal constant HEADER_CALL_AT = TermsField.wrap((16 << 16) | (99 << 8) | (256 - 16));
    TermsField internal constant HEADER_PROMOTE_AT = TermsField.wrap((0 << 16) | (101 << 8) | (256 - 16));

    uint256 internal constant TRANCHE_LENGTH = 48;
    TermsField internal constant TRANCHE_SUPPLY = TermsField.wrap((320 << 16) | (0 << 8) | (256 - 64));
    TermsField internal constant TRANCHE_FACE = TermsField.wrap((216 << 16) | (8 << 8) | (256 - 104));
    TermsField internal constant TRANCHE_DAYS_AT = TermsField.wrap((208 << 16) | (21 << 8) | (256 - 8));
    TermsField internal constant TRANCHE_PRINCIPAL = TermsField.wrap((200 << 16) | (22 << 8) | (256 - 8));
    TermsField internal constant TRANCHE_ARREARS = TermsField.wrap((192 << 16) | (23 << 8) | (256 - 8));
    TermsField internal constant TRANCHE_SPREAD = TermsField.wrap((128 << 16) | (24 << 8) | (256 - 64));
    TermsField internal constant TRANCHE_SCHEDULE_AT = TermsField.wrap((112 << 16) | (32 << 8) | (256 - 16));
    TermsField internal constant TRANCHE_SCHEDULE_WIDTH = TermsField.wrap((104 << 16) | (34 << 8) | (256 - 8));
    TermsField internal constant TRANCHE_STEPS_AT = TermsField.wrap((88 << 16) | (35 << 8) | (256 - 16));
    TermsField internal constant TRANCHE_STEPS = TermsField.wrap((80 << 16) | (37 << 8) | (256 - 8));
    TermsField internal constant TRANCHE_PIK = TermsField.wrap((16 << 16) | (38 << 8) | (256 - 64));
    TermsField internal constant TRANCHE_PIK_LAST = TermsField.wrap((0 << 16) | (46 << 8) | (256 - 16));

    uint256 internal constant COUPON_STEP_LENGTH = 10;
    TermsField internal constant COUPON_STEP_FIRST_PERIOD = TermsField.wrap((64 << 16) | (0 << 8) | (256 - 16));
    TermsField internal constant COUPON_STEP_COUPON = TermsField.wrap((0 << 16) | (2 << 8) | (256 - 64));

    uint256 internal constant FLOATING_COUPON_LENGTH = 37;
    TermsField internal constant FLOATING_COUPON_TRANCHE = TermsField.wrap((288 << 16) | (0 << 8) | (256 - 8));
    TermsField internal constant FLOATING_COUPON_INDEX = TermsField.wrap((280 << 16) | (1 << 8) | (256 - 8));
    TermsField internal constant FLOATING_COUPON_MARGIN = TermsField.wrap((216 << 16) | (2 << 8) | (256 - 64));
    TermsField internal constant FLOATING_COUPON_FLOOR = TermsField.wrap((152 << 16) | (10 << 8) | (256 - 64));
    TermsField internal constant FLOATING_COUPON_CAP = TermsField.wrap((88 << 16) | (18 << 8) | (256 - 64));
    TermsField internal constant FLOATING_COUPON_INITIAL = TermsField.wrap((24 << 16) | (26 << 8) | (256 - 64));
    TermsField internal constant FLOATING_COUPON_RESET = TermsField.wrap((16 << 16) | (34 << 8) | (256 - 8));
    TermsField internal constant FLOATING_COUPON_STALE = TermsField.wrap((0 << 16) | (35 << 8) | (256 - 16));

    uint256 internal constant OC_TARGET_LENGTH = 29;
    TermsField internal constant OC_TARGET_RATIO = TermsField.wrap((104 << 16) | (0 << 8) | (256 - 128));
    TermsField internal constant OC_TARGET_AMOUNT = TermsField.wrap((0 << 16) | (16 << 8) | (256 - 104));

    uint256 internal constant PROMOTE_LENGTH = 24;
    TermsField internal constant PROMOTE_CAPITAL = TermsField.wrap((88 << 16) | (0 << 8) | (256 - 104));
    TermsField internal constant PROMOTE_CO_INVEST = TermsField.wrap((24 << 16) | (13 << 8) | (256 - 64));
    TermsField internal constant PROMOTE_DAYS_AT = TermsField.wrap((16 << 16) | (21 << 8) | (256 - 8));
    TermsField internal constant PROMOTE_HURDLES = TermsField.wrap((8 << 16) | (22 << 8) | (256 - 8));
    TermsField internal constant PROMOTE_TIERS = TermsField.wrap((0 << 16) | (23 << 8) | (256 - 8));

    uint256 internal constant TIER_LENGTH = 17;
    TermsField internal constant TIER_KIND = TermsField.wrap((128 << 16) | (0 << 8) | (256 - 8));
    TermsField internal constant TIER_RATE = TermsField.wrap((64 << 16) | (1 << 8) | (256 - 64));
    TermsField internal constant TIER_PART = TermsField.wrap((0 << 16) | (9 << 8) | (256 - 64));

    uint256 internal constant FEE_LENGTH = 56;
    TermsField internal constant FEE_BASE = TermsField.wrap((440 << 16) | (0 << 8) | (256 - 8));
    TermsField internal constant FEE_AMOUNT_OR_RATE = TermsField.wrap((336 << 16) | (1 << 8) | (256 - 104));
    TermsField internal constant FEE_TRANCHE = TermsField.wrap((328 << 16) | (14 << 8) | (256 - 8));
    TermsField internal constant FEE_CAP = TermsField.wrap((224 << 16) | (15 << 8) | (256 - 104));
    TermsField internal constant FEE_FLAGS = TermsField.wrap((216 << 16) | (28 << 8) | (256 - 8));
    TermsField internal constant FEE_FIRST_PERIOD = TermsField.wrap((200 << 16) | (29 << 8) | (256 - 16));
    TermsField internal constant FEE_LAST_PERIOD = TermsField.wrap((184 << 16) | (31 << 8) | (256 - 16));
    TermsField internal constant FEE_AMOUNTS_AT = TermsField.wrap((168 << 16) | (33 << 8) | (256 - 16));
    TermsField internal constant FEE_AMOUNTS_WIDTH = TermsField.wrap((160 << 16) | (35 << 8) | (256 - 8));
    TermsField internal constant FEE_PAYEE = TermsField.wrap((0 << 16) | (36 << 8) | (256 - 160));

    uint256 internal constant RESERVE_LENGTH = 56;
    TermsField internal constant RESERVE_OPENING = TermsField.wrap((344 << 16) | (0 << 8) | (256 - 104));
    TermsField internal constant RESERVE_TARGET = TermsField.wrap((240 << 16) | (13 << 8) | (256 - 104));
    TermsField internal constant RESERVE_FILL = TermsField.wrap((136 << 16) | (26 << 8) | (256 - 104));
    TermsField internal constant RESERVE_AHEAD_AT = TermsField.wrap((120 << 16) | (39 << 8) | (256 - 16));
    TermsField internal constant RESERVE_PARTS_AT = TermsField.wrap((104 << 16) | (41 << 8) | (256 - 16));
    TermsField internal constant RESERVE_TARGETS_AT = TermsField.wrap((88 << 16) | (43 << 8) | (256 - 16));
    TermsField internal constant RESERVE_TARGETS_WIDTH = TermsField.wrap((80 << 16) | (45 << 8) | (256 - 8));
    TermsField internal constant RESERVE_SWEEP = TermsField.wrap((64 << 16) | (46 << 8) | (256 - 16));
    TermsField internal constant RESERVE_ALL = TermsField.wrap((48 << 16) | (48 << 8) | (256 - 16));
    TermsField internal constant RESERVE_PRINCIPAL = TermsField.wrap((32 << 16) | (50 << 8) | (256 - 16));
    TermsField internal constant RESERVE_INTEREST = TermsField.wrap((16 << 16) | (52 << 8) | (256 - 16));
    TermsField internal constant RESERVE_FEE = TermsField.wrap((0 << 16) | (54 << 8) | (256 - 16));

    uint256 internal constant TEST_LENGTH = 45;
    TermsField internal constant TEST_INITIAL = TermsField.wrap((256 << 16) | (0 << 8) | (256 - 104));
    TermsField internal constant TEST_REPORT_FIELD = TermsField.wrap((248 << 16) | (13 << 8) | (256 - 8));
    TermsField internal constant TEST_OVER = TermsField.wrap((240 << 16) | (14 << 8) | (256 - 8));
    TermsField internal constant TEST_DIRECTION = TermsField.wrap((232 << 16) | (15 << 8) | (256 - 8));
    TermsField internal constant TEST_METRIC = TermsField.wrap((224 << 16) | (16 << 8) | (256 - 8));
    TermsField internal constant TEST_TRANCHE = TermsField.wrap((216 << 16) | (17 << 8) | (256 - 8));
    TermsField internal constant TEST_THRESHOLD = TermsField.wrap((88 << 16) | (18 << 8) | (256 - 128));
    TermsField internal constant TEST_CURE = TermsField.wrap((80 << 16) | (34 << 8) | (256 - 8));
    TermsField internal constant TEST_SWEEP = TermsField.wrap((64 << 16) | (35 << 8) | (256 - 16));
    TermsField internal constant TEST_ALL = TermsField.wrap((48 << 16) | (37 << 8) | (256 - 16));
    TermsField internal constant TEST_PRINCIPAL = TermsField.wrap((32 << 16) | (39 << 8) | (256 - 16));
    TermsField internal constant TEST_INTEREST = TermsField.wrap((16 << 16) | (41 << 8) | (256 - 16));
    TermsField internal constant TEST_FEE = TermsField.wrap((0 << 16) | (43 << 8) | (256 - 16));

    uint256 internal constant REPORT_FIELD_LENGTH = 1;
    TermsField internal constant REPORT_FIELD_UNIT = TermsField.wrap((0 << 16) | (0 << 8) | (256 - 8));

    uint256 internal constant RUNG_LENGTH = 13;
    TermsField internal constant RUNG_KIND = TermsField.wrap((96 << 16) | (0 << 8) | (256 - 8));
    TermsField internal constant RUNG_TARGET = TermsField.wrap((88 << 16) | (1 << 8) | (256 - 8));
    TermsField internal constant RUNG_OTHERS = TermsField.wrap((72 << 16) | (2 << 8) | (256 - 16));
    TermsField internal constant RUNG_FRACTION = TermsField.wrap((8 << 16) | (4 << 8) | (256 - 64));
    TermsField internal constant RUNG_TEST = TermsField.wrap((0 << 16) | (12 << 8) | (256 - 8));

    uint256 internal constant CALL_LENGTH = 28;
    TermsField internal constant CALL_PAYEE = TermsField.wrap((64 << 16) | (0 << 8) | (256 - 160));
    TermsField internal constant CALL_BELOW = TermsField.wrap((0 << 16) | (20 << 8) | (256 - 64));

    uint256 internal constant MOVES_LENGTH = 64;
    TermsField internal constant MOVES_RECOVERY_BY = TermsField.wrap((352 << 16) | (0 << 8) | (256 - 160));
    TermsField internal constant MOVES_PROVIDER = TermsField.wrap((192 << 16) | (20 << 8) | (256 - 160));
    TermsField internal constant MOVES_RECOVERY_DAYS = TermsField.wrap((176 << 16) | (40 << 8) | (256 - 16));
    TermsField internal constant MOVES_FORCED_BY = TermsField.wrap((16 << 16) | (42 << 8) | (256 - 160));
    TermsField internal constant MOVES_FORCED_DAYS = TermsField.wrap((0 << 16) | (62 << 8) | (256 - 16));

    uint256 internal constant ROW_LENGTH = 4;
    TermsField internal constant ROW_ACCRUAL = TermsField.wrap((16 << 16) | (0 << 8) | (256 - 16));
    TermsField internal constant ROW_PAYMENT = TermsField.wrap((0 << 16) | (2 << 8) | (256 - 16));

    uint256 internal constant ROW_DAYS_LENGTH = 6;
    TermsField internal constant ROW_DAYS_NUMERATOR = TermsField.wrap((24 << 16) | (0 << 8) | (256 - 24));
    TermsField internal constant ROW_DAYS_DENOMINATOR = TermsField.wrap((0 << 16) | (3 << 8) | (256 - 24));

    uint256 internal constant ROW_AHEAD_LENGTH = 1;
    TermsField internal constant ROW_AHEAD_PERIODS = TermsField.wrap((0 << 16) | (0 << 8) | (256 - 8));

    uint256 internal constant ROW_PART_LENGTH = 2;
    TermsField internal constant ROW_PART_MONTHS = TermsField.wrap((8 << 16) | (0 << 8) | (256 - 8));
    TermsField internal constant ROW_PART_OF = TermsField.wrap((0 << 16) | (1 << 8) | (256 - 8));

    uint256 internal constant TEXTS_LENGTH = 1;
    TermsField internal constant TEXTS_SHARE_DECIMALS = TermsField.wrap((0 << 16) | (0 << 8) | (256 - 8));

    uint256 internal constant TEXT_LENGTH = 1;
    TermsField internal constant TEXT_SIZE = TermsField.wrap((0 << 16) | (0 << 8) | (256 - 8));
}
