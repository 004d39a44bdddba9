package io.github.gwlb4j.simulator.cli.lab;

import io.github.gwlb4j.fuzzing.Fuzzer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any bytes as the record of a lab, as after a full disk: what can be read is there, and nothing is thrown. */
class LabRecordFuzzTest {
    @TempDir
    Path folder;

    @Test
    void shouldReadWhatIsLeftOfARecord() {
        Fuzzer.of("lab-record", this::read)
                .seeds("process 4711 1795000000000\nnamespace client lab-client -\nnamespace client lab-client 4026532000\nlink lab0\n",
                        "process " + ProcessHandle.current().pid() + " 1\n")
                .words("process", "namespace", "link", "appliance", "-").run(400);
    }

    private void read(byte[] input) throws IOException {
        Files.write(folder.resolve("record"), input);
        LabRecord record = new LabRecord("any", folder);
        if (record.process().isPresent()) {
            throw new AssertionError("no process began at such a time");
        }
        record.namespaces();
        record.links();
    }
}
