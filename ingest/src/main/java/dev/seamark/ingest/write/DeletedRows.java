package dev.seamark.ingest.write;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MalformedBlock;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.write.deletion.Deletion;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The rows that a replay leaves out: their tenants were deleted after they had been acknowledged.
 */
final class DeletedRows {
  private static final String TENANT = "Tenant";

  private final List<Deletion> deletions;

  DeletedRows(List<Deletion> deletions) {
    this.deletions = List.copyOf(deletions);
  }

  /** A sound record without them; the record itself if it has none. */
  HeldRecord without(HeldRecord record, String log) {
    var partition = new TopicPartition(record.record().topic(), record.record().partition());
    return without(record, partition, log, record.offset());
  }

  /**
   * A sound record without them; the record itself if it has none, or can't be read.
   *
   * @param partition where its rows were acknowledged, in the log of this identity, at the offset
   */
  HeldRecord without(HeldRecord record, TopicPartition partition, String log, long offset) {
    var tenants = new HashSet<String>();
    for (var each : deletions) {
      if (each.reaches(partition, log, offset)) {
        tenants.add(each.tenant());
      }
    }
    return tenants.isEmpty() ? record : without(record, tenants);
  }

  private static HeldRecord without(HeldRecord record, Set<String> tenants) {
    Block block;
    try {
      block = Block.decode(record.value(), 0, record.value().length);
    } catch (MalformedBlock _) {
      return record; // it goes the way of all that can't be read
    }
    var kept = new int[block.rows()];
    var count = 0;
    for (var row = 0; row < kept.length; row++) {
      if (!tenants.contains(tenant(block, row))) {
        kept[count++] = row;
      }
    }
    if (count == kept.length) {
      return record;
    }
    var rest = block.emptyCopy();
    rest.append(block, kept, 0, count);
    return record.with(rest);
  }

  private static String tenant(Block block, int row) {
    Column column = block.column(TENANT);
    return switch (column) {
      case LowCardinalityColumn texts -> texts.text(row);
      case StringColumn texts -> texts.text(row);
      default -> throw new IllegalStateException("Tenant is a " + column.type());
    };
  }
}
