package io.github.gwlb4j.gwlb.hook;

import io.github.gwlb4j.geneve.aws.EndpointId;
import io.github.gwlb4j.gwlb.Tunnel;
import io.github.gwlb4j.gwlb.TunnelListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a script when a tunnel is created, another when it is destroyed.
 *
 * <p>Immutable; usable from any thread. Each callback waits for its script and so takes up to the time limit and the grace
 * after it. A script is executed as it is, without a shell, with the directory and environment of this program, nothing on
 * its standard input, and:
 *
 * <pre>
 * FILE CREATE|DESTROY gwi-&lt;X&gt; gwo-&lt;X&gt; &lt;endpoint id&gt;
 * </pre>
 * X is the endpoint id in base 60, as the interfaces are named; the endpoint id is 17 lower-case hex digits, so that
 * {@code vpce-$4} is the endpoint's name. The same stands in the environment: {@value #ACTION}, {@value #INGRESS_INTERFACE},
 * {@value #EGRESS_INTERFACE}, {@value #ENDPOINT_ID}. In inline mode there are no such interfaces; the names tell endpoints
 * apart all the same.
 *
 * <p>What it writes, to standard output or error, goes to the log, line by line, cut at {@value #MAX_LINE_CHARS} characters
 * and at a settable number of lines. When it is over the time limit, it and all its children get SIGTERM, and SIGKILL after
 * the grace. A process that it leaves running on purpose must not keep its output open: {@code daemon >/dev/null 2>&1 &}.
 *
 * <p>A create script that cannot be run, runs too long or exits with another status than 0 makes {@link #onCreated} throw
 * {@link ScriptFailedException}: the tunnel's creation has failed. When a destroy script does the same, it is logged.
 *
 * <pre>{@code
 * GwlbAppliance appliance = GwlbAppliance.builder()
 *         .mode(TunnelMode.TUN)
 *         .listener(ScriptHook.builder()
 *                 .createScript(Path.of("/etc/appliance/create.sh"))
 *                 .destroyScript(Path.of("/etc/appliance/destroy.sh"))
 *                 .timeLimit(Duration.ofSeconds(10))
 *                 .build())
 *         .build();
 * }</pre>
 */
public final class ScriptHook implements TunnelListener {
    /** Environment variable: CREATE or DESTROY. */
    public static final String ACTION = "GWLB_ACTION";
    /** Environment variable: the interface on which the endpoint's packets arrive, {@code gwi-<X>}. */
    public static final String INGRESS_INTERFACE = "GWLB_INGRESS_INTERFACE";
    /** Environment variable: the interface into which packets go back, {@code gwo-<X>}. */
    public static final String EGRESS_INTERFACE = "GWLB_EGRESS_INTERFACE";
    /** Environment variable: the endpoint id, 17 lower-case hex digits. */
    public static final String ENDPOINT_ID = "GWLB_ENDPOINT_ID";
    /** Most characters of an output line that are logged. */
    public static final int MAX_LINE_CHARS = 1000;
    private static final Logger LOG = LoggerFactory.getLogger(ScriptHook.class);
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Path createScript;
    private final Path destroyScript;
    private final Duration timeLimit;
    private final Duration killGrace;
    private final int maxOutputLines;

    private ScriptHook(Builder from) {
        createScript = from.createScript;
        destroyScript = from.destroyScript;
        timeLimit = from.timeLimit;
        killGrace = from.killGrace;
        maxOutputLines = from.maxOutputLines;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Runs the create script, if there is one, and waits for it.
     *
     * @param tunnel the new tunnel
     * @throws ScriptFailedException if it could not be run, ran too long, was interrupted or exited with another status than 0
     */
    @Override
    public void onCreated(Tunnel tunnel) {
        if (createScript != null) {
            run(createScript, "CREATE", tunnel);
        }
    }

    /**
     * Runs the destroy script, if there is one, and waits for it. That it failed is logged.
     *
     * @param tunnel the tunnel that has ended
     * @param reason not told to the script
     */
    @Override
    public void onDestroyed(Tunnel tunnel, Reason reason) {
        if (destroyScript != null) {
            try {
                run(destroyScript, "DESTROY", tunnel);
            } catch (ScriptFailedException e) {
                LOG.warn("{}", e.getMessage());
            }
        }
    }

    /**
     * Names the scripts.
     *
     * @return for people
     */
    @Override
    public String toString() {
        return "hook script " + (createScript == null || createScript.equals(destroyScript) ? destroyScript
                : destroyScript == null ? createScript : createScript + " or " + destroyScript);
    }

    private void run(Path script, String action, Tunnel tunnel) {
        String ingress = tunnel.ingressInterface();
        String egress = tunnel.egressInterface();
        String id = EndpointId.toHex(tunnel.endpointId());
        new ScriptRun(List.of(script.toString(), action, ingress, egress, id),
                Map.of(ACTION, action, INGRESS_INTERFACE, ingress, EGRESS_INTERFACE, egress, ENDPOINT_ID, id),
                timeLimit, killGrace, maxOutputLines).run();
    }

    /** Collects the settings. Not thread-safe. */
    public static final class Builder {
        private Path createScript;
        private Path destroyScript;
        private Duration timeLimit = Duration.ofSeconds(30);
        private Duration killGrace = Duration.ofSeconds(2);
        private int maxOutputLines = 200;

        private Builder() {
        }

        /**
         * What to run when a tunnel is created; {@code gwlbtun -c}.
         *
         * @param script an executable file; null, the default, for none
         * @return this
         */
        public Builder createScript(Path script) {
            createScript = script;
            return this;
        }

        /**
         * What to run when a tunnel is destroyed; {@code gwlbtun -r}.
         *
         * @param script an executable file; null, the default, for none
         * @return this
         */
        public Builder destroyScript(Path script) {
            destroyScript = script;
            return this;
        }

        /**
         * How long a script may run.
         *
         * @param limit positive, at most a day, default 30 s
         * @return this
         */
        public Builder timeLimit(Duration limit) {
            timeLimit = limit;
            return this;
        }

        /**
         * How long a script that was over its time has for ending after SIGTERM, before SIGKILL.
         *
         * @param grace zero or more, at most a day, default 2 s
         * @return this
         */
        public Builder killGrace(Duration grace) {
            killGrace = grace;
            return this;
        }

        /**
         * Most lines of a run's output that are logged; of the rest their number.
         *
         * @param lines 0 or more, default 200
         * @return this
         */
        public Builder maxOutputLines(int lines) {
            maxOutputLines = lines;
            return this;
        }

        /**
         * Checks and seals the settings.
         *
         * @return a listener
         * @throws IllegalArgumentException if a script is not an executable file or a setting is out of range; the message
         *                                  names the fix
         */
        public ScriptHook build() {
            createScript = requireExecutable("createScript", createScript);
            destroyScript = requireExecutable("destroyScript", destroyScript);
            requireDuration("timeLimit", timeLimit, Duration.ofMillis(1));
            requireDuration("killGrace", killGrace, Duration.ZERO);
            if (maxOutputLines < 0) {
                throw new IllegalArgumentException("maxOutputLines is " + maxOutputLines + ", must be 0 or more");
            }
            return new ScriptHook(this);
        }

        private static Path requireExecutable(String name, Path script) {
            if (script == null) {
                return null;
            }
            Path absolute = script.toAbsolutePath();
            String problem = !Files.exists(absolute) ? "does not exist: check the path"
                    : !Files.isRegularFile(absolute) ? "is not a file: give the path of a script"
                    : !Files.isExecutable(absolute) ? "is not executable: 'chmod +x " + absolute + "'" : null;
            if (problem != null) {
                throw new IllegalArgumentException(name + " " + absolute + " " + problem);
            }
            return absolute;
        }

        private static void requireDuration(String name, Duration value, Duration min) {
            Objects.requireNonNull(value, name);
            if (value.compareTo(min) < 0 || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + LONGEST);
            }
        }
    }
}
