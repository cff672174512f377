package dev.seamark.ingest.decode;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The announcement of a request whose series are all known. */
final class NoAnnouncement implements Announcement {
  @Override
  public Claim claim(long key1, long key2) {
    throw new IllegalStateException("nothing can be claimed without an open announcement");
  }

  @Override
  public Claim claimSeries(long series1, long series2, int day) {
    return claim(series1, series2);
  }

  @Override
  public Crowded crowded() {
    throw new IllegalStateException("nothing was claimed");
  }

  @Override
  public void completed() {}

  @Override
  public void failed(Throwable why) {}

  @Override
  public void whenOthersEnd(Consumer<@Nullable Throwable> then) {
    then.accept(null);
  }
}
