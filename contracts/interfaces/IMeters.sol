// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMetersCore} from "./IMetersCore.sol";
import {IMetersExtension} from "./IMetersExtension.sol";

/// @title IMeters
/// @notice What was measured, and for whom. A meter is a fleet of devices with one unit, one zone and one fixed interval. Its
/// reporters sign, interval by interval, the root and total of a sum tree of all readings ({MerkleSumLib}); anyone may ask
/// which device a unit came from, and a batch with a unit that nobody can show a device for is void and costs the meter its
/// stake. Final totals add up to a register that never falls. What a meter yields is paid to the payee it is pledged to.
/// @dev An interval is its id, `meter << 40 | start`, so that intervals cannot overlap. There is no owner of the contract, no
/// pause and no upgrade. Cash is credited, and withdrawn for an account by anyone.
///
/// Assumptions, correctness: most reporters of a set are honest. A majority can report what nobody measured, as long as
/// leaves, devices and capacities fit. The asset is one that SECURITY.md describes. Liveness: the reporters report; the owner
/// publishes fleet and readings where `documents` says, so that others can ask exactly.
// solhint-disable-next-line no-empty-blocks
interface IMeters is IMetersCore, IMetersExtension {}
