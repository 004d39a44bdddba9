package io.github.gwlb4j.simulator.cli.lab;

import io.github.gwlb4j.simulator.lab.LabReport;
import io.github.gwlb4j.simulator.lab.LiveLab;
import io.github.gwlb4j.simulator.lab.LiveLabBuilder;
import io.github.gwlb4j.simulator.lab.SiteConfig;
import io.github.gwlb4j.tun.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A lab that is up: its load balancer runs in this process until somebody asks for its end. */
final class RunningLab implements AutoCloseable {
    /** Asks for a {@link LabStatus}. */
    static final String STATUS = "status";
    /** Asks for the same, and for the end. */
    static final String DOWN = "down";

    private final LabRecord record;
    private final LiveLab lab;
    private final LabControl control;
    private final CountDownLatch isOver = new CountDownLatch(1);
    private boolean isClosed;

    private RunningLab(LabRecord record, LabShape shape) throws IOException {
        this.record = record;
        this.lab = start(record, shape);
        try {
            this.control = LabControl.open(record.controlSocket(), this::answer);
        } catch (IOException | RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    /** Makes everything, or leaves nothing behind. */
    static RunningLab start(String name, LabShape shape) throws IOException {
        LabRecord record = LabRecord.create(name);
        try {
            return new RunningLab(record, shape);
        } catch (IOException | RuntimeException e) {
            record.remove();
            throw e;
        }
    }

    private static LiveLab start(LabRecord record, LabShape shape) throws IOException {
        SiteConfig site = SiteConfig.of(shape.endpointId());
        if (!shape.hasIpv6()) {
            site = site.withClient("10.20.0.2/24").withServer("10.30.0.2/24");
        }
        LiveLabBuilder builder = LiveLab.builder().site(site.withMtu(shape.mtu())).namespaces(role -> namespace(record, role));
        if (shape.hasInternet()) {
            builder.internet();
        }
        if (!shape.appliance().isInLab()) {
            String link = "gwlb-" + record.name();
            if (Files.exists(Path.of("/sys/class/net", link))) {
                throw new IOException("there is an interface " + link + " already, and this lab has not made it: choose another --name");
            }
            record.planLink(link);
            builder.applianceIn(shape.appliance().namespace(), link);
        }
        return builder.start();
    }

    private static NetworkNamespace namespace(LabRecord record, String role) throws IOException {
        Place place = Place.ofRole(role);
        String name = "gwlb-" + record.name() + "-" + place.word();
        if (NamedNamespaces.exists(name)) {
            throw new IOException("there is a network namespace " + name + " already, and this lab has not made it: choose another --name, "
                    + "or delete it (ip netns delete " + name + ")");
        }
        record.planNamespace(place, name);
        NamedNamespaces.add(name);
        record.madeNamespace(place, name);
        return NetworkNamespace.named(name);
    }

    private String answer(String word) {
        String status = status().encoded();
        if (word.equals(DOWN)) {
            isOver.countDown();
        }
        return status;
    }

    LabStatus status() {
        try {
            LabReport report = lab.report();
            return new LabStatus(ProcessHandle.current().pid(), report.isClean(), report.toString());
        } catch (IllegalStateException e) {
            return new LabStatus(ProcessHandle.current().pid(), false, e.getMessage());
        }
    }

    /** Waits until another command has asked for the end. */
    void awaitEnd() throws InterruptedException {
        isOver.await();
    }

    /** Takes everything down. Does nothing the second time. */
    @Override
    public synchronized void close() throws IOException {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            lab.close();
        } finally {
            control.close();
            record.remove();
        }
    }
}
