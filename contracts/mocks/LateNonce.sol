// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deal} from "../Deal.sol";
import {Probe} from "./Probe.sol";

/// @title LateNonce
/// @notice A deal where the rule for CREATE is not the one the shares' addresses follow: `spend` uses up the nonce of the
/// first share before the deal is closed.
contract LateNonce is Deal {
    constructor(address extension) Deal(extension) {}

    function spend() external {
        new Probe();
    }
}
