// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {AnchorRegistry} from "../src/AnchorRegistry.sol";
import {IAnchorRegistry} from "../src/IAnchorRegistry.sol";
import {Test} from "./Test.sol";

contract AnchorRegistryTest is Test {
    bytes32 private constant NODE = keccak256("node");
    bytes32 private constant LOG = keccak256("log");
    bytes32 private constant ROOT = keccak256("root");
    address private constant STRANGER = address(0xBAD);

    AnchorRegistry private registry;

    function setUp() public {
        registry = registryOfThis();
    }

    function registryOfThis() private returns (AnchorRegistry made) {
        made = new AnchorRegistry(address(this));
        made.grantRole(made.roleOf(NODE), address(this));
    }

    // ---- who may ----

    function test_RejectsARegistryWithoutAdministrator() public {
        vm.expectRevert(IAnchorRegistry.AnchorRegistryNoAdmin.selector);
        new AnchorRegistry(address(0));
    }

    function testFuzz_RejectsAStranger(address who) public {
        vm.assume(who != address(this));
        bytes32 role = registry.roleOf(NODE);
        vm.startPrank(who);
        vm.expectRevert(unauthorized(who, role));
        registry.anchor(NODE, LOG, 0, 1, ROOT);
        vm.expectRevert(unauthorized(who, role));
        registry.anchorMany(NODE, items(1));
        vm.expectRevert(unauthorized(who, registry.DEFAULT_ADMIN_ROLE()));
        registry.pause();
    }

    function testFuzz_RejectsTheAnchorerOfAnotherNode(bytes32 other) public {
        vm.assume(other != NODE);
        vm.expectRevert(unauthorized(address(this), registry.roleOf(other)));
        registry.anchor(other, LOG, 0, 1, ROOT);
    }

    function test_RejectsAnAnchorerWhoseRoleWasWithdrawn() public {
        bytes32 role = registry.roleOf(NODE);
        registry.revokeRole(role, address(this));
        vm.expectRevert(unauthorized(address(this), role));
        registry.anchor(NODE, LOG, 0, 1, ROOT);
    }

    function test_RejectsEveryAnchorWhilePaused() public {
        registry.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        registry.anchor(NODE, LOG, 0, 1, ROOT);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        registry.anchorMany(NODE, items(1));
        registry.unpause();
        registry.anchor(NODE, LOG, 0, 1, ROOT);
        assertEq(registry.head(NODE, LOG).seq, 1);
    }

    function test_RejectsAnUnpauseByAStranger() public {
        registry.pause();
        bytes32 role = registry.DEFAULT_ADMIN_ROLE();
        vm.prank(STRANGER);
        vm.expectRevert(unauthorized(STRANGER, role));
        registry.unpause();
    }

    // ---- one log ----

    function testFuzz_RemembersTheHead(uint64 size, bytes32 root, uint32 number, uint32 time)
        public
    {
        vm.assume(root != 0);
        size = within(size, 1, registry.MAX_STEP());
        vm.roll(number);
        vm.warp(time);
        vm.expectEmit(true, true, true, true, address(registry));
        emit IAnchorRegistry.Anchored(NODE, LOG, 1, size, root);
        registry.anchor(NODE, LOG, 0, size, root);
        assertHead(LOG, IAnchorRegistry.Head(root, size, 1, number, time));
    }

    function testFuzz_AcceptsTheSameHeadAgainAndChangesNothing(uint64 size, bytes32 root) public {
        vm.assume(root != 0);
        size = within(size, 1, registry.MAX_STEP());
        vm.roll(7);
        registry.anchor(NODE, LOG, 0, size, root);
        vm.roll(8);
        vm.recordLogs();
        registry.anchor(NODE, LOG, 0, size, root);
        registry.anchorMany(NODE, one(LOG, 0, size, root));
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(registry.head(NODE, LOG).blockNumber, 7);
    }

    function testFuzz_RejectsAnyOtherNumberThanTheLatest(uint64 expectSeq) public {
        registry.anchor(NODE, LOG, 0, 1, ROOT);
        registry.anchor(NODE, LOG, 1, 2, ROOT);
        vm.assume(expectSeq != 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAnchorRegistry.AnchorRegistryStale.selector, LOG, expectSeq, uint64(2)
            )
        );
        registry.anchor(NODE, LOG, expectSeq, 3, ROOT);
    }

    function testFuzz_RejectsAnotherRootForTheLatestNumber(bytes32 root) public {
        vm.assume(root != ROOT);
        registry.anchor(NODE, LOG, 0, 1, ROOT);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAnchorRegistry.AnchorRegistryStale.selector, LOG, uint64(0), uint64(1)
            )
        );
        registry.anchor(NODE, LOG, 0, 1, root);
    }

    function test_RejectsTheZeroRoot() public {
        vm.expectRevert(
            abi.encodeWithSelector(IAnchorRegistry.AnchorRegistryZeroRoot.selector, LOG)
        );
        registry.anchor(NODE, LOG, 0, 1, 0);
    }

    function testFuzz_GrowsByOneStepAtMost(uint64 first, uint64 second) public {
        uint64 step = registry.MAX_STEP();
        first = within(first, 1, step);
        registry.anchor(NODE, LOG, 0, first, ROOT);
        bool fits = second > first && second - first <= step;
        if (!fits) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAnchorRegistry.AnchorRegistryOutOfStep.selector, LOG, first, second
                )
            );
        }
        registry.anchor(NODE, LOG, 1, second, ROOT);
        assertEq(registry.head(NODE, LOG).size, fits ? second : first);
    }

    function test_AStepHasAnEnd() public {
        uint64 step = registry.MAX_STEP();
        vm.expectRevert(
            abi.encodeWithSelector(
                IAnchorRegistry.AnchorRegistryOutOfStep.selector, LOG, uint64(0), step + 1
            )
        );
        registry.anchor(NODE, LOG, 0, step + 1, ROOT);
        registry.anchor(NODE, LOG, 0, step, ROOT);
        registry.anchor(NODE, LOG, 1, 2 * step, ROOT);
        assertEq(registry.head(NODE, LOG).seq, 2);
    }

    function testFuzz_KeepsTheLogsOfTwoNodesApart(bytes32 other) public {
        vm.assume(other != NODE);
        registry.grantRole(registry.roleOf(other), address(this));
        registry.anchor(NODE, LOG, 0, 5, ROOT);
        registry.anchor(other, LOG, 0, 3, ROOT);
        assertEq(registry.head(NODE, LOG).size, 5);
        assertEq(registry.head(other, LOG).size, 3);
    }

    function testFuzz_EachNodeHasItsOwnRole(bytes32 one_, bytes32 two) public view {
        vm.assume(one_ != two);
        assertTrue(registry.roleOf(one_) != registry.roleOf(two));
        assertTrue(registry.roleOf(one_) != registry.DEFAULT_ADMIN_ROLE());
    }

    // ---- many logs ----

    function test_LeavesAPoisonedItemOutAndAnchorsTheOthers() public {
        IAnchorRegistry.Item[] memory batch = items(400);
        registry.anchor(NODE, batch[7].logId, 0, 3, keccak256("somebody else's"));
        vm.expectEmit(true, true, true, true, address(registry));
        emit IAnchorRegistry.Skipped(NODE, batch[7].logId, 0, 1, 3, batch[7].size);
        registry.anchorMany(NODE, batch);
        for (uint256 i = 0; i < batch.length; ++i) {
            IAnchorRegistry.Head memory latest = registry.head(NODE, batch[i].logId);
            assertEq(latest.seq, 1);
            assertTrue((latest.root == batch[i].root) == (i != 7));
        }
    }

    function testFuzz_SkipsWhatAnchorWouldRefuse(uint256 seed) public {
        AnchorRegistry naive = registryOfThis();
        for (uint256 round = 0; round < 4; ++round) {
            IAnchorRegistry.Item[] memory batch = randomItems(seed, round, naive.MAX_STEP());
            registry.anchorMany(NODE, batch);
            for (uint256 i = 0; i < batch.length; ++i) {
                IAnchorRegistry.Item memory it = batch[i];
                try naive.anchor(NODE, it.logId, it.expectSeq, it.size, it.root) {} catch {}
            }
            for (uint256 log = 0; log < 3; ++log) {
                assertHead(bytes32(log), naive.head(NODE, bytes32(log)));
            }
        }
    }

    function test_AnswersForManyLogsInTheOrderAsked() public {
        registry.anchorMany(NODE, items(3));
        bytes32[] memory logs = new bytes32[](3);
        (logs[0], logs[1], logs[2]) = (bytes32(uint256(2)), LOG, bytes32(uint256(0)));
        IAnchorRegistry.Head[] memory heads = registry.headsOf(NODE, logs);
        assertEq(heads.length, 3);
        assertEq(heads[0].size, 3);
        assertEq(heads[1].seq, 0);
        assertEq(heads[2].size, 1);
    }

    // ---- what it costs: snapshots/AnchorRegistry.json ----

    function test_Gas() public {
        registry.anchor(NODE, LOG, 0, 1, ROOT);
        vm.snapshotGasLastCall("AnchorRegistry", "anchor, first of a log");
        vm.roll(2);
        registry.anchor(NODE, LOG, 1, 2, ROOT);
        vm.snapshotGasLastCall("AnchorRegistry", "anchor, later");
        registry.anchor(NODE, LOG, 1, 2, ROOT);
        vm.snapshotGasLastCall("AnchorRegistry", "anchor, sent again");
        registry.anchorMany(NODE, items(400));
        vm.snapshotGasLastCall("AnchorRegistry", "anchorMany, first of 400 logs");
        IAnchorRegistry.Item[] memory batch = items(400);
        for (uint256 i = 0; i < batch.length; ++i) {
            (batch[i].expectSeq, batch[i].size) = (1, 500);
        }
        registry.anchorMany(NODE, batch);
        vm.snapshotGasLastCall("AnchorRegistry", "anchorMany, later of 400 logs");
    }

    // ---- how the tests speak ----

    function items(uint256 count) private pure returns (IAnchorRegistry.Item[] memory batch) {
        batch = new IAnchorRegistry.Item[](count);
        for (uint256 i = 0; i < count; ++i) {
            batch[i] = IAnchorRegistry.Item(bytes32(i), 0, uint64(i + 1), keccak256(abi.encode(i)));
        }
    }

    function one(bytes32 log, uint64 expectSeq, uint64 size, bytes32 root)
        private
        pure
        returns (IAnchorRegistry.Item[] memory batch)
    {
        batch = new IAnchorRegistry.Item[](1);
        batch[0] = IAnchorRegistry.Item(log, expectSeq, size, root);
    }

    /// Eight items over three logs, half of them plausible: near the next number and size.
    function randomItems(uint256 seed, uint256 round, uint64 step)
        private
        pure
        returns (IAnchorRegistry.Item[] memory batch)
    {
        batch = new IAnchorRegistry.Item[](8);
        for (uint256 i = 0; i < batch.length; ++i) {
            uint256 r = uint256(keccak256(abi.encode(seed, round, i)));
            uint64 size = uint64((r >> 8) % 6) * (r & 1 == 0 ? 1 : step / 2);
            bytes32 root = bytes32((r >> 32) % 4);
            batch[i] =
                IAnchorRegistry.Item(bytes32((r >> 64) % 3), uint64((r >> 96) % 4), size, root);
        }
    }

    function assertHead(bytes32 log, IAnchorRegistry.Head memory want) private view {
        assertTrue(keccak256(abi.encode(registry.head(NODE, log))) == keccak256(abi.encode(want)));
    }

    function unauthorized(address who, bytes32 role) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, who, role
            );
    }
}
