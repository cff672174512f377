package dev.seamark.tenant;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The clusters whose telemetry a key may send: all of them, or the few that it names. Immutable.
 */
public final class Clusters {
  /** Every cluster, and telemetry that names none. */
  public static final Clusters ANY = new Clusters(List.of());

  private final List<String> names;
  private final byte[][] utf8;
  private final byte[] canonical;

  private Clusters(List<String> names) {
    this.names = names.stream().sorted().distinct().toList();
    this.utf8 = this.names.stream()
        .map(name -> name.getBytes(StandardCharsets.UTF_8))
        .toArray(byte[][]::new);
    this.canonical = canonical(utf8);
  }

  /** These clusters only; all of them where the list is empty. */
  public static Clusters of(List<String> names) {
    return names.isEmpty() ? ANY : new Clusters(names);
  }

  private static byte[] canonical(byte[][] names) {
    var bytes = new ByteArrayOutputStream();
    for (byte[] name : names) {
      bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(name.length).array());
      bytes.writeBytes(name);
    }
    return bytes.toByteArray();
  }

  /** Whether a cluster, in UTF-8, is one of these. Allocates nothing. */
  public boolean allows(byte[] bytes, int from, int to) {
    if (utf8.length == 0) {
      return true;
    }
    for (byte[] name : utf8) {
      if (Arrays.equals(name, 0, name.length, bytes, from, to)) {
        return true;
      }
    }
    return false;
  }

  /** The same bytes for the same clusters, and others for others; none for {@link #ANY}. Shared. */
  public byte[] canonical() {
    return canonical;
  }

  /** The only cluster, or null where there are several or any. */
  public @Nullable String only() {
    return names.size() == 1 ? names.getFirst() : null;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Clusters clusters && names.equals(clusters.names);
  }

  @Override
  public int hashCode() {
    return names.hashCode();
  }

  @Override
  public String toString() {
    return names.isEmpty() ? "any" : String.join(", ", names);
  }
}
