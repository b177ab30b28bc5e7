// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title The tree heads of many logs, in the order in which their nodes stated them
/// @notice A node keeps many append-only logs. For each it anchors, now and then, how many
/// entries the log has and their Merkle root. The contract remembers the latest head of each
/// log and emits one event for each; it never changes or removes one.
/// @dev The contract cannot check a root: it is an SM3 digest, opaque here. What it guarantees
/// is order. Each log counts its anchors 1, 2, 3, ...; a writer states the number it believes
/// to be the latest, and where it is wrong nothing is written. A resend after a crash is
/// therefore harmless, and two writers cannot both succeed.
interface IAnchorRegistry {
    /// @notice The latest anchor of a log; all zero where there is none.
    /// @param root SM3 Merkle root of the first `size` entries (RFC 9162 shape)
    /// @param size Number of entries, never smaller than before
    /// @param seq Number of anchors of this log so far; this one's own number
    /// @param blockNumber Block of this anchor
    /// @param time Time of that block, in seconds since 1970
    struct Head {
        bytes32 root;
        uint64 size;
        uint64 seq;
        uint64 blockNumber;
        uint64 time;
    }

    /// @notice One head to anchor.
    /// @param logId SM3 of the log's origin
    /// @param expectSeq Number of the log's latest anchor, 0 for a new log
    /// @param size Number of entries, in (latest size, latest size + MAX_STEP]
    /// @param root SM3 Merkle root at that size, not zero
    struct Item {
        bytes32 logId;
        uint64 expectSeq;
        uint64 size;
        bytes32 root;
    }

    /// @notice A head was stored.
    /// @param nodeId SM3 of the node's name
    /// @param logId SM3 of the log's origin
    /// @param seq Number of this anchor within the log, without gaps from 1
    /// @param size Number of entries
    /// @param root SM3 Merkle root at that size
    event Anchored(
        bytes32 indexed nodeId, bytes32 indexed logId, uint64 indexed seq, uint64 size, bytes32 root
    );

    /// @notice `anchorMany` left one item out and went on.
    /// @param nodeId SM3 of the node's name
    /// @param logId SM3 of the log's origin
    /// @param expectSeq The number the writer believed to be the latest
    /// @param latestSeq The number that is the latest
    /// @param latestSize The log's latest size
    /// @param size The size that was refused
    event Skipped(
        bytes32 indexed nodeId,
        bytes32 indexed logId,
        uint64 expectSeq,
        uint64 latestSeq,
        uint64 latestSize,
        uint64 size
    );

    /// @notice The log's latest anchor has another number than the writer believed.
    error AnchorRegistryStale(bytes32 logId, uint64 expectSeq, uint64 latestSeq);

    /// @notice A log must grow, and by MAX_STEP entries at most.
    error AnchorRegistryOutOfStep(bytes32 logId, uint64 latestSize, uint64 size);

    /// @notice The zero root means "no anchor" and cannot be anchored.
    error AnchorRegistryZeroRoot(bytes32 logId);

    /// @notice A registry without an administrator could never grant a role.
    error AnchorRegistryNoAdmin();

    /// @notice Store the next head of one log. Anchorer of the node only, not while paused.
    /// @dev Sending the head that is already the latest again changes nothing and succeeds.
    /// @param nodeId SM3 of the node's name
    /// @param logId SM3 of the log's origin
    /// @param expectSeq Number of the log's latest anchor, 0 for a new log
    /// @param size Number of entries, in (latest size, latest size + MAX_STEP]
    /// @param root SM3 Merkle root at that size, not zero
    function anchor(bytes32 nodeId, bytes32 logId, uint64 expectSeq, uint64 size, bytes32 root)
        external;

    /// @notice Store the next heads of many logs. Anchorer of the node only, not while paused.
    /// @dev An item that `anchor` would refuse is left out with a Skipped event, so that one bad
    /// log does not hold up the others; an item that is already the latest head is passed over.
    /// @param nodeId SM3 of the node's name
    /// @param items The heads, at most one of each log
    function anchorMany(bytes32 nodeId, Item[] calldata items) external;

    /// @notice Stop all anchoring. Administrator only.
    function pause() external;

    /// @notice Take anchoring up again. Administrator only.
    function unpause() external;

    /// @notice The latest head of a log.
    function head(bytes32 nodeId, bytes32 logId) external view returns (Head memory);

    /// @notice The latest heads of many logs, in the order asked.
    function headsOf(bytes32 nodeId, bytes32[] calldata logIds)
        external
        view
        returns (Head[] memory);

    /// @notice The role an account needs to anchor for this node; the administrator grants it.
    function roleOf(bytes32 nodeId) external pure returns (bytes32);

    /// @notice Most entries between two anchors of one log.
    /// @dev Without a limit one stolen key could anchor the largest size there is and close a
    /// log for ever; with it, reaching that size takes 2**40 anchors.
    function MAX_STEP() external view returns (uint64);
}
