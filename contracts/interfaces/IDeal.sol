// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealCore} from "./IDealCore.sol";
import {IDealExtension} from "./IDealExtension.sol";
import {IDealTrial} from "./IDealTrial.sol";

/// @title IDeal
/// @notice One project: holds its cash, shares each period's collections down the ladder, and pays claims. Everything a
/// deal answers, wherever its code is.
///
/// Assumptions, correctness: the asset moves exactly what it says or reverts, its balances change only by transfers,
/// and it never takes cash from the deal; the report source tells the truth. Liveness: the asset lets the deal send
/// and receive; chain time is at most minutes off. Whatever fails, no caller and no key can move, withhold or redirect
/// what is credited, but by a recovery that the terms allow, and nothing here can change the terms.
// solhint-disable-next-line no-empty-blocks
interface IDeal is IDealCore, IDealExtension, IDealTrial {}
