package dev.seamark.ingest.batch;

import dev.seamark.block.Block;
import dev.seamark.kafka.BlockHeaders;
import dev.seamark.kafka.Topics;
import dev.seamark.schema.Table;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The open blocks that requests share: one a table and partition. Rows are copied in under a short
 * lock; a block is sealed by rows, bytes or linger, encoded once, and appended to the
 * {@link Journal} as one record. Thread-safe: called by every event loop and decoding worker.
 *
 * <p>Of each table, at any time: rows appended = acknowledged + failed + in flight.
 */
public final class Batcher {
  /** What a record needs besides its value. */
  private static final int RECORD_OVERHEAD_BYTES = 64 * 1024;

  /** Builders kept for the next block, a table, and the size beyond which one isn't kept. */
  private static final int SPARE_BLOCKS_MAX = 16;

  private static final long SPARE_BYTES_MAX = 512 * 1024;

  /** Runs a task once, after a delay: {@code Vertx::setTimer}. */
  public interface Timer {
    void after(long delayMs, Runnable task);
  }

  enum SealedBy {
    ROWS,
    BYTES,
    LINGER,
    DRAIN
  }

  private final Counter rowsAppended;
  private final Counter rowsAcknowledged;
  private final Counter rowsFailed;
  private final Gauge rowsInFlight;
  private final Counter blocks;
  private final Counter blockBytes;
  private final Histogram ackSeconds;

  private final Journal journal;
  private final int schemaVersion;
  private final int rowsMax;
  private final int bytesMax;
  private final int recordBytesMax;
  private final long lingerMs;
  private final Timer timer;
  private final Clock clock;
  private final Map<Table, Lane> lanes = new EnumMap<>(Table.class);
  private final Set<Future<Void>> sealed = ConcurrentHashMap.newKeySet();

  /** @param schemaVersion the newest migration this process knows, for the records' headers */
  public Batcher(
      Journal journal,
      int schemaVersion,
      BatchConfig config,
      Timer timer,
      Clock clock,
      PrometheusRegistry registry) {
    this(
        journal,
        schemaVersion,
        config,
        Topics.RECORD_BYTES_MAX - RECORD_OVERHEAD_BYTES,
        timer,
        clock,
        registry);
  }

