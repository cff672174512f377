package dev.seamark.ingest.decode;

import dev.seamark.tenant.EdgeRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row as the rules of a tenant have left it so far: the source's, but for what was replaced.
 * Reused from row to row. Not thread-safe.
 */
interface RowEdit {
  /** Goes to a row, as the source has it. */
  void row(int row);

  /** A field that isn't attributes. */
  byte[] text(EdgeRule.Field field);

  /** Gives a field that isn't attributes another text. */
  void replace(EdgeRule.Field field, byte[] text);

  /** The attributes that a field means, or null if it isn't attributes. */
  @Nullable
  AttributeEdit attributes(EdgeRule.Field field);

  /** Attributes of the row's parts, for rules that change texts. */
  List<AttributeEdit> moreAttributes();

  boolean changed();

  /** Appends the row to the target, with its changes. */
  void append();
}
