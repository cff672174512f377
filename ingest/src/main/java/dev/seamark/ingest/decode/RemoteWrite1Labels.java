package dev.seamark.ingest.decode;

import java.util.Arrays;

/** The labels of a series of remote write 1.0: one run of `Label` fields. Not thread-safe. */
final class RemoteWrite1Labels implements RemoteWriteSource {
  static final int LABEL = 1 << 3 | 2;
  private static final byte[] NOTHING = {};

  private final RawKey keys;
  private final WireReader wire = new WireReader();
  private byte[] bytes = NOTHING;
  private int from;
  private int to;
  private int nameFrom;
  private int nameTo;
  private int valueFrom;
  private int valueTo;

  RemoteWrite1Labels(RawKey keys) {
    this.keys = keys;
  }

  void set(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  @Override
  public long key1(long context) {
    return RawKey.mix(context, keys.first(bytes, from, to));
  }

  @Override
  public long key2(long context) {
    return RawKey.mix(context, keys.second(bytes, from, to));
  }

  @Override
  public void readInto(RemoteWriteLabels labels) throws Malformed, RowRefused {
    wire.reset(bytes, from, to);
    while (wire.hasNext()) {
      label();
      labels.add(bytes, nameFrom, nameTo, valueFrom, valueTo);
    }
  }

  /** Adds all labels to an exemplar. */
  void readInto(RemoteWriteExemplar exemplar) throws Malformed {
    wire.reset(bytes, from, to);
    while (wire.hasNext()) {
      label();
      exemplar.add(bytes, nameFrom, nameTo, valueFrom, valueTo);
    }
  }

  @Override
  public boolean find(byte[] label) throws Malformed {
    wire.reset(bytes, from, to);
    while (wire.hasNext()) {
      label();
      if (Arrays.equals(bytes, nameFrom, nameTo, label, 0, label.length)) {
        return true;
      }
    }
    return false;
  }

  /** Reads the next field, a label as all of them. */
  private void label() throws Malformed {
    wire.tag();
    int outer = wire.enter("label");
    nameFrom = wire.at();
    nameTo = nameFrom;
    valueFrom = nameFrom;
    valueTo = nameFrom;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 1 << 3 | 2 -> {
          nameFrom = wire.bytes("label name");
          nameTo = wire.at();
        }
        case 2 << 3 | 2 -> {
          valueFrom = wire.bytes("label value");
          valueTo = wire.at();
        }
        default -> wire.skip(tag);
      }
    }
    wire.leave(outer);
  }

  @Override
  public int valueFrom() {
    return valueFrom;
  }

  @Override
  public int valueTo() {
    return valueTo;
  }

  @Override
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public int labelsFrom() {
    return from;
  }

  @Override
  public int labelsTo() {
    return to;
  }
}
