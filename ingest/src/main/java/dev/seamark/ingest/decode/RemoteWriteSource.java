package dev.seamark.ingest.decode;

/** The labels of one series as its protocol writes them. One thread's. */
interface RemoteWriteSource {
  /** The first raw key of the labels in a context. */
  long key1(long context);

  /** The second one. */
  long key2(long context);

  /** Adds all labels. */
  void readInto(RemoteWriteLabels labels) throws Malformed, RowRefused;

  /** Looks for a label without reading all: its value stands in {@link #bytes} then. */
  boolean find(byte[] label) throws Malformed;

  int valueFrom();

  int valueTo();

  byte[] bytes();

  /** With {@link #labelsTo} where all labels stand in {@link #bytes}; nothing if not in one run. */
  int labelsFrom();

  int labelsTo();
}
