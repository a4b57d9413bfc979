// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOffering} from "../interfaces/IOffering.sol";
import {Lot, OfferingTerms} from "../types/OfferingTypes.sol";
import {MAX_AMOUNT, Terms} from "../types/Types.sol";
import {TermsLib} from "./TermsLib.sol";

/// @title OfferingTermsLib
/// @notice What the terms of an offering must be for its deal, judged once, when it is deployed.
library OfferingTermsLib {
    using TermsLib for Terms;

    // The rules, numbered as in docs/SPEC.md, "Offerings"
    uint256 private constant DEADLINE_IS_PAST = 1;
    uint256 private constant DEADLINE_AFTER_CLOSING = 2;
    uint256 private constant GRACE_BEFORE_DEADLINE = 3;
    uint256 private constant NOTHING_OFFERED = 4;
    uint256 private constant TRANCHES_NOT_ASCENDING = 5;
    uint256 private constant NO_SUCH_TRANCHE = 6;
    uint256 private constant NO_PRICE = 7;
    uint256 private constant NOT_THE_SUPPLY = 8;
    uint256 private constant LEAST_ABOVE_MOST = 9;
    uint256 private constant SOFT_CAP_ABOVE_ALL = 10;
    uint256 private constant PROCEEDS_TOO_SMALL = 11;
    uint256 private constant NO_PAYEE = 12;
    uint256 private constant PROCEEDS_TOO_LARGE = 13;

    /// @notice Reverts with {IOffering-Offering_BadTerms} unless an offering of these terms can succeed.
    /// @return opening The deal's opening reserves, in base units.
    function requirePossible(OfferingTerms memory offer, Terms terms) internal view returns (uint256 opening) {
        if (offer.deadlineAt <= block.timestamp) _refuse(DEADLINE_IS_PAST, offer.deadlineAt, block.timestamp);
        if (offer.deadlineAt > terms.closingAt()) {
            _refuse(DEADLINE_AFTER_CLOSING, offer.deadlineAt, terms.closingAt());
        }
        if (offer.graceEndsAt <= offer.deadlineAt) {
            _refuse(GRACE_BEFORE_DEADLINE, offer.graceEndsAt, offer.deadlineAt);
        }
        uint256 proceeds = _requireLots(offer.lots, offer.sharesPerUnit, terms);
        if (proceeds > MAX_AMOUNT) _refuse(PROCEEDS_TOO_LARGE, proceeds, MAX_AMOUNT);
        if (offer.softCap > proceeds) _refuse(SOFT_CAP_ABOVE_ALL, offer.softCap, proceeds);
        uint256 taken;
        for (uint256 i; i < terms.reserveCount(); ++i) opening += terms.reserveOpening(terms.reserveAt(i));
        taken = opening;
        if (offer.project == address(0)) _refuse(NO_PAYEE, offer.fees.length, 0);
        for (uint256 i; i < offer.fees.length; ++i) {
            if (offer.fees[i].payee == address(0)) _refuse(NO_PAYEE, i, 0);
            taken += offer.fees[i].amount;
        }
        if (taken > proceeds) _refuse(PROCEEDS_TOO_SMALL, taken, proceeds);
    }

    function _requireLots(
        Lot[] memory lots,
        uint256 sharesPerUnit,
        Terms terms
    ) private pure returns (uint256 proceeds) {
        if (lots.length == 0) _refuse(NOTHING_OFFERED, 0, 1);
        for (uint256 i; i < lots.length; ++i) {
            Lot memory lot = lots[i];
            if (i > 0 && lot.tranche <= lots[i - 1].tranche) {
                _refuse(TRANCHES_NOT_ASCENDING, lot.tranche, lots[i - 1].tranche);
            }
            if (lot.tranche >= terms.trancheCount()) _refuse(NO_SUCH_TRANCHE, lot.tranche, terms.trancheCount());
            if (lot.price == 0) _refuse(NO_PRICE, 0, 1);
            uint256 shares = lot.units * sharesPerUnit;
            if (shares != terms.supply(lot.tranche)) _refuse(NOT_THE_SUPPLY, shares, terms.supply(lot.tranche));
            if (lot.least > lot.most) _refuse(LEAST_ABOVE_MOST, lot.least, lot.most);
            proceeds += uint256(lot.units) * lot.price;
        }
    }

    function _refuse(uint256 rule, uint256 found, uint256 bound) private pure {
        revert IOffering.Offering_BadTerms(rule, found, bound);
    }
}
