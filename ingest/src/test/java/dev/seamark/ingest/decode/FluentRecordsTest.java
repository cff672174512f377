package dev.seamark.ingest.decode;

import static dev.seamark.ingest.decode.Msgpack.array;
import static dev.seamark.ingest.decode.Msgpack.eventTime;
import static dev.seamark.ingest.decode.Msgpack.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Clusters;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TenantLimits;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is left out, what is refused, whose rows they are, and what a row costs. */
class FluentRecordsTest {
  private static final Limits LIMITS =
      new Limits(1 << 20, 20_000, 4_000, 3, 4, 20, 100, 2, 2, 4, 20, 100, Duration.ofHours(2));
  private static final long NOW = 1_800_000_000_000_000_000L;

  private final LogRows rows = new LogRows();

  @Test
  void aRecordOverALimitIsLeftOutAndTheRestKept() throws Malformed {
    requireLeftOut(
        map("a", 1, "b", 2, "c", 3, "d", 4, "e", 5),
        "the number of attributes of a log record is 5, limit 4 (ingest.limits.attributes-max)");
    requireLeftOut(
        map("k".repeat(21), "v"),
        "the number of bytes of an attribute key of a log record is 21, limit 20"
            + " (ingest.limits.attribute-key-bytes-max)");
    requireLeftOut(
        map("k", "v".repeat(101)),
        "the number of bytes of attribute 'k' of a log record is 101, limit 100"
            + " (ingest.limits.attribute-value-bytes-max)");
    requireLeftOut(
        map("log", List.of(List.of(List.of(List.of())))),
        "the depth of a value is 4, limit 3 (ingest.limits.any-value-depth-max)");
    requireLeftOut(
        map("log", "x".repeat(4_000)),
        "the number of bytes of a row is 4271, limit 4000 (ingest.limits.row-bytes-max)");
    requireLeftOut(
        map("kubernetes", map("labels", map("k".repeat(20), "v"))),
        "the number of bytes of an attribute key of a resource is 34, limit 20"
            + " (ingest.limits.attribute-key-bytes-max)");
    requireLeftOut(
        map("a", Map.of(List.of(1), 2)),
        "the key of a map is an array or a map itself, which has no text");
  }

  @Test
  void aRecordOfAWrongClockIsLeftOut() throws Malformed {
    byte[] body = Msgpack.of(
        List.of("t", 1_800_007_201L, map("log", "ahead")),
        List.of("t", 1_800_007_200L, map("log", "kept")));

    Decoded decoded = decode(LIMITS, body, Sender.ANYBODY, null);

    assertThat(decoded)
        .isEqualTo(new Decoded(
            1,
            1,
            "the number of seconds that the time of a log record lies ahead is 7201, limit 7200"
                + " (ingest.limits.future-max)"));
    assertThat(rows.body.text(0)).isEqualTo("kept");
  }

  @Test
  void aRequestWhoseRowsAreTooLargeIsRefused() {
    List<Object> entries = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      entries.add(List.of(1, map("log", "x")));
    }

