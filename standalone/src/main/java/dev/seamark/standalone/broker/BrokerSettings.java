package dev.seamark.standalone.broker;

import java.nio.file.Path;
import java.util.Properties;

/**
 * How the embedded broker is set up: one node, one copy, small buffers, quick to come back.
 *
 * @param folder holds records and metadata; survives restarts
 */
record BrokerSettings(Path folder, int port, int controllerPort) {
  static final int NODE = 1;
  static final String CONTROLLER = "CONTROLLER";

  /** Holds the process id of a broker that takes requests. */
  Path readyFile() {
    return folder.resolve("ready");
  }

  Properties toProperties() {
    var all = new Properties();
    node(all);
    singleCopy(all);
    smallMemory(all);
    quickReturn(all);
    return all;
  }

  private void node(Properties all) {
    all.put("process.roles", "broker,controller");
    all.put("node.id", Integer.toString(NODE));
    all.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controllerPort);
    all.put("controller.listener.names", CONTROLLER);
    all.put("inter.broker.listener.name", "BROKER");
    all.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
    all.put(
        "listeners",
        "BROKER://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
    all.put("advertised.listeners", "BROKER://127.0.0.1:" + port);
    all.put("log.dirs", folder.toString());
    all.put("auto.create.topics.enable", "false");
    // a topic's own limit is 16 MiB; the broker's must not be the smaller one
    all.put("message.max.bytes", Integer.toString(17 << 20));
    all.put("replica.fetch.max.bytes", Integer.toString(17 << 20));
  }

  private static void singleCopy(Properties all) {
    all.put("offsets.topic.replication.factor", "1");
    all.put("offsets.topic.num.partitions", "1");
    all.put("transaction.state.log.replication.factor", "1");
    all.put("transaction.state.log.num.partitions", "1");
    all.put("transaction.state.log.min.isr", "1");
    all.put("share.coordinator.state.topic.replication.factor", "1");
    all.put("share.coordinator.state.topic.num.partitions", "1");
    all.put("share.coordinator.state.topic.min.isr", "1");
  }

  private static void smallMemory(Properties all) {
    // a request of one of the largest records and some smaller ones, and how many wait in memory
    all.put("socket.request.max.bytes", Integer.toString(32 << 20));
    all.put("queued.max.request.bytes", Integer.toString(64 << 20));
    all.put("num.network.threads", "2");
    all.put("num.io.threads", "4");
    all.put("background.threads", "2");
    all.put("num.recovery.threads.per.data.dir", "2");
    all.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
    all.put("offsets.topic.segment.bytes", Integer.toString(16 << 20));
    all.put("transaction.state.log.segment.bytes", Integer.toString(16 << 20));
    all.put("log.segment.bytes", Integer.toString(256 << 20));
    all.put("metadata.log.segment.bytes", Integer.toString(8 << 20));
    all.put("metadata.max.retention.bytes", Integer.toString(32 << 20));
    all.put("metric.reporters", "");
  }

  private static void quickReturn(Properties all) {
    // after kill -9 a broker waits until its earlier self's session is over
    all.put("broker.session.timeout.ms", "2000");
    all.put("broker.heartbeat.interval.ms", "300");
    all.put("controller.quorum.election.timeout.ms", "200");
    all.put("group.initial.rebalance.delay.ms", "0");
    // a killed writer's partitions are free again after this time
    all.put("group.consumer.min.session.timeout.ms", "4000");
    all.put("group.consumer.session.timeout.ms", "8000");
    all.put("group.consumer.min.heartbeat.interval.ms", "500");
    all.put("group.consumer.heartbeat.interval.ms", "1000");
  }
}
