package io.github.gwlb4j.geneve;

import static io.github.gwlb4j.testing.GeneveBuilder.geneve;
import static io.github.gwlb4j.testing.GeneveBuilder.gwlb;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.gwlb4j.geneve.aws.GwlbOptionView;
import io.github.gwlb4j.testing.GeneveBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Typed views of options: those of AWS in the box, and one that a user of the library registers. */
class GeneveOptionViewsTest {
    /**
     * What Google Cloud puts into option class 0x0132 type 1: a 28-bit network id and, in the lowest bit, the direction of the
     * packet as the virtual machine sees it.
     */
    private static final class GoogleNetworkId implements GeneveOptionView {
        private ByteBuffer buffer;
        private int dataOffset;

        @Override
        public int optionClass() {
            return 0x0132;
        }

        @Override
        public int type() {
            return 1;
        }

        @Override
        public boolean wrap(ByteBuffer buffer, int dataOffset, int dataLengthBytes) {
            this.buffer = buffer;
            this.dataOffset = dataOffset;
            return dataLengthBytes == 4;
        }

        int networkId() {
            return buffer.getInt(dataOffset) >>> 4;
        }

        boolean isEgress() {
            return (buffer.getInt(dataOffset) & 1) != 0;
        }

        @Override
        public String describe() {
            return "network id " + networkId() + (isEgress() ? " egress" : " ingress");
        }
    }

    private final GoogleNetworkId network = new GoogleNetworkId();
    private final GwlbOptionView cookie = GwlbOptionView.flowCookie(0x0108);
    private final GeneveOptionViews views = new GeneveOptionViews().register(network).register(cookie);
    private final GeneveHeader header = new GeneveHeader();

    private GeneveHeader wrap(GeneveBuilder builder) {
        byte[] bytes = builder.build();
        assertThat(header.wrap(ByteBuffer.wrap(bytes), 0, bytes.length).validate(GenevePolicy.rfc8926())).isEqualTo(GeneveStatus.OK);
        return header;
    }

    @Test
    void shouldLayRegisteredViewsOverTheirOptions() {
        assertThat(views.read(wrap(geneve().option(0x0132, 2, "aabbccdd").option(0x0108, 3, "cafe0001")
                .option(0x0132, 1, "00012341")))).isEqualTo(GeneveStatus.OK);

        assertThat(views.isPresent(network)).isTrue();
        assertThat(network.networkId()).isEqualTo(0x1234);
        assertThat(network.isEgress()).isTrue();
        assertThat(views.isPresent(cookie)).isTrue();
        assertThat(cookie.value()).isEqualTo(0xcafe0001L);
    }

    @Test
    void shouldForgetTheHeaderBefore() {
        views.read(wrap(geneve().option(0x0108, 3, "cafe0001")));
        assertThat(views.read(wrap(geneve().option(0x0132, 1, "00000010")))).isEqualTo(GeneveStatus.OK);

        assertThat(views.isPresent(cookie)).isFalse();
        assertThat(views.isPresent(network)).isTrue();
    }

    @Test
    void shouldLetTheLastOfEqualOptionsWin() {
        views.read(wrap(geneve().option(0x0108, 3, "00000001").option(0x0108, 3, "00000002")));

        assertThat(cookie.value()).isEqualTo(2);
    }

    @Test
    void shouldSayWhenAnOptionHasTheWrongLength() {
        assertThat(views.read(wrap(geneve().option(0x0132, 1, "")))).isEqualTo(GeneveStatus.OPTION_LENGTH_WRONG);
    }

    @Test
    void shouldNotTakeAStrangeViewForARegisteredOne() {
        views.read(wrap(geneve().option(0x0132, 1, "00000010")));

        assertThat(views.isPresent(new GoogleNetworkId())).isFalse();
        assertThat(views.isPresent(GwlbOptionView.endpointId(0x0108))).isFalse();
    }

    @Test
    void shouldGiveTheViewOfTheOptionThatACursorStandsOn() {
        GeneveOptionCursor cursor = new GeneveOptionCursor();
        List<String> texts = new ArrayList<>();
        GeneveOptionViews all = GwlbOptionView.allOf(0x0108).register(network);
        wrap(gwlb(0x0108).option(0x0132, 1, "00000010").option(0x0132, 1, "").option(9, 9, ""));
        for (cursor.wrap(header); cursor.next(); ) {
            GeneveOptionView view = all.viewOf(cursor);
            texts.add(view == null ? "-" : view.describe());
        }

        assertThat(texts).containsExactly("endpoint id vpce-00123456789abcdef, interfaces gwi-887epl1uMf and gwo-887epl1uMf",
                "attachment id 0000000000000000", "flow cookie cafe0001", "network id 1 ingress", "-", "-");
    }

    @Test
    void shouldMakeCriticalOptionsKnownToAPolicy() {
        GeneveOptionView critical = new GeneveOptionView() {
            @Override
            public int optionClass() {
                return 0xff01;
            }

            @Override
            public int type() {
                return 0x81;
            }

            @Override
            public boolean wrap(ByteBuffer buffer, int dataOffset, int dataLengthBytes) {
                return true;
            }

            @Override
            public String describe() {
                return "";
            }
        };
        byte[] bytes = geneve().flags(0x40).option(0xff01, 0x81, "").build();
        header.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);

        assertThat(header.validate(GenevePolicy.rfc8926())).isEqualTo(GeneveStatus.CRITICAL_OPTION_UNKNOWN);
        assertThat(header.validate(views.register(critical).knownIn(GenevePolicy.builder()).build())).isEqualTo(GeneveStatus.OK);
    }

    @Test
    void shouldRefuseASecondViewOfAKindAndTooManyViews() {
        assertThatIllegalArgumentException().isThrownBy(() -> views.register(new GoogleNetworkId())).withMessageContaining("0x0132");
        GeneveOptionViews many = new GeneveOptionViews();
        for (int i = 0; i < GeneveOptionViews.MAX_VIEWS; i++) {
            many.register(GwlbOptionView.flowCookie(i));
        }
        assertThatIllegalStateException().isThrownBy(() -> many.register(network)).withMessageContaining("64");
    }
}
