package dev.seamark.tenant;

import dev.seamark.service.Key;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Section {@code keys}: where the tenants and their keys are. */
public record KeysConfig(
    @Key(
        why = "The keys file; --keys goes before it. Without one nobody is asked for a key, and"
            + " ports that take or show telemetry stay on loopback.")
    @Nullable
    Path file,

    @Key(
        fallback = "2s",
        min = "100ms",
        max = "1h",
        unit = "duration",
        why = "How often the keys file is looked at. A change holds once two looks in a row found"
            + " it, so that a half-written file isn't read.")
    Duration interval) {
  /** The same with another file. */
  public KeysConfig with(Path other) {
    return new KeysConfig(other, interval);
  }
}
