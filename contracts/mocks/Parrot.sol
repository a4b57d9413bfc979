// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Parrot
/// @notice Answers every call alike, as it was told: a policy, a report source, a hook, or an asset of no use.
contract Parrot {
    /// @dev What it does after its calls: ANSWERS or REVERTS with `size` bytes that begin with `answer`, BURNS all gas
    /// it has left, or DIES, and has no code when the transaction is over.
    enum Manner {
        ANSWERS,
        REVERTS,
        BURNS,
        DIES
    }

    /// @dev A call it makes first, with at most so much gas; a refusal swallowed or passed on.
    struct Errand {
        address target;
        bytes data;
        uint256 gasLimit;
        bool swallows;
    }

    Manner private _manner;
    uint256 private _size;
    bytes private _answer;
    Errand[] private _errands;

    /// @notice What to answer from now on.
    function say(Manner manner, bytes calldata answer, uint256 size) external {
        (_manner, _answer, _size) = (manner, answer, size);
    }

    /// @notice What to call before each answer.
    function run(Errand[] calldata errands) external {
        delete _errands;
        for (uint256 i; i < errands.length; ++i) _errands.push(errands[i]);
    }

    // Everything else it is asked is a question
    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        for (uint256 i; i < _errands.length; ++i) {
            Errand memory errand = _errands[i];
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, bytes memory reason) = errand.target.call{gas: errand.gasLimit}(errand.data);
            if (!success && !errand.swallows) {
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        (Manner manner, bytes memory answer, uint256 size) = (_manner, _answer, _size);
        // solhint-disable-next-line avoid-suicide
        if (manner == Manner.DIES) selfdestruct(payable(msg.sender));
        assembly ("memory-safe") {
            switch manner
            case 0 {
                return(add(answer, 32), size)
            }
            case 1 {
                revert(add(answer, 32), size)
            }
            default {
                invalid()
            }
        }
    }
}
