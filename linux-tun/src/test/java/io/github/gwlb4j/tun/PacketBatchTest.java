package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketBatchTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 4096, 65_535})
    void shouldHaveExactlyTheCapacityAskedFor(int bytes) {
        PacketBatch batch = new PacketBatch(1, bytes);
        assertThat(batch.capacityBytes()).isEqualTo(bytes);
        assertThat(batch.buffer().order()).isEqualTo(ByteOrder.BIG_ENDIAN);
        assertThat(batch.buffer().isDirect()).isTrue();
    }

    @Test
    void shouldRememberWhereEachPacketIs() {
        PacketBatch batch = new PacketBatch(2, 100);
        assertThat(batch.add(10, 20)).isTrue();
        assertThat(batch.isFull()).isFalse();
        assertThat(batch.add(0, 100)).isTrue();
        assertThat(batch.isFull()).isTrue();
        assertThat(batch.add(0, 1)).isFalse();
        batch.set(0, 11, 19);
        assertThat(batch.count()).isEqualTo(2);
        assertThat(batch.offset(0)).isEqualTo(11);
        assertThat(batch.length(0)).isEqualTo(19);
        batch.clear();
        assertThat(batch.count()).isZero();
        assertThatThrownBy(() -> batch.offset(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldRefuseRegionsOutsideOfTheBuffer() {
        PacketBatch batch = new PacketBatch(2, 100);
        assertThatThrownBy(() -> batch.add(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.add(0, 101)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.add(Integer.MAX_VALUE, Integer.MAX_VALUE)).isInstanceOf(IndexOutOfBoundsException.class);
        batch.add(0, 1);
        assertThatThrownBy(() -> batch.set(0, 99, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> batch.set(1, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldReserveSoThatThePartBehindThePrefixIsAligned() {
        PacketBatch batch = new PacketBatch(3, 100);
        assertThat(batch.reserve(30, 10)).isEqualTo(6);
        batch.add(6, 30);
        assertThat(batch.reserve(30, 10)).isEqualTo(38);
        assertThat(batch.reserve(62, 10)).isEqualTo(38);
        assertThat(batch.reserve(63, 10)).as("one byte too many").isEqualTo(-1);
        assertThat(batch.reserve(Integer.MAX_VALUE, 0)).isEqualTo(-1);
    }

    @Test
    void shouldCopyPacketsWhileThereIsRoom() {
        PacketBatch batch = new PacketBatch(8, 40);
        ByteBuffer source = ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9});
        assertThat(batch.addCopy(source, 1, 3)).isTrue();
        assertThat(batch.addCopy(source, 1, 3)).isTrue();
        assertThat(batch.addCopy(source, 1, 3)).isTrue();
        assertThat(batch.addCopy(source, 1, 3)).isFalse();
        assertThat(batch.count()).isEqualTo(3);
        assertThat(batch.offset(2)).isEqualTo(32);
        assertThat(batch.buffer().getShort(33)).isEqualTo((short) 0x0203);
    }

    @Test
    void shouldShareBytesButNotTheIndexWithAView() {
        PacketBatch batch = new PacketBatch(1, 100);
        PacketBatch view = batch.view(5);
        batch.add(0, 10);
        batch.buffer().put(3, (byte) 7);
        assertThat(view.count()).isZero();
        assertThat(view.maxPackets()).isEqualTo(5);
        assertThat(view.buffer().get(3)).isEqualTo((byte) 7);
        assertThat(view.address()).isEqualTo(batch.address());
    }

    @Test
    void shouldRefuseSizesBelowOne() {
        assertThatThrownBy(() -> new PacketBatch(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PacketBatch(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GatherBatch(1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldGatherMessagesFromHeadersAndPayload() {
        PacketBatch payload = new PacketBatch(1, 10);
        payload.buffer().put(0, new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        GatherBatch gather = new GatherBatch(2, 4, 8);
        gather.begin(payload);
        int header = gather.reserveHeader(2);
        gather.headers().putShort(header, (short) 0x7071);
        assertThat(gather.addHeader(header, 2)).isTrue();
        assertThat(gather.addPayload(5, 3)).isTrue();
        assertThat(gather.endMessage()).isTrue();
        assertThat(gather.addPayload(0, 1)).isTrue();
        assertThat(gather.endMessage()).isTrue();
        byte[] first = new byte[5];
        assertThat(gather.copyTo(0, ByteBuffer.wrap(first), 0)).isEqualTo(5);
        assertThat(first).containsExactly(0x70, 0x71, 5, 6, 7);
        assertThat(gather.lengthBytes(0)).isEqualTo(5);
        assertThat(gather.lengthBytes(1)).isEqualTo(1);
        assertThat(gather.count()).isEqualTo(2);
    }

    @Test
    void shouldTellWhenNothingMoreCanBeGathered() {
        GatherBatch gather = new GatherBatch(2, 3, 8);
        gather.begin(new PacketBatch(1, 10));
        assertThat(gather.hasRoom(3, 8)).isTrue();
        assertThat(gather.hasRoom(4, 8)).isFalse();
        assertThat(gather.hasRoom(3, 9)).isFalse();
        assertThat(gather.reserveHeader(8)).isZero();
        assertThat(gather.reserveHeader(1)).isEqualTo(-1);
        gather.addPayload(0, 1);
        gather.endMessage();
        gather.addPayload(0, 1);
        gather.endMessage();
        assertThat(gather.hasRoom(1, 0)).isFalse();
        assertThat(gather.addPayload(0, 1)).isTrue();
        assertThat(gather.addPayload(0, 1)).as("all pieces are used").isFalse();
        assertThat(gather.endMessage()).as("all messages are used").isFalse();
        assertThat(gather.count()).isEqualTo(2);
        assertThat(gather.addPayload(0, 1)).as("the pieces of the refused message are free again").isTrue();
    }
}
