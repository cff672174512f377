package dev.seamark.ingest.decode;

import dev.seamark.schema.ExemplarRows;
import dev.seamark.schema.HistogramRows;
import dev.seamark.schema.LabelValueRows;
import dev.seamark.schema.MetadataRows;
import dev.seamark.schema.Rows;
import dev.seamark.schema.SampleRows;
import dev.seamark.schema.SeriesRows;
import java.util.List;

/**
 * The rows of one metrics request, and what they announce. Not thread-safe: private to the request,
 * then pooled.
 */
public final class MetricRows {
  public final SampleRows samples = new SampleRows();
  public final HistogramRows histograms = new HistogramRows();
  public final ExemplarRows exemplars = new ExemplarRows();
  public final SeriesRows series = new SeriesRows();
  public final LabelValueRows labelValues = new LabelValueRows();
  public final MetadataRows metadata = new MetadataRows();

  private final EdgeRules rules =
      new EdgeRules(Limits.DEFAULT); // names only: no limit plays a part
  private Announcement announcement = Announcement.NONE;

  /**
   * What the rows announce. Whoever takes the rows over ends it: {@code completed()} when all of
   * them are acknowledged, {@code failed(why)} if any is lost.
   */
  public Announcement announcement() {
    return announcement;
  }

  /** The rules of the tenant whose rows they are: decoders ask them before they look for series. */
  public EdgeRules rules() {
    return rules;
  }

  /** The rows of every table, empty ones included. */
  public List<Rows> tables() {
    return List.of(samples, histograms, exemplars, series, labelValues, metadata);
  }

  /** Drops rows and announcement, which must have been ended, and keeps the memory. */
  public void clear() {
    for (Rows rows : tables()) {
      rows.clear();
    }
    announcement = Announcement.NONE;
  }

  void announce(Announcement announcement) {
    this.announcement = announcement;
  }
}
