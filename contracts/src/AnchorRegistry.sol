// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IAnchorRegistry} from "./IAnchorRegistry.sol";

/// @title The tree heads of many logs, in the order in which their nodes stated them
/// @dev Two kinds of key. The administrator (cold) grants and withdraws each node's anchoring
/// role and may pause. An anchorer (hot) writes the heads of its own node and no other; stolen,
/// it can anchor heads that the node never signed, which verifiers refuse and the node notices,
/// but it cannot change or remove one.
contract AnchorRegistry is IAnchorRegistry, AccessControl, Pausable {
    /// @inheritdoc IAnchorRegistry
    uint64 public constant override MAX_STEP = 1 << 24;

    mapping(bytes32 nodeId => mapping(bytes32 logId => Head)) private _heads;

    /// @param admin The first administrator; zero would leave nobody and is refused
    constructor(address admin) {
        if (admin == address(0)) revert AnchorRegistryNoAdmin();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @inheritdoc IAnchorRegistry
    function anchor(bytes32 nodeId, bytes32 logId, uint64 expectSeq, uint64 size, bytes32 root)
        external
        override
        whenNotPaused
        onlyRole(roleOf(nodeId))
    {
        Head storage latest = _heads[nodeId][logId];
        uint64 seq = latest.seq;
        if (_isLatest(latest, seq, expectSeq, size, root)) return;
        if (seq != expectSeq) revert AnchorRegistryStale(logId, expectSeq, seq);
        if (root == 0) revert AnchorRegistryZeroRoot(logId);
        if (!_inStep(latest.size, size)) revert AnchorRegistryOutOfStep(logId, latest.size, size);
        _store(latest, nodeId, logId, seq + 1, size, root);
    }

    /// @inheritdoc IAnchorRegistry
    function anchorMany(bytes32 nodeId, Item[] calldata items)
        external
        override
        whenNotPaused
        onlyRole(roleOf(nodeId))
    {
        mapping(bytes32 logId => Head) storage heads = _heads[nodeId];
        for (uint256 i = 0; i < items.length; ++i) {
            Item calldata item = items[i];
            Head storage latest = heads[item.logId];
            uint64 seq = latest.seq;
            if (_isLatest(latest, seq, item.expectSeq, item.size, item.root)) continue;
            uint64 size = latest.size;
            if (seq != item.expectSeq || item.root == 0 || !_inStep(size, item.size)) {
                emit Skipped(nodeId, item.logId, item.expectSeq, seq, size, item.size);
                continue;
            }
            _store(latest, nodeId, item.logId, seq + 1, item.size, item.root);
        }
    }

    /// @inheritdoc IAnchorRegistry
    function pause() external override onlyRole(DEFAULT_ADMIN_ROLE) {
        _pause();
    }

    /// @inheritdoc IAnchorRegistry
    function unpause() external override onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @inheritdoc IAnchorRegistry
    function head(bytes32 nodeId, bytes32 logId) external view override returns (Head memory) {
        return _heads[nodeId][logId];
    }

    /// @inheritdoc IAnchorRegistry
    function headsOf(bytes32 nodeId, bytes32[] calldata logIds)
        external
        view
        override
        returns (Head[] memory heads)
    {
        heads = new Head[](logIds.length);
        for (uint256 i = 0; i < logIds.length; ++i) {
            heads[i] = _heads[nodeId][logIds[i]];
        }
    }

    /// @inheritdoc IAnchorRegistry
    function roleOf(bytes32 nodeId) public pure override returns (bytes32) {
        return keccak256(abi.encode("kexin.anchorer", nodeId));
    }

    function _store(
        Head storage latest,
        bytes32 nodeId,
        bytes32 logId,
        uint64 seq,
        uint64 size,
        bytes32 root
    ) private {
        latest.root = root;
        (latest.size, latest.seq) = (size, seq);
        (latest.blockNumber, latest.time) = (uint64(block.number), uint64(block.timestamp));
        emit Anchored(nodeId, logId, seq, size, root);
    }

    /// @dev Whether the offered head is the latest one, sent again. A new log has none.
    function _isLatest(Head storage latest, uint64 seq, uint64 expectSeq, uint64 size, bytes32 root)
        private
        view
        returns (bool)
    {
        // seq - 1 first: expectSeq + 1 could overflow on a hostile argument.
        return seq != 0 && seq - 1 == expectSeq && latest.size == size && latest.root == root;
    }

    function _inStep(uint64 latest, uint64 size) private pure returns (bool) {
        return size > latest && size - latest <= MAX_STEP;
    }
}
