package dev.seamark.ingest.decode;

import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The attributes of one row as rules have left them so far, sorted by the bytes of their keys. They
 * are copied from their column at the first change only. Not thread-safe.
 */
final class AttributeEdit {
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private MapColumn<StringColumn, StringColumn> source = MapColumn.ofStrings();
  private int row;
  private boolean changed;

  /** Goes to a row of a column, as it stands there. */
  void row(MapColumn<StringColumn, StringColumn> source, int row) {
    this.source = source;
    this.row = row;
    changed = false;
    keys.clear();
    values.clear();
  }

  boolean changed() {
    return changed;
  }

  int size() {
    return changed ? keys.size() : source.length(row);
  }

  /** A copy of a value. */
  byte[] value(int entry) {
    return changed ? values.get(entry) : source.values().bytes(source.start(row) + entry);
  }

  /** The entry of a key, or -1 if there is none. */
  int find(byte[] key) {
    for (int entry = 0, size = size(); entry < size; entry++) {
      boolean found = changed
          ? Arrays.equals(keys.get(entry), key)
          : source.keys().matches(source.start(row) + entry, key, 0, key.length);
      if (found) {
        return entry;
      }
    }
    return -1;
  }

  void replace(int entry, byte[] value) {
    change();
    values.set(entry, value);
  }

  /** Gives an attribute another key; one that has that key already is lost. */
  void rename(byte[] key, byte[] to) {
    int entry = find(key);
    if (entry < 0 || Arrays.equals(key, to)) {
      return;
    }
    change();
    keys.remove(entry);
    byte[] value = values.remove(entry);
    int place = 0;
    while (place < keys.size() && Arrays.compareUnsigned(keys.get(place), to) < 0) {
      place++;
    }
    if (place < keys.size() && Arrays.equals(keys.get(place), to)) {
      values.set(place, value);
    } else {
      keys.add(place, to);
      values.add(place, value);
    }
  }

  private void change() {
    if (changed) {
      return;
    }
    for (int i = source.start(row), end = source.start(row + 1); i < end; i++) {
      keys.add(source.keys().bytes(i));
      values.add(source.values().bytes(i));
    }
    changed = true;
  }

  /** Appends them as a row. */
  void appendTo(MapColumn<StringColumn, StringColumn> target) {
    if (!changed) {
      target.append(source, row, row + 1);
      return;
    }
    for (int entry = 0; entry < keys.size(); entry++) {
      target.keys().append(keys.get(entry));
      target.values().append(values.get(entry));
    }
    target.endRow();
  }

  /** Puts them in place of the last row of a column. */
  void replaceLastOf(MapColumn<StringColumn, StringColumn> target) {
    if (changed) {
      target.truncate(target.rows() - 1);
      appendTo(target);
    }
  }
}
