// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title FaultyUSD
/// @notice A stablecoin in which any function can be broken in any way and repaired again.
contract FaultyUSD is MockUSD {
    /// @dev REVERTS with the given bytes; BURNS all gas; LIES: does nothing and returns the given bytes; GARBLES: does
    /// its work and returns the given bytes.
    enum Fault {
        NONE,
        REVERTS,
        BURNS,
        LIES,
        GARBLES
    }

    mapping(bytes4 selector => Fault) private _faults;
    mapping(bytes4 selector => bytes) private _answers;

    /// @dev A fault before the work and one after it; with neither, the work alone.
    modifier faulty() {
        Fault fault = _faults[msg.sig];
        if (fault == Fault.REVERTS) _revert();
        if (fault == Fault.LIES) _answer();
        if (fault == Fault.BURNS) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        _;
    }

    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @notice Breaks a function; the fault NONE repairs it.
    function fail(bytes4 selector, Fault fault, bytes calldata answer) external {
        (_faults[selector], _answers[selector]) = (fault, answer);
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override faulty returns (bool done) {
        done = super.transfer(to, amount);
        _garble();
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override faulty returns (bool done) {
        done = super.transferFrom(from, to, amount);
        _garble();
    }

    /// @inheritdoc ERC20Permit
    function permit(
        address owner,
        address spender,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public override faulty {
        super.permit(owner, spender, amount, deadline, v, r, s);
        _garble();
    }

    /// @inheritdoc ERC20
    function balanceOf(address account) public view override faulty returns (uint256) {
        return super.balanceOf(account);
    }

    function _garble() private view {
        if (_faults[msg.sig] == Fault.GARBLES) _answer();
    }

    /// @dev Ends the whole call.
    function _answer() private view {
        bytes memory answer = _answers[msg.sig];
        assembly ("memory-safe") {
            return(add(answer, 32), mload(answer))
        }
    }

    function _revert() private view {
        bytes memory answer = _answers[msg.sig];
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}
