// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealErrors} from "./interfaces/IDealErrors.sol";

/// @title DealDelegate
/// @notice A part of a deal's code that a deal runs by delegatecall, on its own storage, terms and cash. At its own address it
/// refuses every call.
abstract contract DealDelegate is IDealErrors {
    address private immutable _self = address(this);

    modifier onlyInDeal() {
        if (address(this) == _self) revert Deal_NotADeal();
        _;
    }
}
