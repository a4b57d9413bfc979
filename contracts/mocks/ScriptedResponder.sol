// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ScriptedResponder
/// @notice Answers every call in the same scripted way: as a policy, a report source, a hook or an asset of no use.
contract ScriptedResponder {
    /// @dev What it does after its own calls: ANSWERS or REVERTS with `size` bytes that begin with `answer`, BURNS the
    /// gas it has left, or SELFDESTRUCTS, so that it has no code once the transaction is over.
    enum Response {
        ANSWERS,
        REVERTS,
        BURNS,
        SELFDESTRUCTS
    }

    /// @dev A call it makes before it answers, with at most `gasLimit`. A failure is ignored or passed on.
    struct ScriptedCall {
        address target;
        bytes data;
        uint256 gasLimit;
        bool ignoresFailure;
    }

    Response private _response;
    uint256 private _size;
    bytes private _answer;
    ScriptedCall[] private _calls;

    /// @notice Sets the response to every later call.
    function respond(Response response, bytes calldata answer, uint256 size) external {
        (_response, _answer, _size) = (response, answer, size);
    }

    /// @notice Sets the calls made before each response.
    function callBefore(ScriptedCall[] calldata calls) external {
        delete _calls;
        for (uint256 i; i < calls.length; ++i) _calls.push(calls[i]);
    }

    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        for (uint256 i; i < _calls.length; ++i) {
            ScriptedCall memory scripted = _calls[i];
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, bytes memory reason) = scripted.target.call{gas: scripted.gasLimit}(scripted.data);
            if (!success && !scripted.ignoresFailure) {
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        (Response response, bytes memory answer, uint256 size) = (_response, _answer, _size);
        // solhint-disable-next-line avoid-suicide
        if (response == Response.SELFDESTRUCTS) selfdestruct(payable(msg.sender));
        assembly ("memory-safe") {
            switch response
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
