// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {DealStorage} from "./DealStorage.sol";
import {IDealCore} from "./interfaces/IDealCore.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {SlotLib} from "./libraries/SlotLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {CashWord, HolderWord, Terms} from "./types/Types.sol";

/// @title DealClaims
/// @notice How a holder is paid, the one rule behind {IDealCore-claim} and all others that claim.
abstract contract DealClaims is DealStorage {
    using SafeERC20 for IERC20;
    using ShareLib for HolderWord;
    using SlotLib for CashWord;
    using TermsLib for Terms;

    /// @dev Sends everything that a holder's shares of a tranche have earned to it, or to whom it names.
    function _claim(uint256 tranche, address holder, address recipient) internal returns (uint256 amount) {
        Terms head = _loadHead(tranche);
        bool narrow = head.isNarrow();
        uint256 supply = head.supply(tranche);
        uint256 key = _key(tranche, holder);
        HolderWord held = _holders[key];
        uint256 place = _claimPlace(tranche, narrow);
        CashWord cash = _unlocked(place);
        amount = held.claimableDown(_credited(tranche, narrow), supply);
        if (amount == 0) revert Deal_NothingToClaim(tranche, holder);
        _holders[key] = held.afterClaim(amount, supply);
        _setCashWord(place, cash.withClaim(amount, narrow).locked());
        if (recipient == holder) emit IDealCore.Claimed(tranche, holder, amount);
        else emit IDealCore.ClaimedTo(tranche, holder, recipient, amount);
        IERC20(head.asset()).safeTransfer(recipient, amount);
        _unlock(place);
    }
}
