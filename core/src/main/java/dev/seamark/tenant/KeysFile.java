package dev.seamark.tenant;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.service.ConfigException;
import dev.seamark.service.FileWatch;
import dev.seamark.service.Part;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a running service: its keys file, read at the start and again whenever it changes.
 * All or nothing: a file that is refused, or gone, leaves the ring as it was, since a mount that is
 * exchanged badly must not cut off a whole fleet. That is counted, shown by a gauge, and logged
 * each minute until the file is sound again. Who is connected stays connected, and is judged by the
 * new ring from his next request on. {@link #get} may be called from any thread.
 */
public final class KeysFile implements Part, Supplier<KeyRing> {
  private static final Duration REMINDER = Duration.ofMinutes(1);

  private final Path file;
  private final Clock clock;
  private final Logger log;
  private final FileWatch watch;
  private final Counter failures;
  private final Gauge loaded;
  private final Gauge outdated;
  private volatile KeyRing ring = KeyRing.OPEN;

  /** @param interval between two looks at the file */
  public KeysFile(Path file, Duration interval, Clock clock, PrometheusRegistry registry) {
    this(file, interval, clock, registry, LoggerFactory.getLogger(KeysFile.class));
  }

  KeysFile(Path file, Duration interval, Clock clock, PrometheusRegistry registry, Logger log) {
    this.file = file;
    this.clock = clock;
    this.log = log;
    this.watch = new FileWatch("keys-file", List.of(file), interval, new Reload());
    this.failures = Counter.builder()
        .name("seamark_keys_reload_failures_total")
        .help("Changes of the keys file that were refused; the keys before them hold.")
        .register(registry);
    this.loaded = Gauge.builder()
        .name("seamark_keys_loaded_timestamp_seconds")
        .help("When the keys that hold were read, in seconds since 1970.")
        .register(registry);
    this.outdated = Gauge.builder()
        .name("seamark_keys_outdated_since_timestamp_seconds")
        .help("Since when the keys that hold aren't those of the file, because it is missing or"
            + " refused, in seconds since 1970; 0 = they are.")
        .register(registry);
    GaugeWithCallback.builder()
        .name("seamark_keys")
        .help("Keys that hold.")
        .callback(callback -> callback.call(ring.size()))
        .register(registry);
  }

  @Override
  public String name() {
    return "keys file";
  }

  /** Reads the file. Throws ConfigException where it is refused: nothing may start without keys. */
  @Override
  public void start() {
    try {
      take(watch.read().getFirst());
    } catch (IOException e) {
      throw new ConfigException("keys file %s can't be read: %s".formatted(file, e));
    }
    log.info("keys read file={} keys={}", file, ring.size());
    watch.start();
  }

  private void take(byte[] content) {
    ring = KeyRing.parse(file.toString(), new String(content, UTF_8));
    loaded.set(clock.millis() / 1000.0);
    outdated.set(0);
  }

  /** The keys that hold now. */
  @Override
  public KeyRing get() {
    if (ring.isOpen()) {
      throw new IllegalStateException("the keys file isn't read yet");
    }
    return ring;
  }

  /** Looks at the file once, besides the looks that come by themselves. */
  public void look() {
    watch.look();
  }

  @Override
  public void stop(Duration within) {
    watch.stop();
  }

  private final class Reload implements FileWatch.Reader {
    private String why = "";
    private long sinceMs;
    private long remindedMs;

    @Override
    public void changed(List<byte[]> contents) {
      try {
        int before = ring.size();
        take(contents.getFirst());
        why = "";
        log.info("keys read again file={} keys={} before={}", file, ring.size(), before);
      } catch (ConfigException refused) {
        refused(String.valueOf(refused.getMessage()));
      }
    }

    @Override
    public void unreadable(IOException cause) {
      refused("it can't be read: " + cause);
    }

    private void refused(String reason) {
      failures.inc();
      long now = clock.millis();
      if (why.isEmpty()) {
        sinceMs = now;
        outdated.set(now / 1000.0);
      }
      why = reason;
      remind(now);
    }

    @Override
    public void looked() {
      long now = clock.millis();
      if (!why.isEmpty() && now - remindedMs >= REMINDER.toMillis()) {
        remind(now);
      }
    }

    private void remind(long now) {
      remindedMs = now;
      log.error(
          "the keys file is refused, the keys before it hold: file={} since={} why={}",
          file,
          Instant.ofEpochMilli(sinceMs),
          why);
    }
  }
}
