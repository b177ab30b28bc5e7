// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The part of forge's cheat codes that these tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function assume(bool condition) external pure;
    function expectEmit(bool, bool, bool, bool, address emitter) external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata revertData) external;
    function getRecordedLogs() external returns (Log[] memory);
    function prank(address sender) external;
    function recordLogs() external;
    function roll(uint256 blockNumber) external;
    function snapshotGasLastCall(string calldata group, string calldata name)
        external
        returns (uint256);
    function startPrank(address sender) external;
    function warp(uint256 time) external;
}

/// @title What a test needs of forge, written out: a handle to the machine, two assertions
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(uint256 found, uint256 wanted);
    error NotTrue();

    function assertEq(uint256 found, uint256 wanted) internal pure {
        if (found != wanted) revert NotEqual(found, wanted);
    }

    function assertTrue(bool condition) internal pure {
        if (!condition) revert NotTrue();
    }

    /// @dev Fold a fuzzed number into [least, most].
    function within(uint64 number, uint64 least, uint64 most) internal pure returns (uint64) {
        return least + number % (most - least + 1);
    }
}