  Batcher(
      Journal journal,
      int schemaVersion,
      BatchConfig config,
      int recordBytesMax,
      Timer timer,
      Clock clock,
      PrometheusRegistry registry) {
    this.journal = journal;
    this.schemaVersion = schemaVersion;
    this.rowsMax = config.blockRowsMax();
    this.bytesMax = config.blockBytesMax();
    this.recordBytesMax = recordBytesMax;
    this.lingerMs = config.linger().toMillis();
    this.timer = timer;
    this.clock = clock;
    for (Table table : Table.values()) {
      lanes.put(table, new Lane(table, journal.partitions(table)));
    }
    rowsAppended = rows("appended", "Rows taken into open blocks").register(registry);
    rowsAcknowledged = rows("acknowledged", "Rows that Kafka has for certain").register(registry);
    rowsFailed = rows("failed", "Rows whose block Kafka didn't acknowledge").register(registry);
    rowsInFlight = Gauge.builder()
        .name("seamark_batch_rows_in_flight")
        .help("Rows in open blocks and in blocks on their way to Kafka.")
        .labelNames("table")
        .register(registry);
    blocks = Counter.builder()
        .name("seamark_batch_blocks_total")
        .help("Blocks sealed, by what sealed them.")
        .labelNames("table", "sealed_by")
        .register(registry);
    blockBytes = Counter.builder()
        .name("seamark_batch_block_bytes_total")
        .help("Bytes of the records' values, before Kafka compresses them.")
        .labelNames("table")
        .register(registry);
    ackSeconds = Histogram.builder()
        .name("seamark_batch_ack_seconds")
        .help("From the sealing of a block to its acknowledgement.")
        .classicOnly()
        .classicUpperBounds(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
        .register(registry);
  }

  private static Counter.Builder rows(String what, String help) {
    return Counter.builder()
        .name("seamark_batch_rows_" + what + "_total")
        .help(help + ".")
        .labelNames("table");
  }

  /** How long the oldest row of an open block waits. */
  public long lingerMs() {
    return lingerMs;
  }

  /** Partitions of a table, for {@link Partitioner}. */
  public int partitions(Table table) {
    return journal.partitions(table);
  }

  /**
   * Copies all rows into the open block of a partition.
   *
   * @return succeeds when every record that holds some of the rows is acknowledged
   */
  public Future<Void> append(Table table, int partition, Block rows) {
    List<Future<Void>> acks = new ArrayList<>(1);
    fill(slot(table, partition), rows, null, 0, rows.rows(), acks);
    return all(acks);
  }

  /**
   * Copies each row into the open block of its partition.
   *
   * @param partitionOf the partition of each row
   * @return succeeds when every record that holds some of the rows is acknowledged
   */
  public Future<Void> scatter(Table table, Block rows, int[] partitionOf) {
    int count = rows.rows();
    int[] ends = new int[journal.partitions(table)];
    int[] picked = Scatter.group(partitionOf, count, ends);
    List<Future<Void>> acks = new ArrayList<>();
    if (count > 0 && ends[partitionOf[0]] == count && picked[0] == 0) {
      // one partition takes all: the rows go over as ranges, not one by one
      fill(slot(table, partitionOf[0]), rows, null, 0, count, acks);
      return all(acks);
    }
    int from = 0;
    for (int partition = 0; partition < ends.length; partition++) {
      if (ends[partition] > from) {
        fill(slot(table, partition), rows, picked, from, ends[partition], acks);
      }
      from = ends[partition];
    }
    return all(acks);
  }

  /**
   * Seals every open block, as at the end of the process.
   *
   * @return succeeds when all sealed blocks have been acknowledged or given up
   */
  public Future<Void> drain() {
    for (Lane lane : lanes.values()) {
      for (Slot slot : lane.slots) {
        OpenBlock open = slot.take();
        if (open != null) {
          seal(slot, open, SealedBy.DRAIN);
        }
      }
    }
    return Future.join(List.copyOf(sealed)).otherwiseEmpty().mapEmpty();
  }

  private static Future<Void> all(List<Future<Void>> acks) {
    return switch (acks.size()) {
      case 0 -> Future.succeededFuture();
      case 1 -> acks.getFirst();
      default -> Future.all(acks).mapEmpty();
    };
  }

  private Slot slot(Table table, int partition) {
    Lane lane = lanes.get(table);
    if (lane == null || partition < 0 || partition >= lane.slots.length) {
      throw new IllegalArgumentException("no partition " + partition + " of " + table);
    }
    return lane.slots[partition];
  }

  /** Copies {@code picked[from..to)} (null: the rows themselves), sealing what gets full. */
  private void fill(
      Slot slot, Block rows, int @Nullable [] picked, int from, int to, List<Future<Void>> acks) {
    if (from == to) {
      return;
    }
    String table = slot.lane.table.table();
    rowsAppended.labelValues(table).inc(to - from);
    rowsInFlight.labelValues(table).inc(to - from);
    long bytesOfRow = Math.max(1, rows.bytes() / rows.rows());
    int at = from;
    while (at < to) {
      OpenBlock full = null;
      SealedBy by = SealedBy.ROWS;
      synchronized (slot) {
        OpenBlock open = slot.open;
        if (open == null) {
          open = open(slot);
        }
        int count = Math.clamp(open.room(bytesOfRow), 1, to - at);
        open.append(rows, picked, at, at + count);
        at += count;
        if (acks.isEmpty() || !acks.getLast().equals(open.acked.future())) {
          acks.add(open.acked.future());
        }
        if (open.room(bytesOfRow) <= 0) {
          full = open;
          by = open.block.rows() >= rowsMax ? SealedBy.ROWS : SealedBy.BYTES;
          slot.open = null;
        }
      }
      if (full != null) {
        seal(slot, full, by);
      }
    }
  }

  private OpenBlock open(Slot slot) {
    OpenBlock open = new OpenBlock(slot.lane.builder(), clock.millis());
    slot.open = open;
    timer.after(lingerMs, () -> {
      if (slot.takeIf(open)) {
        seal(slot, open, SealedBy.LINGER);
      }
    });
    return open;
  }

  /** Encodes a block that no thread can append to any more, and sends it. */
  private void seal(Slot slot, OpenBlock open, SealedBy by) {
    String table = slot.lane.table.table();
    int rows = open.block.rows();
    long startNanos = System.nanoTime();
    blocks.labelValues(table, by.name().toLowerCase(Locale.ROOT)).inc();
    Future<Void> acked = open.acked.future();
    sealed.add(acked);
    Future<Void> sent;
    try {
      List<Future<Void>> records = new ArrayList<>(1);
      send(slot, open.block, open.openedMs, records);
      sent = all(records);
    } catch (RuntimeException e) {
      sent = Future.failedFuture(e); // its senders must hear of it, whatever it is
    } catch (OutOfMemoryError e) {
      sent = Future.failedFuture(
          new Journal.NotAcknowledged("no memory to encode a block of " + table, e));
    }
    slot.lane.recycle(open.block);
    sent.onComplete(result -> {
      (result.succeeded() ? rowsAcknowledged : rowsFailed).labelValues(table).inc(rows);
      rowsInFlight.labelValues(table).dec(rows);
      ackSeconds.observe((System.nanoTime() - startNanos) / 1e9);
      sealed.remove(acked);
      open.acked.handle(result);
    });
  }

  /** Sends a block as one record, or by halves where it is larger than a record may be. */
  private void send(Slot slot, Block block, long openedMs, List<Future<Void>> records) {
    int rows = block.rows();
    if (block.bytes() <= recordBytesMax) {
      records.add(journal.append(entry(slot, block, openedMs)));
      return;
    }
    if (rows == 1) {
      throw new IllegalStateException("row of table %s has %d bytes, largest record %d"
          .formatted(slot.lane.table.table(), block.bytes(), recordBytesMax));
    }
    Block half = block.emptyCopy();
    half.append(block, 0, rows / 2);
    send(slot, half, openedMs, records);
    half.clear();
    half.append(block, rows / 2, rows);
    send(slot, half, openedMs, records);
  }

  private Journal.Entry entry(Slot slot, Block block, long openedMs) {
    byte[] value = block.encode();
    blockBytes.labelValues(slot.lane.table.table()).inc(value.length);
    TimeRange range = TimeRange.of(slot.lane.table, block);
    BlockHeaders headers =
        BlockHeaders.of(value, schemaVersion, block.rows(), range.minMs(), range.maxMs(), openedMs);
    return new Journal.Entry(slot.lane.table, slot.partition, headers, value);
  }

  /** The open blocks of one table, and builders to open the next ones with. */
  private static final class Lane {
    private final Table table;
    private final Slot[] slots;
    private final Deque<Block> spare = new ArrayDeque<>();

    Lane(Table table, int partitions) {
      this.table = table;
      this.slots = new Slot[partitions];
      for (int i = 0; i < partitions; i++) {
        slots[i] = new Slot(this, i);
      }
    }

    Block builder() {
      Block block;
      synchronized (spare) {
        block = spare.poll();
      }
      return block == null ? table.newBlock() : block;
    }

    void recycle(Block block) {
      if (block.bytes() > SPARE_BYTES_MAX) {
        return;
      }
      block.clear();
      synchronized (spare) {
        if (spare.size() < SPARE_BLOCKS_MAX) {
          spare.push(block);
        }
      }
    }
  }

  /** One partition of one table; its monitor guards the open block. */
  private static final class Slot {
    private final Lane lane;
    private final int partition;
    private @Nullable OpenBlock open;

    Slot(Lane lane, int partition) {
      this.lane = lane;
      this.partition = partition;
    }

    synchronized @Nullable OpenBlock take() {
      OpenBlock taken = open;
      open = null;
      return taken;
    }

    synchronized boolean takeIf(OpenBlock expected) {
      if (open != expected) {
        return false;
      }
      open = null;
      return true;
    }
  }

  /** A block being filled; whoever has rows in it waits for {@code acked}. */
  private final class OpenBlock {
    private final Block block;
    private final long openedMs;
    private final Promise<Void> acked = Promise.promise();

    OpenBlock(Block block, long openedMs) {
      this.block = block;
      this.openedMs = openedMs;
    }

    /** Rows of the given size that still fit; not positive when the block is full. */
    long room(long bytesOfRow) {
      long bytes = bytesMax - block.bytes();
      return bytes <= 0 ? 0 : Math.min(rowsMax - block.rows(), Math.max(1, bytes / bytesOfRow));
    }

    void append(Block rows, int @Nullable [] picked, int from, int to) {
      if (picked == null) {
        block.append(rows, from, to);
      } else {
        block.append(rows, picked, from, to);
      }
    }
  }
}
