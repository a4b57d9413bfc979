// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealExtension} from "../interfaces/IDealExtension.sol";

/// @title RepaidLib
/// @notice Whether a deal owes its lenders and payees nothing and never will.
library RepaidLib {
    /// @notice Whether an account is a deal after its last period without balances, interest, principal or fees in arrears.
    /// The last tranche, equity, may have a balance. An account that does not answer as a deal is none.
    function isRepaid(address account) internal view returns (bool) {
        if (account.code.length == 0) return false;
        try IDealExtension(account).nextPaymentAt() returns (uint256 at) {
            if (at != 0) return false;
        } catch {
            return false;
        }
        IDealExtension.State memory state = IDealExtension(account).state();
        uint256 owed = _sum(state.interestArrears) + _sum(state.principalArrears) + _sum(state.feeArrears);
        uint256 count = state.balances.length;
        return owed + _sum(state.balances) == (count == 0 ? 0 : state.balances[count - 1]);
    }

    function _sum(uint256[] memory amounts) private pure returns (uint256 sum) {
        for (uint256 i; i < amounts.length; ++i) sum += amounts[i];
    }
}
