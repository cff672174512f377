package dev.seamark.ingest.batch;

/** Rows grouped by partition: a counting sort. */
final class Scatter {
  private Scatter() {}

  /**
   * The rows in the order of their partitions, and within one in their own order.
   *
   * @param partitionOf the partition of each row
   * @param ends is filled with the end of each partition's range in the result; must be zero
   */
  static int[] group(int[] partitionOf, int rows, int[] ends) {
    for (int row = 0; row < rows; row++) {
      ends[partitionOf[row]]++;
    }
    int start = 0;
    for (int partition = 0; partition < ends.length; partition++) {
      int count = ends[partition];
      ends[partition] = start;
      start += count;
    }
    int[] grouped = new int[rows];
    for (int row = 0; row < rows; row++) {
      grouped[ends[partitionOf[row]]++] = row;
    }
    return grouped;
  }
}
