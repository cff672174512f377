package dev.seamark.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How long after its acknowledgement a sample can be seen: one of a series of its own is sent,
 * looked for every {@value #EVERY_MS} ms, and followed by the next.
 */
final class Marker {
  static final String NAME = "seamark_benchmark_marker";

  private static final int EVERY_MS = 100;

  private final URI remoteWrite;
  private final ClickHouseStats stats;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Long> took = new ArrayList<>();
  private final Thread thread;

  Marker(URI remoteWrite, ClickHouseStats stats) {
    this.remoteWrite = remoteWrite;
    this.stats = stats;
    this.thread = Thread.ofPlatform().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    var body = new OneSample();
    try (var connection = new Connection(remoteWrite)) {
      for (var number = 1L; over.getCount() > 0; number++) {
        body.value = number;
        if (connection.post(body, body.make(System.currentTimeMillis())) / 100 == 2) {
          awaitSeen(number);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitSeen(long number) throws IOException, InterruptedException {
    var acknowledged = System.nanoTime();
    while (!over.await(EVERY_MS, TimeUnit.MILLISECONDS)) {
      if (stats.marker() >= number) {
        synchronized (took) {
          took.add(System.nanoTime() - acknowledged);
        }
        return;
      }
    }
  }

  void clear() {
    synchronized (took) {
      took.clear();
    }
  }

  double seconds(double part) {
    synchronized (took) {
      return Stream.quantile(took, part) / 1e9;
    }
  }

  void end() throws InterruptedException {
    over.countDown();
    thread.join();
  }

  /** A sample of the marker, uncompressed but for snappy's frame of literals. */
  private static final class OneSample implements Body {
    private final ByteBuffer bytes = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    private double value;

    @Override
    public int make(long nowMs) {
      var message = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
      var series = 2 + 10 + 2 + NAME.length() + 2 + 16;
      message.put((byte) 0x0a).put((byte) series);
      message.put((byte) 0x0a).put((byte) (12 + NAME.length()));
      message.put((byte) 0x0a).put((byte) 8).put("__name__".getBytes(StandardCharsets.US_ASCII));
      message
          .put((byte) 0x12)
          .put((byte) NAME.length())
          .put(NAME.getBytes(StandardCharsets.US_ASCII));
      message.put((byte) 0x12).put((byte) 16).put((byte) 0x09).putDouble(value).put((byte) 0x10);
      for (var b = 0; b < 6; b++) {
        message.put((byte) (((nowMs >>> (7 * b)) & 127) | (b < 5 ? 128 : 0)));
      }
      var length = message.position();
      bytes.clear();
      bytes.put((byte) length).put((byte) (60 << 2)).put((byte) (length - 1));
      bytes.put(message.array(), 0, length);
      return bytes.position();
    }

    @Override
    public String path() {
      return "/api/v1/write";
    }

    @Override
    public String headers() {
      return "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n";
    }

    @Override
    public int rows() {
      return 1;
    }

    @Override
    public byte[] bytes() {
      return bytes.array();
    }

    @Override
    public long rawBytes() {
      return 1;
    }
  }
}
