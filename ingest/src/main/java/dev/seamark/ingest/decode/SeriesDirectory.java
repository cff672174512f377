package dev.seamark.ingest.decode;

import dev.seamark.tenant.Sender;
import org.jspecify.annotations.Nullable;

/**
 * The port through which decoders find series by the hash of their raw bytes, and learn what of a
 * series is still to be announced. Thread-safe.
 *
 * <p>A raw key is a 128-bit hash of everything that decides the labels: sender, cluster, the bytes
 * of resource, metric name and attributes. Who finds a key may skip validation, naming and hashing
 * of labels, as all of that passed when the key was remembered.
 */
public interface SeriesDirectory {
  /**
   * The seed of raw keys: secret to the process, so that a sender can't choose keys that collide.
   */
  long seed();

  /** Fills {@code into} with what was remembered under a raw key; false if nothing was. */
  boolean find(long key1, long key2, SeriesRef into);

  /**
   * Remembers the series of a raw key.
   *
   * @param day since the epoch, for which all of them are announced and acknowledged; -1 if they
   *     are not yet
   */
  void remember(long key1, long key2, long id, long @Nullable [] block, int day);

  /**
   * What one request will announce; ask for one only when something is to be announced.
   *
   * @param sender whose limits hold
   * @param nowNanos since 1970
   */
  Announcement open(Sender sender, long nowNanos);
}
