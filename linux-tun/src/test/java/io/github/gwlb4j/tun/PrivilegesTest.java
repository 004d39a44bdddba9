package io.github.gwlb4j.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What /proc says of real threads and programs after rights were given up. */
@Timeout(60)
class PrivilegesTest {

    private static final String NONE = "0000000000000000";
    private static final String NET_ADMIN = "0000000000001000";

    @TempDir
    private static Path directory;
    private static String classPath;

    /** The class path where everyone can read it. */
    @BeforeAll
    static void copyClassPath() throws Exception {
        Requirements.tun();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path copy = directory.resolve(copies.size() + "-" + Path.of(entry).getFileName());
            run("cp", "-rL", entry, copy.toString());
            copies.add(copy.toString());
        }
        run("chmod", "-R", "a+rX", directory.toString());
        classPath = String.join(File.pathSeparator, copies);
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static String probe(List<String> starter, String path, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(starter);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-cp", path,
                PrivilegesProbe.class.getName()));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private static String own(String field) throws Exception {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream().filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1).trim()).findFirst().orElseThrow();
    }

    private static <T> T onNewThread(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(future);
        thread.start();
        return future.get();
    }

    @Test
    void shouldTakeCapabilitiesFromOneThreadItsThreadsAndItsProgramsOnly() throws Exception {
        String before = own("CapEff");
        onNewThread(() -> {
            assertThat(own("CapEff")).isEqualTo(before).isNotEqualTo(NONE);
            assertThat(Privileges.keepOnly()).isTrue();
            assertThat(List.of(own("CapEff"), own("CapPrm"), own("CapInh"), own("NoNewPrivs"))).containsExactly(NONE, NONE, NONE, "1");
            assertThat(Privileges.effective()).isEmpty();
            assertThat(onNewThread(() -> own("CapPrm"))).isEqualTo(NONE);
            assertThat(run("grep", "CapEff", "/proc/self/status")).as("of a program, although root's").contains(NONE);
            return null;
        });
        assertThat(own("CapEff")).isEqualTo(before);
        assertThat(own("NoNewPrivs")).isEqualTo("0");
    }

    @Test
    void shouldKeepWhatIsNamedAndGainNothing() throws Exception {
        onNewThread(() -> {
            assertThat(Privileges.keepOnly(Capability.NET_ADMIN)).isTrue();
            assertThat(own("CapEff")).isEqualTo(NET_ADMIN);
            assertThat(Privileges.effective()).containsExactly(Capability.NET_ADMIN);
            assertThat(Privileges.keepOnly(Capability.NET_ADMIN, Capability.NET_RAW)).isTrue();
            assertThat(own("CapPrm")).isEqualTo(NET_ADMIN);
            return null;
        });
    }

    @Test
    void shouldMakeAllThreadsThoseOfTheUserAndKeepCapabilitiesInOne() throws Exception {
        String output = probe(List.of(), classPath, "nobody", "NET_ADMIN");
        String nobody = "uid 65534,65534,65534,65534 gid 65534,65534,65534,65534 groups 65534";
        List<String> threads = output.lines().filter(line -> line.startsWith("thread ")).toList();
        assertThat(threads).as(output).hasSizeGreaterThan(5).allMatch(line -> line.contains(nobody));
        assertThat(threads.stream().filter(line -> !line.contains("effective " + NONE + " permitted " + NONE)).collect(Collectors.joining("\n")))
                .as("the thread that did it and the one that it started").hasLineCount(2).contains("child", "effective " + NET_ADMIN + " permitted " + NET_ADMIN,
                        "nnp 1");
        assertThat(output).containsPattern("program cat " + nobody + ".* effective " + NET_ADMIN + " .* bounding " + NET_ADMIN + " nnp 1")
                .contains("own files: true").containsPattern("main now .* effective " + NONE + " permitted " + NONE + " ambient " + NONE)
                .contains("again: cannot run as user daemon: it takes the capabilities CAP_SETUID and CAP_SETGID, which thread");
    }

    @Test
    void shouldRefuseBeforeAnythingChangesWhenAThreadHasGivenUpTheRight() throws Exception {
        assertThat(probe(List.of(), classPath, "after-dropping")).contains("refused: cannot run as user nobody: it takes the capabilities CAP_SETUID");
    }

    @Test
    void shouldSayWhichUserItCannotBecomeAndWhy() throws Exception {
        assertThat(probe(List.of(), classPath, "no-such-user")).contains("refused: cannot run as user no-such-user: there is no such user; make one: useradd");
        assertThat(probe(List.of(), classPath, "root")).contains("refused: cannot run as user root: that is root");
        String setpriv = Requirements.tool("setpriv", "util-linux").toString();
        assertThat(probe(List.of(setpriv, "--reuid", "nobody", "--clear-groups"), classPath, "daemon")).contains("refused: cannot run as user daemon: it takes",
                "start as root");
        Path secret = Files.createDirectory(directory.resolve("secret"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        assertThat(probe(List.of(), classPath + File.pathSeparator + secret + "/x.jar", "nobody")).contains("refused: cannot run as user nobody: this user cannot read "
                + secret + "/x.jar", "such as /opt");
    }
}