    assertThatExceptionOfType(Malformed.class)
        .isThrownBy(() -> decode(LIMITS, Msgpack.of(List.of("t", entries)), Sender.ANYBODY, null))
        .withMessageContaining("(ingest.limits.decoded-bytes-max)");
  }

  @Test
  void aBodyCutAnywhereIsRefusedOrEndsBetweenMessages() throws Exception {
    for (String name : FluentGoldenTest.cases()) {
      byte[] body = FluentGoldenTest.payload(name);
      List<Integer> ends = ends(body);
      for (int end = 0; end < body.length; end++) {
        byte[] cut = Arrays.copyOf(body, end);
        if (ends.contains(end)) {
          decode(Limits.DEFAULT, cut, Sender.ANYBODY, null);
        } else {
          assertThatExceptionOfType(Malformed.class)
              .as("%s cut to %d bytes", name, end)
              .isThrownBy(() -> decode(Limits.DEFAULT, cut, Sender.ANYBODY, null))
              .withMessageStartingWith("malformed msgpack at byte ");
        }
      }
    }
  }

  private static List<Integer> ends(byte[] body) throws Malformed {
    var wire = new MsgpackReader();
    wire.reset(body, 0, body.length);
    List<Integer> ends = new ArrayList<>(List.of(0));
    while (wire.hasNext()) {
      wire.skip("a message");
      ends.add(wire.at());
    }
    return ends;
  }

  @Test
  void whatIsNoMessageIsRefused() {
    for (Object body : new Object[] {
      5,
      map("a", 1),
      true,
      List.of(),
      List.of("tag"),
      List.of("tag", 5),
      List.of("tag", map("a", 1)),
      List.of("tag", List.of(5)),
      List.of("tag", List.of(List.of(5))),
      List.of("tag", new byte[] {5}),
      array("tag", 5, map("log", "x"), "option"),
      List.of(List.of(), map("log", "x"))
    }) {
      assertThatExceptionOfType(Malformed.class)
          .as("%s", body)
          .isThrownBy(() -> decode(Limits.DEFAULT, Msgpack.of(body), Sender.ANYBODY, null));
    }
  }

  @Test
  void theClusterIsTheRecordsElseTheRequestsElseTheKeys() throws Malformed {
    Sender bound = new Sender("default", "of-key", 0);
    byte[] named = Msgpack.of(List.of("t", 1, map("log", "x", "cluster", "of-record")));
    byte[] unnamed = Msgpack.of(List.of("t", 1, map("log", "x")));

    assertThat(cluster(named, bound, "of-request")).isEqualTo("of-record");
    assertThat(cluster(unnamed, bound, "of-request")).isEqualTo("of-request");
    assertThat(cluster(unnamed, bound, null)).isEqualTo("of-key");
    assertThat(cluster(unnamed, Sender.ANYBODY, null)).isEmpty();
  }

  private String cluster(byte[] body, Sender sender, @Nullable String cluster) throws Malformed {
    decode(Limits.DEFAULT, body, sender, cluster);
    return rows.cluster.text(0);
  }

  @Test
  void anotherClustersRowsAreForbiddenWhoeverSentThemBefore() throws Malformed {
    FluentRecords records = new FluentRecords(Limits.DEFAULT);
    Sender bound = new Sender("t", null, 0, "key-1", Clusters.of(List.of("a")), TenantLimits.NONE);
    byte[] ofA = Msgpack.of(List.of("t", 1, map("log", "x", "cluster", "a")));
    byte[] ofB = Msgpack.of(List.of("t", 1, map("log", "x", "cluster", "b")));
    byte[] both = Msgpack.of(
        List.of("t", 1, map("log", "x", "cluster", "a")),
        List.of("t", 1, map("log", "x", "cluster", "b")));

    // a warm memory of resources must not let pass what the key doesn't allow
    assertThat(
            records.decode(ofB, 0, ofB.length, Sender.ANYBODY, null, NOW, rows).accepted())
        .isEqualTo(1);
    assertThat(records.decode(ofA, 0, ofA.length, bound, null, NOW, rows).accepted())
        .isEqualTo(1);
    for (byte[] body : List.of(ofB, both)) {
      assertThatExceptionOfType(Forbidden.class)
          .isThrownBy(() -> records.decode(body, 0, body.length, bound, null, NOW, rows))
          .withMessageContaining("rows are of cluster \"b\", but key key-1 is bound to");
    }
    byte[] unnamed = Msgpack.of(List.of("t", 1, map("log", "x")));
    assertThatExceptionOfType(Forbidden.class)
        .isThrownBy(() -> records.decode(unnamed, 0, unnamed.length, bound, "b", NOW, rows));
  }

  @Test
  void whatIsRememberedOfPodsChangesNothing() throws Malformed {
    Random random = new Random(3);
    for (int round = 0; round < 20; round++) {
      List<Object> pods = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        pods.add(map(
            "log",
            "line",
            "kubernetes",
            map("pod_name", "pod-" + random.nextInt(90), "labels", map("app", "a" + i % 3)),
            "cluster",
            "c" + random.nextInt(2)));
      }
      byte[] all = Msgpack.of(List.of("t", pods.stream().map(p -> List.of(1, p)).toList()));

      decode(Limits.DEFAULT, all, Sender.ANYBODY, null);
      List<String> together = RowText.of(rows);
      List<String> apart = new ArrayList<>();
      for (Object pod : pods) {
        decode(Limits.DEFAULT, Msgpack.of(List.of("t", 1, pod)), Sender.ANYBODY, null);
        apart.addAll(RowText.of(rows));
      }

      assertThat(together).isEqualTo(apart);
    }
  }

  @Test
  void anyRecordsBecomeRowsThatCanBeEncoded() throws Malformed {
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      int records = 1 + random.nextInt(5);
      var body = new ByteArrayOutputStream();
      for (int i = 0; i < records; i++) {
        Map<Object, @Nullable Object> record = Msgpack.randomMap(random, 4);
        record.put("log", Msgpack.random(random, 2));
        record.put("level", Msgpack.random(random, 2));
        record.put("trace_id", Msgpack.random(random, 2));
        record.put("kubernetes", Msgpack.random(random, 3));
        body.writeBytes(Msgpack.of(array("t", eventTime(1_700_000_000, i), record)));
      }
      byte[] bytes = body.toByteArray();

      Decoded decoded = decode(Limits.DEFAULT, bytes, Sender.ANYBODY, null);

      assertThat(decoded).as("round %d", round).isEqualTo(Decoded.all(records));
      rows.block().encode();
    }
  }

  @Test
  void aRowCostsNoAllocation() throws Malformed {
    List<Object> entries = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      entries.add(List.of(
          eventTime(1_700_000_000, i),
          map(
              "stream",
              "stderr",
              "log",
              "request handled in " + i + " ms",
              "level",
              i % 2 == 0 ? "info" : "WARN",
              "n",
              i,
              "trace_id",
              "5b8efff798038103d269b633813fc60c",
              "kubernetes",
              map("pod_name", "web-" + i / 100, "labels", map("app", "web")))));
    }
    byte[] body = Msgpack.of(List.of("kube.web", entries));
    FluentRecords records = new FluentRecords(Limits.DEFAULT);
    for (int i = 0; i < 50; i++) {
      rows.clear();
      records.decode(body, 0, body.length, Sender.ANYBODY, null, NOW, rows);
    }
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    long before = threads.getCurrentThreadAllocatedBytes();
    rows.clear();
    Decoded decoded = records.decode(body, 0, body.length, Sender.ANYBODY, null, NOW, rows);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(decoded.accepted()).isEqualTo(1_000);
    assertThat(allocated).as("bytes for 1,000 rows").isLessThan(2_000);
  }

  private void requireLeftOut(Map<Object, @Nullable Object> record, String why) throws Malformed {
    byte[] body = Msgpack.of(
        array("t", 1, map("log", "before")), array("t", 1, record), array("t", 1, map("log", "b")));

    assertThat(decode(LIMITS, body, Sender.ANYBODY, null)).isEqualTo(new Decoded(2, 1, why));
    assertThat(rows.rows()).isEqualTo(2);
    assertThat(rows.body.text(1)).isEqualTo("b");
  }

  private Decoded decode(Limits limits, byte[] body, Sender sender, @Nullable String cluster)
      throws Malformed {
    rows.clear();
    return new FluentRecords(limits).decode(body, 0, body.length, sender, cluster, NOW, rows);
  }
}
