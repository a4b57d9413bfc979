// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ShareAddressLib
/// @notice Where the shares of a deal are, without asking: they are its first creations, tranche t at nonce t + 1, by
/// Ethereum's rule for CREATE. {IDealExtension-close} refuses a chain with another rule.
library ShareAddressLib {
    /// @dev For tranches below 127: the nonce is one byte of the rule's RLP.
    function shareAddress(address deal, uint256 tranche) internal pure returns (address share) {
        unchecked {
            uint256 creation = (0xd694 << 168) | (uint256(uint160(deal)) << 8) | (tranche + 1);
            assembly ("memory-safe") {
                // The last 23 bytes of the word, hashed in scratch space
                mstore(0, creation)
                share := and(keccak256(9, 23), 0xffffffffffffffffffffffffffffffffffffffff)
            }
        }
    }
}
