package dev.seamark.ingest.decode;

import java.util.Arrays;

/**
 * The labels of a series or exemplar of remote write 2.0: references into the table of symbols, a
 * name and a value by turns. Not thread-safe.
 */
final class RemoteWrite2Labels implements RemoteWriteSource {
  private final RemoteWrite2Symbols symbols;
  private final int kept;
  private int[] refs = new int[64];
  private int size;
  private int seen;
  private boolean broken;
  private int unknown; // the first reference to no symbol, where broken
  private int value;

  RemoteWrite2Labels(RemoteWrite2Symbols symbols, Limits limits) {
    this.symbols = symbols;
    this.kept = 2 * (limits.labelsMax() + 2); // enough to see that there are too many
  }

  void clear() {
    size = 0;
    seen = 0;
    broken = false;
  }

  /** Reads the field `labels_refs`, packed, or one value of it. */
  void read(WireReader wire, int tag) throws Malformed {
    if ((tag & 7) == 0) {
      add(wire.varint32("label reference"));
      return;
    }
    int outer = wire.enter("label references");
    while (wire.hasNext()) {
      add(wire.varint32("label reference"));
    }
    wire.leave(outer);
  }

  private void add(int ref) {
    seen++;
    if (!symbols.has(ref)) {
      unknown = broken ? unknown : ref;
      broken = true;
    } else if (size < kept) {
      if (size == refs.length) {
        refs = Arrays.copyOf(refs, Math.min(kept, 2 * size));
      }
      refs[size++] = ref;
    }
  }

  /** Why the references are no labels, or "". */
  String refusal() {
    if (broken) {
      return "a label refers to symbol %s of %d"
          .formatted(Integer.toUnsignedString(unknown), symbols.size());
    }
    return seen % 2 == 0 ? "" : "a label has a name and no value: %d references".formatted(seen);
  }

  @Override
  public long key1(long context) {
    long key = RawKey.mix(context, size);
    for (int i = 0; i < size; i++) {
      key = RawKey.mix(key, symbols.key1(refs[i]));
    }
    return key;
  }

  @Override
  public long key2(long context) {
    long key = RawKey.mix(context, size);
    for (int i = 0; i < size; i++) {
      key = RawKey.mix(key, symbols.key2(refs[i]));
    }
    return key;
  }

  @Override
  public void readInto(RemoteWriteLabels labels) throws RowRefused {
    for (int i = 0; i + 1 < size; i += 2) {
      labels.add(
          symbols.body(),
          symbols.from(refs[i]),
          symbols.to(refs[i]),
          symbols.from(refs[i + 1]),
          symbols.to(refs[i + 1]));
    }
  }

  /** Adds all labels to an exemplar. */
  void readInto(RemoteWriteExemplar exemplar) {
    for (int i = 0; i + 1 < size; i += 2) {
      exemplar.add(
          symbols.body(),
          symbols.from(refs[i]),
          symbols.to(refs[i]),
          symbols.from(refs[i + 1]),
          symbols.to(refs[i + 1]));
    }
  }

  @Override
  public boolean find(byte[] label) {
    for (int i = 0; i + 1 < size; i += 2) {
      if (symbols.is(refs[i], label)) {
        value = refs[i + 1];
        return true;
      }
    }
    return false;
  }

  /** The symbol that {@link #find} found. */
  int valueSymbol() {
    return value;
  }

  @Override
  public int valueFrom() {
    return symbols.from(value);
  }

  @Override
  public int valueTo() {
    return symbols.to(value);
  }

  @Override
  public byte[] bytes() {
    return symbols.body();
  }

  @Override
  public int labelsFrom() {
    return 0;
  }

  @Override
  public int labelsTo() {
    return 0;
  }
}
