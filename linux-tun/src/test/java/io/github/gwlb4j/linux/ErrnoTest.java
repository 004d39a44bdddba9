package io.github.gwlb4j.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrnoTest {

    @Test
    void shouldDescribeAnyNumberOfEitherSign() {
        assertThat(Errno.describe(1)).isEqualTo("operation not permitted (EPERM)");
        assertThat(Errno.describe(-1)).isEqualTo("operation not permitted (EPERM)");
        assertThat(Errno.describe(131)).isEqualTo("error 131");
        assertThat(Errno.describe(-100_000)).isEqualTo("error 100000");
        assertThat(Errno.of(-11)).isEqualTo(Errno.EAGAIN);
        assertThat(Errno.of(0)).isEqualTo(Errno.OTHER);
        assertThat(Errno.EBADF.result()).isEqualTo(-9);
    }
}
