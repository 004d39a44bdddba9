package io.github.gwlb4j.benchmarks.tun;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import io.github.gwlb4j.linux.Syscalls;

/** What a native call costs. The floor is the line {@code getppid} of {@code tunloop.c}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class NativeCallBenchmark {

    /** The cheapest system call, through JNA direct mapping. */
    @Benchmark
    public int processId() {
        return Syscalls.processId();
    }

    /** A call that fails, with the look at errno that it takes. */
    @Benchmark
    public int failing() {
        return Syscalls.statusFlags(-1);
    }
}
