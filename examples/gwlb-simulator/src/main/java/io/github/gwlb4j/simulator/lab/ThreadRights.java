package io.github.gwlb4j.simulator.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a thread of a running program may do, as /proc tells (proc_pid_status(5)).
 *
 * @param thread    its name, the first 15 characters
 * @param userId    effective user id
 * @param effective mask of its effective capabilities, bit n is the one of number n (capabilities(7))
 * @param permitted mask of those that it can make effective
 */
public record ThreadRights(String thread, int userId, long effective, long permitted) {

    /**
     * All threads of a program that have not ended.
     *
     * @param pid the program
     * @return a new list
     * @throws IOException if the program has ended
     */
    public static List<ThreadRights> of(long pid) throws IOException {
        List<Path> tasks;
        try (Stream<Path> listed = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            tasks = listed.toList();
        }
        List<ThreadRights> rights = new ArrayList<>();
        for (Path task : tasks) {
            try {
                List<String> status = Files.readAllLines(task.resolve("status"));
                rights.add(new ThreadRights(field(status, "Name"), Integer.parseInt(field(status, "Uid").split("\\s+")[1]),
                        Long.parseLong(field(status, "CapEff"), 16), Long.parseLong(field(status, "CapPrm"), 16)));
            } catch (IOException e) {
                if (Files.exists(task)) {
                    throw e;
                }
            }
        }
        return rights;
    }

    private static String field(List<String> status, String name) throws IOException {
        return status.stream().filter(line -> line.startsWith(name + ":")).map(line -> line.substring(name.length() + 1).trim()).findFirst()
                .orElseThrow(() -> new IOException("this kernel does not tell " + name));
    }
}
